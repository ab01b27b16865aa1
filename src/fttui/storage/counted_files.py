"""The tokens of files that were checked on this machine, by the digest of their content.

A file each, in the state folder. Anybody may have written there since, so whoever reads it trusts
none of it.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import asdict, dataclass
from datetime import date
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

MOST_FILES = 500
_FOLDER = "counted"
_LARGEST = 4_000_000
_LONGEST_NAME = 300
_VERSION = 1
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
_LENGTH = re.compile(r"[0-9]{1,15}", re.ASCII)


@dataclass(frozen=True, slots=True)
class FileCount:
    """What a check has counted: `name` is the file's, `day` the local one, as 2026-11-27.

    `histogram` tells how many examples have so many tokens, by that number as a text. `encoding` is
    the vocabulary, `exact` as of `TokenStats`.
    """

    name: str
    day: str
    format: str
    examples: int
    encoding: str
    exact: bool
    total: int
    histogram: dict[str, int]


def keep_count(sha256: str, count: FileCount) -> None:
    """Keep what was counted of this content, of the newest 500; nothing where none can be."""
    if not _DIGEST.fullmatch(sha256):
        return
    with contextlib.suppress(OSError, FolderRefused, TypeError):
        private_folder(state_folder())
        folder = private_folder(state_folder() / _FOLDER)
        known = [*folder.glob("*.json")]
        if len(known) >= MOST_FILES:
            known.sort(key=lambda path: path.lstat().st_mtime)
            for path in known[: 1 - MOST_FILES]:
                path.unlink(missing_ok=True)
        document = {"version": _VERSION, "sha256": sha256, **asdict(count)}
        write_private(folder / f"{sha256}.json", orjson.dumps(document))


def read_count(sha256: str) -> FileCount | None:
    """What is kept of this content; None where nothing sound is."""
    if not _DIGEST.fullmatch(sha256):
        return None
    path = state_folder() / _FOLDER / f"{sha256}.json"
    try:
        check_private_folder(path.parent)
        content, _unused = read_small(path, _LARGEST)
        told = orjson.loads(content)
    except (NotReadable, OSError, ValueError, FolderRefused):
        return None
    if not isinstance(told, dict) or told.get("version") != _VERSION:
        return None
    return _read(told) if told.get("sha256") == sha256 else None


def _read(told: dict[str, Any]) -> FileCount | None:
    """The count of a document; None unless all of it fits together."""
    texts = [told.get(name) for name in ("name", "day", "format", "encoding")]
    numbers = [told.get("examples"), told.get("total")]
    bars = told.get("histogram")
    if not all(isinstance(text, str) and len(text) <= _LONGEST_NAME for text in texts):
        return None
    if not all(map(_is_count, numbers)) or not isinstance(bars, dict):
        return None
    if not all(_LENGTH.fullmatch(name) and _is_count(n) for name, n in bars.items()):
        return None
    if sum(bars.values()) != told["examples"] or not isinstance(told.get("exact"), bool):
        return None
    with contextlib.suppress(ValueError):
        date.fromisoformat(told["day"])
        names = ("name", "day", "format", "examples", "encoding", "exact", "total", "histogram")
        return FileCount(**{name: told[name] for name in names})
    return None


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**15
