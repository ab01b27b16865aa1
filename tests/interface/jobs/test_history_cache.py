"""How many histories of jobs are kept at a time."""

from fttui.interface.jobs.history_cache import HistoryCache
from fttui.services.endpoint.events import JobEvent
from fttui.services.endpoint.models import Job
from fttui.services.job_history import JobHistory


def job(number: int) -> Job:
    return Job(id=f"ftjob-{number}", raw_id=f"ftjob-{number}")


def long(number: int, events: int) -> JobHistory:
    return JobHistory(tuple(JobEvent(f"{number}-{n}", f"{number}-{n}") for n in range(events)))


def test_of_many_histories_those_used_last_are_kept() -> None:
    cache = HistoryCache()
    for number in range(70):
        cache.grow(job(number).id, long(number, 1))
    assert cache.of(job(5)) is None and cache.of(job(6)) is not None


def test_of_very_long_histories_fewer_are_kept_but_always_the_last() -> None:
    cache = HistoryCache()
    for number in range(4):
        cache.grow(job(number).id, long(number, 60_000))
    assert [cache.of(job(number)) is None for number in range(4)] == [True, True, False, False]
    cache.grow(job(4).id, JobHistory())
    assert cache.of(job(2)) is not None and cache.of(job(3)) is not None
