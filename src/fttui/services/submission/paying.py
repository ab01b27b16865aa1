"""The one rule for money: when a create call may go out.

A call is paid for only when what can fail on this machine has been tried before, the journal holds
it, and no earlier call for the same file and model is unanswered. The user may say otherwise of the
last two (`Consent`). A row of a sweep is held up only by a call that asks for all that it asks for:
its rows are meant to differ, and were confirmed as a whole.
"""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from fttui.services.endpoint.errors import NotFoundError, ServiceError
from fttui.services.endpoint.fine_tuning_handle import FineTuningHandle
from fttui.services.endpoint.models import Job
from fttui.services.job_form import JobRequest
from fttui.services.submission.lookup import find_job
from fttui.services.submission.others import others_of
from fttui.services.submission.progress import Meter
from fttui.services.submission.record import (
    JournalUnavailableError,
    SubmissionRecord,
    SubmissionRecords,
)
from fttui.services.submission.state import TRAINING, VALIDATION, Stage, Submission
from fttui.services.submission.types import (
    NO_CONSENT,
    BusySubmissionError,
    Consent,
    Draft,
    EarlierCallError,
    JournalNeededError,
    UnreadableCallError,
)
from fttui.services.submission.unfinished import describe_call
from fttui.storage.journal import JournalError
from fttui.storage.locks import FileLock
from fttui.terminal.language import _
from fttui.terminal.text import safe

_POLL = 0.25
_NEWEST = 20
_VERSION = re.compile(r"-\d{4}-\d{2}-\d{2}$")
_SENT_BESIDE = ("training_type", "top_level_hyperparameters", "extra_body")
_SET = ("method", "grader", "hyperparameters", "seed", "suffix", "metadata")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is about to be paid for: by which submission, from which content or file id.

    `validation` are the content and the id of the validation file, each "" where it has none.
    """

    submission_id: str
    request: JobRequest
    sha256: str
    file_id: str
    validation: tuple[str, str] = ("", "")
    is_row: bool = False

    @classmethod
    def of_draft(cls, draft: Draft) -> Wanted:
        """What a draft asks for."""
        file_id = draft.training if isinstance(draft.training, str) else ""
        return cls(draft.id, draft.request, draft.training_sha256, file_id)

    @classmethod
    def of(cls, submission: Submission) -> Wanted:
        """What a submission asks for."""
        file = submission.files[TRAINING]
        held_out = submission.files.get(VALIDATION)
        validation = (held_out.sha256, held_out.file_id) if held_out else ("", "")
        is_row = submission.sweep is not None
        return cls(submission.id, submission.request, file.sha256, file.file_id, validation, is_row)

    def is_like(self, other: Wanted) -> bool:
        """True when both are for one file and one model, by whatever name."""
        same_file = (self.sha256 and self.sha256 == other.sha256) or (
            self.file_id and self.file_id == other.file_id
        )
        models = [_VERSION.sub("", one.request.model.strip().lower()) for one in (self, other)]
        return bool(same_file) and models[0] == models[1]

    def differs_from(self, other: Wanted) -> bool:
        """True unless both ask for the very same job."""
        return not self.is_like(other) or bool(self.differences(other))

    def is_held_up_by(self, earlier: Wanted) -> bool:
        """True when this may not be paid for while an `earlier` call is unanswered."""
        if not self.is_row:
            return self.is_like(earlier)
        return not self.differs_from(earlier) and self._is_sent_as(earlier)

    def _is_sent_as(self, other: Wanted) -> bool:
        """Whether what is no setting of the training is the same, too."""
        pairs = zip(self.validation, other.validation, strict=True)
        same_file = self.validation == other.validation or any(a and a == b for a, b in pairs)
        return same_file and all(
            getattr(self.request, name) == getattr(other.request, name) for name in _SENT_BESIDE
        )

    def differences(self, other: Wanted) -> str:
        """The settings that the two do not share, as a list of their names; "" for none."""
        pairs = [(name, getattr(self.request, name), getattr(other.request, name)) for name in _SET]
        return ", ".join(name for name, ours, theirs in pairs if ours != theirs)


@dataclass(frozen=True, slots=True)
class PayingRule:
    """Asked before anything is uploaded, and again right before each create call.

    `longest_wait` is how many seconds a call of another fttui that is on its way is waited for.
    """

    handle: FineTuningHandle
    records: SubmissionRecords
    longest_wait: float

    async def require(
        self, wanted: Wanted, consent: Consent, meter: Meter, since: datetime | None = None
    ) -> Job | None:
        """Return None when the call may go out, or the job that an earlier call has made.

        The very same request that got its job after `since` counts as an earlier call, too.

        Raises:
            JournalNeededError: it would not be on record, and the user has not agreed to that.
            EarlierCallError: there may be a job already, and the user has not agreed to another.
            ServiceError: something on this machine fails; nothing was sent.
        """
        await self.require_ready(consent)
        unanswered: EarlierCallError | None = None
        for id_, earlier in await asyncio.to_thread(self._open_calls, wanted, since):
            try:
                job = await self._answer_of(id_, earlier, wanted, meter)
            except EarlierCallError as error:
                unanswered = unanswered or error
            else:
                if job is not None:
                    return job
        if unanswered is not None and not consent.again:
            raise unanswered
        return None

    async def earlier_calls(self, draft: Draft) -> list[str]:
        """The calls that `require` would look up first, each as a sentence without its full stop.

        Raises JournalUnavailableError.
        """
        found = await asyncio.to_thread(self._open_calls, Wanted.of_draft(draft), None)
        unread = _("What an earlier create call asked for cannot be read in the journal any more")
        return [describe_call(earlier) if earlier else unread for _id, earlier in found]

    async def require_ready(self, consent: Consent = NO_CONSENT) -> None:
        """Raise what fails on this machine: JournalNeededError, or another ServiceError."""
        await self.handle.prepare()
        journal = self.records.journal
        if not consent.without_journal and not journal.keeps_track:
            raise JournalNeededError(journal.why_not)

    async def turn(self, meter: Meter) -> FileLock:
        """The right to let a call of this account out; to be released when it is on record.

        Without it two that look at one moment would each find nothing, and both pay. Raises
        BusySubmissionError if another keeps it too long, JournalUnavailableError where no lock
        can be made.
        """
        name = f"paying-{self.records.account.key}"
        try:
            return await self._lock(
                name, _("Another call is about to go out; waiting for it."), meter
            )
        except TimeoutError:
            raise BusySubmissionError from None
        except OSError as problem:
            raise JournalUnavailableError(
                _("A lock cannot be made ({problem}).", problem=safe(problem))
            ) from problem

    async def accept_gap(self) -> None:
        """Note that the user pays although it is not known what earlier runs left open."""
        with suppress(JournalError):  # then it is asked for again
            await asyncio.to_thread(self.records.journal.accept_gap)

    def _open_calls(
        self, wanted: Wanted, since: datetime | None
    ) -> list[tuple[str, Submission | None]]:
        """Calls that are unanswered, or whose job nobody was told of, oldest first.

        None stands for one of which the journal does not tell any more what it asked for.
        """
        found: list[tuple[str, Submission | None]] = []
        try:
            for id_, submission in self.records.read_all(done=False).items():
                if id_ == wanted.submission_id:
                    continue
                if submission is None and self.records.may_have_called(id_):
                    found.append((id_, None))
                elif submission is not None and _is_open_call(submission, wanted):
                    found.append((id_, submission))
            for submission in self._made_since(since) if since else ():
                same = not Wanted.of(submission).differs_from(wanted)
                if same and (not wanted.is_row or wanted.is_held_up_by(Wanted.of(submission))):
                    found.append((submission.id, submission))
        except JournalError as problem:
            raise JournalUnavailableError(str(problem), problem.hint) from problem
        return found

    def _made_since(self, since: datetime) -> list[Submission]:
        """The newest submissions that got their job after `since`."""
        newest = self.records.read_all(done=True, newest=_NEWEST).values()
        made = [one for one in newest if one is not None and one.job_id and one.files]
        return [one for one in made if one.updated_at is not None and one.updated_at >= since]

    async def _answer_of(
        self, submission_id: str, earlier: Submission | None, wanted: Wanted, meter: Meter
    ) -> Job | None:
        """The job of an earlier call; None when it needs no answer any more."""
        if earlier is None:
            raise UnreadableCallError(submission_id)
        differing = wanted.differences(Wanted.of(earlier))
        lock = await self._lock_of(earlier, meter)
        try:
            record = await self.records.load(earlier.id)
            if record is None:
                return None
            is_same_request_made = record.submission.job_id and not differing
            if not (is_same_request_made or _is_open_call(record.submission, Wanted.of(earlier))):
                return None
            meter.note(
                _(
                    "{describe_call}; looking for its job before anything is sent.",
                    describe_call=describe_call(earlier),
                )
            )
            job = await self._look(record)
        finally:
            lock.release()
        meter.stage(Stage.CREATED, _answer_text(job, differing))
        return job

    async def _lock_of(self, earlier: Submission, meter: Meter) -> FileLock:
        """The lock on a submission, once nobody else works on it."""
        note = _("Another call for this file is out; waiting for its answer.")
        try:
            return await self._lock(earlier.id, note, meter)
        except TimeoutError:
            looked = _("Another fttui is at it at this moment.")
            raise EarlierCallError(describe_call(earlier), earlier.id, looked) from None
        except OSError as problem:
            looked = _("Its lock cannot be taken ({problem}).", problem=safe(problem))
            raise EarlierCallError(describe_call(earlier), earlier.id, looked) from problem

    async def _lock(self, name: str, note: str, meter: Meter) -> FileLock:
        """Take a lock of the journal; TimeoutError when others keep it beyond `longest_wait`."""
        lock, waited = self.records.journal.lock(name), 0.0
        while not await asyncio.to_thread(lock.acquire):
            if waited == 0.0:
                meter.note(note)
            if waited >= self.longest_wait:
                raise TimeoutError
            await asyncio.sleep(_POLL)
            waited += _POLL
        return lock

    async def _look(self, record: SubmissionRecord) -> Job:
        submission = record.submission
        try:
            if submission.stage is Stage.CREATED:
                return await self._made_job(submission)
            found = await find_job(self.handle, submission, partial(others_of, record))
        except ServiceError as problem:
            job_id = safe(submission.job_id) or _("its job")
            looked = _(
                "The endpoint could not be asked for {job_id} ({sentence})",
                job_id=job_id,
                sentence=problem.sentence,
            )
            raise EarlierCallError(describe_call(submission), submission.id, looked) from problem
        if found is None:
            looked = _("It was never answered, and the endpoint lists no job with its mark so far.")
            raise EarlierCallError(describe_call(submission), submission.id, looked)
        extra = [job.raw_id for job in found.extra]
        await record.note_done(
            Stage.CREATED, job_id=found.job.raw_id, extra_job_ids=extra, found=True
        )
        return found.job

    async def _made_job(self, submission: Submission) -> Job:
        try:
            return await self.handle.retrieve_job(submission.job_id)
        except NotFoundError:
            looked = _(
                "It made {job_id}, which the endpoint does not know now.",
                job_id=safe(submission.job_id),
            )
            raise EarlierCallError(describe_call(submission), submission.id, looked) from None


def _answer_text(job: Job, differing: str) -> str:
    text = _(
        "An earlier call for this file and model has made {id}, so nothing more was sent.",
        id=job.id,
    )
    if differing:
        text += _(" It was asked for with another {differing}.", differing=differing)
    return _("{text} To pay for another job, ask again.", text=text)


def _is_open_call(submission: Submission, wanted: Wanted) -> bool:
    if TRAINING not in submission.files or not wanted.is_held_up_by(Wanted.of(submission)):
        return False
    is_unreported = submission.stage is Stage.CREATED and not submission.is_reported
    return is_unreported or (submission.may_have_job and submission.stage is not Stage.ABANDONED)
