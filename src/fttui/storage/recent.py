"""The training files that were chosen lately, newest first."""

from __future__ import annotations

import contextlib
import json
import os
import stat
import time
from contextlib import suppress
from pathlib import Path

from fttui.disk.reading import NotReadable, read_small
from fttui.storage.folders import FolderRefused, private_folder, state_folder, write_private

_FILE = "recent.json"
_MOST = 12
_LONGEST_FILE = 1_000_000


def recent_files() -> list[Path]:
    """Up to 12 paths that still exist; a list that cannot be read is empty."""
    try:
        content, _ = read_small(state_folder() / _FILE, _LONGEST_FILE)
        entries = json.loads(content)
    except (NotReadable, OSError, ValueError, RecursionError):
        return []
    if not isinstance(entries, list):
        return []
    paths = [
        Path(os.fsdecode(name)) for name in entries if isinstance(name, str) and "\0" not in name
    ]
    return [path for path in paths if _is_there(path)][:_MOST]


def remember_file(path: Path) -> None:
    """Put `path` on top of the list; a state folder that cannot be written loses nothing else."""
    rest = [other for other in recent_files() if other != path]
    names = [os.fspath(each) for each in [path.absolute(), *rest]][:_MOST]
    with contextlib.suppress(OSError, ValueError, FolderRefused):
        folder = private_folder(state_folder())
        write_private(folder / _FILE, json.dumps(names))


def _is_there(path: Path) -> bool:
    with contextlib.suppress(OSError):
        return path.is_file()
    return False


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
