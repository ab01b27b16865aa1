"""The app on the list of a sandbox's jobs, behind a proxy, as a person uses it by keys."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from tests.interface.seen import asked, toast, words
from textual.pilot import Pilot

from faults.harness import hasty
from faults.proxy import FaultProxy
from fttui.interface.app import OpenAIInterfaceFT
from fttui.services.endpoint.models import Job
from fttui.services.session import Session
from settling import press, settled, until

JOBS = "/fine_tuning/jobs"


class JobList:
    """Keys for the list, and what it shows. `besides` may go on while keys are pressed."""

    def __init__(self, app: OpenAIInterfaceFT, pilot: Pilot[str], proxy: FaultProxy) -> None:
        self.app = app
        self.pilot = pilot
        self.proxy = proxy
        self.besides: tuple[str, ...] = ()

    async def press(self, *keys: str) -> None:
        await press(self.pilot, *keys, besides=self.besides)

    async def until(self, holds: Callable[[], object]) -> None:
        await until(self.pilot, holds, self.besides)

    async def until_told(self, text: str) -> None:
        await self.until(lambda: text in toast(self.app))

    async def go_to(self, suffix: str) -> Job:
        """Put the cursor on the job of this suffix, as a click does."""
        table = self.app.jobs_pane.table
        (job,) = (each for each in table.jobs if each.suffix == suffix)
        table.move_to(job.id)
        await settled(self.pilot, self.besides)
        return job

    async def question(self, key: str) -> str:
        """Press a key that asks; all that the question says."""
        await self.press(key)
        await asked(self.pilot, self.besides)
        return words(self.app)

    @property
    def current(self) -> Job:
        return self.app.jobs_pane.table.current_job

    @property
    def is_asked(self) -> bool:
        return self.app.screen.is_modal

    def changes(self) -> dict[str, int]:
        """The calls that changed something on the endpoint."""
        return {call: n for call, n in self.proxy.seen.items() if not call.startswith("GET ")}


@asynccontextmanager
async def job_list(
    open_session: Callable[..., Session], proxy: FaultProxy, count: int
) -> AsyncIterator[JobList]:
    """The app with its list open and `count` jobs in it."""
    app = OpenAIInterfaceFT(open_session(proxy.base_url, hasty(tries=1)))
    async with app.run_test(size=(80, 24)) as pilot:
        it = JobList(app, pilot, proxy)
        await it.press("f3")
        await it.until(lambda: app.jobs_pane.table.has_focus)
        await it.until(lambda: len(app.jobs_pane.table.jobs) == count)
        yield it
