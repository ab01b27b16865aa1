"""Whose archive a folder holds: the first lines of its index, or its mark of an unfinished run."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fttui.disk.reading import NotReadable, read_small
from fttui.storage.archive.saved import parsed
from fttui.terminal.format import counted
from fttui.terminal.language import _
from fttui.terminal.text import safe_path

FORMAT = "fttui-archive"
VERSION = 1
INDEX = "index.json"
UNFINISHED = "unfinished.json"
LOCK = "archive.lock"
_HEAD_BYTES = 65_536
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Head:
    """The account that an archive is of, and when it was saved.

    `account` is the fingerprint of a key; `saved` is RFC 3339 in UTC, "" for a first run that has
    not ended. `version` is the archive's own.
    """

    host: str
    base_url: str
    account: str
    saved: str = ""
    version: int = VERSION
    is_finished: bool = True
    counts: tuple[tuple[str, int], ...] = ()

    @property
    def counts_text(self) -> str:
        """How many jobs, files and models it holds, in words."""
        counts = dict(self.counts)
        return ", ".join(
            counted(counts.get(name, 0), one)
            for name, one in (("jobs", "job"), ("files", "file"), ("models", "model"))
        )


def read_head(folder: Path) -> Head | None:
    """Whose archive is in `folder`; None when nothing in it says so. Never raises."""
    unfinished = _read(folder / UNFINISHED)
    found = _head_of(_index_head(folder / INDEX), is_finished=unfinished is None)
    return found or _head_of(unfinished or {}, is_finished=False)


def looks_like_archive(folder: Path) -> bool:
    """True when a run of fttui has begun an archive there; other programs have an index.json too.

    The lock is empty, and there from a run's beginning on, also where a power loss took the rest.
    """
    return bool(
        read_head(folder) or _index_head(folder / INDEX) or _start_of(folder / LOCK, 1) == b""
    )


def no_archive(folder: Path) -> str:
    """That a folder is no archive, and by what one sees it, as a sentence."""
    if os.path.lexists(folder / INDEX):
        return _(
            "{folder} is not an archive: its {index} was written by another program.",
            folder=safe_path(folder),
            index=INDEX,
        )
    return _(
        "{folder} is not an archive: it has no {index}.", folder=safe_path(folder), index=INDEX
    )


def _read(path: Path) -> dict[str, Any] | None:
    try:
        value = parsed(read_small(path, _HEAD_BYTES)[0])
    except (NotReadable, OSError, ValueError):
        return None
    return value if isinstance(value, dict) else {}


def _index_head(path: Path) -> dict[str, Any]:
    """The values that stand one a line at the top of an index, however long that is."""
    values: dict[str, Any] = {}
    for line in (_start_of(path, _HEAD_BYTES) or b"").split(b"\n")[1:]:
        name, colon, value = line.rstrip(b",").partition(b":")
        try:
            key = json.loads(name)
            if not colon or value.strip() in (b"[", b""):
                break
            values[key] = json.loads(value)
        except (ValueError, RecursionError, TypeError):
            break
    return values if values.get("format") == FORMAT else {}


def _start_of(path: Path, most: int) -> bytes | None:
    """The first bytes of a regular file; None for a pipe, a link, and what cannot be read."""
    try:
        descriptor = os.open(path, _FLAGS)
    except (OSError, ValueError):
        return None
    try:
        is_file = stat.S_ISREG(os.fstat(descriptor).st_mode)
        return os.read(descriptor, most) if is_file else None
    except OSError:
        return None
    finally:
        os.close(descriptor)


def _head_of(values: dict[str, Any], *, is_finished: bool) -> Head | None:
    host, base_url, account = (values.get(key) for key in ("host", "base_url", "account"))
    version = values.get("version", VERSION)
    if not isinstance(host, str) or not host or type(version) is not int:
        return None
    saved = values.get("saved")
    return Head(
        host=host[:300],
        base_url=base_url[:600] if isinstance(base_url, str) else "",
        account=account[:80] if isinstance(account, str) else "",
        saved=saved[:40] if isinstance(saved, str) else "",
        version=version,
        is_finished=is_finished,
        counts=_counts(values.get("counts")),
    )


def _counts(value: object) -> tuple[tuple[str, int], ...]:
    pairs = value.items() if isinstance(value, dict) else ()
    return tuple((str(name), count) for name, count in pairs if type(count) is int)
