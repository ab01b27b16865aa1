"""Uploading a file that no job asks for yet: as a submission does it, but nobody takes it up."""

from __future__ import annotations

from collections.abc import Sequence

from fttui.services.endpoint.fine_tuning_handle import FineTuningHandle
from fttui.services.endpoint.models import TrainingFile
from fttui.services.endpoint.upload_source import sha256_of
from fttui.services.job_form import JobRequest
from fttui.services.submission.progress import Meter, UploadControl
from fttui.services.submission.record import SubmissionRecord
from fttui.services.submission.state import TRAINING, FileState, Submission
from fttui.services.submission.types import ProgressListener, UploadOptions
from fttui.services.submission.upload import FileUpload
from fttui.storage.journal import Account, Journal
from fttui.training_data.files import CheckedFile


class _Unwritten(SubmissionRecord):
    """A record that ends with this process."""

    async def remember_file(self, sha256: str, file_id: str) -> None:
        """Leave it to the caller, who says so where it cannot be kept."""

    def _append(self, noted: Sequence[object], done: bool) -> None:
        pass


async def upload_file(
    handle: FineTuningHandle,
    journal: Journal,
    account: Account,
    file: CheckedFile,
    options: UploadOptions,
    on_progress: ProgressListener,
    *,
    sha256: str = "",
    md5: str = "",
) -> tuple[TrainingFile, str]:
    """Upload `file`; its record on the endpoint, and the SHA-256 of its content.

    `sha256` and `md5`, in hex, are those that its check has taken; without them it is read once
    more. `journal` knows which files of `account` are others. `on_progress` is told as of a
    submission. A failed upload leaves nothing behind but parts that the endpoint drops within
    the hour.

    Raises:
        ServiceError: the endpoint refuses, a part failed too often, or the file has changed.
    """
    if not sha256:
        sha256, md5 = await sha256_of(file), ""
    state = FileState(TRAINING, name=file.upload_name, size=file.size, sha256=sha256, md5=md5)
    record = _Unwritten(journal, account, Submission("", JobRequest(""), {TRAINING: state}))
    control = UploadControl()
    meter = Meter("", on_progress, control)
    upload = FileUpload(handle, record, TRAINING, file, options, control, meter)
    return await upload.run(), sha256
