"""Uploading a file that no job asks for yet, from the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fttui.services.endpoint.models import TrainingFile
    from fttui.services.session import Session
    from fttui.services.submission.types import ProgressListener
    from fttui.training_data.check import Report
    from fttui.training_data.files import CheckedFile

PART_BYTES = 8 * 1024 * 1024
_TRIES = 3
_FIRST_PAUSE = 0.5


def upload(
    session: Session, file: CheckedFile, report: Report, on_progress: ProgressListener
) -> tuple[TrainingFile, str]:
    """Upload `file`, which `report` is about; its record and the SHA-256 of its content.

    Up to `direct_upload_mb` of the settings it goes in one request. What is sent is what was
    checked, or the upload is stopped.

    Raises:
        ServiceError: the endpoint refuses, a part failed three times, or the file has changed.
    """
    from fttui.services.submission.lone_upload import Listeners, upload_file
    from fttui.services.submission.types import MIB, UploadOptions

    options = UploadOptions(
        direct_bytes=session.settings.direct_upload_mb * MIB,
        part_bytes=PART_BYTES,
        tries=_TRIES,
        first_pause=_FIRST_PAUSE,
    )
    work = upload_file(
        session.handle,
        session.journal,
        session.account,
        file,
        options,
        Listeners(on_progress),
        sha256=report.sha256,
        md5=report.md5,
    )
    return session.thread.wait(work)
