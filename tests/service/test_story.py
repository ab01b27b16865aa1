"""What a job told: how it grows, and what is asked for to let it grow."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faults.proxy import FaultProxy, error_answer
from fttui.server import ManualClock, write_sample_training_file
from fttui.services.endpoint.errors import NotFoundError
from fttui.services.endpoint.events import Checkpoint, JobEvent
from fttui.services.endpoint.fine_tuning_handle import FineTuningHandle
from fttui.services.endpoint.models import Job, Page
from fttui.services.endpoint.transport import Timeouts
from fttui.services.job_form import JobRequest
from fttui.services.job_history import (
    MOST_EVENTS,
    HistoryNews,
    JobHistory,
    merge_events,
    read_history,
)
from fttui.services.session import Session, SessionOptions
from fttui.training_data.files import open_checked

BEGIN = datetime(2026, 11, 22, tzinfo=UTC)


def event(number: int) -> JobEvent:
    """The event with this place in a job's history; three of them share a second."""
    moment = BEGIN + timedelta(seconds=number // 3)
    return JobEvent(f"ev-{number}", f"ev-{number}", moment, message=f"Step {number}")


EVENTS = [event(number) for number in range(60)][::-1]


def span(newest: int, oldest: int) -> list[JobEvent]:
    return [event(number) for number in range(newest, oldest - 1, -1)]


@given(
    st.tuples(st.integers(0, 59), st.integers(0, 59)),
    st.tuples(st.integers(0, 59), st.integers(0, 59)),
)
def test_two_stretches_of_a_history_make_one_in_its_order(
    one: tuple[int, int], other: tuple[int, int]
) -> None:
    known, news = span(max(one), min(one)), span(max(other), min(other))
    merged = merge_events(known, news)
    assert set(merged) == {*known, *news}
    if {*known} & {*news}:
        assert list(merged) == [one for one in EVENTS if one in merged]
    else:
        moments = [one.created_at for one in merged]
        assert moments == sorted(moments, reverse=True)


def test_events_without_ids_are_told_apart_by_time_and_text() -> None:
    nameless = [JobEvent("", "", BEGIN, message=text) for text in ("b", "a")]
    assert [one.message for one in merge_events(nameless, nameless)] == ["b", "a"]


def test_of_very_many_events_the_newest_are_kept() -> None:
    known = span(MOST_EVENTS - 1, 0)
    merged = merge_events(known, span(MOST_EVENTS + 9, MOST_EVENTS - 5))
    assert len(merged) == MOST_EVENTS
    assert merged[0] == event(MOST_EVENTS + 9)


def test_a_story_only_grows() -> None:
    checkpoint = Checkpoint("ckpt-1", model="ft:a:ckpt-1")
    whole = JobHistory(tuple(span(30, 0)), (checkpoint,), is_whole=True)
    for news in (JobHistory(tuple(span(32, 25))), JobHistory(), JobHistory((), ())):
        grown = whole.grown_by(news)
        assert set(whole.events) <= set(grown.events)
        assert grown.checkpoints == (checkpoint,)
        assert grown.is_whole
    another = Checkpoint("ckpt-2", model="ft:a:ckpt-2")
    assert whole.grown_by(JobHistory((), (another,))).checkpoints == (another, checkpoint)


@pytest.fixture
async def handle(open_session: Callable[..., Session], fault_proxy: FaultProxy) -> FineTuningHandle:
    options = SessionOptions(timeouts=Timeouts(tries=1))
    return open_session(fault_proxy.base_url, options=options).handle


@pytest.fixture
async def job(handle: FineTuningHandle, tmp_path: Path, fault_proxy: FaultProxy) -> Job:
    """A job of 360 steps, which has just been made."""
    path = write_sample_training_file(tmp_path / "train.jsonl", 120)
    with open_checked(path) as file:
        stored = await handle.upload_training_file(file)
    numbers = {"n_epochs": 3, "batch_size": 1}
    request = JobRequest("gpt-4.1-mini-2025-04-14", stored.raw_id, hyperparameters=numbers)
    made = await handle.create_fine_tuning_job(request)
    fault_proxy.calm()
    return made


async def grown(
    handle: FineTuningHandle, job: Job, known: JobHistory, *, everything: bool = False
) -> tuple[JobHistory, HistoryNews]:
    news = await read_history(handle, job.raw_id, known, everything=everything)
    return known.grown_by(news.history), news


def calls(proxy: FaultProxy, job: Job) -> Counter[str]:
    """What was asked since the last time, by the last word of the path."""
    counted = Counter(
        {
            request.replace(job.raw_id, "job").rpartition("/")[2]: count
            for request, count in proxy.seen.items()
        }
    )
    proxy.seen.clear()
    return counted


async def all_ids(handle: FineTuningHandle, job: Job) -> list[str]:
    return [one.id async for page in handle.event_pages(job.raw_id) for one in page.items]


async def steps(handle: FineTuningHandle, job: Job, clock: ManualClock, count: int) -> None:
    """Let time pass until the job has told this many events."""
    while len(await all_ids(handle, job)) < count:
        clock.advance(0.2)


async def test_pages_between_the_newest_one_and_what_is_known_are_read(
    handle: FineTuningHandle, job: Job, clock: ManualClock, fault_proxy: FaultProxy
) -> None:
    await steps(handle, job, clock, 10)
    history, _ = await grown(handle, job, JobHistory())
    await steps(handle, job, clock, 290)
    calls(fault_proxy, job)
    history, news = await grown(handle, job, history)
    assert news.joins
    assert [one.id for one in history.events] == await all_ids(handle, job)
    assert history.is_whole
    assert calls(fault_proxy, job)["events"] > 1


async def test_a_page_that_reaches_what_is_known_is_the_last_one_read(
    handle: FineTuningHandle, job: Job, clock: ManualClock, fault_proxy: FaultProxy
) -> None:
    await steps(handle, job, clock, 250)
    history, _ = await grown(handle, job, JobHistory(), everything=True)
    assert history.is_whole
    clock.advance(0.2)
    for everything in (False, True):
        calls(fault_proxy, job)
        history, _ = await grown(handle, job, history, everything=everything)
        assert calls(fault_proxy, job) == {"events": 1, "job": 1, "checkpoints": 1}
    assert [one.id for one in history.events] == await all_ids(handle, job)


async def test_all_events_are_read_when_only_the_newest_were_known(
    handle: FineTuningHandle, job: Job, clock: ManualClock
) -> None:
    await steps(handle, job, clock, 250)
    history, _ = await grown(handle, job, JobHistory())
    assert len(history.events) == 100
    assert not history.is_whole
    history, _ = await grown(handle, job, history, everything=True)
    assert [one.id for one in history.events] == await all_ids(handle, job)


async def test_the_job_is_read_with_its_story_and_never_behind_its_events(
    handle: FineTuningHandle, job: Job, clock: ManualClock
) -> None:
    await steps(handle, job, clock, 50)
    _, news = await grown(handle, job, JobHistory())
    assert news.job is not None
    assert news.job.status.word == "running"
    assert news.job.step is not None
    assert news.job.reading > job.reading


@pytest.mark.parametrize("status", [404, 405, 501])
@pytest.mark.parametrize("call", ["events", "checkpoints"])
async def test_a_call_that_is_not_offered_is_made_once_for_all_jobs(
    handle: FineTuningHandle, job: Job, fault_proxy: FaultProxy, call: str, status: int
) -> None:
    fault_proxy.always(f"/{call}$", error_answer(status, commit=False, message="Not Found"))
    for _ in range(3):
        _, news = await grown(handle, job, JobHistory())
    assert calls(fault_proxy, job)[call] == 1
    assert news.job is not None
    if call == "events":
        assert "does not offer the events of a job" in news.history.error_text
        assert news.history.checkpoints == ()
    else:
        assert news.history.checkpoints is None
        assert news.history.events


async def test_a_call_that_worked_before_is_made_again_after_it_was_refused_for_one_job(
    handle: FineTuningHandle, job: Job, fault_proxy: FaultProxy
) -> None:
    await grown(handle, job, JobHistory())
    fault_proxy.script("/checkpoints$", error_answer(404, commit=False))
    assert (await grown(handle, job, JobHistory()))[1].history.checkpoints is None
    assert (await grown(handle, job, JobHistory()))[1].history.checkpoints == ()


async def test_a_job_that_the_endpoint_does_not_know_says_nothing_of_what_it_offers(
    handle: FineTuningHandle, job: Job
) -> None:
    with pytest.raises(NotFoundError):
        await read_history(handle, "ftjob-unknown", JobHistory())
    assert (await grown(handle, job, JobHistory()))[0].events


async def test_a_reopened_story_is_read_on_from_where_it_ends_and_none_of_it_again(
    handle: FineTuningHandle, job: Job, clock: ManualClock, fault_proxy: FaultProxy
) -> None:
    await steps(handle, job, clock, 350)
    history, _ = await grown(handle, job, JobHistory())
    assert len(history.events) == 100 and history.older
    calls(fault_proxy, job)
    history, _ = await grown(handle, job, history, everything=True)
    assert calls(fault_proxy, job)["events"] == 1 + 3  # the newest page, and those before it
    assert [one.id for one in history.events] == await all_ids(handle, job)
    assert history.is_whole and not history.older
    await steps(handle, job, clock, 355)
    calls(fault_proxy, job)
    await grown(handle, job, history, everything=True)
    assert calls(fault_proxy, job)["events"] == 1


async def test_a_place_that_the_endpoint_has_forgotten_costs_one_more_look_at_all(
    handle: FineTuningHandle, job: Job, clock: ManualClock, fault_proxy: FaultProxy
) -> None:
    await steps(handle, job, clock, 250)
    history, _ = await grown(handle, job, JobHistory())
    gone = replace(history, older="ftevent-forgotten")
    whole, _ = await grown(handle, job, gone, everything=True)
    assert [one.id for one in whole.events] == await all_ids(handle, job)
    assert whole.is_whole


def test_news_change_only_the_newest_of_very_many_events() -> None:
    known = tuple(span(40_000, 0))
    merged = merge_events(known, span(40_003, 39_998))
    assert merged[:2] == (event(40_003), event(40_002)) and len(merged) == 40_004
    assert merged[3:] == known
    assert merge_events(known, span(40_000, 39_990)) is known


async def test_what_was_before_the_known_events_comes_after_them_whatever_their_times(
    handle: FineTuningHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told(newest: int, oldest: int) -> tuple[JobEvent, ...]:
        return tuple(replace(one, created_at=None) for one in span(newest, oldest))

    async def pages(job_id: str, limit: int, after: str = "") -> AsyncIterator[Page[JobEvent]]:
        yield Page(told(100, 1)) if after else Page(told(230, 131), has_more=True)

    monkeypatch.setattr(handle, "event_pages", pages)
    known = JobHistory(told(200, 101), older="ev-101")
    news = await read_history(handle, "ftjob-1", known, everything=True, only_events=True)
    grown_up = known.grown_by(news.history)
    assert grown_up.is_whole and grown_up.events == told(230, 1)
