"""Taking a lock of the journal without holding up the service thread."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from fttui.services.submission.record import JournalUnavailableError
from fttui.terminal.language import _
from fttui.terminal.text import safe

if TYPE_CHECKING:
    from fttui.storage.locks import FileLock, ProcessLock


async def is_taken(lock: FileLock | ProcessLock) -> bool:
    """Take `lock`; False when another has it. JournalUnavailableError where it cannot be made."""
    try:
        return await asyncio.to_thread(lock.acquire)
    except OSError as problem:
        raise JournalUnavailableError(
            _("The lock cannot be made ({problem}).", problem=safe(problem))
        ) from problem
