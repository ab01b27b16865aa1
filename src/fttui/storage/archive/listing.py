"""Reading an archive's index.json, a line at a time, whatever somebody has made of it.

The file is JSON of one fixed shape, so that it need not be held in memory: see `Entry` for a line
of its list of files. Its end is the sha256 of every byte before the line that tells it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import IO

import orjson

from fttui.storage.archive.head import FORMAT, INDEX, LOCK, UNFINISHED

LONGEST_LINE = 1 << 16
"""Bytes of a line of the index, at most."""

_FILES, _END_OF_LIST = b'"files": [', b"],"
_TAIL = re.compile(rb'"sha256": "([0-9a-f]{64})"\n\}\n')
_TAIL_BYTES = 79
_HEAD = re.compile(rb'\{\n"format": "%s",\n"version": (\d{1,9}),\n' % FORMAT.encode())
_DIGEST = re.compile(r"[0-9a-f]{64}")
_PART = re.compile(r"(?!\.)[A-Za-z0-9._-]{1,200}")
_MOST_PARTS = 4
_UNLISTED = frozenset({INDEX, LOCK, UNFINISHED})
_BUFFER = 1 << 18


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of the archive: its path below the folder, its length in bytes and its sha256."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line of the list of files that is none, counted from 1 within the index."""

    number: int


@dataclass(frozen=True, slots=True)
class Shape:
    """What an index is as a whole; `version` is None where it does not begin as one.

    `is_untouched` is True when its own sha256 is right; `listed` counts the lines of its list.
    """

    version: int | None
    is_untouched: bool
    listed: int


def shape_of(file: IO[bytes]) -> Shape:
    """Read the whole index once, from its beginning, to see whether it is as it was written."""
    file.seek(0)
    head = _HEAD.match(file.read(200))
    size = file.seek(0, 2)
    body = max(size - _TAIL_BYTES, 0)
    file.seek(body)
    tail = _TAIL.fullmatch(file.read(_TAIL_BYTES))
    digest = sha256()
    file.seek(0)
    left = body
    while left and (piece := file.read(min(left, _BUFFER))):
        digest.update(piece)
        left -= len(piece)
    is_untouched = tail is not None and tail[1].decode() == digest.hexdigest()
    listed = sum(1 for _number, _line in _lines_of_list(file))
    return Shape(int(head[1]) if head else None, is_untouched, listed)


def entries(file: IO[bytes]) -> Iterator[Entry | BadLine]:
    """The files that the index lists, each once and by rising path; any other line is a BadLine."""
    last = ""
    for number, line in _lines_of_list(file):
        entry = _entry(line)
        if entry is None or entry.path <= last:
            yield BadLine(number)
            continue
        last = entry.path
        yield entry


def _lines_of_list(file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """The lines between the list's brackets, with their numbers, without comma and line end."""
    file.seek(0)
    is_inside = False
    number = 0
    while line := file.readline(LONGEST_LINE):
        number += 1
        text = line.rstrip(b"\n")
        if not is_inside:
            is_inside = text == _FILES
        elif text == _END_OF_LIST:
            return
        else:
            yield number, text.removesuffix(b",")


def _entry(line: bytes) -> Entry | None:
    try:
        told = orjson.loads(line)
    except ValueError:
        return None
    if not isinstance(told, dict):
        return None
    path, size, digest = told.get("path"), told.get("size"), told.get("sha256")
    if type(path) is not str or type(size) is not int or type(digest) is not str:
        return None
    if not _is_path(path) or size < 0 or not _DIGEST.fullmatch(digest):
        return None
    return Entry(path, size, digest)


def _is_path(path: str) -> bool:
    """True for a path as archives have them, which leads nowhere else."""
    parts = path.split("/")
    return (
        len(parts) <= _MOST_PARTS
        and path not in _UNLISTED
        and all(_PART.fullmatch(part) for part in parts)
    )
