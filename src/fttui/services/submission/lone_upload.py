"""Uploading a file that no job asks for yet: as a submission does it, and resumed as one is.

Its record stands in the journal under the digest of its content: who uploads that content again
goes on where an earlier upload was interrupted. It asks for no job, so to recover it is only that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fttui.services.endpoint.errors import Outcome, ServiceError
from fttui.services.endpoint.fine_tuning_handle import FineTuningHandle
from fttui.services.endpoint.models import TrainingFile
from fttui.services.endpoint.upload_source import sha256_of
from fttui.services.job_form import JobRequest
from fttui.services.submission.progress import Meter, UploadControl
from fttui.services.submission.record import SubmissionRecord
from fttui.services.submission.state import (
    LONE,
    TRAINING,
    FileState,
    Stage,
    Submission,
    read_submission,
    request_data,
)
from fttui.services.submission.types import ProgressListener, UploadOptions
from fttui.services.submission.upload import FileUpload
from fttui.storage.journal import Account, Journal, JournalError
from fttui.terminal.language import _
from fttui.training_data.files import CheckedFile

if TYPE_CHECKING:
    from fttui.storage.locks import FileLock


class SameUploadError(ServiceError):
    """Another fttui uploads the same content at this moment."""

    def __init__(self) -> None:
        super().__init__(
            _("Another fttui uploads this content at the moment, so nothing was sent."),
            _("Wait for that one to finish, or close it."),
            outcome=Outcome.NOT_SENT,
            code="busy",
        )


class UploadGivenUpError(ServiceError):
    """The user gave up the upload; nothing of it stays on the endpoint."""

    def __init__(self) -> None:
        super().__init__(
            _("The upload was given up; nothing of it is kept."),
            outcome=Outcome.NOT_SENT,
            code="cancelled",
        )


@dataclass(frozen=True, slots=True)
class Listeners:
    """Who is told how far an upload is, and who gets what it is paused and given up by."""

    on_progress: ProgressListener
    on_begin: Callable[[UploadControl], None] = lambda control: None


class _LoneRecord(SubmissionRecord):
    """A record that is kept where that is possible; an upload without one costs nothing more."""

    async def remember_file(self, sha256: str, file_id: str) -> None:
        """Leave it to the caller, who says so where it cannot be kept."""

    def _append(self, noted: Sequence[Any], done: bool) -> None:
        try:
            super()._append(noted, done)
        except JournalError:
            return


async def upload_file(
    handle: FineTuningHandle,
    journal: Journal,
    account: Account,
    file: CheckedFile,
    options: UploadOptions,
    listeners: Listeners,
    *,
    sha256: str = "",
    md5: str = "",
) -> tuple[TrainingFile, str]:
    """Upload `file`; its record on the endpoint, and the SHA-256 of its content.

    `sha256` and `md5`, in hex, are those that its check has taken; without them it is read once
    more. `journal` knows which files of `account` are others, and keeps what is sent already.

    Raises:
        ServiceError: the endpoint refuses, a part failed too often, the file has changed, or the
            user gave it up.
    """
    if not sha256:
        sha256, md5 = await sha256_of(file), ""
    control = UploadControl()
    listeners.on_begin(control)
    lock = journal.lock(f"{LONE}{sha256[:40]}")
    if not await _is_taken(lock):
        raise SameUploadError
    try:
        record = await _record(journal, account, file, sha256, md5)
        meter = Meter("", listeners.on_progress, control)
        upload = FileUpload(handle, record, TRAINING, file, options, control, meter)
        return await _run(handle, record, upload, control), sha256
    finally:
        lock.release(remove=True)


async def _is_taken(lock: FileLock) -> bool:
    """Take the lock; where none can be made there is nobody to be told apart from."""
    try:
        return await asyncio.to_thread(lock.acquire)
    except OSError:
        return True


async def _run(
    handle: FineTuningHandle, record: SubmissionRecord, upload: FileUpload, control: UploadControl
) -> TrainingFile:
    stored: list[TrainingFile] = []

    async def work() -> None:
        stored.append(await upload.run())

    try:
        await control.run(work())
    except asyncio.CancelledError:
        if not control.is_cancelled:
            raise
        await _give_up(handle, record)
        raise UploadGivenUpError from None
    return stored[0]


async def _give_up(handle: FineTuningHandle, record: SubmissionRecord) -> None:
    upload_id = record.submission.files[TRAINING].upload_id
    await record.note_done("file gone", role=TRAINING)
    await record.note_done(Stage.ABANDONED)
    if upload_id:
        try:
            await handle.cancel_upload(upload_id)
        except ServiceError:
            return  # it dies by itself within the hour


async def _record(
    journal: Journal, account: Account, file: CheckedFile, sha256: str, md5: str
) -> SubmissionRecord:
    """The record of an upload of this content that was interrupted, else a new one."""
    name = f"{LONE}{sha256[:40]}"
    earlier = await asyncio.to_thread(_interrupted, journal, account, name)
    if earlier is not None and earlier.files[TRAINING].size == file.size:
        return _LoneRecord(journal, account, earlier)
    state = FileState.of(TRAINING, file, sha256, md5)
    record = _LoneRecord(journal, account, Submission(name, JobRequest(""), {TRAINING: state}))
    data = {"request": request_data(JobRequest("")), "files": [state.to_data()], "cost": ""}
    await record.note(Stage.DRAFTED, **data)
    return record


def _interrupted(journal: Journal, account: Account, name: str) -> Submission | None:
    try:
        found = read_submission(name, journal.entries(account, name))
    except JournalError:
        return None
    if found is None or found.stage is Stage.ABANDONED or TRAINING not in found.files:
        return None
    return None if found.files[TRAINING].file_id else found
