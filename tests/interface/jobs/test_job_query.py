"""Orders of the list."""

from tests.interface.jobs.jobs_host import NOW, make_job

from fttui.interface.jobs.columns import Known
from fttui.interface.jobs.order import SortOrder
from fttui.services.endpoint.models import Job
from fttui.services.retirement_clock import RetirementClock, day_of

KNOWN = Known(NOW, RetirementClock(lambda: day_of(NOW)))


def keys(order: SortOrder, jobs: list[Job]) -> list[str]:
    return order.sort(((job.suffix or "", job) for job in jobs), KNOWN)


def test_the_newest_come_first_and_undated_jobs_last_either_way():
    undated = make_job(9, created_at=None, user_provided_suffix="undated")
    jobs = [make_job(3), undated, make_job(1)]
    assert keys(SortOrder(), jobs) == ["run-1", "run-3", "undated"]
    assert keys(SortOrder("created", descending=False), jobs) == ["run-3", "run-1", "undated"]


def test_equal_jobs_stay_as_they_came_either_way():
    jobs = [make_job(5), make_job(2), make_job(7)]
    for descending in (True, False):
        assert keys(SortOrder("model", descending), jobs) == ["run-5", "run-2", "run-7"]


def test_every_column_can_be_sorted_by_whatever_is_missing():
    bare = Job(id="ftjob-bare", raw_id="ftjob-bare")
    order = SortOrder()
    seen = set()
    for _ in range(9):
        order = order.next()
        seen.add(order.column)
        assert keys(order, [make_job(1), bare, make_job(2, "running")])
        assert order.title
    assert len(seen) == 9


def test_days_left_are_sorted_as_numbers_and_what_stays_comes_last():
    early = "gpt-3.5-turbo-0125"
    jobs = [make_job(1), make_job(2, "running", model=early), make_job(3, "failed", model="llama")]
    order = SortOrder().by("days_left")
    assert keys(order, jobs) == ["run-2", "run-1", "run-3"]
    assert keys(order.by("days_left"), jobs) == ["run-1", "run-2", "run-3"]


def test_pressing_the_same_column_again_turns_the_order_round():
    order = SortOrder().by("name")
    assert (order.column, order.descending) == ("name", False)
    assert order.by("name").descending
    assert order.by("tokens").descending
