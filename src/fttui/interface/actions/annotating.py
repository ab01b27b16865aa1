"""Notes, labels and hidden jobs: asked for, kept on this machine, and told to the panes."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from fttui.interface.messages import HiddenAsked, JobsAnnotated
from fttui.services.endpoint.errors import ServiceError
from fttui.services.endpoint.models import job_key
from fttui.storage.annotations import (
    Annotation,
    AnnotationRefused,
    KeptAnnotations,
    label_problem,
    note_problem,
)
from fttui.storage.journal import JournalError
from fttui.terminal.format import counted
from fttui.terminal.language import _

if TYPE_CHECKING:
    from fttui.interface.host import Host
    from fttui.services.endpoint.models import Job

_NO_JOB = _("No job is selected. Move the cursor to one first.")
_NO_ID = _("The endpoint gave this job no id, so nothing can be kept beside it.")
_NOTHING = Annotation()
Change = Callable[[KeptAnnotations, "Job"], object]
"""What is to be done to what is kept beside a job."""


class AnnotationActions:
    """What is known here is what was read last; the disk is read and written in threads."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._kept: Mapping[str, Annotation] | None = None
        self._has_doubted = False

    def load(self) -> None:
        """Read what is kept, which other runs may have changed, and tell it."""

        async def load() -> None:
            await self._load()

        self._host.start_worker(load, group="annotations", waits_for="")

    def edit_note(self) -> None:
        """Ask for the note of the selected jobs."""
        self._with_jobs(self._ask_note)

    def edit_labels(self) -> None:
        """Ask for the labels of the selected jobs: of several, those that all have."""
        self._with_jobs(self._ask_labels)

    def toggle_hidden(self) -> None:
        """Hide the selected jobs, or show them again where all are hidden."""
        self._with_jobs(self._toggle)

    def toggle_shown(self) -> None:
        """Show the hidden jobs too, or leave them out again."""
        if any(kept.hidden for kept in (self._kept or {}).values()):
            self._host.post(HiddenAsked())
        else:
            self._host.notice(_("No job is hidden. z hides the one under the cursor."))

    def _with_jobs(self, act: Callable[[list[Job]], None]) -> None:
        """Act on the selected jobs as soon as it is known what is kept of them."""
        jobs = [job for job in self._host.selected_jobs() if job.raw_id]
        if not jobs:
            is_nameless = bool(self._host.selected_jobs())
            self._host.notice(_NO_ID if is_nameless else _NO_JOB, severity="warning")
        elif self._kept is not None:
            act(jobs)
        else:
            self._host.start_worker(partial(self._act_when_known, act, jobs), group="annotate")

    async def _act_when_known(self, act: Callable[[list[Job]], None], jobs: list[Job]) -> None:
        place = self._host.place
        problem = await self._load()
        if problem:
            self._host.notice(problem, severity="error")
        elif self._host.place == place:  # else the user has gone on to something else
            act(jobs)

    def _of(self, job: Job) -> Annotation:
        return (self._kept or {}).get(job.raw_key, _NOTHING)

    def _ask_note(self, jobs: list[Job]) -> None:
        from fttui.interface.screens.prompt import Prompt

        if self._refuses(jobs):
            return
        notes = {self._of(job).note for job in jobs}
        known = notes.pop() if len(notes) == 1 else ""

        def answered(text: str | None) -> None:
            if text is not None and (text != known or notes):
                self._change(jobs, lambda kept, job: kept.set_note(job.raw_id, text))

        hint = _("It stays on this machine. An empty one takes the note away.")
        if notes:
            hint = _("These jobs have several notes; this one takes the place of all.")
        prompt = Prompt(_("Note"), _named(jobs), known, hint, note_problem)
        self._host.push_screen(prompt, answered)

    def _ask_labels(self, jobs: list[Job]) -> None:
        from fttui.interface.screens.prompt import Prompt

        if self._refuses(jobs):
            return
        first, *others = [self._of(job).labels for job in jobs]
        common = [label for label in first if all(label in labels for labels in others)]

        def answered(text: str | None) -> None:
            if text is None:
                return
            wanted = text.split()
            added = [label for label in wanted if label not in common]
            removed = [label for label in common if label not in wanted]
            if added or removed:
                self._change(jobs, lambda kept, job: kept.change_labels(job.raw_id, added, removed))

        hint = _("Words with blanks between them, which label:WORD in the filter finds.")
        if len(jobs) > 1:
            hint = _("Words with blanks between them. Shown are those that all these jobs have.")
        used = Counter(label for kept in (self._kept or {}).values() for label in kept.labels)
        prompt = Prompt(
            _("Labels"),
            _named(jobs),
            " ".join(common),
            hint,
            _labels_problem,
            [label for label, _count in used.most_common()],
        )
        self._host.push_screen(prompt, answered)

    def _toggle(self, jobs: list[Job]) -> None:
        if self._refuses(jobs):
            return
        hides = not all(self._of(job).hidden for job in jobs)
        changed = [job for job in jobs if self._of(job).hidden is not hides]
        what = _named(changed) if len(changed) == 1 else counted(len(changed), "job")
        done = _("{what} shown again.", what=what)
        if hides:
            done = _("{what} hidden. Z shows the hidden ones, z there brings one back.", what=what)
        self._change(changed, lambda kept, job: kept.set_hidden(job.raw_id, hides), done=done)

    def _refuses(self, jobs: list[Job]) -> bool:
        """True, and told, where what is read is an archive."""
        refusal = any(session.refusal for session, _jobs in self._host.sessions.grouped(jobs))
        if refusal:
            self._host.notice(
                _("An archive is only read: its notes and labels cannot be changed."),
                severity="warning",
            )
        return refusal

    def _change(self, jobs: list[Job], change: Change, done: str = "") -> None:
        async def work() -> None:
            try:
                kept, doubt = await asyncio.to_thread(self._changed, jobs, change)
            except (ServiceError, JournalError, AnnotationRefused) as error:
                await self._load()  # some of several jobs may have changed
                self._host.notice(_told(error), severity="error")
                return
            self._tell(kept)
            if doubt and not self._has_doubted:
                self._has_doubted = True
                done_for_now = _("This holds for this run only. {doubt}", doubt=doubt)
                self._host.notice(done_for_now, severity="warning")
            elif done:
                self._host.notice(done)

        self._host.start_worker(work, group="annotate", waits_for="")

    def _changed(self, jobs: list[Job], change: Change) -> tuple[dict[str, Annotation], str]:
        """What is kept then, and why the change may not last, "" where it does."""
        doubt = ""
        for session, some in self._host.sessions.grouped(jobs):
            kept = session.annotations
            for job in some:
                change(kept, job)
            doubt = kept.doubt or doubt
        return self._read(), doubt

    def _read(self) -> dict[str, Annotation]:
        """All that is kept; of several endpoints, where it can be read."""
        sessions = self._host.sessions
        if not sessions.is_several:
            return sessions.own.annotations.all()
        found: dict[str, Annotation] = {}
        for session in sessions.all:
            with suppress(ServiceError, JournalError):
                kept, mark = session.annotations.all(), session.endpoint.mark
                found |= {job_key(mark, raw_id): one for raw_id, one in kept.items()}
        return found

    async def _load(self) -> str:
        """Read what is kept, and tell it; "", or why it cannot be read."""
        try:
            kept = await asyncio.to_thread(self._read)
        except (ServiceError, JournalError) as error:
            return _told(error)
        self._tell(kept)
        return ""

    def _tell(self, kept: Mapping[str, Annotation]) -> None:
        if kept != self._kept:
            self._kept = kept
            self._host.post(JobsAnnotated(kept))


def _labels_problem(text: str) -> str:
    return next(filter(None, map(label_problem, text.split())), "")


def _named(jobs: list[Job]) -> str:
    if len(jobs) > 1:
        return counted(len(jobs), "marked job")
    return jobs[0].name or jobs[0].id


def _told(error: Exception) -> str:
    hint = getattr(error, "hint", "")
    return f"{error}\n{hint}" if hint else f"{error}"
