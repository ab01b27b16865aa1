"""Whether there is an archive in the usual place, and which jobs are whole in it.

An archive may have been edited: no link is followed, nothing outside of it is opened, and what
cannot be read counts as not archived.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from fttui.storage.archive.remembered import remembered_archive
from fttui.storage.folders import data_folder

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
_LONGEST_LINE = 16_000_000
_HEAD = 8192
_SAVED = re.compile(rb'^"saved": "(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)",?\r?$', re.MULTILINE)
_HOST = re.compile(rb'^"host": (".{0,600}"),?\r?$', re.MULTILINE)
_JOB_FOLDER = re.compile(r"jobs/([A-Za-z0-9_-]{1,200})")
_UNSAFE = re.compile(r"[^a-z0-9._-]")


@dataclass(frozen=True, slots=True)
class KnownArchive:
    """An archive that is there; `moment` is RFC 3339 in UTC, "" while no run has ended.

    `host` is what its index says of itself.
    """

    folder: Path
    moment: str
    host: str = ""

    @property
    def saved(self) -> str:
        """The day on which it was saved, "" while no run has come to its end."""
        return self.moment[:10]


def archive_folder(server: str, account: str) -> Path:
    """Where the archive of an endpoint's account is unless another place is named."""
    return data_folder() / "archive" / f"{_UNSAFE.sub('_', server.lower())}-{account}"


def find_archive(server: str, account: str) -> KnownArchive | None:
    """The account's archive in the usual place, or where it was saved last, if that is newer.

    None when nothing was ever saved in the first, and no archive of that host is in the second.
    """
    path = archive_folder(server, account)
    usual, last = archive_at(path), remembered_archive(path.name)
    other = archive_at(last) if last and last != path else None
    if other is None or not other.moment or other.host != server:
        return usual
    return other if usual is None or other.moment > usual.moment else usual


def archive_at(path: Path) -> KnownArchive | None:
    """The archive in `path`; None when nothing was ever saved there."""
    try:
        folder = os.open(path, _FOLDER)
    except OSError:
        return None
    try:
        with _opened("index.json", folder) as file:
            head = file.read(_HEAD)
        saved, host = _SAVED.search(head), _HOST.search(head)
        return KnownArchive(path, saved[1].decode() if saved else "", _text(host and host[1]))
    except OSError:
        is_begun = any(_is_file(name, folder) for name in ("jobs.jsonl", "unfinished.json"))
        return KnownArchive(path, "") if is_begun else None
    finally:
        os.close(folder)


def _text(value: bytes | None) -> str:
    """A JSON string, or "" for anything else."""
    with contextlib.suppress(ValueError):
        return str(json.loads(value or b'""'))
    return ""


def archived_jobs(path: Path) -> frozenset[str]:
    """The raw ids of the jobs that the archive in `path` lists and has saved."""
    try:
        folder = os.open(path, _FOLDER)
    except OSError:
        return frozenset()
    try:
        return frozenset(job for job, name in _listed(folder) if _is_saved(name, folder))
    finally:
        os.close(folder)


def _listed(folder: int) -> Iterator[tuple[str, str]]:
    """Id and folder name of each job; up to a line that is longer than any should be."""
    with contextlib.suppress(OSError), _opened("jobs.jsonl", folder) as file:
        while line := file.readline(_LONGEST_LINE):
            if len(line) == _LONGEST_LINE:
                return
            with contextlib.suppress(ValueError, RecursionError):
                told = json.loads(line)
                job, place = (told.get("id"), told.get("folder")) if _is_object(told) else ("", "")
                found = _JOB_FOLDER.fullmatch(place) if isinstance(place, str) else None
                if found is not None and isinstance(job, str):
                    yield job, found[1]


def _is_object(told: object) -> bool:
    return isinstance(told, dict)


def _is_saved(name: str, folder: int) -> bool:
    try:
        jobs = os.open("jobs", _FOLDER, dir_fd=folder)
        try:
            own = os.open(name, _FOLDER, dir_fd=jobs)
        finally:
            os.close(jobs)
    except OSError:
        return False
    try:
        return _is_file("saved.json", own)
    finally:
        os.close(own)


def _is_file(name: str, folder: int) -> bool:
    try:
        return stat.S_ISREG(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except OSError:
        return False


def _opened(name: str, folder: int) -> BinaryIO:
    """A regular file of a folder, for reading; OSError for anything else."""
    descriptor = os.open(name, _FILE, dir_fd=folder)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise FileNotFoundError(name)
    return os.fdopen(descriptor, "rb")
