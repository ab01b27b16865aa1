"""Carrying a move out: each job asked for exactly once, and what one row lacks stops no other."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from fttui.services.endpoint.errors import (
    Outcome,
    RateLimitedError,
    ServiceError,
    UnsupportedError,
)
from fttui.services.endpoint.retries import pause_after
from fttui.services.moving.earlier import Earlier
from fttui.services.moving.origin import origin_of
from fttui.services.moving.plan import MovePlan, MoveRow
from fttui.services.submission.locking import is_taken
from fttui.services.submission.record import JournalUnavailableError, SourceGoneError
from fttui.services.submission.rows import MovedFrom
from fttui.services.submission.sweeps import (
    HOLDS_FOR_ALL,
    RowOutcome,
    Sweeps,
    as_rows,
    sweep_key,
)
from fttui.services.submission.types import NO_CONSENT, Consent, Draft, ProgressListener
from fttui.storage.annotations import Annotation, AnnotationRefused
from fttui.storage.journal import Account, JournalError
from fttui.storage.moved_files import MovedFiles
from fttui.storage.profile_rules import OPTION_OF
from fttui.terminal.language import _
from fttui.terminal.text import safe
from fttui.training_data.files import CheckedFile, FileRefused, open_checked

if TYPE_CHECKING:
    from fttui.services.endpoint.models import Job
    from fttui.services.moving.plan import MovedFile
    from fttui.services.session import Session
    from fttui.services.submission.state import Submission

MOST_MOVED = 5_000
"""So many jobs one yes can stand for, when each was told in the plan."""
_MOST_PAUSES, _FIRST_PAUSE, _LONGEST_PAUSE = 5, 2.0, 60.0
"""How often in one move an endpoint that asks to wait is waited for, and how many seconds."""
_NEEDED = frozenset({"model", "training_file", "method", "grader"})
_OF_ONE_ROW = frozenset({"source_gone", "stale", "busy", "cancelled"})
"""Failures on this machine that say nothing about the next row."""


class BusyMoveError(ServiceError):
    """Another fttui moves jobs to the same account at this moment."""

    def __init__(self) -> None:
        super().__init__(
            _("Another fttui is moving jobs to this account at the moment, so nothing was done."),
            _("Wait for that one to finish, or close it."),
            outcome=Outcome.NOT_SENT,
            code="busy",
        )


def move_key(account: Account) -> str:
    """What tells moves to an account from all other sweeps; one runs at a time."""
    return sweep_key("move", account.place, account.name)


class Moves(Sweeps):
    """The moves to one endpoint and key; its coroutines run on that session's thread."""

    def __init__(self, target: Session) -> None:
        super().__init__(target.submissions, target.annotations)
        self._target = target
        self._limited = 0
        self.key = move_key(target.account)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other fttui from moving jobs to this account meanwhile.

        Raises BusyMoveError where one does, JournalUnavailableError where no lock can be made.
        """
        lock = self._target.journal.lock(f"sweep-{self.key[:32]}")
        if not self._target.thread.wait(is_taken(lock)):
            raise BusyMoveError
        try:
            yield
        finally:
            lock.release(remove=True)

    def earlier(self, source: Session) -> Earlier:
        """What earlier runs moved from `source`, or began to; reads the journal.

        Raises JournalUnavailableError where that cannot be read.
        """
        try:
            known = self._records.read_all().values()
        except JournalError as problem:
            raise JournalUnavailableError(str(problem), problem.hint) from problem
        account = self._records.account
        found = [one for one in known if one is not None and one.is_of(account)]
        return Earlier(found, origin_of(source).mark)

    async def make(
        self,
        plan: MovePlan,
        origin: str,
        on_row: Callable[[RowOutcome], None],
        on_progress: ProgressListener | None = None,
    ) -> list[RowOutcome]:
        """Ask for what the plan has to make; what was begun earlier comes first.

        No job counts as told before `Submissions.note_reported`. To be called within `alone`.

        Raises:
            ServiceError: nothing was sent.
        """
        begun = {row.submission.id: row.submission for row in plan.to_make if row.submission}
        new = [row for row in plan.to_make if row.submission is None]
        drafts = await asyncio.to_thread(lambda: [*map(_draft_of, new)])
        for row in new:
            if row.replaces is not None:  # unless it has got a job since it was planned
                await self._submissions.recover(row.replaces.id, "let_go")
        rows = [*begun.values(), *(await self._begin(new, drafts, origin) if new else ())]
        return await self.create(rows, on_row, on_progress, Consent(again=plan.is_again))

    async def outcome_of(
        self, row: Submission, on_progress: ProgressListener | None, consent: Consent
    ) -> RowOutcome:
        """As for a sweep; what is not known is sent again where the user has agreed to that.

        The agreement is for such rows alone, and each is looked for once more before.
        """
        if not (consent.again and row.may_have_job and not row.job_id):
            outcome = await super().outcome_of(row, on_progress, NO_CONSENT)
            if outcome.error is not None:
                _explain_refusal(outcome.error)
            return outcome
        resend = self._submissions.recover(
            row.id, "resend", consent=True, agreed=consent, on_progress=on_progress, report=False
        )
        try:
            job = await resend
        except ServiceError as error:
            _explain_refusal(error)
            return RowOutcome(row, error=error)
        assert job is not None
        return RowOutcome(row, job.raw_id, job)

    async def _begin(
        self, new: Sequence[MoveRow], drafts: Sequence[Draft], origin: str
    ) -> list[Submission]:
        moved = [_moved_from(row, origin) for row in new]
        costs = [row.cost.usd for row in new]
        return await self.begin(as_rows(drafts, self.key, costs, moved, MOST_MOVED))

    async def may_go_on(self, row: Submission, error: ServiceError) -> bool:
        """Whether the next row may fare better; rows have files and models of their own.

        An endpoint that asks to wait is waited for, some times and not for long.
        """
        asked = error.__cause__
        if isinstance(asked, RateLimitedError):
            self._limited += 1
            pause = pause_after(asked, self._limited, _FIRST_PAUSE, _LONGEST_PAUSE)
            if self._limited > _MOST_PAUSES or pause > _LONGEST_PAUSE:
                return False
            await asyncio.sleep(pause)
            return True
        if error.status in HOLDS_FOR_ALL or isinstance(error, UnsupportedError):
            return False
        return error.outcome is not Outcome.NOT_SENT or error.code in _OF_ONE_ROW

    def annotate(self, row: Submission, job_id: str) -> None:
        """Put the label of the move on the new job, and what was kept beside the old one."""
        super().annotate(row, job_id)
        moved = row.sweep.moved if row.sweep else None
        if moved is None:
            return
        note = _("Moved from {job}.", job=safe(moved.job, maxlen=80))
        kept = moved.note.strip()
        with contextlib.suppress(JournalError, AnnotationRefused):  # it costs a convenience
            if not self._annotations.of(job_id).note:  # or the user has written another since
                self._annotations.set_note(job_id, " · ".join(filter(None, (kept, note))))
            self._annotations.change_labels(job_id, add=moved.labels)

    def tidy(self, files: MovedFiles | None = None) -> None:
        """Remove the fetched files that nothing needs any more; it waits for the disk.

        To be called within `alone`: another move may have fetched what it has yet to note.
        """
        with contextlib.suppress(JournalError):  # the next run tries again
            known = Earlier(self._records.read_all(done=False).values(), "")
            (files or MovedFiles.of(self._target.account)).keep_only(known.needed_files)

    async def note_told(self, outcomes: Sequence[RowOutcome]) -> None:
        """Note that the jobs were told; never raises."""
        jobs = [one.job for one in outcomes if one.job is not None]
        if jobs:
            await self._submissions.note_reported(*jobs)


def _explain_refusal(error: ServiceError) -> None:
    """Let a refusal of something that may be left out say how."""
    if error.outcome is not Outcome.REFUSED or not error.param:
        return
    name = error.param.rpartition(".")[2]
    if name == "model":
        error.hint = _("Name another model with --map OLD=NEW.")
    if name not in OPTION_OF or name in _NEEDED:
        return
    setting = 'suffix = "forbidden"' if name == "suffix" else f'lacks = ["{name}"]'
    error.hint = _(
        "If {name} is never taken there, write {setting} into the profile: it is left out then.",
        name=name,
        setting=setting,
    )


def sweeps_of(session: Session, row: Submission | None = None) -> Sweeps:
    """What goes on with a row of `session`: the moves to its account with one of a move."""
    if row is not None and row.sweep and row.sweep.moved:
        return Moves(session)
    return Sweeps(session.submissions, session.annotations)


def keep_beside_row(session: Session, row: Submission, job: Job) -> None:
    """Keep beside the job of a single row what belongs there; never raises. Waits for the disk."""
    if row.sweep is not None:
        sweeps_of(session, row).annotate(row, job.raw_id)


def _draft_of(row: MoveRow) -> Draft:
    assert row.request is not None and row.training is not None
    held_out = row.validation
    return Draft(
        row.request,
        _known(row.training),
        _known(held_out) if held_out else None,
        training_sha256=row.training.sha256,
        training_md5=row.training.md5,
        validation_sha256=held_out.sha256 if held_out else "",
        validation_md5=held_out.md5 if held_out else "",
        cost=row.cost.text,
    )


def _known(file: MovedFile) -> CheckedFile:
    """The file by what it is, and not open: hundreds at once are more than a process may hold."""
    try:
        with open_checked(file.path) as opened:
            return opened
    except FileRefused as refused:
        raise SourceGoneError(str(refused)) from refused


def _moved_from(row: MoveRow, origin: str) -> MovedFrom:
    kept = row.kept or Annotation()
    others = [twin.kept for twin in row.twins if twin.kept]
    labels = dict.fromkeys(label for one in (kept, *others) for label in one.labels)
    return MovedFrom(origin, row.job.raw_id, kept.note, list(labels))
