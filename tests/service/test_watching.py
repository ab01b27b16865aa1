"""The polling loop, against a sandbox whose clock the tests move."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from faults.proxy import FaultProxy, error_answer
from fttui.server import ManualClock, SandboxConfig, SandboxServer, write_sample_training_file
from fttui.services.endpoint.address import Endpoint
from fttui.services.endpoint.errors import UnauthorizedError
from fttui.services.endpoint.fine_tuning_handle import FineTuningHandle
from fttui.services.endpoint.models import Job
from fttui.services.endpoint.transport import Timeouts
from fttui.services.job_form import JobRequest
from fttui.services.polling_schedule import PollingSchedule
from fttui.services.watching import (
    EVENT_CALLS_A_POLL,
    LOOKS_A_POLL,
    Change,
    EventsMissed,
    JobNotFound,
    JobUpdate,
    NewEvents,
    PollFailed,
    Recovered,
    Watcher,
)
from fttui.storage.secrets import Secret
from fttui.storage.settings import Profile
from fttui.training_data.files import open_checked
from ticks import Ticks, turns

MODEL = "gpt-4.1-mini-2025-04-14"
# Time passes in the sandbox while these pauses do; the last polls must reach past its late events.
QUICK = PollingSchedule(
    fastest=0.01,
    slowest=0.02,
    idle=0.02,
    unfocused=0.02,
    after_failure=0.02,
    settling=0.01,
    settle_polls=20,
)


class CountingHandle(FineTuningHandle):
    """The real handle, which also writes down what it is asked."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.asked: list[str] = []

    async def list_jobs(self, *args: Any, **options: Any) -> Any:
        self.asked.append("list")
        return await super().list_jobs(*args, **options)

    async def retrieve_job(self, job_id: str) -> Job:
        self.asked.append("job")
        return await super().retrieve_job(job_id)

    async def list_events(self, *args: Any, **options: Any) -> Any:
        self.asked.append("events")
        return await super().list_events(*args, **options)


def handle_for(base_url: str, key: str) -> CountingHandle:
    endpoint = Endpoint(
        Profile(base_url=base_url), base_url, "the test", is_profiles=True, is_environments=False
    )
    return CountingHandle(endpoint, Secret(key), timeouts=Timeouts(tries=1))


@pytest.fixture(scope="module")
def training_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sample_training_file(tmp_path_factory.mktemp("watch") / "train.jsonl", 12)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(start=datetime.now(UTC).timestamp())


@pytest.fixture
def server(clock: ManualClock) -> Iterator[SandboxServer]:
    with SandboxServer(SandboxConfig(clock=clock)) as running:
        yield running


@pytest.fixture
async def handle(server: SandboxServer) -> AsyncIterator[CountingHandle]:
    made = handle_for(server.base_url, server.api_key)
    yield made
    await made.close()


async def make_jobs(handle: FineTuningHandle, path: Path, count: int = 1) -> list[Job]:
    with open_checked(path) as file:
        stored = await handle.upload_training_file(file)
    # One epoch of twelve steps: all events fit on one page.
    request = JobRequest(
        MODEL, training_file=stored.raw_id, hyperparameters={"n_epochs": 1, "batch_size": 1}
    )
    return [await handle.create_fine_tuning_job(request) for _ in range(count)]


async def all_events(handle: FineTuningHandle, job_id: str) -> list[str]:
    pages = [page async for page in handle.event_pages(job_id)]
    return [event.id for page in pages for event in page.items][::-1]


def statuses(changes: list[Change]) -> list[str]:
    return [c.job.status.word for c in changes if isinstance(c, JobUpdate) and c.status_changed]


def told_events(changes: list[Change]) -> list[str]:
    return [event.id for c in changes if isinstance(c, NewEvents) for event in c.events]


@asynccontextmanager
async def time_limit() -> AsyncIterator[None]:
    """A limit for broken runs, not a measure of speed."""
    async with asyncio.timeout(60):
        yield


@asynccontextmanager
async def watched(watcher: Watcher) -> AsyncIterator[list[Change]]:
    """What the watcher tells while it runs."""
    told: list[Change] = []
    async with time_limit():
        running = asyncio.create_task(watcher.run(told.append))
        try:
            yield told
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def watch(watcher: Watcher, clock: ManualClock) -> AsyncIterator[Change]:
    """Every change until the watch ends, while time passes."""

    async def pass_time() -> None:
        while True:
            clock.advance(0.2)
            await asyncio.sleep(0.01)

    passing = asyncio.create_task(pass_time())
    try:
        async with time_limit():
            async for change in watcher.changes():
                yield change
    finally:
        passing.cancel()


async def test_a_job_is_followed_to_its_end_with_every_event_told_once(
    handle: CountingHandle, clock: ManualClock, training_path: Path
) -> None:
    (job,) = await make_jobs(handle, training_path)
    changes = [
        c async for c in watch(Watcher(handle, [job.id], events_of=[job.id], schedule=QUICK), clock)
    ]

    seen = statuses(changes)
    assert seen[-1] == "succeeded"
    assert "running" in seen
    assert len(seen) == len(set(seen)), "a status is told when it changes, and only then"
    assert told_events(changes) == await all_events(handle, job.id)


async def test_events_that_arrive_after_the_final_status_are_told(
    handle: CountingHandle, clock: ManualClock, training_path: Path
) -> None:
    (job,) = await make_jobs(handle, training_path)
    while not (await handle.retrieve_job(job.id)).status.is_final:
        clock.advance(0.25)
    at_the_end = await all_events(handle, job.id)
    told: list[str] = []
    async with time_limit():
        async for change in Watcher(handle, [job.id], events_of=[job.id], schedule=QUICK).changes():
            told += told_events([change])
            if told == at_the_end:
                clock.advance(5)
    assert len(told) > len(at_the_end)
    assert told == await all_events(handle, job.id)


async def test_a_job_that_ended_long_ago_is_looked_at_once(
    handle: CountingHandle, clock: ManualClock, training_path: Path
) -> None:
    clock.advance(-3600)
    (job,) = await make_jobs(handle, training_path)
    clock.advance(3600)
    handle.asked.clear()
    async with time_limit():
        watcher = Watcher(handle, [job.id], events_of=[job.id], schedule=QUICK)
        changes = [change async for change in watcher.changes()]
    assert statuses(changes) == ["succeeded"]
    assert handle.asked == ["job", "events"]


async def test_past_events_can_be_left_out(
    handle: CountingHandle, clock: ManualClock, training_path: Path
) -> None:
    (job,) = await make_jobs(handle, training_path)
    clock.advance(3)
    before = await all_events(handle, job.id)
    watcher = Watcher(handle, [job.id], events_of=[job.id], past_events=False, schedule=QUICK)
    told = told_events([change async for change in watch(watcher, clock)])
    assert before
    assert told == (await all_events(handle, job.id))[len(before) :]
    again = Watcher(handle, [job.id], events_of=[job.id], past_events=False, schedule=QUICK)
    assert [type(change) async for change in watch(again, clock)] == [JobUpdate, JobUpdate]


async def test_many_jobs_cost_one_list_call_and_a_few_looks_a_poll(
    handle: CountingHandle, clock: ManualClock, training_path: Path
) -> None:
    jobs = await make_jobs(handle, training_path, count=12)
    ids = [job.id for job in jobs]
    handle.asked.clear()
    changes = [c async for c in watch(Watcher(handle, ids, events_of=ids, schedule=QUICK), clock)]
    ended = {c.job.id for c in changes if isinstance(c, JobUpdate) and c.job.status.is_final}
    assert ended == set(ids)
    polls = " ".join(handle.asked).split("list")[1:-1]  # the last jobs are looked at without a list
    assert polls
    for poll in polls:
        assert poll.count("job") <= LOOKS_A_POLL
        assert poll.count("events") <= EVENT_CALLS_A_POLL


async def test_without_ids_new_jobs_are_told_and_known_ones_only_when_they_change(
    handle: CountingHandle, clock: ManualClock, training_path: Path
) -> None:
    known, new = await make_jobs(handle, training_path, count=2)
    watcher = Watcher(handle, schedule=QUICK)
    watcher.remember([await handle.retrieve_job(known.id)])
    async with time_limit():
        changes = watcher.changes()
        first = await anext(changes)
        assert isinstance(first, JobUpdate)
        assert (first.job.id, first.previous) == (new.id, None)
        clock.advance(3)
        second = await anext(changes)
        assert isinstance(second, JobUpdate)
        assert second.previous is not None
        assert second.previous.status != second.job.status
        await changes.aclose()


async def test_progress_from_events_stays_when_the_job_is_read_again(
    handle: CountingHandle, clock: ManualClock, training_path: Path
) -> None:
    (job,) = await make_jobs(handle, training_path)
    clock.advance(8)
    watcher = Watcher(handle, [job.id], events_of=[job.id], schedule=QUICK)
    changes = [change async for change in watch(watcher, clock)]
    jobs = [change.job for change in changes if isinstance(change, JobUpdate)]
    steps = [job.step for job in jobs if job.step is not None]
    assert steps == sorted(steps)
    assert steps[-1] == watcher.jobs[job.id].total_steps


async def test_an_endpoint_that_goes_away_is_told_of_and_looked_for_again(
    clock: ManualClock, training_path: Path, tmp_path: Path
) -> None:
    place = socket.socket()  # keeps the port for the server while that is away, and never listens
    place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    place.bind(("127.0.0.1", 0))
    config = SandboxConfig(clock=clock, port=place.getsockname()[1], data_dir=tmp_path / "data")
    server = SandboxServer(config).start()
    handle = handle_for(server.base_url, server.api_key)
    (job,) = await make_jobs(handle, training_path)
    watcher = Watcher(handle, [job.id], schedule=QUICK)
    changes: list[Change] = []
    try:
        async with time_limit():
            async for change in watcher.changes():
                changes.append(change)
                if len(changes) == 1:
                    await asyncio.to_thread(server.stop)
                elif isinstance(change, PollFailed) and len(changes) == 3:
                    server = SandboxServer(config).start()
                elif isinstance(change, Recovered):
                    clock.advance(100)
    finally:
        server.stop()
        place.close()
        await handle.close()
    kinds = [type(change) for change in changes]
    assert kinds[:3] == [JobUpdate, PollFailed, PollFailed]
    assert kinds.count(Recovered) == 1
    assert statuses(changes)[-1] == "succeeded"
    troubles = [change for change in changes if isinstance(change, PollFailed)]
    assert "cannot be reached" in troubles[0].error.sentence
    assert troubles[1].pause >= troubles[0].pause


async def test_a_refused_key_ends_the_watch(server: SandboxServer) -> None:
    handle = handle_for(server.base_url, "sk-another-key-altogether")
    with pytest.raises(UnauthorizedError):
        async with time_limit():
            async for _ in Watcher(handle, ["ftjob-x"], schedule=QUICK).changes():
                pass
    await handle.close()


async def test_a_job_that_the_endpoint_does_not_know_is_given_up(
    handle: CountingHandle, clock: ManualClock, training_path: Path
) -> None:
    clock.advance(-3600)
    (job,) = await make_jobs(handle, training_path)
    clock.advance(3600)
    async with time_limit():
        watcher = Watcher(handle, [job.id, "ftjob-unknown"], schedule=QUICK)
        changes = [change async for change in watcher.changes()]
    gone = [change.job_id for change in changes if isinstance(change, JobNotFound)]
    assert gone == ["ftjob-unknown"]
    assert list(watcher.jobs) == [job.id]


async def test_a_pause_ends_when_somebody_wants_to_look(
    handle: CountingHandle, clock: ManualClock, training_path: Path
) -> None:
    (job,) = await make_jobs(handle, training_path)
    ticks = Ticks()
    watcher = Watcher(handle, [job.id], rest=ticks.rest)
    async with watched(watcher) as told:
        await ticks.looks(1)
        for looks, wake in enumerate((watcher.look_now, lambda: watcher.set_focused(True)), 2):
            told.clear()
            clock.advance(4)
            await turns()
            assert ticks.is_resting
            wake()
            await ticks.looks(looks)
            assert [type(change) for change in told] == [JobUpdate]


async def test_steps_alone_are_followed_slowly_and_the_last_one_a_status_or_a_message_at_once(
    handle: CountingHandle, clock: ManualClock, training_path: Path
) -> None:
    (job,) = await make_jobs(handle, training_path)
    ticks = Ticks()
    schedule = PollingSchedule(jitter=0)
    watcher = Watcher(handle, events_of=[job.id], schedule=schedule, rest=ticks.rest)
    slow, quick = schedule.fastest * schedule.steps, schedule.fastest
    paused: dict[bool, set[float]] = {True: set(), False: set()}
    last_pauses = []
    async with watched(watcher) as told:
        await ticks.looks(1)
        while not watcher.jobs[job.id].status.is_final:
            told.clear()
            clock.advance(0.4)
            pause = await ticks.next()
            events = [event for one in told if isinstance(one, NewEvents) for event in one.events]
            steps = [event.metrics for event in events]
            has_last = any(one and one.step == one.total_steps for one in steps)
            others = [one for one in steps if one is None] or [
                one for one in told if isinstance(one, JobUpdate) and one.status_changed
            ]
            if has_last:
                last_pauses.append(pause)
            if steps or others:
                paused[bool(others) or has_last].add(pause)
    assert last_pauses[0] == quick < slow
    assert paused[False] == {slow}
    assert paused[True] <= {quick, schedule.idle, schedule.settling}


async def test_following_the_same_events_again_does_not_hurry_the_next_poll(
    handle: CountingHandle, training_path: Path
) -> None:
    (job,) = await make_jobs(handle, training_path)
    ticks = Ticks()
    watcher = Watcher(handle, rest=ticks.rest)
    async with watched(watcher) as told:
        await ticks.looks(1)
        watcher.follow_events_of([job.id])
        await ticks.looks(2)
        assert told_events(told)
        watcher.follow_events_of([job.id])
        watcher.follow_events_of([])
        await turns()
        assert ticks.is_resting
        assert len(ticks.pauses) == 2


async def test_events_that_are_known_already_are_not_told_and_not_hurried_for(
    handle: CountingHandle, clock: ManualClock, training_path: Path
) -> None:
    (job,) = await make_jobs(handle, training_path)
    clock.advance(3)
    known = (await handle.list_events(job.id)).items
    ticks = Ticks()
    watcher = Watcher(handle, rest=ticks.rest)
    async with watched(watcher) as told:
        await ticks.looks(1)
        watcher.follow_events_of([job.id], reversed(known), at_once=False)
        await turns()
        assert ticks.is_resting
        assert len(ticks.pauses) == 1
        await ticks.next()
        assert told_events(told) == []
        clock.advance(4)
        await ticks.next()
        assert told_events(told) == (await all_events(handle, job.id))[len(known) :]


async def test_a_look_reads_one_page_of_events_and_tells_of_a_gap_until_it_is_filled(
    handle: CountingHandle, clock: ManualClock, tmp_path: Path
) -> None:
    path = write_sample_training_file(tmp_path / "long.jsonl", 240)
    (job,) = await make_jobs(handle, path)
    ticks = Ticks()
    watcher = Watcher(handle, catches_up=False, rest=ticks.rest)
    async with watched(watcher) as told:
        watcher.follow_events_of([job.id])
        await ticks.looks(1)
        assert told_events(told) == await all_events(handle, job.id)
        while len(await all_events(handle, job.id)) < 150:
            clock.advance(1)
        for _ in range(2):
            told.clear()
            handle.asked.clear()
            await ticks.next()
            assert handle.asked == ["list", "events"]
            assert EventsMissed(job.id) in told
            assert told_events(told) == []
        pages = [page async for page in handle.event_pages(job.id)]
        told.clear()
        watcher.follow_events_of([job.id], [one for page in pages for one in page.items][::-1])
        await ticks.next()
        assert EventsMissed(job.id) not in told


async def test_a_reading_that_was_overtaken_by_a_newer_one_changes_nothing(
    handle: CountingHandle, clock: ManualClock, training_path: Path
) -> None:
    (job,) = await make_jobs(handle, training_path)
    ticks = Ticks()
    watcher = Watcher(handle, rest=ticks.rest)
    async with watched(watcher) as told:
        clock.advance(4)
        await ticks.looks(1)
        seen = watcher.jobs[job.id]
        assert seen.status != job.status
        told.clear()
        watcher.remember([job])
        await ticks.next()
        assert watcher.jobs[job.id] == seen
        assert told == []


async def test_who_expects_a_recovery_is_told_of_the_next_look_that_works(
    handle: CountingHandle,
) -> None:
    ticks = Ticks()
    watcher = Watcher(handle, rest=ticks.rest)
    async with watched(watcher) as told:
        await ticks.looks(1)
        assert told == []
        watcher.expect_recovery()
        await ticks.looks(2)
        await ticks.next()
        assert told == [Recovered()]


@pytest.mark.parametrize("status", [404, 405, 501])
async def test_events_that_are_not_offered_are_asked_for_once(
    clock: ManualClock, server: SandboxServer, training_path: Path, status: int
) -> None:
    with FaultProxy(server.base_url) as proxy:
        handle = handle_for(proxy.base_url, server.api_key)
        proxy.always("/events$", error_answer(status, commit=False, message="Not Found"))
        jobs = await make_jobs(handle, training_path, count=2)
        ticks = Ticks()
        watcher = Watcher(handle, rest=ticks.rest)
        async with watched(watcher):
            await ticks.looks(1)
            for job in jobs:
                watcher.follow_events_of([job.id])
                await ticks.next()
                await ticks.next()
            assert handle.asked.count("events") == 1
        await handle.close()


async def test_a_job_whose_events_are_not_known_ends_neither_the_watch_nor_the_events_of_others(
    clock: ManualClock, server: SandboxServer, training_path: Path
) -> None:
    with FaultProxy(server.base_url) as proxy:
        handle = handle_for(proxy.base_url, server.api_key)
        odd, good = await make_jobs(handle, training_path, count=2)
        ticks = Ticks()
        watcher = Watcher(handle, events_of=[good.id, odd.id], rest=ticks.rest)
        proxy.always(f"{odd.id}/events$", error_answer(404, commit=False, message="No such job"))
        async with watched(watcher) as told:
            await ticks.looks(1)
            before = len(told_events(told))
            assert before
            clock.advance(4)
            await ticks.next()
            assert told_events(told) == await all_events(handle, good.id)
            assert len(told_events(told)) > before
            assert not [change for change in told if isinstance(change, PollFailed)]
            assert proxy.seen[f"GET /fine_tuning/jobs/{odd.id}/events"] == 1
        await handle.close()


async def test_an_endpoint_that_asks_for_patience_gets_it(
    handle: CountingHandle, server: SandboxServer
) -> None:
    with FaultProxy(server.base_url) as proxy:
        asking = handle_for(proxy.base_url, server.api_key)
        timeouts = error_answer(429, commit=False, headers=(("retry-after", "77"),))
        proxy.script("GET /fine_tuning/jobs$", timeouts, error_answer(429, commit=False))
        ticks = Ticks()
        pace = PollingSchedule(fastest=1, after_failure=60, jitter=0)
        async with watched(Watcher(asking, schedule=pace, rest=ticks.rest)) as told:
            assert await ticks.looks(1) == 77
            assert await ticks.next() == pace.failed(2)
            assert [type(change) for change in told] == [PollFailed, PollFailed]
            await ticks.next()
            assert told[2:] == [Recovered()]
        await asking.close()


def test_the_pause_grows_without_changes_up_to_its_bound() -> None:
    pace = PollingSchedule(fastest=2, slowest=15)
    pauses = [pace.quiet(polls) for polls in range(10)]
    assert pauses[0] == 2
    assert pauses == sorted(pauses)
    assert pauses[-1] == 15
    assert pace.quiet(10**9) == 15


def test_the_pause_after_failures_doubles_up_to_its_bound() -> None:
    pace = PollingSchedule(fastest=2, after_failure=60)
    assert [pace.failed(failures) for failures in (1, 2, 3, 6, 10**9)] == [2, 4, 8, 60, 60]


def test_jitter_stays_within_its_share() -> None:
    pace = PollingSchedule(jitter=0.2)
    found = [pace.jittered(10) for _ in range(200)]
    assert all(8 <= seconds <= 12 for seconds in found)
    assert len(set(found)) > 1
