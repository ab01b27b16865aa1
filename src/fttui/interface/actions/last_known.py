"""The list as the last run knew it: shown until the endpoint tells it, and kept for the next."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from fttui.interface.messages import JobsKnown
from fttui.services import watching
from fttui.services.known_jobs import ListKeeper, read_known

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fttui.interface.host import FeedHost
    from fttui.services.endpoint.models import Job


class LastKnownList:
    """`show` is for the app's loop, `note` for any thread, the rest for the service thread."""

    def __init__(self, host: FeedHost) -> None:
        self._host = host
        self._keeper: ListKeeper | None = None
        self._is_told = False

    def show(self) -> None:
        """Show what was kept, some jobs at a time, until the endpoint has told the whole list."""
        self._host.start_worker(self._show, group="known", waits_for="")

    def begin(self) -> None:
        """A load of the whole list begins."""
        owner = self._host.session.list_owner
        if self._keeper is None or self._keeper.owner != owner:
            self._keeper = ListKeeper(owner) if owner else None
        if self._keeper:
            self._keeper.begin()

    def take(self, jobs: Iterable[Job]) -> None:
        """A page of the load came."""
        if self._keeper:
            self._keeper.take(jobs)

    def end(self) -> None:
        """The load is complete."""
        self._is_told = True
        if self._keeper:
            self._keeper.end()

    def note(self, job: Job) -> None:
        """An action made `job` what it is now."""
        if self._keeper:
            self._host.session.thread.start(self._note(self._keeper, job))

    def see(self, change: watching.Change) -> None:
        """The watch saw a change."""
        if self._keeper is None:
            return
        if isinstance(change, watching.JobUpdate) and change.status_changed:
            self._keeper.note(change.job)
        elif isinstance(change, watching.JobNotFound):
            self._keeper.drop(change.job_id)

    async def _note(self, keeper: ListKeeper, job: Job) -> None:
        keeper.note(job)

    async def _show(self) -> None:
        owner = self._host.session.list_owner
        if owner is None:
            return
        known = await asyncio.to_thread(read_known, owner, self._host.session.endpoint.mark)
        while known and not self._is_told:
            jobs = await asyncio.to_thread(next, known.pieces, ())
            if not jobs:
                return
            self._host.post(JobsKnown(jobs, known.told_at))
