"""The list as the last run knew it: at once, marked with its age, until the endpoint tells it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.interface.jobs.jobs_host import make_job, screen_text
from tests.interface.jobs.live_list import WIDE, LiveList
from tests.interface.jobs.live_list import make_job as create_job

from faults.proxy import Fault, FaultProxy
from fttui.interface.app import OpenAIInterfaceFT
from fttui.interface.messages import JobsKnown
from fttui.interface.screens.confirm import DEAF_SECONDS, Confirm
from fttui.server import ManualClock, SandboxServer, fill_with_samples, seed_many_jobs
from fttui.services.endpoint.transport import Timeouts
from fttui.services.known_jobs import ListKeeper, read_known
from fttui.services.session import Session, SessionOptions
from settling import later, press, settled, until
from ticks import Ticks
from waiting import PATIENCE

GONE = Fault("reset", commit=False)
HELD = Fault("held")
LIST = "GET /fine_tuning/jobs$"


@pytest.fixture
def runs(
    open_session: Callable[..., Session], fault_proxy: FaultProxy
) -> Iterator[Callable[[], Session]]:
    """Begins another run of the app on the same endpoint; the one before has ended by then."""
    last: list[Session] = []

    def begin() -> Session:
        for session in last:
            session.close()
        options = SessionOptions(timeouts=Timeouts(tries=1), rest=Ticks().rest)
        last[:] = [open_session(fault_proxy.base_url, options)]
        return last[0]

    yield begin
    fault_proxy.let_go()


@asynccontextmanager
async def app_on(session: Session, size: tuple[int, int] = WIDE):
    app = OpenAIInterfaceFT(session)
    async with app.run_test(size=size) as pilot:
        await press(pilot, "f3", besides=["jobs", "history", "models"])
        yield app, pilot


def shows(app: OpenAIInterfaceFT, text: str) -> Callable[[], bool]:
    return lambda: text in screen_text(app)


async def know_all(runs: Callable[[], Session], text: str) -> None:
    """A run that sees the whole list, and has ended then: what it saw is kept."""
    session = runs()
    async with app_on(session) as (app, pilot):
        await until(pilot, shows(app, text))
        await until(pilot, lambda: "loading" not in screen_text(app))
    await asyncio.to_thread(session.close)


def styles_of(app: OpenAIInterfaceFT) -> set[str]:
    table = app.jobs_pane.table
    return {table.row_style(job.id) for job in table.jobs}


async def test_the_last_known_list_stays_while_the_endpoint_cannot_be_reached(
    runs: Callable[[], Session], sandbox: SandboxServer, fault_proxy: FaultProxy
) -> None:
    count = fill_with_samples(sandbox)
    await know_all(runs, f"Jobs {count} ·")
    fault_proxy.always("", GONE)
    async with app_on(runs()) as (app, pilot):
        await until(pilot, shows(app, "The list is as it was last told. Press r to try again."))
        await until(pilot, shows(app, "last known"))
        assert f"Jobs {count} · 2 active · last known just now ·" in screen_text(app)
        assert "● running" in screen_text(app) and "was lost" in screen_text(app)
        assert styles_of(app) == {"muted"}
        fault_proxy.calm()
        await press(pilot, "r")
        await until(pilot, lambda: "last known" not in screen_text(app))
        assert styles_of(app) == {""}
        assert f"Jobs {count} ·" in screen_text(app)


async def test_the_age_of_the_list_is_told_while_the_endpoint_says_nothing_at_all(
    runs: Callable[[], Session], sandbox: SandboxServer, fault_proxy: FaultProxy
) -> None:
    fill_with_samples(sandbox)
    await know_all(runs, "Jobs 14")
    fault_proxy.always("", HELD)
    silent = ["jobs", "history", "models"]
    session = runs()
    app = OpenAIInterfaceFT(session)
    now = app.jobs_pane.table.clock
    app.jobs_pane.table.clock = lambda: now() + timedelta(days=3 * 366)
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "f3", besides=silent)
        await until(pilot, shows(app, "loading… · last known, 3 years old ·"), besides=silent)
        fault_proxy.let_go()
        async with asyncio.timeout(PATIENCE):
            await until(pilot, lambda: app.jobs_pane.table.age is None)
        assert "last known" not in screen_text(app)


async def test_the_fresh_list_takes_its_place_row_by_row_and_moves_nothing(
    runs: Callable[[], Session], sandbox: SandboxServer, fault_proxy: FaultProxy, tmp_path: Path
) -> None:
    seed_many_jobs(sandbox, 150)
    await know_all(runs, "Jobs 150 ·")
    session = runs()
    for examples in (20, 30):  # newer than all that is known
        await create_job(session, tmp_path, examples)
    fault_proxy.always(LIST, HELD)
    async with app_on(session) as (app, pilot):
        table = app.jobs_pane.table
        await until(pilot, lambda: table.row_count == 150, besides=["jobs", "history"])
        await press(pilot, *"jj", "space", "G", *"kkk", besides=["jobs", "history"])
        place = (table.cursor_key, [job.id for job in table.marked_jobs], table.top)
        assert place[0] is not None and len(place[1]) == 1 and table.top > 0
        fault_proxy.let_go()
        await until(pilot, lambda: table.row_count == 152)
        await until(pilot, lambda: table.age is None)
        assert (table.cursor_key, [job.id for job in table.marked_jobs]) == place[:2]
        assert table.top == place[2] + 2
        assert styles_of(app) == {""} and "last known" not in screen_text(app)


async def test_a_page_makes_its_rows_fresh_and_leaves_the_others_as_they_were_known(
    runs: Callable[[], Session], sandbox: SandboxServer, fault_proxy: FaultProxy
) -> None:
    seed_many_jobs(sandbox, 150)
    await know_all(runs, "Jobs 150 ·")
    session = runs()
    fault_proxy.script(LIST, None, *[GONE] * 9)
    async with app_on(session) as (app, pilot):
        await until(pilot, shows(app, "Press r to try again"))
        table = app.jobs_pane.table
        await until(pilot, lambda: table.row_count == 150)
        looks = [table.row_style(str(row.key.value)) for row in table.ordered_rows]
        assert looks == [""] * 100 + ["muted"] * 50
        assert "last known just now" in screen_text(app)


async def test_a_job_that_the_fresh_list_does_not_bring_is_gone_and_leaves_with_the_next(
    runs: Callable[[], Session], sandbox: SandboxServer, fault_proxy: FaultProxy
) -> None:
    seed_many_jobs(sandbox, 3)
    await know_all(runs, "Jobs 3 ·")
    session = runs()
    owner = session.list_owner
    assert owner is not None
    await keep(session, owner, make_job(1), make_job(2))
    fault_proxy.always(LIST, HELD)
    async with app_on(session) as (app, pilot):
        await until(pilot, lambda: len(rows(app)) == 5, besides=["jobs", "history"])
        fault_proxy.let_go()
        await until(pilot, lambda: app.jobs_pane.table.age is None)
        assert screen_text(app).count(" gone ") == 2 and "Jobs 3 ·" in screen_text(app)
        await press(pilot, "g", "r")
        await until(pilot, lambda: len(rows(app)) == 3)


async def keep(session: Session, owner, *jobs) -> None:
    """Put jobs into the list that is kept, which the endpoint does not know."""
    known = read_known(owner)
    assert known is not None

    async def write() -> None:
        keeper = ListKeeper(owner)
        keeper.begin()
        keeper.take([*jobs, *(job for piece in known.pieces for job in piece)])
        keeper.end()
        assert keeper._saving is not None
        await keeper._saving

    await session.thread.read(write())


def rows(app: OpenAIInterfaceFT) -> list[str]:
    return [str(row.key.value) for row in app.jobs_pane.table.ordered_rows]


async def test_another_key_is_shown_nothing_of_it(
    runs: Callable[[], Session], sandbox: SandboxServer, fault_proxy: FaultProxy
) -> None:
    fill_with_samples(sandbox)
    await know_all(runs, "Jobs 14")
    fault_proxy.always("", GONE)
    session = runs()
    session.endpoint = replace(session.endpoint, project="another")
    async with app_on(session) as (app, pilot):
        await until(pilot, shows(app, "could not be loaded"))
        assert "Jobs ? ·" in screen_text(app) and not rows(app)


async def test_what_was_known_never_comes_after_what_is_told_and_another_account_has_its_own_list(
    runs: Callable[[], Session], sandbox: SandboxServer
) -> None:
    fill_with_samples(sandbox)
    session = runs()
    first = session.list_owner
    async with app_on(session) as (app, pilot):
        await until(pilot, shows(app, "Jobs 14 ·"))
        table = app.jobs_pane.table
        await until(pilot, lambda: "loading" not in screen_text(app))
        app.post(JobsKnown((make_job(5),), table.clock()))
        await settled(pilot)
        assert len(rows(app)) == 14 and table.age is None

        await until(pilot, lambda: read_known(first) is not None)
        session.endpoint = replace(session.endpoint, project="another")
        second = session.list_owner
        assert second != first
        await press(pilot, "r")
        await until(pilot, lambda: read_known(second) is not None)
        assert read_known(first) is not None, "it is kept beside the second"


async def test_a_row_that_was_told_already_is_not_replaced_by_what_was_known(
    runs: Callable[[], Session], sandbox: SandboxServer, fault_proxy: FaultProxy
) -> None:
    seed_many_jobs(sandbox, 120)
    fault_proxy.script(LIST, None, HELD)
    async with app_on(runs()) as (app, pilot):
        table = app.jobs_pane.table
        await until(pilot, lambda: len(rows(app)) == 100, besides=["jobs"])
        told = table.job(rows(app)[0])
        assert told is not None
        app.post(JobsKnown((replace(told, suffix="old"), make_job(5)), table.clock()))
        await until(pilot, lambda: len(rows(app)) == 101, besides=["jobs"])
        kept = table.job(told.id)  # by now with what its history tells
        assert kept is not None and kept.suffix == told.suffix and table.row_style(told.id) == ""
        fault_proxy.let_go()


async def test_a_job_that_ended_since_is_not_cancelled_by_what_was_known(
    runs: Callable[[], Session],
    sandbox: SandboxServer,
    fault_proxy: FaultProxy,
    clock: ManualClock,
) -> None:
    fill_with_samples(sandbox)
    await know_all(runs, "Jobs 14")
    clock.advance(100_000)
    quiet = ["jobs", "history", "models"]
    fault_proxy.always("GET", HELD)
    async with app_on(runs()) as (app, pilot):
        await until(pilot, shows(app, "● running"), besides=quiet)
        table = app.jobs_pane.table
        running = next(job for job in table.jobs if job.status.word == "running")
        app.jobs_pane.select_job(running.id)
        await press(pilot, "x", besides=quiet)
        assert isinstance(app.screen, Confirm)
        await later(pilot, DEAF_SECONDS, besides=quiet)
        await press(
            pilot,
            *running.raw_id[-4:],
            "enter",
            "enter",
            besides=[*quiet, f"act-{running.raw_id}"],
        )
        fault_proxy.let_go()
        await until(pilot, lambda: str(table.job(running.id).status) == "succeeded")
        assert fault_proxy.seen[f"POST /fine_tuning/jobs/{running.raw_id}/cancel"] == 1


async def test_the_events_of_a_known_job_in_view_are_followed_once_the_watch_begins(
    runs: Callable[[], Session],
    ticking_session: Session,
    ticks: Ticks,
    fault_proxy: FaultProxy,
    clock: ManualClock,
    tmp_path: Path,
) -> None:
    job = await create_job(ticking_session, tmp_path)
    clock.advance(30)
    await know_all(runs, "Jobs 1 ·")
    fault_proxy.always(LIST, HELD)
    async with app_on(ticking_session) as (app, pilot):
        await until(pilot, shows(app, "Step "), besides=["jobs"])
        fault_proxy.let_go()
        await until(pilot, lambda: app.jobs_pane.table.age is None)
        live = LiveList(app, pilot, ticking_session, fault_proxy, clock, ticks)
        clock.advance(1)
        assert (await live.tick())[f"GET /fine_tuning/jobs/{job.raw_id}/events"] == 1


async def test_a_job_that_was_cancelled_here_is_known_so_at_the_next_start(
    runs: Callable[[], Session], sandbox: SandboxServer, fault_proxy: FaultProxy
) -> None:
    fill_with_samples(sandbox)
    async with app_on(runs()) as (app, pilot):
        await until(pilot, shows(app, "Jobs 14 ·"))
        table = app.jobs_pane.table
        running = next(job for job in table.jobs if job.status.word == "running")
        app.jobs_pane.select_job(running.id)
        await press(pilot, "x")
        await later(pilot, DEAF_SECONDS)
        await press(pilot, *running.raw_id[-4:], "enter", "enter")
        await until(pilot, lambda: str(table.job(running.id).status) == "cancelled")
    fault_proxy.always("", GONE)
    async with app_on(runs()) as (app, pilot):
        await until(pilot, shows(app, "last known"))
        assert str(app.jobs_pane.table.job(running.id).status) == "cancelled"
