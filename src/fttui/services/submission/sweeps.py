"""A sweep: jobs that differ in what was listed, agreed to as a whole, each created exactly once.

All of its rows are in the journal before the first call leaves, and each is a submission like any
other. They are created one after the other, so that the job of each can be told from the others'
on an endpoint that keeps no metadata.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from fttui.services.endpoint.errors import Outcome, ServiceError
from fttui.services.endpoint.models import Job
from fttui.services.job_form import JobRequest
from fttui.services.submission.drafted import drafted_data
from fttui.services.submission.locking import is_taken
from fttui.services.submission.record import (
    JournalUnavailableError,
    opened_sources,
    with_digests,
)
from fttui.services.submission.recovery import StaleActionError
from fttui.services.submission.rows import MovedFrom, SweepRow
from fttui.services.submission.state import Stage, Submission, request_data
from fttui.services.submission.submissions import Submissions
from fttui.services.submission.types import (
    NO_CONSENT,
    Consent,
    Draft,
    ProgressListener,
    new_submission_id,
)
from fttui.storage.annotations import AnnotationRefused, KeptAnnotations
from fttui.storage.journal import Entry, JournalError
from fttui.terminal.language import _
from fttui.terminal.text import safe

MOST_ROWS = 50
"""So many jobs one yes can stand for."""
HOLDS_FOR_ALL = frozenset({401, 403, 429})
"""A refusal in these words would meet the next row as well."""


class BusySweepError(ServiceError):
    """Another fttui works on this sweep at this moment."""

    def __init__(self) -> None:
        super().__init__(
            _("Another fttui is working on this sweep at the moment, so nothing was done."),
            _("Wait for that one to finish, or close it."),
            outcome=Outcome.NOT_SENT,
            code="busy",
        )


class SweepRefusedError(ServiceError):
    """These rows are no sweep; nothing was sent."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, outcome=Outcome.NOT_SENT, code="sweep")


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """What came of one row: its job's id, or why there is none; neither where it was let go.

    `job` is there where it was asked for in this run.
    """

    row: Submission
    job_id: str = ""
    job: Job | None = None
    error: ServiceError | None = None

    @property
    def is_unknown(self) -> bool:
        """True when there may be a job that nobody knows of."""
        return self.error is not None and self.error.outcome is Outcome.UNKNOWN


def sweep_key(*asked: object) -> str:
    """What tells the sweep of one command from that of another; `asked` is plain JSON."""
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


def require_sweep(asked: Sequence[JobRequest | Draft], most: int = MOST_ROWS) -> None:
    """Raise SweepRefusedError for too many rows, and for two that ask for the same job."""
    if len(asked) > most:
        raise SweepRefusedError(
            _("These are {rows} jobs; {most} are the most.", rows=len(asked), most=most)
        )
    places: dict[str, int] = {}
    for second, one in enumerate(asked, 1):
        first = places.setdefault(_text_of(one), second)
        if first != second:
            raise SweepRefusedError(
                _(
                    "Rows {first} and {second} of the sweep ask for the same job.",
                    first=first,
                    second=second,
                )
            )


def _text_of(asked: JobRequest | Draft) -> str:
    """All that is asked for, as one text; the files by their content where it is known."""
    if isinstance(asked, JobRequest):
        return json.dumps(request_data(asked), sort_keys=True)
    pairs = (
        (asked.training, asked.training_sha256),
        (asked.validation, asked.validation_sha256),
    )
    files = [file if isinstance(file, str) else sha256 for file, sha256 in pairs]
    return json.dumps([request_data(asked.request), files], sort_keys=True)


def as_rows(
    drafts: Sequence[Draft],
    asked: str,
    usd: Sequence[float | None],
    moved: Sequence[MovedFrom] = (),
    most: int = MOST_ROWS,
) -> list[Draft]:
    """The drafts as the rows of one new sweep, `moved` from these jobs; SweepRefusedError."""
    require_sweep(drafts, most)
    sweep, count = new_submission_id(), len(drafts)
    origins: Sequence[MovedFrom | None] = moved or [None] * count
    return [
        replace(draft, sweep=SweepRow(sweep, asked, number, count, dollars, origin))
        for number, (draft, dollars, origin) in enumerate(zip(drafts, usd, origins, strict=True), 1)
    ]


class Sweeps:
    """The sweeps of one endpoint and key; its coroutines run on the service thread."""

    def __init__(self, submissions: Submissions, annotations: KeptAnnotations) -> None:
        self._submissions = submissions
        self._records = submissions.records
        self._annotations = annotations

    def find(self, asked: str) -> list[Submission]:
        """The rows of the newest open sweep of a command, in order; reads the journal.

        Raises ServiceError where that cannot be read.
        """
        return self._rows_of(lambda row: row.asked == asked)

    def find_labelled(self, label: str) -> list[Submission]:
        """The rows of the one open sweep whose label begins so; as `find`.

        Raises SweepRefusedError where several labels do.
        """
        rows = self._rows_of(lambda row: row.label.startswith(label))
        found = rows[0].sweep if rows else None
        if found and self._rows_of(lambda row: row.label.startswith(label) and row.id != found.id):
            raise SweepRefusedError(
                _("Several open sweeps begin with {label}.", label=safe(label, maxlen=60))
            )
        return rows

    async def begin(self, drafts: Sequence[Draft]) -> list[Submission]:
        """Write down all rows, or none; nothing has been sent yet.

        Raises:
            ServiceError: a file or the journal cannot be used.
        """
        await self._submissions.rule.require_ready()
        now = datetime.now(UTC)
        begun = {
            draft.id: [
                Entry(Stage.DRAFTED, now, drafted_data(draft, self._records.account.scope)),
                Entry(Stage.CONFIRMED, now, {}),
            ]
            for draft in await _with_all_digests(drafts)
        }
        records = self._records
        try:
            await asyncio.to_thread(records.journal.begin_all, records.account, begun)
            rows = [records.read(id_) for id_ in begun]
        except JournalError as problem:
            raise JournalUnavailableError(str(problem), problem.hint) from problem
        return [row for row in rows if row is not None]

    async def carry_out(
        self,
        asked: str,
        drafts: Sequence[Draft],
        known: Sequence[Submission],
        on_row: Callable[[RowOutcome], None],
        on_progress: ProgressListener | None = None,
        consent: Consent = NO_CONSENT,
    ) -> list[RowOutcome]:
        """Create what the `known` rows of a sweep lack, or begin one with `drafts`.

        What was agreed to is done, or nothing: where the `known` sweep has changed, or there is an
        open one of the same command that was not told as `known`, it goes no further, unless the
        user has agreed to pay `again` for a new one. A row that
        fails lets the others go on, except where nothing could be sent at all. No job counts as
        told before `Submissions.note_reported`.

        Raises:
            ServiceError: nothing was sent.
        """
        lock = self._records.journal.lock(f"sweep-{asked[:32]}")
        if not await is_taken(lock):
            raise BusySweepError
        try:
            rows = await self._agreed_rows(asked, drafts, known, consent)
            return await self.create(rows, on_row, on_progress, consent)
        finally:
            lock.release(remove=True)

    async def _agreed_rows(
        self,
        asked: str,
        drafts: Sequence[Draft],
        known: Sequence[Submission],
        consent: Consent,
    ) -> list[Submission]:
        agreed = known[0].sweep if known else None

        def is_meant(row: SweepRow) -> bool:
            return row.id == agreed.id if agreed else row.asked == asked

        is_new = consent.again and not known
        now = [] if is_new else await asyncio.to_thread(self._rows_of, is_meant)
        if [row.id for row in now] != [row.id for row in known]:
            raise StaleActionError
        return now or await self.begin(drafts)

    async def create(
        self,
        rows: Sequence[Submission],
        on_row: Callable[[RowOutcome], None],
        on_progress: ProgressListener | None,
        consent: Consent,
    ) -> list[RowOutcome]:
        """Create what these rows lack, one after the other; as `carry_out`."""
        outcomes: list[RowOutcome] = []
        for row in rows:
            outcome = await self.outcome_of(row, on_progress, consent)
            outcomes.append(outcome)
            if outcome.job_id:
                await asyncio.to_thread(self.annotate, row, outcome.job_id)
            on_row(outcome)
            if outcome.error is not None and not await self.may_go_on(row, outcome.error):
                break
        return outcomes

    async def outcome_of(
        self, row: Submission, on_progress: ProgressListener | None, consent: Consent
    ) -> RowOutcome:
        """Create what a row lacks, or look for its job; never raises ServiceError."""
        if row.is_finished:
            return RowOutcome(row, row.job_id)
        take_up = self._submissions.recover(
            row.id, "take_up", agreed=consent, on_progress=on_progress, report=False
        )
        try:
            job = await take_up
        except ServiceError as error:
            return RowOutcome(row, error=error)
        assert job is not None
        return RowOutcome(row, job.raw_id, job)

    async def may_go_on(self, row: Submission, error: ServiceError) -> bool:
        """Whether the next row may fare better: not where nothing could be sent, or all is refused.

        An unknown row stops no other: the others ask for something else.
        """
        if error.outcome is Outcome.UNKNOWN:
            return True
        now = await asyncio.to_thread(self._read, row.id)
        was_refused = now is not None and now.stage is Stage.REFUSED
        return was_refused and error.status not in HOLDS_FOR_ALL

    def _read(self, submission_id: str) -> Submission | None:
        try:
            return self._records.read(submission_id)
        except JournalError:
            return None

    def annotate(self, row: Submission, job_id: str) -> None:
        """Keep beside the job of a row what says where it belongs; never raises."""
        assert row.sweep is not None
        with contextlib.suppress(JournalError, AnnotationRefused):  # it costs a convenience
            self._annotations.change_labels(job_id, add=(row.sweep.label,))

    def _rows_of(self, is_wanted: Callable[[SweepRow], bool]) -> list[Submission]:
        records = self._records
        try:
            is_open = filter(None, reversed(records.read_all(done=False).values()))
            own = (one for one in is_open if one.is_of(records.account))
            marks = (one.sweep for one in own if one.sweep is not None)
            found = next((mark for mark in marks if is_wanted(mark)), None)
            if found is None:
                return []
            all_of_them = filter(None, records.read_all().values())
            rows = [one for one in all_of_them if one.sweep and one.sweep.id == found.id]
        except JournalError as problem:
            raise JournalUnavailableError(str(problem), problem.hint) from problem
        return sorted(rows, key=lambda row: row.sweep.number if row.sweep else 0)


async def _with_all_digests(drafts: Sequence[Draft]) -> list[Draft]:
    """The drafts with the digests of their files, each of which is read once for all rows.

    Raises ServiceError.
    """
    known: dict[tuple[object, object], dict[str, Any]] = {}
    found = []
    for draft in drafts:
        files = (draft.training, draft.validation)
        if files not in known:
            if _lacks_digest(draft):
                with opened_sources(draft) as sources:
                    draft = await with_digests(draft, sources)
            known[files] = {
                f"{role}_{kind}": getattr(draft, f"{role}_{kind}")
                for role in ("training", "validation")
                for kind in ("sha256", "md5")
            }
        found.append(replace(draft, **known[files]))
    return found


def _lacks_digest(draft: Draft) -> bool:
    pairs = (
        (draft.training, draft.training_sha256),
        (draft.validation, draft.validation_sha256),
    )
    return any(file and not isinstance(file, str) and not sha256 for file, sha256 in pairs)
