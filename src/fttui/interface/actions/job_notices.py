"""Telling that jobs have ended, and in the title of the window how far those are that go on."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from fttui.services import watching
from fttui.services.finished import Finished, RunningJobs, command_failed_text, ended_text
from fttui.terminal.language import _
from fttui.terminal.notify import notification

if TYPE_CHECKING:
    from fttui.interface.host import FeedHost
    from fttui.services.endpoint.models import Job
    from fttui.terminal.hook import Hook

_OWNER = "jobs"


class JobNotices:
    """Hears of all jobs: `note` and `look_at` from any thread, the rest on the service thread."""

    def __init__(self, host: FeedHost) -> None:
        self._host = host
        self._running = RunningJobs()
        self._finished = Finished(host.session)
        self._waiting: dict[str, Job] = {}
        self._shown_already: set[str] = set()
        self._is_looking = False

    def take(self, jobs: Iterable[Job]) -> None:
        """A page of the list came."""
        if self._host.session.endpoint.archive:
            return
        every = tuple(jobs)
        self._running.see(every)
        self._show_title()
        self._waiting |= {job.raw_id: job for job in every}
        if not self._is_looking:
            self._is_looking = True
            self._host.session.thread.start(self._look())

    def see(self, change: watching.Change) -> None:
        """The watch saw a change."""
        if isinstance(change, watching.JobNotFound):
            self._running.drop(change.job_id)
            self._show_title()
        elif isinstance(change, watching.JobUpdate):
            before, job = change.previous, change.job
            if before is not None and job.status.is_final and not before.status.is_final:
                self._shown_already.add(job.raw_id)
                self._host.call_later(self._toast_elsewhere, job)
            self.take((job,))

    def note(self, job: Job) -> None:
        """An action of the user's made `job` what it is now, and has said so."""
        self._host.session.thread.start(self._note(job))

    def look_at(self, raw_id: str) -> None:
        """How far this job is stands in the title, for it is in view; "" for none."""
        self._host.session.thread.start(self._look_at(raw_id))

    async def _look_at(self, raw_id: str) -> None:
        self._running.in_view = raw_id
        self._show_title()

    async def _note(self, job: Job) -> None:
        self._shown_already.add(job.raw_id)
        self.take((job,))

    def _show_title(self) -> None:
        if "title" in self._host.session.settings.notify:
            self._host.show_title(_OWNER, self._running.title)

    async def _look(self) -> None:
        """Claim the ends among what came meanwhile, until nothing waits."""
        try:
            while self._waiting:
                jobs, self._waiting = list(self._waiting.values()), {}
                ended, hook = await asyncio.to_thread(self._claim, jobs)
                if ended:
                    self._tell(ended)
                if hook is not None:
                    self._host.session.thread.start(self._hear(hook))
        finally:
            self._is_looking = False

    def _claim(self, jobs: Sequence[Job]) -> tuple[Sequence[Job], Hook | None]:
        ends = self._finished.see(jobs)
        return ends.to_tell, self._finished.start_command(ends.to_run)

    def _tell(self, ended: Sequence[Job]) -> None:
        """Ring, notify, and show a toast of what was not shown yet."""
        kinds = self._host.session.settings.notify
        if said := notification(_("job ended"), ended_text(ended), os.environ, kinds):
            self._host.write_escape(said)
        new = [job for job in ended if job.raw_id not in self._shown_already]
        if new:
            self._host.call_later(self._toast, new)

    async def _hear(self, hook: Hook) -> None:
        """Wait for the user's command, which goes on by itself when the app is left."""
        problems = await asyncio.to_thread(hook.problems)
        texts = [command_failed_text(problem) for problem in problems]
        if texts:
            self._host.call_later(self._warn, texts[0])

    def _toast_elsewhere(self, job: Job) -> None:
        """Say that a job has ended, where the list is not in front to show it."""
        if self._host.in_front != "jobs":
            self._toast([job])

    def _toast(self, jobs: Sequence[Job]) -> None:
        all_well = all(job.status.is_success for job in jobs)
        severity = "information" if all_well else "warning"
        self._host.notice(ended_text(jobs), severity=severity)

    def _warn(self, text: str) -> None:
        self._host.notice(text, severity="warning")
