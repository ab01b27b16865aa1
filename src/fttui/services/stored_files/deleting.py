"""Deleting files, and what this machine knows of them afterwards."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from fttui.services.endpoint.errors import NotFoundError, Outcome, ServiceError
from fttui.services.endpoint.transport import within
from fttui.services.job_files import keep
from fttui.storage.file_records import FileRecord
from fttui.terminal.language import _

if TYPE_CHECKING:
    from fttui.services.endpoint.fine_tuning_handle import FineTuningHandle
    from fttui.services.endpoint.models import TrainingFile
    from fttui.services.session import Session


async def delete_file(session: Session, file: TrainingFile) -> None:
    """Delete a file and forget its content; one that is gone already counts as deleted.

    When the answer is lost, the endpoint is asked whether the file is still there.

    Raises:
        ServiceError: it is still there, or that is not known, and then it `may_be_done`.
    """
    try:
        await session.handle.delete_file(file.raw_id)
    except ServiceError as error:
        is_gone = await _is_gone(session.handle, file) if error.may_be_done else False
        if is_gone is None:
            error.hint = _("It may be deleted all the same. Look again before you try it anew.")
        elif not is_gone:
            error.outcome = Outcome.REFUSED if error.may_be_done else error.outcome
        if not is_gone:
            raise
    await asyncio.to_thread(_forget, session, file)


async def is_there_still(session: Session, file: TrainingFile) -> bool:
    """Whether the endpoint has a file that it said is deleted; it is not waited for long."""
    handle = session.handle
    with suppress(ServiceError):
        async with within(handle.timeouts.part, _("a file")):
            return await _is_gone(handle, file) is False
    return False


async def _is_gone(handle: FineTuningHandle, file: TrainingFile) -> bool | None:
    """Whether the file is not there any more; None where that cannot be read."""
    try:
        found = await handle.retrieve_file(file.raw_id)
    except NotFoundError:
        return True
    except ServiceError:
        return None
    return found.status == "deleted"


def _forget(session: Session, file: TrainingFile) -> None:
    session.submissions.forget_file(file.raw_id)
    keep(session, {file.id: FileRecord(file.filename or "", file.size, is_deleted=True)})


def word_to_type(files: list[TrainingFile]) -> str:
    """What has to be typed to delete them: the name of one, or its id; of several their number."""
    if len(files) != 1:
        return str(len(files))
    file = files[0]
    for told in (file.filename, file.id):
        word = (told or "").strip()
        if word and len(word) <= _LONGEST and word.isascii() and word.isprintable():
            return word
    return _("delete")


_LONGEST = 40
