"""What is known of a job beside what its record tells: its files by name, and what it has cost."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from fttui.interface.messages import JobFactsLearned
from fttui.services.explanations import flagged_lines
from fttui.services.job_cost import ActualCost, actual_cost
from fttui.services.job_files import (
    NO_FILES,
    UNTOLD,
    JobFiles,
    ask_for,
    changed_text,
    files_of,
    keep,
    known_files,
)
from fttui.terminal.language import _

if TYPE_CHECKING:
    from fttui.interface.host import Host
    from fttui.services.endpoint.models import Job
    from fttui.services.submission.state import FileState
    from fttui.storage.file_records import FileRecord


class JobFacts:
    """Learns the names of a job's files: each is asked for until the endpoint answers, then never.

    A refusal is an answer, too.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        self._known: dict[str, JobFiles] = {}
        self._records: dict[tuple[str, str], FileRecord] = {}
        """By the mark of the endpoint and the id: other endpoints may have the same ids."""
        self._asked: set[tuple[str, str]] = set()

    def files_of(self, job: Job) -> JobFiles:
        """What is known of the job's files now."""
        known = self._known.get(job.key, NO_FILES)
        told = {name: self._records.get((job.profile, name)) for name in files_of(job)}
        found = {name: record for name, record in told.items() if record is not None}
        return replace(known, records={**known.records, **found})

    def cost_of(self, job: Job) -> ActualCost | None:
        """What the job has cost; None until it has ended, and where that is not known."""
        return actual_cost(job, self._host.sessions.of(job))

    def learn(self, job: Job) -> None:
        """Find out what a job's files are called, if that was not asked; posts what is new."""
        if job.key in self._known and not self._missing(job):
            return
        self._host.start_worker(
            partial(self._learn, job), group="job-files", exclusive=True, waits_for=""
        )

    def _missing(self, job: Job) -> list[str]:
        return [file_id for file_id in files_of(job) if (job.profile, file_id) not in self._asked]

    async def _learn(self, job: Job) -> None:
        session = self._host.sessions.of(job)
        self._known[job.key] = await asyncio.to_thread(known_files, session, job)
        self._host.post(JobFactsLearned(job.key))
        missing = self._missing(job)
        if not missing or session.credential is None:
            return
        told = await session.thread.read(ask_for(session, missing))
        self._asked.update((job.profile, file_id) for file_id in told)
        before = self.files_of(job).records
        for file_id, record in told.items():
            known = before.get(file_id)
            if record.is_deleted and known is not None:
                told[file_id] = replace(known, is_deleted=True)
        new = {(job.profile, name): one for name, one in told.items() if one != UNTOLD}
        self._records.update(new)
        self._host.post(JobFactsLearned(job.key))
        await asyncio.to_thread(keep, session, told)

    def show_training_file(self) -> None:
        """Show the training file of the job in front, at the lines that its error names."""
        jobs = self._host.selected_jobs()
        source = self.files_of(jobs[0]).source if len(jobs) == 1 else None
        if source is None:
            text = _("Where the training file came from is not known on this machine.")
            self._host.notice(text, severity="warning")
            return
        show = partial(self._show, jobs[0], source)
        self._host.start_worker(show, group="training-file", exclusive=True, waits_for="")

    async def _show(self, job: Job, source: FileState) -> None:
        from fttui.interface.screens.flagged_lines import FlaggedLines

        place = self._host.place
        try:
            doubt = await asyncio.to_thread(changed_text, source)
        except FileNotFoundError as problem:
            self._host.notice(str(problem), severity="warning")
            return
        if self._host.place != place:
            return  # the user has gone on to something else
        message = job.error.message if job.error else ""
        self._host.push_screen(
            FlaggedLines(Path(source.path), flagged_lines(message), message, doubt)
        )
