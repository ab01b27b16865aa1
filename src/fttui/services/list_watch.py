"""Following a whole list of jobs: read once, whole, and from then on as the app follows it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from fttui.services.endpoint.errors import ServiceError
from fttui.services.endpoint.retries import is_worth_retrying
from fttui.services.news import Change, JobNotFound, JobUpdate, PollFailed, Recovered
from fttui.services.polling_schedule import PollingSchedule

if TYPE_CHECKING:
    from fttui.services.endpoint.models import Job
    from fttui.services.session import Session

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class ListWatch:
    """Follows the jobs that `load` reads, and those that come; for ever, on the service thread.

    `jobs` are they as last seen, the newest first. `wanted` says which of those that come, or
    change, belong to the list, and `most` how many of them it has, the newest.
    """

    def __init__(
        self,
        session: Session,
        load: Callable[[], Awaitable[Sequence[Job]]],
        wanted: Callable[[Job], bool],
        most: int | None = None,
    ) -> None:
        self._session = session
        self._load = load
        self._wanted = wanted
        self._most = most
        self._known: dict[str, Job] = {}
        self.jobs: list[Job] = []

    @property
    def active(self) -> int:
        """How many of the jobs may change by themselves."""
        return sum(job.status.is_moving for job in self.jobs)

    async def looks(self) -> AsyncGenerator[list[Change], None]:
        """What each look has brought, of the jobs of this list; the first has the whole list.

        Looks that bring nothing are not told, and neither are changes of jobs that are not in the
        list. Network failures and busy servers are told and tried again.

        Raises:
            ServiceError: the endpoint refuses; trying again is no use.
        """
        async for first in self._loaded():
            yield first
        watcher = self._session.watcher()
        watcher.remember(self.jobs)
        told: asyncio.Queue[Change | ServiceError] = asyncio.Queue()

        async def watch() -> None:
            try:
                await watcher.run(told.put_nowait)
            except ServiceError as error:
                told.put_nowait(error)

        watching = asyncio.create_task(watch())
        try:
            while True:
                watcher.show_rows(job.raw_id for job in self.jobs if job.status.may_train)
                # All of one look is told in one go, before anything else runs.
                news: list[Change | ServiceError] = [await told.get()]
                while not told.empty():
                    news.append(told.get_nowait())
                changes = [one for one in news if not isinstance(one, ServiceError)]
                if ours := self._taken(changes):
                    yield ours
                for one in news:
                    if isinstance(one, ServiceError):
                        raise one
        finally:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching

    async def _loaded(self) -> AsyncIterator[list[Change]]:
        """Read the list, again and again while that fails; the last one told is the whole."""
        from fttui.services.polling_schedule import rest

        schedule, failures = PollingSchedule(), 0
        while True:
            try:
                jobs = await self._load()
            except ServiceError as error:
                if not is_worth_retrying(error, also_unknown=True):
                    raise
                failures += 1
                pause = max(schedule.failed(failures), error.retry_after or 0.0)
                yield [PollFailed(error, pause)]
                await rest(asyncio.Event(), schedule.jittered(pause))
            else:
                self._known = {job.raw_id or f" {number}": job for number, job in enumerate(jobs)}
                self._arrange()
                yield [Recovered()] if failures else []
                return

    def _taken(self, news: Sequence[Change]) -> list[Change]:
        """Take what a look has brought; what of it is about jobs of this list, before or now."""
        before = {job.raw_id for job in self.jobs}
        for change in news:
            if isinstance(change, JobUpdate):
                if self._wanted(change.job):
                    self._known[change.job.raw_id] = change.job
                else:
                    self._known.pop(change.job.raw_id, None)
            elif isinstance(change, JobNotFound):
                self._known.pop(change.job_id, None)
        self._arrange()
        ours = before | {job.raw_id for job in self.jobs}
        return [one for one in news if (name := _job_of(one)) is None or name in ours]

    def _arrange(self) -> None:
        # Of jobs of one second the list's own come first: those beyond `most` are told as new.
        jobs = sorted(
            self._known.values(), key=lambda job: job.created_at or _LONG_AGO, reverse=True
        )
        self.jobs = jobs[: self._most]


def _job_of(change: Change) -> str | None:
    """The raw id of the job that a change is about."""
    if isinstance(change, JobUpdate):
        return change.job.raw_id
    return change.job_id if isinstance(change, JobNotFound) else None
