"""The file that a copied text goes to when no clipboard can be reached; it is kept for a day."""

import stat
import time
from contextlib import suppress
from pathlib import Path

from fttui.storage.atomic import write_private
from fttui.storage.folders import private_folder, state_folder

_NAME = "clipboard.txt"
_SECONDS_KEPT = 86_400


def save_copied_text(text: str) -> Path:
    """Write `text` to `clipboard.txt` (0600) in the state folder; OSError or FolderRefused."""
    path = private_folder(state_folder()) / _NAME
    write_private(path, text)
    return path


def drop_old_copied_text() -> None:
    """Remove a copied text that is older than a day, as every start of fttui does. Never raises."""
    path = state_folder() / _NAME
    with suppress(OSError):
        found = path.lstat()
        if stat.S_ISREG(found.st_mode) and time.time() - found.st_mtime > _SECONDS_KEPT:
            path.unlink()
