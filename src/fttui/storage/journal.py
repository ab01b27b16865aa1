"""The journal: what fttui was about to do, and what came of it, so that no crash loses either.

SQLite in the state folder. Entries are only ever added; what they mean is the business of the
service that writes them. It holds no keys and no contents of files.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fttui.storage.folders import FolderRefused, private_folder, state_folder
from fttui.storage.journal_file import (
    LOCKS,
    NAME,
    OPEN_SECONDS,
    Unusable,
    close_gap,
    has_gap,
    in_memory,
    in_memory_of,
    open_or_mend,
    was_lost,
)
from fttui.storage.locks import FileLock, ProcessLock
from fttui.terminal.language import _
from fttui.terminal.text import safe, safe_path

UNREADABLE = "unreadable"
REOPEN_SECONDS = 10.0


class JournalError(Exception):
    """The journal could not be read or written; the text is a sentence with the reason.

    `hint` says what to do about it.
    """

    def __init__(self, sentence: str, hint: str = "") -> None:
        super().__init__(sentence)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Account:
    """Whose entries: an endpoint and the fingerprint of the key; never the key itself.

    `place` is its whole base URL in one spelling: behind one host there may be several accounts.
    Older entries stand under the `host`, and are everybody's there.
    `scope` tells apart what else decides whose jobs a key is told: organisation, project, headers.
    Ids are the endpoint's: only submissions and archives go by it.
    """

    host: str
    key: str
    base_url: str = ""
    scope: str = ""

    @classmethod
    def named(cls, host: str, name: str, base_url: str) -> Account:
        """The account that an archive tells the `name` of."""
        key, _hyphen, scope = name.partition("-")
        return cls(host, key, base_url, scope)

    @property
    def name(self) -> str:
        """What tells it from others at its place, as an archive has it."""
        return f"{self.key}-{self.scope}" if self.scope else self.key

    @property
    def place(self) -> str:
        """What new rows stand under."""
        return self.base_url or self.host


@dataclass(frozen=True, slots=True)
class Entry:
    """One fact about a submission, in plain JSON; `UNREADABLE` where its row cannot be read."""

    kind: str
    at: datetime
    data: Mapping[str, Any]


class Journal:
    """An open journal; safe to use from several threads and several processes.

    `warning` is "" or a sentence to show before anything is paid for: that this run cannot
    recover what is interrupted, or that an older journal was damaged and set aside.
    `knows_earlier` is False when what earlier runs wrote could not be read.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        folder: Path | None,
        warning: str = "",
        *,
        knows_earlier: bool = True,
    ) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self._file = _file_number(folder / NAME) if folder else None
        self._was_written = False
        self._opened_at = time.monotonic()
        self.folder = folder
        self.warning = warning
        self.knows_earlier = knows_earlier

    @classmethod
    def open(cls, folder: Path | None = None) -> Journal:
        """Open the journal in `folder` (the state folder by default); never raises.

        Where it cannot be written within `OPEN_SECONDS`, the journal lives in memory only, with
        what the file holds if that can be read, and says so in `warning`.
        """
        folder = state_folder() if folder is None else folder
        try:
            private_folder(folder)
            private_folder(folder / LOCKS)
            return cls._open_file(folder)
        except (OSError, FolderRefused, sqlite3.Error, Unusable) as problem:
            connection, is_whole = in_memory(folder / NAME)
            return cls(connection, None, _memory_warning(problem), knows_earlier=is_whole)

    @classmethod
    def _open_file(cls, folder: Path) -> Journal:
        connection = open_or_mend(folder / NAME, time.monotonic() + OPEN_SECONDS)
        if not has_gap(connection):
            return cls(connection, folder)
        return cls(connection, folder, _gap_warning(connection, folder), knows_earlier=False)

    def accept_gap(self) -> None:
        """Note that the user pays although earlier runs are not known; raises JournalError."""
        if self.is_durable and not self.knows_earlier:
            with self._lock:
                try:
                    close_gap(self._connection)
                except sqlite3.Error as problem:
                    raise _error(_("The journal could not be written"), problem) from problem
                self.knows_earlier = True

    def leave_file(self) -> None:
        """Live in memory from now on, because the file cannot be written and need not be."""
        with self._lock:
            if self.folder is not None:
                self.warning = _memory_warning(OSError(_("its file cannot be written")))
                self._connection, is_whole = in_memory_of(self._connection)
                self.folder, self.knows_earlier = None, self.knows_earlier and is_whole

    @property
    def keeps_track(self) -> bool:
        """True when a call that is paid for would be on record, and so are those before it."""
        return self.is_durable and self.knows_earlier

    @property
    def why_not(self) -> str:
        """Why it does not keep track, as a sentence."""
        if self.folder is not None and not self.is_durable:
            return _("The journal's file was moved or deleted while fttui uses it.")
        return self.warning

    @property
    def is_durable(self) -> bool:
        """True when entries outlive this process."""
        return self.folder is not None and _file_number(self.folder / NAME) == self._file

    @property
    def may_open_again(self) -> bool:
        """True when it lives in memory, nothing of this run would be lost, and time has passed."""
        is_due = time.monotonic() >= self._opened_at + REOPEN_SECONDS
        return self.folder is None and not self._was_written and is_due

    def append(
        self,
        account: Account,
        submission: str,
        kind: str,
        data: Mapping[str, Any] | None = None,
        *more: tuple[str, Mapping[str, Any]],
        done: bool | None = None,
    ) -> None:
        """Commit one entry to the disk, and `more` behind it, each a kind and its data.

        `done` says whether anything is left to recover. Raises JournalError, in which case nothing
        is written.
        """
        now = datetime.now(UTC).timestamp()
        with self.writing() as database:
            database.execute(
                "INSERT OR IGNORE INTO submissions (id, host, key) VALUES (?, ?, ?)",
                (submission, account.place, account.key),
            )
            if done is not None:
                database.execute(
                    "UPDATE submissions SET done = ? WHERE id = ?", (int(done), submission)
                )
            database.executemany(
                "INSERT INTO entries (submission, at, kind, data) VALUES (?, ?, ?, ?)",
                [
                    (submission, now, each, json.dumps(what or {}))
                    for each, what in ((kind, data), *more)
                ],
            )

    def begin_all(self, account: Account, begun: Mapping[str, Sequence[Entry]]) -> None:
        """Commit the first entries of several submissions, by their ids: all of them or none.

        Raises JournalError.
        """
        with self.writing() as database:
            database.executemany(
                "INSERT INTO submissions (id, host, key) VALUES (?, ?, ?)",
                [(submission, account.place, account.key) for submission in begun],
            )
            database.executemany(
                "INSERT INTO entries (submission, at, kind, data) VALUES (?, ?, ?, ?)",
                [
                    (submission, entry.at.timestamp(), entry.kind, json.dumps(entry.data))
                    for submission, entries in begun.items()
                    for entry in entries
                ],
            )

    def entries(self, account: Account, submission: str) -> list[Entry]:
        """All entries of a submission, oldest first; empty when the account has none of that id."""
        rows = self.rows(
            "SELECT e.kind, e.at, e.data FROM entries e JOIN submissions s ON s.id = e.submission"
            " WHERE e.submission = ? AND s.host IN (?, ?) AND s.key = ? ORDER BY e.number",
            (submission, account.place, account.host, account.key),
        )
        return [_entry(*row) for row in rows]

    def submissions(self, account: Account, *, done: bool | None = None) -> list[str]:
        """The ids of the account's submissions, oldest first; `done` picks one sort of them."""
        rows = self.rows(
            "SELECT s.id FROM submissions s JOIN entries e ON e.submission = s.id"
            " WHERE s.host IN (?, ?) AND s.key = ? AND (? IS NULL OR s.done = ?)"
            " GROUP BY s.id ORDER BY min(e.number)",
            (account.place, account.host, account.key, done, done),
        )
        return [str(row[0]) for row in rows]

    def last_entries(
        self, account: Account, *, done: bool | None = None, newest: int = -1
    ) -> dict[str, int]:
        """The last entry's number of each of the account's `newest` submissions (-1: all).

        Oldest first. Entries are only added: the same number means that there are no others.
        `done` picks one sort of submissions.
        """
        rows = self.rows(
            "SELECT s.id, max(e.number) FROM submissions s JOIN entries e ON e.submission = s.id"
            " WHERE s.host IN (?, ?) AND s.key = ? AND (? IS NULL OR s.done = ?)"
            " GROUP BY s.id ORDER BY min(e.number) DESC LIMIT ?",
            (account.place, account.host, account.key, done, done, newest),
        )
        return {str(submission): int(number) for submission, number in reversed(rows)}

    def remember_file(self, account: Account, sha256: str, file_id: str) -> None:
        """Note that a content is on the endpoint as `file_id`; raises JournalError."""
        with self.writing() as database:
            database.execute(
                "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?)",
                (account.place, account.key, sha256, file_id, datetime.now(UTC).timestamp()),
            )

    def forget_file(self, account: Account, file_id: str) -> None:
        """Note that `file_id` is no longer on the endpoint; raises JournalError."""
        with self.writing() as database:
            database.execute(
                "DELETE FROM files WHERE host IN (?, ?) AND key = ? AND file_id = ?",
                (account.place, account.host, account.key, file_id),
            )

    def files_with(self, account: Account, sha256: str) -> list[str]:
        """The ids under which a content was uploaded, newest first."""
        rows = self.rows(
            "SELECT file_id FROM files WHERE host IN (?, ?) AND key = ? AND sha256 = ?"
            " GROUP BY file_id ORDER BY max(at) DESC",
            (account.place, account.host, account.key, sha256),
        )
        return [str(row[0]) for row in rows]

    def digests_of(self, account: Account, file_id: str) -> frozenset[str]:
        """The SHA-256 (hex) of what was uploaded as `file_id`; none where that is not known."""
        rows = self.rows(
            "SELECT sha256 FROM files WHERE host IN (?, ?) AND key = ? AND file_id = ?",
            (account.place, account.host, account.key, file_id),
        )
        return frozenset(str(row[0]) for row in rows)

    def known_files(self, account: Account) -> set[str]:
        """The ids of all files whose content is known."""
        rows = self.rows(
            "SELECT file_id FROM files WHERE host IN (?, ?) AND key = ?",
            (account.place, account.host, account.key),
        )
        return {str(row[0]) for row in rows}

    def lock(self, submission: str) -> FileLock:
        """A lock, not yet taken, that lets one process at a time work on a submission."""
        if self.folder is None:
            return ProcessLock(submission)
        return FileLock(self.folder / LOCKS / f"{submission}.lock")

    def close(self) -> None:
        """Close the database; a second call does nothing."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """The database in a transaction, which is committed at the end; raises JournalError."""
        with self._lock:
            if self.folder is not None and not self.is_durable:
                raise JournalError(
                    _("The journal's file was moved or deleted."),
                    _("Start fttui again to begin a new one."),
                )
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                yield self._connection
                self._connection.execute("COMMIT")
                self._was_written = True
            except BaseException as problem:
                with suppress(sqlite3.Error):  # a full disk has rolled back already
                    self._connection.execute("ROLLBACK")
                if isinstance(problem, sqlite3.Error | UnicodeError):
                    raise _error(_("The journal could not be written"), problem) from problem
                raise

    def rows(self, query: str, values: tuple[object, ...]) -> list[tuple[Any, ...]]:
        """What a query finds; raises JournalError."""
        with self._lock:
            try:
                return self._connection.execute(query, values).fetchall()
            except sqlite3.Error as problem:
                raise _error(_("The journal could not be read"), problem) from problem


def _entry(kind: object, at: object, data: object) -> Entry:
    try:
        moment = datetime.fromtimestamp(float(at), tz=UTC)  # type: ignore[arg-type]
        content = json.loads(data)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError, OSError, RecursionError):
        return Entry(UNREADABLE, datetime.fromtimestamp(0, tz=UTC), {})
    if isinstance(kind, str) and isinstance(content, dict):
        return Entry(kind, moment, content)
    return Entry(UNREADABLE, moment, {})


def _file_number(path: Path) -> tuple[int, int] | None:
    """What tells this file from another of its name; None when it is not there."""
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _gap_warning(connection: sqlite3.Connection, folder: Path) -> str:
    what = _("is gone from {folder}, so a new one was begun", folder=safe_path(folder))
    if not was_lost(connection):
        shown = safe_path(max(folder.glob(f"{NAME}.damaged-*[0-9]"), default=folder))
        what = _("was damaged, so it was set aside as {shown} and a new one begun", shown=shown)
    return _(
        "The journal {what}. Uploads and submissions of earlier runs may be missing from this one.",
        what=what,
    )


def _memory_warning(problem: Exception) -> str:
    said = safe(str(problem), maxlen=300)
    what = _("is held by another program") if "locked" in said else _("cannot be used")
    return _(
        "The journal {what} ({said}). If fttui is interrupted during an upload or a create call, "
        "the next run will not know of it.",
        what=what,
        said=said,
    )


def _error(what: str, problem: Exception) -> JournalError:
    said = str(problem)
    hint = _("See `fttui doctor` for where it is, and make it writable.")
    if "locked" in said or "busy" in said:
        hint = _("Another program holds it; wait for that one, or close it.")
    elif "full" in said or "disk I/O" in said:
        hint = _("Free some space in the state folder (see `fttui doctor`).")
    return JournalError(_("{what} ({said}).", what=what, said=safe(said, maxlen=200)), hint)
