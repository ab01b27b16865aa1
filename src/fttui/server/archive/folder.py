"""The files of an archive that nobody vouches for: none outside its folder is ever opened."""

from __future__ import annotations

import os
import re
import stat
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from ..depth import is_too_deep

FOLDER = re.compile(r"(?:jobs|files)/[A-Za-z0-9][A-Za-z0-9_-]{0,99}", re.ASCII)
CONTENT = re.compile(r"contents/[0-9a-f]{64}\.(?:jsonl|csv|txt|bin)", re.ASCII)
_PATH = re.compile(rf"(?:{FOLDER.pattern}/)?[a-z]{{1,20}}\.[a-z]{{1,8}}", re.ASCII)
_SMALL = 4 * 1024 * 1024
_MOST_FOLDERS = 1_000_000

Signature = tuple[int, int, int, int]
"""What changes when a file is replaced or written to."""


class Folder:
    """An archive's folder, held open; every name in it is opened below it without links.

    Raises OSError when it cannot be opened, and for each file that is not there, no regular one,
    behind a link, or not named as an archive names its files.
    """

    def __init__(self, path: Path) -> None:
        self._top = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)

    def close(self) -> None:
        """Let the folder go; a second call does nothing."""
        top, self._top = self._top, -1
        if top >= 0:
            os.close(top)

    def open(self, path: str) -> BinaryIO:
        """The file at `path`, to be read. Raises OSError."""
        if not (_PATH.fullmatch(path) or CONTENT.fullmatch(path)):
            raise FileNotFoundError(f"{path[:100]!r} is no file of an archive")
        *folders, name = path.split("/")
        place = self._enter(folders)
        try:
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            descriptor = os.open(name, flags, dir_fd=place)
        finally:
            os.close(place)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise FileNotFoundError(f"{path!r} is no ordinary file")
        return open(descriptor, "rb")  # noqa: PTH123 - a descriptor

    def has(self, path: str) -> bool:
        """Whether there is such a file."""
        try:
            self.open(path).close()
        except OSError:
            return False
        return True

    def document(self, path: str) -> dict[str, Any] | None:
        """The JSON object in a small file; None where there is none that can be read."""
        try:
            with self.open(path) as source:
                content = source.read(_SMALL + 1)
        except OSError:
            return None
        return parsed(content) if len(content) <= _SMALL else None

    def names(self, folder: str) -> list[str]:
        """The paths of the folders in `jobs` or `files` that are named as an archive names them."""
        try:
            place = self._enter([folder])
        except OSError:
            return []
        try:
            with os.scandir(place) as entries:
                found = [f"{folder}/{entry.name}" for entry in islice(entries, _MOST_FOLDERS)]
        finally:
            os.close(place)
        return [path for path in found if FOLDER.fullmatch(path)]

    def _enter(self, folders: list[str]) -> int:
        """A descriptor of a folder below, which the caller closes."""
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
        place = os.dup(self._top)
        for name in folders:
            try:
                below = os.open(name, flags, dir_fd=place)
            finally:
                os.close(place)
            place = below
        return place


def signature(source: BinaryIO) -> Signature:
    """Tells one state of a file from another."""
    found = os.fstat(source.fileno())
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def parsed(content: bytes) -> dict[str, Any] | None:
    """The JSON object in `content`; None for anything else, or one that is nested too deeply."""
    with suppress(ValueError):
        value = orjson.loads(content)
        if isinstance(value, dict) and not is_too_deep(content, value):
            return value
    return None
