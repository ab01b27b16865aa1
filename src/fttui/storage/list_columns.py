"""The columns of the list that were chosen on the screen, for the next run too."""

from __future__ import annotations

import json
from collections.abc import Sequence

from fttui.disk.reading import NotReadable, read_small
from fttui.storage.folders import FolderRefused, private_folder, state_folder, write_private

_FILE = "columns.json"
_LONGEST_FILE = 10_000


def read_list_columns() -> list[str]:
    """The names as they were kept; none where there are none, or nothing sound."""
    try:
        content, _unused = read_small(state_folder() / _FILE, _LONGEST_FILE)
        told = json.loads(content)
    except (NotReadable, OSError, ValueError, RecursionError):
        return []
    return [name for name in told if isinstance(name, str)] if isinstance(told, list) else []


def keep_list_columns(names: Sequence[str]) -> bool:
    """Keep the names, none for the standard ones; False where nothing can be kept."""
    try:
        write_private(private_folder(state_folder()) / _FILE, json.dumps([*names]))
    except (OSError, FolderRefused):
        return False
    return True
