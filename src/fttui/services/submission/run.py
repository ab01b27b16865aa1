"""One submission at work: its files first, then the paid call."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

from fttui.services.endpoint.errors import Outcome, ServiceError
from fttui.services.endpoint.fine_tuning_handle import FineTuningHandle
from fttui.services.endpoint.models import Job, TrainingFile
from fttui.services.endpoint.upload_source import UploadSource
from fttui.services.submission.create_call import (
    CreateCall,
    SendOptions,
    is_certain_refusal,
    is_file_unready,
)
from fttui.services.submission.lookup import find_job, find_stored
from fttui.services.submission.others import others_of
from fttui.services.submission.paying import PayingRule, Wanted
from fttui.services.submission.progress import Meter, UploadControl
from fttui.services.submission.record import JournalUnavailableError, SubmissionRecord
from fttui.services.submission.state import FileState, Stage
from fttui.services.submission.types import (
    Consent,
    ProgressListener,
    UploadCancelledError,
    UploadOptions,
)
from fttui.services.submission.upload import FileUpload
from fttui.terminal.language import _, english_text

T = TypeVar("T")

_MOST_UNREADY_ANSWERS = 20


@dataclass
class PaidCalls:
    """The create calls on their way; none of them is cancelled by whoever waits for it."""

    tasks: set[asyncio.Task[Any]] = field(default_factory=set)

    def start(self, call: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Begin `call`; to be awaited through `asyncio.shield`."""
        task = asyncio.create_task(call)
        self.tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[Any]) -> None:
        self.tasks.discard(task)
        if not task.cancelled():
            task.exception()  # its waiter may be gone; the journal has the outcome


class SubmissionRun:
    """Carries one submission from where its record stands to a job."""

    def __init__(
        self,
        handle: FineTuningHandle,
        record: SubmissionRecord,
        paid: PaidCalls,
        upload_options: UploadOptions,
        send_options: SendOptions,
        rule: PayingRule,
        consent: Consent,
        listener: ProgressListener | None,
    ) -> None:
        self._rule = rule
        self._consent = consent
        self.control = UploadControl()
        self.record = record
        self.meter = Meter(record.submission.id, listener, self.control)
        self.call = CreateCall(handle, record, send_options, self.meter)
        self._handle = handle
        self._paid = paid
        self._upload_options = upload_options
        self._posting: asyncio.Task[Job] | None = None

    def when_idle(self, then: Callable[[], None]) -> None:
        """Call `then` once no create call of this run is on its way; at once if none is."""
        if self._posting is None or self._posting.done():
            then()
        else:
            self._posting.add_done_callback(lambda _: then())

    async def reuse_files(
        self, find_uploaded: Callable[[str], Awaitable[TrainingFile | None]]
    ) -> None:
        """Take files with the same content that the endpoint has already."""
        for role, file in self.record.submission.files.items():
            if file.file_id or file.upload_id:
                continue
            try:
                stored = await find_uploaded(file.sha256)
            except ServiceError:
                return
            if stored is not None and stored.size in {None, file.size}:
                await self.record.note("file", role=role, file_id=stored.raw_id, ours=False)
                self.meter.note(
                    _("This content is on the endpoint already, as {id}.", id=stored.id)
                )

    async def carry_out(self, sources: Mapping[str, UploadSource]) -> Job:
        """Upload what is missing from `sources`, by role, then create the job.

        Raises:
            UploadCancelledError: the user gave up; what had been sent is deleted.
            ServiceError: it stopped; `outcome` is UNKNOWN only when there may be a job.
        """
        await self._until_cancelled(self._upload_all(sources))
        return await self.create()

    async def create(self) -> Job:
        """Send the create call and settle what came of it, or return the job of an earlier call.

        Raises:
            UploadCancelledError: the user gave up while the endpoint was still reading the file.
            ServiceError: `outcome` is UNKNOWN only when there may be a job.
        """
        for _unused in range(_MOST_UNREADY_ANSWERS):
            posting = await self._let_out()
            if isinstance(posting, Job):
                return posting
            try:
                return await asyncio.shield(posting)
            except ServiceError as error:
                if is_file_unready(error):
                    await self._until_cancelled(self.call.wait_for_files(error))
                    problem = error
                elif is_certain_refusal(error):
                    raise
                else:
                    return await self.call.settle(error)
            # That refusal made no job; a look costs nothing, and a second job would.
            found = await find_job(
                self._handle, self.record.submission, partial(others_of, self.record)
            )
            if found is not None:
                return await self.call.note_found(found)
        raise problem

    async def _let_out(self) -> asyncio.Task[Job] | Job:
        """The call on its way, let out alone among those of the account; or an earlier one's job.

        Raises:
            ServiceError: nothing was sent.
        """
        since = datetime.now(UTC)
        turn = await self._rule.turn(self.meter)
        with contextlib.ExitStack() as held:
            held.callback(turn.release)
            try:
                wanted = Wanted.of(self.record.submission)
                earlier = await self._rule.require(wanted, self._consent, self.meter, since)
                if earlier is None:
                    await self.call.announce()
            except ServiceError as error:
                await self._note_held_back(error.sentence)
                raise
            if earlier is None:
                self._posting = self._paid.start(self.call.post(turn.release))
                held.pop_all()  # the call gives its turn back, once it is on record
                return self._posting
            submission = self.record.submission
            text = _("An earlier call for this file and model had made {id}.", id=earlier.id)
            files = submission.files.values()
            if submission.may_have_job or any(file.is_ours for file in files):
                await self._note_held_back(text)
            else:
                await self.record.note_done(Stage.ABANDONED, error=english_text(text))
            return earlier

    async def _note_held_back(self, why: str) -> None:
        if not self.record.submission.may_have_job:
            await self.record.note_done("not sent", error=english_text(why))

    async def withdraw(self) -> None:
        """Take back what was uploaded, as far as the endpoint lets us, and close the record."""
        for file in self.record.submission.files.values():
            with contextlib.suppress(ServiceError):
                await self._take_back(file)
        await self.record.note_done(Stage.ABANDONED, error="The upload was cancelled.")
        self.meter.stage(Stage.ABANDONED)

    async def _until_cancelled(self, work: Coroutine[Any, Any, object]) -> None:
        """Do `work`, which the user may cancel; then nothing is left of the submission."""
        try:
            await self.control.run(work)
        except asyncio.CancelledError:
            if not self.control.is_cancelled:
                raise
            await self.withdraw()
            raise UploadCancelledError from None

    async def _take_back(self, file: FileState) -> None:
        file_id = file.file_id if file.is_ours else ""
        if file.upload_id and not file.file_id:
            await self._handle.cancel_upload(file.upload_id)
        elif file.started_at is not None and not file.file_id:
            known = await self.record.known_files()
            stored = await find_stored(self._handle, file, known, verified=False)
            file_id = stored.raw_id if stored else ""
        if file_id:
            await self._handle.delete_file(file_id)
            await self.record.forget_file(file_id)

    async def _upload_all(self, sources: Mapping[str, UploadSource]) -> None:
        try:
            for role, file in self.record.submission.files.items():
                if not file.file_id:
                    upload = FileUpload(
                        self._handle,
                        self.record,
                        role,
                        sources[role],
                        self._upload_options,
                        self.control,
                        self.meter,
                    )
                    await upload.run()
            await self.record.note(Stage.UPLOADED)
        except JournalUnavailableError:
            raise
        except ServiceError as error:
            await self.record.note_done("interrupted", error=english_text(error.sentence))
            if error.outcome is Outcome.UNKNOWN:
                error.outcome = Outcome.NOT_SENT  # of the upload it is not; of the job it is
            raise
        self.meter.stage(Stage.UPLOADED)
