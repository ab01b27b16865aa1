"""Uploading a file that no job asks for yet: in one request, or in parts when it is large."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fttui.services.endpoint.errors import ServiceError
from fttui.services.endpoint.transport import with_retries
from fttui.services.endpoint.upload_body import SourceChangedError, SourceReader
from fttui.services.submission.progress import Meter, UploadControl
from fttui.services.submission.record import digests
from fttui.terminal.language import _

if TYPE_CHECKING:
    from fttui.services.endpoint.fine_tuning_handle import FineTuningHandle
    from fttui.services.endpoint.models import TrainingFile
    from fttui.services.endpoint.upload_body import UploadPart
    from fttui.services.submission.types import ProgressListener
    from fttui.training_data.files import CheckedFile

PART_BYTES = 16 * 1024 * 1024


async def upload(
    handle: FineTuningHandle,
    file: CheckedFile,
    direct_bytes: int,
    on_progress: ProgressListener,
) -> tuple[TrainingFile, str]:
    """Upload `file`; its record and the SHA-256 of its content.

    Up to `direct_bytes` it goes in one request. `on_progress` is told as of a submission. A failed
    upload leaves nothing behind but parts that the endpoint drops within the hour.

    Raises:
        ServiceError: the endpoint refuses, a part failed three times, or the file has changed.
    """
    sha256, md5 = await digests(file)
    meter = Meter("", on_progress, UploadControl())
    meter.begin_file("training", file.size)
    if file.size <= direct_bytes:
        stored = await handle.upload_training_file(file, meter.sent, sha256=sha256)
        meter.acknowledged(file.size)
        return stored, sha256
    announced = await handle.create_upload(file.upload_name, file.size)
    part_ids = []
    reader = SourceReader(file)
    while not reader.at_end:
        content = await reader.read(PART_BYTES)
        part_ids.append(await _send_part(handle, announced.raw_id, content, meter))
        meter.acknowledged(sum(map(len, content)))
    if reader.sha256 != sha256:
        await handle.cancel_upload(announced.raw_id)
        raise SourceChangedError(file.upload_name)
    joined = await handle.complete_upload(announced.raw_id, part_ids, md5)
    if joined.file is None:
        raise ServiceError(
            _("The endpoint joined the parts, but names no file."),
            _("`fttui files` shows whether it is there."),
        )
    return joined.file, sha256


async def _send_part(
    handle: FineTuningHandle, upload_id: str, content: Sequence[bytes], meter: Meter
) -> str:
    """Send one part; of a part that is sent twice only one is joined, so trying again is safe."""

    async def send() -> UploadPart:
        meter.sent(0)
        return await handle.add_upload_part(upload_id, content, meter.sent)

    return (await with_retries(send)).raw_id
