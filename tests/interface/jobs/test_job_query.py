"""Filters as typed, and orders of the list."""

import pytest
from tests.interface.jobs.jobs_host import NOW, make_job

from fttui.interface.jobs.filter import JobFilter, SortOrder
from fttui.services.endpoint.models import Job
from fttui.services.retirement_clock import RetirementClock, day_of

JOBS = [
    make_job(1, "running"),
    make_job(2, "failed", model="gpt-4.1-2025-04-14"),
    make_job(3),
    make_job(4, "cancelled", user_provided_suffix="Grüße"),
]


def found(text: str) -> list[int]:
    wanted = JobFilter.parse(text)
    return [number for number, job in enumerate(JOBS, 1) if wanted.matches(job)]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("", [1, 2, 3, 4]),
        ("run", [1, 2, 3]),
        ("status:run", [1]),
        ("STATUS:Failed", [2]),
        ("model:4.1", [2]),
        ("name:run-3", [3]),
        ("id:0002", [2]),
        ("run -failed", [1, 3]),
        ("-status:cancelled -status:failed", [1, 3]),
        ("grüße", [4]),
        ("status:", [1, 2, 3, 4]),
        ("-", []),
        ("file:training method:supervised", [1, 2, 3, 4]),
        ("ft:gpt-4o-mini", [3]),
        ("nothing of the kind", []),
    ],
)
def test_every_word_of_a_filter_must_hold(text: str, numbers: list[int]):
    if text == "-":
        assert found(text) == [n for n in (1, 2, 3, 4) if "-" in JOBS[n - 1].id]
    else:
        assert found(text) == numbers


CLOCK = RetirementClock(lambda: day_of(NOW))


def keys(order: SortOrder, jobs: list[Job]) -> list[str]:
    return order.sort(((job.suffix or "", job) for job in jobs), NOW, CLOCK)


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
