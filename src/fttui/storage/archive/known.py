"""Whether there is an archive in the usual place, and which jobs are whole in it.

An archive may have been edited: no link is followed, nothing outside of it is opened, and what
cannot be read counts as not archived.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from fttui.storage.archive.remembered import remembered_archive
from fttui.storage.archive.saved import SAVED, parsed
from fttui.storage.archive.tree import Tree
from fttui.storage.credentials import place_of
from fttui.storage.folders import data_folder

_LONGEST_LINE = 16_000_000
_HEAD = 8192
_MOST_ARCHIVES = 200
_SAVED = re.compile(rb'^"saved": "(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)",?\r?$', re.MULTILINE)
_HOST = re.compile(rb'^"host": (".{0,600}"),?\r?$', re.MULTILINE)
_BASE_URL = re.compile(rb'^"base_url": (".{0,2000}"),?\r?$', re.MULTILINE)
_JOB_FOLDER = re.compile(r"jobs/[A-Za-z0-9_-]{1,200}")
_UNSAFE = re.compile(r"[^a-z0-9._-]")


@dataclass(frozen=True, slots=True)
class KnownArchive:
    """An archive that is there; `moment` is RFC 3339 in UTC, "" while no run has ended.

    `host` and `base_url` are what it says of itself, "" where it does not.
    """

    folder: Path
    moment: str
    host: str = ""
    base_url: str = ""

    @property
    def saved(self) -> str:
        """The day on which it was saved, "" while no run has come to its end."""
        return self.moment[:10]


def archive_folder(server: str, account: str, base_url: str = "") -> Path:
    """Where the archive of an endpoint's account is unless another place is named.

    The first that is saved of a host has the plain name; one of another path of the host, which may
    be another account, has that path in its name.
    """
    plain, own = _folders(server, account, base_url)
    if plain == own or own.exists():
        return own
    found = archive_at(plain)
    return plain if found is None or is_of(found.base_url, base_url) else own


def _folders(server: str, account: str, base_url: str) -> tuple[Path, Path]:
    path = urlsplit(base_url).path.rstrip("/")
    names = (_UNSAFE.sub("_", place.lower()) for place in (server, server + path))
    plain, own = (data_folder() / "archive" / f"{name}-{account}" for name in names)
    return plain, own


def is_of(told: str, base_url: str) -> bool:
    """Whether an archive that tells the base URL `told` is of `base_url`; "" may be any."""
    try:
        return not told or not base_url or place_of(told) == place_of(base_url)
    except ValueError:  # it was edited: nothing is known of it
        return True


def find_archive(server: str, account: str, base_url: str = "") -> KnownArchive | None:
    """The account's archive in the usual place, or where it was saved last, if that is newer.

    None when nothing was ever saved in the first, and no archive of that host is in the second.
    """
    path = archive_folder(server, account, base_url)
    usual, last = archive_at(path), remembered_archive(path.name)
    other = archive_at(last) if last and last != path else None
    if other is None or not other.moment or other.host != server:
        return usual
    if not is_of(other.base_url, base_url):
        return usual
    return other if usual is None or other.moment > usual.moment else usual


def newest_archive() -> KnownArchive | None:
    """Of the archives in the usual place the one that was saved last, whosever it is."""
    with suppress(OSError):
        found = map(archive_at, list((data_folder() / "archive").iterdir())[:_MOST_ARCHIVES])
        return max(filter(None, found), key=lambda one: one.moment, default=None)
    return None


def archive_at(path: Path) -> KnownArchive | None:
    """The archive in `path`; None when nothing was ever saved there."""
    try:
        tree = Tree(path)
    except OSError:
        return None
    with closing(tree):
        try:
            with tree.open("index.json") as file:
                head = file.read(_HEAD)
        except OSError:
            begun = any(tree.size(name) is not None for name in ("jobs.jsonl", "unfinished.json"))
            return KnownArchive(path, "", base_url=_begun_for(tree)) if begun else None
    saved, host, base_url = (found.search(head) for found in (_SAVED, _HOST, _BASE_URL))
    return KnownArchive(
        path,
        saved[1].decode() if saved else "",
        _text(host and host[1]),
        _text(base_url and base_url[1]),
    )


def _begun_for(tree: Tree) -> str:
    """The base URL of a first run that has not ended."""
    with suppress(OSError), tree.open("unfinished.json") as file:
        told = parsed(file.read(_HEAD))
        base_url = told.get("base_url") if isinstance(told, dict) else None
        return base_url if isinstance(base_url, str) else ""
    return ""


def _text(value: bytes | None) -> str:
    """A JSON string, or "" for anything else."""
    with suppress(ValueError):
        return str(json.loads(value or b'""'))
    return ""


def archived_jobs(path: Path) -> frozenset[str]:
    """The raw ids of the jobs that the archive in `path` lists and has saved."""
    try:
        tree = Tree(path)
    except OSError:
        return frozenset()
    with closing(tree):
        listed = list(_listed(tree))
        return frozenset(job for job, place in listed if tree.size(f"{place}/{SAVED}") is not None)


def _listed(tree: Tree) -> Iterator[tuple[str, str]]:
    """Id and folder of each job; up to a line that is longer than any should be."""
    with suppress(OSError), tree.open("jobs.jsonl") as file:
        while line := file.readline(_LONGEST_LINE):
            if len(line) == _LONGEST_LINE:
                return
            told = parsed(line)
            job, place = (
                (told.get("id"), told.get("folder")) if isinstance(told, dict) else ("", "")
            )
            if isinstance(job, str) and isinstance(place, str) and _JOB_FOLDER.fullmatch(place):
                yield job, place
