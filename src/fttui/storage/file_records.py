"""What each account's files on the endpoint are called, so that it is known when they are gone.

One file an account, in the state folder. Anybody may have written there since, so whoever reads it
trusts none of it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson

from fttui.disk.reading import NotReadable, read_small
from fttui.storage.folders import (
    FolderRefused,
    check_private_folder,
    private_folder,
    state_folder,
    write_private,
)
from fttui.storage.last_lists import ListOwner, file_name_of

_FOLDER = "files"
_LARGEST = 2_000_000
MOST_FILES = 5_000
_VERSION = 1


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A file's name, its size in bytes (None where untold), and whether the endpoint has it yet."""

    name: str
    size: int | None = None
    is_deleted: bool = False


def read_records(owner: ListOwner) -> dict[str, FileRecord]:
    """What is known of the owner's files, by their ids; nothing where nothing sound is kept."""
    path = _path(owner)
    try:
        check_private_folder(path.parent)
        content, _unused = read_small(path, _LARGEST)
        document = orjson.loads(content)
    except (NotReadable, OSError, ValueError, FolderRefused):
        return {}
    if not isinstance(document, dict) or document.get("version") != _VERSION:
        return {}
    if document.get("owner") != asdict(owner) or not isinstance(document.get("files"), dict):
        return {}
    found = {file_id: _read(told) for file_id, told in document["files"].items()}
    return {file_id: record for file_id, record in found.items() if record is not None}


def keep_records(owner: ListOwner, records: Mapping[str, FileRecord]) -> None:
    """Keep these beside what is known already, the newest 5,000; nothing where none can be."""
    known = read_records(owner)
    merged = {name: one for name, one in known.items() if name not in records} | dict(records)
    newest = dict(list(merged.items())[-MOST_FILES:])
    files = {name: asdict(record) for name, record in newest.items()}
    with contextlib.suppress(OSError, FolderRefused, TypeError):
        private_folder(state_folder())
        private_folder(state_folder() / _FOLDER)
        document = {"version": _VERSION, "owner": asdict(owner), "files": files}
        write_private(_path(owner), orjson.dumps(document))


def _path(owner: ListOwner) -> Path:
    return state_folder() / _FOLDER / file_name_of(owner, ".json")


def _read(told: Any) -> FileRecord | None:
    if not isinstance(told, dict) or not isinstance(told.get("name"), str):
        return None
    size = told.get("size")
    is_size = isinstance(size, int) and not isinstance(size, bool) and size >= 0
    return FileRecord(told["name"], size if is_size else None, told.get("is_deleted") is True)
