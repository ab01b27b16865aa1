"""The one paid call: sent once, and looked for when its answer is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from fttui.services.endpoint.errors import (
    NotFoundError,
    NotSentError,
    Outcome,
    OutOfQuotaError,
    RefusedError,
    ServiceError,
    UnauthorizedError,
    UnreadableAnswerError,
    UnsupportedError,
)
from fttui.services.endpoint.fine_tuning_handle import FineTuningHandle
from fttui.services.endpoint.job_reads import names
from fttui.services.endpoint.models import Job, TrainingFile
from fttui.services.endpoint.offered import JOB
from fttui.services.endpoint.reading import as_name
from fttui.services.endpoint.transport import within
from fttui.services.job_form import SUBMISSION_TAG
from fttui.services.submission.lookup import FoundJob, find_job, jobs_before
from fttui.services.submission.others import others_of
from fttui.services.submission.progress import Meter
from fttui.services.submission.record import JournalUnavailableError, SubmissionRecord
from fttui.services.submission.state import TRAINING, Stage, Submission
from fttui.services.submission.types import UnknownOutcomeError
from fttui.terminal.language import _, english_text

_FAULTY = "error"
_FAULTY_WORDS = frozenset({"error", "failed"})
_BEING_READ = frozenset(
    {"uploaded", "uploading", "pending", "queued", "running", "processing", "in_progress"}
    | {"validating", "created"}
)
"""In words that only say "not now"; after any other the call may be tried again."""
_TOO_MANY = 429
_CERTAIN_STATUSES = frozenset({400, 401, 403, 404, 422})


@dataclass(frozen=True, slots=True)
class SendOptions:
    """Seconds, before each look for a job, and for waiting for a file that is not ready.

    `look_after` is for looks that the user waits for, `look_later` for those after that.
    `file_poll` lies between two looks at a file, `file_wait` bounds them all.
    `others_wait` is for a call of another fttui for the same file.
    """

    look_after: Sequence[float] = (0.0, 5.0)
    look_later: Sequence[float] = (30.0, 120.0)
    file_poll: float = 3.0
    file_wait: float = 1800.0
    others_wait: float = 90.0


class CreateCall:
    """The create call of one submission whose files are on the endpoint.

    Every call is announced in the journal before it leaves, and its outcome noted after.
    """

    def __init__(
        self,
        handle: FineTuningHandle,
        record: SubmissionRecord,
        options: SendOptions,
        meter: Meter,
    ) -> None:
        self._handle = handle
        self._record = record
        self._options = options
        self._meter = meter

    async def announce(self) -> None:
        """Note the intent, and which jobs used the same file before, so that ours can be told.

        Raises:
            ServiceError: nothing could be written down or reached; nothing was sent.
        """
        submission = self._record.submission
        before = await jobs_before(self._handle, submission.training_file)
        # With nobody to ask: a file of ours has no jobs yet, another may have some that nobody saw.
        unseen: list[str] | None = [] if submission.files[TRAINING].is_ours else None
        await self._record.note(
            Stage.INTENT,
            body=submission.body.to_body(),
            earlier_job_ids=sorted(before.ids) if before else unseen,
            newest_at=before.newest_at.isoformat() if before else None,
        )

    async def post(self, on_record: Callable[[], None]) -> Job:
        """Send the call; not to be cancelled, or its outcome is lost.

        `on_record` is called once the journal says that it leaves, or cannot say so.

        Raises:
            ServiceError: `outcome` is UNKNOWN when there may be a job; everything else is certain.
        """
        try:
            await self._record.note(Stage.SENDING)
        finally:
            on_record()
        self._meter.stage(Stage.SENDING, _("Asking for the job."))
        try:
            job = await self._handle.create_fine_tuning_job(self._record.submission.body)
            _require_own(job, self._record.submission, await self._known_elsewhere(job))
            job = await self._whole(job)
        except ServiceError as error:
            await self._note_failure(error)
            raise
        except asyncio.CancelledError:
            raise  # the journal says "sending", which the next run takes as unknown
        except BaseException as error:
            problem = UnknownOutcomeError(
                _("An error in fttui ({name}).", name=type(error).__name__), ""
            )
            await self._record.note_done(Stage.UNKNOWN, error=english_text(problem.sentence))
            raise problem from error
        await self._record.note_done(Stage.CREATED, job_id=job.raw_id)
        self._meter.stage(Stage.CREATED)
        return job

    async def _known_elsewhere(self, job: Job) -> bool:
        """Whether an unmarked job is known to be another submission's."""
        if SUBMISSION_TAG in job.metadata:
            return False
        with suppress(JournalUnavailableError):  # the answer says more than nothing
            return any(job.raw_id in one.known_jobs for one in await others_of(self._record))
        return False

    async def _whole(self, job: Job) -> Job:
        """The job as it is, where the answer to the create call told little more than its name.

        Raises UnreadableAnswerError where the endpoint knows no job of that name.
        """
        if job.status.is_known and (job.model or job.training_file):
            return job
        try:
            async with within(self._handle.timeouts.part, JOB):
                found = await self._handle.retrieve_job(job.raw_id)
        except ServiceError as error:
            if isinstance(error, NotFoundError) and names(error, job.raw_id):
                raise _unnamed(job) from error
            return job
        return found if found.raw_id == job.raw_id else job

    async def settle(self, error: ServiceError, delays: Sequence[float] | None = None) -> Job:
        """The job, found after a call whose outcome `error` left open.

        Raises:
            UnknownOutcomeError: nothing was found, or nothing could be asked.
            ServiceError: `error` itself, when a look has shown that its refusal stands.
        """
        looked = _("the endpoint could not be asked.")
        for delay in self._options.look_after if delays is None else delays:
            self._meter.stage(
                Stage.UNKNOWN, _("{sentence} Looking for the job.", sentence=error.sentence)
            )
            await asyncio.sleep(delay)
            try:
                found = await find_job(
                    self._handle, self._record.submission, partial(others_of, self._record)
                )
            except ServiceError as problem:
                if isinstance(error, UnsupportedError) and isinstance(problem, UnsupportedError):
                    raise await self._refused(error) from problem  # it knows no jobs at all
                looked = _(
                    "the endpoint could not be asked ({rstrip}).",
                    rstrip=problem.sentence.rstrip("."),
                )
                continue
            if found is not None:
                return await self.note_found(found)
            if error.outcome is Outcome.REFUSED:
                raise await self._refused(error)
            looked = _("the endpoint lists no job with its mark so far.")
        raise UnknownOutcomeError(error.sentence, looked) from error

    async def _refused(self, error: ServiceError) -> ServiceError:
        """`error`, once it is noted that its refusal stands."""
        said = english_text(error.sentence)
        await self._record.note_done(Stage.REFUSED, error=said, param=error.param)
        return error

    async def note_found(self, found: FoundJob) -> Job:
        """Note a job that was found, and an alarm when there is more than one."""
        extra = [job.raw_id for job in found.extra]
        await self._record.note_done(
            Stage.CREATED, job_id=found.job.raw_id, extra_job_ids=extra, found=True
        )
        note = _("The answer was lost, but the job is there.")
        if extra:
            note = _(
                "{count} jobs carry the mark of this submission: {id}, {join}. Cancel all but one.",
                count=len(extra) + 1,
                id=found.job.id,
                join=", ".join(job.id for job in found.extra),
            )
        self._meter.stage(Stage.CREATED, note)
        return found.job

    async def wait_for_files(self, error: ServiceError) -> None:
        """Wait until the endpoint has read the files it called unready in `error`.

        Raises:
            ServiceError: it found fault with one, or was not ready in time.
        """
        submission = self._record.submission
        await self._record.note_done("waiting", error=english_text(error.sentence))
        end = asyncio.get_running_loop().time() + self._options.file_wait
        self._meter.stage(Stage.UPLOADED, _("The endpoint is still reading the file; waiting."))
        for file_id in filter(None, (submission.training_file, submission.validation_file)):
            while status := _status_of(file := await self._handle.retrieve_file(file_id)):
                if status == _FAULTY:
                    is_training = file_id == submission.training_file
                    param = "training_file" if is_training else "validation_file"
                    fault = _file_fault(self._handle.endpoint.host, file, param)
                    await self._record.note_done(Stage.REFUSED, error=english_text(fault.sentence))
                    raise fault
                if asyncio.get_running_loop().time() > end:
                    raise error
                await asyncio.sleep(self._options.file_poll)
        await asyncio.sleep(min(self._options.file_poll, 1.0))

    async def _note_failure(self, error: ServiceError) -> None:
        if error.outcome is Outcome.NOT_SENT:
            await self._record.note_done("not sent", error=english_text(error.sentence))
        elif is_certain_refusal(error):
            await self._refused(error)
        else:
            await self._record.note_done(Stage.UNKNOWN, error=english_text(error.sentence))


def _unnamed(job: Job) -> UnreadableAnswerError:
    return UnreadableAnswerError(
        _("The create call was answered with {id}, which is no job there.", id=job.id),
        outcome=Outcome.UNKNOWN,
        code="no_job_id",
    )


def _status_of(file: TrainingFile) -> str:
    """`_FAULTY`, or the word for a file that is still being read; "" for anything else."""
    word = (file.status or "").lower()
    return _FAULTY if word in _FAULTY_WORDS else word if word in _BEING_READ else ""


def _file_fault(host: str, file: TrainingFile, param: str) -> RefusedError:
    return RefusedError(
        _(
            "{host} cannot use {id} ({status_details}).",
            host=host,
            id=file.id,
            status_details=file.status_details or _("it gives no reason"),
        ),
        _("Correct the file and send it again."),
        outcome=Outcome.REFUSED,
        param=param,
        code="file_error",
    )


def _require_own(job: Job, submission: Submission, is_anothers: bool) -> None:
    """Raise for the job of another call, whose answer a cache in between may have kept."""
    mark, file = job.metadata.get(SUBMISSION_TAG), as_name(submission.training_file, 200)
    is_new = job.raw_id not in (submission.earlier_job_ids or ()) and not is_anothers
    is_alike = is_new and job.training_file in {None, file}
    if not (is_alike if mark is None else mark == submission.id):
        raise UnreadableAnswerError(
            _("The create call was answered with another job, {id}.", id=job.id),
            outcome=Outcome.UNKNOWN,
            code="another_job",
        )


def is_certain_refusal(error: ServiceError) -> bool:
    """True when a create call that failed so has certainly made no job.

    A refusal in other words than the API's may be of a gateway that has passed the call on.
    """
    if isinstance(error, NotSentError) or error.outcome is Outcome.NOT_SENT:
        return True
    if isinstance(error, UnauthorizedError):
        return True
    is_out_of_quota = isinstance(error, OutOfQuotaError) and error.status == _TOO_MANY
    is_no = is_out_of_quota or error.status in _CERTAIN_STATUSES
    return error.is_apis and is_no


def is_file_unready(error: ServiceError) -> bool:
    """True when the endpoint refuses only because it has not read the file yet."""
    if error.status != 400:
        return False
    said = f"{error.code or ''} {error.detail}".lower().replace("_", " ")
    return "still being processed" in said or "not ready" in said or "file not processed" in said
