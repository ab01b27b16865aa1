"""Uploading a file that no job asks for yet: in one request, or in parts when it is large."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from fttui.services.drafting import digests
from fttui.services.errors import ServiceError

if TYPE_CHECKING:
    from fttui.services.fine_tuning_handle import FineTuningHandle
    from fttui.services.models import TrainingFile
    from fttui.training_data.files import CheckedFile

PART_BYTES = 16 * 1024 * 1024
_TRIES = 3


async def upload(
    handle: FineTuningHandle,
    file: CheckedFile,
    md5: str,
    direct_bytes: int,
    on_progress: Callable[[int], None],
) -> TrainingFile:
    """Upload `file` and return its record; `on_progress` gets the acknowledged bytes.

    The endpoint verifies `md5` (hex; worked out when it is ""). A failed upload leaves nothing
    behind but parts that the endpoint drops within the hour.

    Raises:
        ServiceError: the endpoint refuses, or a part failed three times.
    """
    if not md5:
        _, md5 = await digests(file)
    if file.size <= direct_bytes:
        stored = await handle.upload_training_file(file, md5=md5)
        on_progress(file.size)
        return stored
    announced = await handle.create_upload(file.upload_name, file.size)
    part_ids = []
    for start in range(0, file.size, PART_BYTES):
        content = os.pread(file.fd, min(PART_BYTES, file.size - start), start)
        part_ids.append(await _part(handle, announced.raw_id, content))
        on_progress(start + len(content))
    joined = await handle.complete_upload(announced.raw_id, part_ids, md5)
    if joined.file is None:
        raise ServiceError(
            "The endpoint joined the parts, but names no file.",
            "`fttui files` shows whether it is there.",
        )
    return joined.file


async def _part(handle: FineTuningHandle, upload_id: str, content: bytes) -> str:
    """Send one part; a part that is sent twice is listed once, so trying again is safe."""
    for left in range(_TRIES - 1, -1, -1):
        try:
            return (await handle.add_upload_part(upload_id, content)).raw_id
        except ServiceError as error:
            if not left or not error.retryable:
                raise
    raise AssertionError("unreachable")
