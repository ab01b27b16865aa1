"""Where the last finished run of an account's archive was, so that it is known by name later."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

from fttui.disk.reading import NotReadable, read_small
from fttui.storage.folders import FolderRefused, private_folder, state_folder, write_private

_FILE = "archives.json"
_MOST = 200
_LONGEST_FILE = 1_000_000


def remember_archive(name: str, folder: Path) -> None:
    """Remember that the archive of the account `name` (HOST-ACCOUNT) is in `folder`.

    Where nothing can be remembered nothing is: the archive is whole without it.
    """
    known = {key: place for key, place in _remembered().items() if key != name}
    newest_first = {name: str(folder), **known}
    content = json.dumps(dict(list(newest_first.items())[:_MOST]), indent=1)
    with contextlib.suppress(OSError, FolderRefused):
        write_private(private_folder(state_folder()) / _FILE, content)


def remembered_archive(name: str) -> Path | None:
    """The folder that is remembered for the account `name`; what is there now is not looked at."""
    place = Path(_remembered().get(name, ""))
    return place if place.is_absolute() else None


def _remembered() -> dict[str, str]:
    try:
        content, _ = read_small(state_folder() / _FILE, _LONGEST_FILE)
        told = json.loads(content)
    except (NotReadable, OSError, ValueError, RecursionError):
        return {}
    pairs = told.items() if isinstance(told, dict) else ()
    return {name: place for name, place in pairs if isinstance(place, str) and "\0" not in place}
