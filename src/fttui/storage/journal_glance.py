"""A glance at the journal, for what must answer at once: it waits for nobody, and changes nothing.

Anybody may have written there since, so whoever reads it trusts none of it.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from dataclasses import dataclass
from urllib.parse import quote

from fttui.storage.folders import state_folder
from fttui.storage.journal_file import NAME

_SECONDS = 0.2
_MOST = 500


@dataclass(frozen=True, slots=True)
class Glance:
    """Ids of jobs, files and open submissions of an endpoint, the newest first, and labels."""

    jobs: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    submissions: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()


def glance(place: str) -> Glance:
    """What the journal knows of the endpoint at `place`, whosever key it was. Never raises."""
    path = state_folder() / NAME
    with contextlib.suppress(sqlite3.Error, OSError, ValueError):
        if path.is_file():
            uri = f"file:{quote(str(path))}?mode=ro"
            with contextlib.closing(sqlite3.connect(uri, uri=True, timeout=_SECONDS)) as journal:
                return _read(journal, place)
    return Glance()


def _read(journal: sqlite3.Connection, place: str) -> Glance:
    def column(query: str) -> tuple[str, ...]:
        with contextlib.suppress(sqlite3.Error):
            rows = journal.execute(f"{query} LIMIT {_MOST}", (place,)).fetchall()
            return tuple(one for (one,) in rows if isinstance(one, str))
        return ()

    labels: dict[str, None] = {}
    for told in column("SELECT labels FROM annotations WHERE host = ? ORDER BY at DESC"):
        with contextlib.suppress(ValueError):
            found = json.loads(told)
            labels |= dict.fromkeys(one for one in found if isinstance(one, str))
    return Glance(
        jobs=column("SELECT job FROM ends WHERE host = ? ORDER BY at DESC"),
        files=column("SELECT file_id FROM files WHERE host = ? ORDER BY at DESC"),
        submissions=column("SELECT id FROM submissions WHERE host = ? AND done = 0"),
        labels=tuple(labels),
    )
