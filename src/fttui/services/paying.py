"""The one rule for money: when a create call may go out.

A call is paid for only when what can fail on this machine has been tried before, the journal holds
it, and no earlier call for the same file and model is unanswered. The user may say otherwise of the
last two (`Consent`).
"""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from dataclasses import dataclass

from fttui.services.errors import NotFoundError, ServiceError
from fttui.services.fine_tuning_handle import FineTuningHandle
from fttui.services.job_request import JobRequest
from fttui.services.lookup import find_job
from fttui.services.models import Job
from fttui.services.open_items import describe_call
from fttui.services.submission_record import JournalUnavailableError, SubmissionRecord
from fttui.services.submission_records import SubmissionRecords
from fttui.services.submission_state import TRAINING, Stage, Submission
from fttui.services.submission_types import Consent, Draft, EarlierCallError, JournalNeededError
from fttui.services.upload_progress import Meter
from fttui.storage.journal import JournalError
from fttui.storage.locks import FileLock
from fttui.terminal.text import safe

_POLL = 0.25
_VERSION = re.compile(r"-\d{4}-\d{2}-\d{2}$")
_SET = ("method", "hyperparameters", "seed", "suffix", "metadata")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is about to be paid for: by which submission, from which content or file id."""

    submission_id: str
    request: JobRequest
    sha256: str
    file_id: str

    @classmethod
    def of_draft(cls, draft: Draft) -> Wanted:
        """What a draft asks for."""
        file_id = draft.training if isinstance(draft.training, str) else ""
        return cls(draft.id, draft.request, draft.training_sha256, file_id)

    @classmethod
    def of(cls, submission: Submission) -> Wanted:
        """What a submission asks for."""
        file = submission.files[TRAINING]
        return cls(submission.id, submission.request, file.sha256, file.file_id)

    def is_like(self, other: Wanted) -> bool:
        """True when both are for one file and one model, by whatever name."""
        same_file = (self.sha256 and self.sha256 == other.sha256) or (
            self.file_id and self.file_id == other.file_id
        )
        models = [_VERSION.sub("", one.request.model.strip().lower()) for one in (self, other)]
        return bool(same_file) and models[0] == models[1]

    def differences(self, other: Wanted) -> str:
        """The settings that the two do not share, as a list of their names; "" for none."""
        pairs = [(name, getattr(self.request, name), getattr(other.request, name)) for name in _SET]
        return ", ".join(name for name, ours, theirs in pairs if ours != theirs)


@dataclass(frozen=True, slots=True)
class PayingRule:
    """Asked before anything is uploaded, and again right before each create call.

    `patience` is how many seconds a call of another fttui that is on its way is waited for.
    """

    handle: FineTuningHandle
    records: SubmissionRecords
    patience: float

    async def require(self, wanted: Wanted, consent: Consent, meter: Meter) -> Job | None:
        """Return None when the call may go out, or the job that an earlier call has made.

        Raises:
            JournalNeededError: it would not be on record, and the user has not agreed to that.
            EarlierCallError: there may be a job already, and the user has not agreed to another.
            ServiceError: something on this machine fails; nothing was sent.
        """
        await self.handle.prepare()
        journal = self.records.journal
        if not consent.without_journal and not (journal.is_durable and journal.knows_earlier):
            raise JournalNeededError(journal.warning or "The journal's file was moved or deleted.")
        unanswered: EarlierCallError | None = None
        for earlier in await asyncio.to_thread(self._open_calls, wanted):
            try:
                job = await self._answer_of(earlier, wanted, meter)
            except EarlierCallError as error:
                unanswered = unanswered or error
            else:
                if job is not None:
                    return job
        if unanswered is not None and not consent.again:
            raise unanswered
        if consent.without_journal:
            await asyncio.to_thread(self._accept_gap)
        return None

    def _accept_gap(self) -> None:
        with suppress(JournalError):  # then it is asked for again
            self.records.journal.accept_gap()

    def _open_calls(self, wanted: Wanted) -> list[Submission]:
        """Calls that are unanswered, or whose job nobody was told of, oldest first."""
        try:
            ids = self.records.ids(done=False)
            found = [self.records.read(id_) for id_ in ids if id_ != wanted.submission_id]
        except JournalError as problem:
            raise JournalUnavailableError(str(problem), problem.hint) from problem
        return [one for one in found if one is not None and _is_open_call(one, wanted)]

    async def _answer_of(self, earlier: Submission, wanted: Wanted, meter: Meter) -> Job | None:
        """The job of an earlier call; None when it needs no answer any more."""
        lock = await self._lock_of(earlier, meter)
        try:
            record = await self.records.load(earlier.id)
            if record is None or not _is_open_call(record.submission, Wanted.of(earlier)):
                return None
            meter.tell(f"{describe_call(earlier)}; looking for its job before anything is sent.")
            job = await self._look(record)
        finally:
            lock.release()
        meter.stage(Stage.CREATED, _answer_text(job, wanted.differences(Wanted.of(earlier))))
        return job

    async def _lock_of(self, earlier: Submission, meter: Meter) -> FileLock:
        """The lock on a submission, once nobody else works on it."""
        lock, waited = self.records.journal.lock(earlier.id), 0.0
        try:
            while not await asyncio.to_thread(lock.acquire):
                if waited == 0.0:
                    meter.tell("Another fttui asks for a job of this file; waiting for its answer.")
                if waited >= self.patience:
                    looked = "Another fttui is at it at this moment."
                    raise EarlierCallError(describe_call(earlier), earlier.id, looked)
                await asyncio.sleep(_POLL)
                waited += _POLL
        except OSError as problem:
            looked = f"Its lock cannot be taken ({safe(problem)})."
            raise EarlierCallError(describe_call(earlier), earlier.id, looked) from problem
        return lock

    async def _look(self, record: SubmissionRecord) -> Job:
        submission = record.submission
        try:
            if submission.stage is Stage.CREATED:
                return await self.handle.retrieve_job(submission.job_id)
            found = await find_job(self.handle, submission)
        except NotFoundError:
            looked = f"It made {safe(submission.job_id)}, which the endpoint does not know now."
        except ServiceError as problem:
            job_id = safe(submission.job_id) or "its job"
            looked = f"The endpoint could not be asked for {job_id} ({problem.sentence})"
        else:
            if found is not None:
                extra = [job.raw_id for job in found.extra]
                await record.note_done(
                    Stage.CREATED, job_id=found.job.raw_id, extra_job_ids=extra, found=True
                )
                return found.job
            looked = "It was never answered, and the endpoint lists no job with its mark so far."
        raise EarlierCallError(describe_call(submission), submission.id, looked)


def _answer_text(job: Job, differing: str) -> str:
    text = f"An earlier call for this file and model has made {job.id}, so nothing more was sent."
    if differing:
        text += f" It was asked for with another {differing}."
    return f"{text} To pay for another job, ask again."


def _is_open_call(submission: Submission, wanted: Wanted) -> bool:
    if TRAINING not in submission.files or not Wanted.of(submission).is_like(wanted):
        return False
    is_untold = submission.stage is Stage.CREATED and not submission.is_told
    return is_untold or (submission.may_have_job and submission.stage is not Stage.ABANDONED)
