"""What lasts over three seconds is named on the screen, whichever it is, until it is over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from threading import Event
from typing import Any

import pytest
from tests.faults.proxy import Fault, FaultProxy
from textual.pilot import Pilot

from fttui.interface.app import OpenAIInterfaceFT
from fttui.interface.guard.app import SafeApp
from fttui.interface.jobs.details import JobDetails
from fttui.interface.kit.keys import SECONDS, KeyLine
from fttui.server import SandboxServer, fill_with_samples
from fttui.services.session import Session
from settling import later, press, settled, until

Run = tuple[OpenAIInterfaceFT, Pilot[str]]
HANG = Fault("hang", commit=False)


@pytest.fixture
def session(
    sandbox: SandboxServer, fault_proxy: FaultProxy, open_session: Callable[..., Session]
) -> Session:
    """A session behind the proxy, with jobs to look at."""
    fill_with_samples(sandbox)
    return open_session(fault_proxy.base_url)


@asynccontextmanager
async def running(session: Session) -> AsyncIterator[Run]:
    app = OpenAIInterfaceFT(session)
    async with app.run_test(size=(120, 40)) as pilot:
        yield app, pilot


def last_line(app: OpenAIInterfaceFT) -> str:
    """What the last line of the screen on top says."""
    screen: Any = app.screen
    return str(screen.query_one(KeyLine).render())


def test_nobody_waits_longer_than_three_seconds_without_a_word() -> None:
    assert SECONDS == 3.0


async def test_a_list_of_models_that_does_not_come_is_told_on_every_screen_that_opens(
    session: Session, fault_proxy: FaultProxy
):
    fault_proxy.always(r"GET .*/models", HANG)
    wait = f"Waiting for {session.endpoint.host}…"
    async with running(session) as (app, pilot):
        await settled(pilot, besides=("models",))
        await later(pilot, SECONDS - 0.5, besides=("models",))
        assert "Waiting" not in last_line(app)
        await later(pilot, 1, besides=("models",))
        assert last_line(app).startswith(wait)
        await press(pilot, "f1", besides=("models",))
        assert last_line(app).startswith(wait)
        await press(pilot, "escape", "f3", "enter", besides=("models",))
        assert isinstance(app.screen, JobDetails)
        assert last_line(app).startswith(wait)


async def test_a_reload_of_the_details_is_told_there_until_it_is_over(
    session: Session, fault_proxy: FaultProxy
):
    async with running(session) as (app, pilot):
        await settled(pilot)
        await press(pilot, "f3", "enter")
        assert isinstance(app.screen, JobDetails)
        hint = last_line(app)
        fault_proxy.always(r"GET .*/fine_tuning/jobs/", HANG)
        await press(pilot, "r", besides=("history",))
        await later(pilot, SECONDS, besides=("history",))
        assert last_line(app) == f"Waiting for {session.endpoint.host}…  {hint}"
        await press(pilot, "2", besides=("history",))
        assert last_line(app).startswith("Waiting for ")
        fault_proxy.calm()
        for worker in app.workers:
            if worker.group == "history":
                worker.cancel()
        await settled(pilot)
        assert "Waiting" not in last_line(app)


async def test_what_is_over_in_time_leaves_no_word(session: Session):
    async with running(session) as (app, pilot):
        await settled(pilot)
        await later(pilot, 2 * SECONDS)
        assert "Waiting" not in last_line(app)
        await press(pilot, "f3", "y")
        await until(pilot, lambda: app._notifications)
        await later(pilot, 2 * SECONDS)
        assert "Waiting" not in last_line(app)


async def test_a_cancel_that_is_not_answered_is_told(session: Session, fault_proxy: FaultProxy):
    async with running(session) as (app, pilot):
        await settled(pilot)
        await press(pilot, "f3")
        fault_proxy.always(r"POST .*/cancel", HANG)
        job = app.jobs_pane.selected_jobs()[0]
        group = f"act-{job.raw_id}"
        app.start_worker(partial(app.utils.job_actions._act, "cancel", job), group)
        await later(pilot, SECONDS, besides=(group,))
        assert last_line(app).startswith(f"Waiting for {session.endpoint.host}…")


class Leaver(SafeApp[None]):
    """It is left while a thread waits for something that does not come."""

    def __init__(self, held: Event) -> None:
        super().__init__()
        self._held, self._begun = held, Event()

    def _hang(self) -> None:
        self._begun.set()
        self._held.wait(60)

    def on_mount(self) -> None:
        """Begin to wait, and leave."""
        self.run_worker(self._wait)

    async def _wait(self) -> None:
        waiting = asyncio.create_task(asyncio.to_thread(self._hang))
        await asyncio.to_thread(self._begun.wait, 60)
        self.exit()
        await waiting


def test_what_a_thread_still_waits_for_holds_up_no_app_that_is_left() -> None:
    held = Event()
    app = Leaver(held)
    app.run(headless=True)
    assert not app.threads.wait(0), "the app has ended before its thread"
    held.set()
    assert app.threads.wait(60)
