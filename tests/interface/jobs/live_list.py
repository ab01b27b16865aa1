"""The whole app on a sandbox behind a counting proxy, whose polling loop a test drives."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.interface.jobs.jobs_host import screen_text
from textual.pilot import Pilot

from faults.proxy import FaultProxy
from fttui.interface.app import OpenAIInterfaceFT
from fttui.server import ManualClock, write_sample_training_file
from fttui.services.endpoint.models import Job
from fttui.services.job_form import JobRequest
from fttui.services.session import Session
from fttui.training_data.files import open_checked
from settling import later, press, until
from ticks import Ticks
from waiting import PATIENCE

WIDE = (120, 40)
NARROW = (80, 24)
JOBS = "GET /fine_tuning/jobs"


@dataclass
class LiveList:
    """The app with its list open; the sandbox's clock and the watcher stand still by themselves."""

    app: OpenAIInterfaceFT
    pilot: Pilot[str]
    session: Session
    proxy: FaultProxy
    clock: ManualClock
    ticks: Ticks

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Let the app work until `is_so`."""
        await until(self.pilot, is_so)

    def shows(self, text: str) -> Callable[[], bool]:
        return lambda: text in screen_text(self.app)

    async def settled(self) -> None:
        """Wait until the list has come to rest, and the watcher with it."""
        was_resting = False
        async with asyncio.timeout(PATIENCE):
            while not (was_resting and self.ticks.is_resting):
                was_resting = self.ticks.is_resting
                await later(self.pilot, 1.0)
                await asyncio.sleep(0.002)

    async def asked_by(self, act: Callable[[], Awaitable[object]]) -> Counter[str]:
        """What is asked of the endpoint from `act` until everything is quiet."""
        await self.settled()
        self.proxy.seen.clear()
        await act()
        await self.settled()
        return Counter(self.proxy.seen)

    async def tick(self) -> Counter[str]:
        """What one look of the watcher asks of the endpoint, with what follows from it."""
        return await self.asked_by(self.ticks.next)

    async def press(self, *keys: str) -> Counter[str]:
        """What keys ask of the endpoint."""
        return await self.asked_by(lambda: press(self.pilot, *keys))

    async def events_told(self, job: Job) -> list[str]:
        """The ids of all events that the endpoint has of a job, newest first."""
        return await self.session.thread.read(_event_ids(self.session, job))

    async def until_told(self, job: Job, count: int) -> None:
        """Let time pass until the job has told so many events."""
        told = len(await self.events_told(job))
        steps = 1
        while told < count:
            self.clock.advance(0.5 * steps)
            before, told = told, len(await self.events_told(job))
            gain = (told - before) / steps
            # While it trains it goes on as fast; never more than half of the way in one step.
            steps = max(int((count - told) / gain / 2), 1) if gain > 5 else 1

    async def until_ended(self, job: Job) -> None:
        """Let time pass until the job has succeeded, and no longer."""
        handle = self.session.handle
        while True:
            now = await self.session.thread.read(handle.retrieve_job(job.raw_id))
            if now.status.word == "succeeded":
                return
            end = now.estimated_finish
            left = end.timestamp() - self.clock.now() if end else 0.0
            self.clock.advance(max(left - 1.0, 0.2))


async def make_job(session: Session, folder: Path, examples: int = 240) -> Job:
    """A new job on the endpoint, of three steps for each example."""
    return await session.thread.read(_make_job(session, folder, examples))


@asynccontextmanager
async def live_list(
    session: Session,
    proxy: FaultProxy,
    clock: ManualClock,
    ticks: Ticks,
    *,
    size: tuple[int, int] = NARROW,
) -> AsyncIterator[LiveList]:
    """The app with the jobs tab open, when its first loads and its first look are over."""
    app = OpenAIInterfaceFT(session)
    async with app.run_test(size=size) as pilot:
        live = LiveList(app, pilot, session, proxy, clock, ticks)
        await press(pilot, "f3")
        await ticks.looks(1)
        await live.settled()
        yield live


async def _make_job(session: Session, folder: Path, examples: int) -> Job:
    handle = session.handle
    with open_checked(write_sample_training_file(folder / f"{examples}.jsonl", examples)) as file:
        stored = await handle.upload_training_file(file)
    numbers = {"n_epochs": 3, "batch_size": 1}
    request = JobRequest("gpt-4.1-mini-2025-04-14", stored.raw_id, hyperparameters=numbers)
    return await handle.create_fine_tuning_job(request)


async def _event_ids(session: Session, job: Job) -> list[str]:
    pages = session.handle.event_pages(job.raw_id)
    return [event.id async for page in pages for event in page.items]
