"""The journal: what fttui was about to do, and what came of it, so that no crash loses either.

SQLite in the state folder. Entries are only ever added; what they mean is the business of the
service that writes them. It holds no keys and no contents of files.
"""

from __future__ import annotations

import json
import os
import sqlite3
import stat
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fttui.storage.folders import FolderRefused, private_folder, state_folder
from fttui.storage.locks import FileLock, ProcessLock
from fttui.terminal.text import safe, safe_path

FORMAT = 1
BUSY_SECONDS = 3.0
_SCHEMA = """
CREATE TABLE submissions (
    id TEXT PRIMARY KEY, host TEXT NOT NULL, key TEXT NOT NULL, done INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE entries (
    number INTEGER PRIMARY KEY AUTOINCREMENT, submission TEXT NOT NULL REFERENCES submissions (id),
    at REAL NOT NULL, kind TEXT NOT NULL, data TEXT NOT NULL
);
CREATE INDEX entries_of_submission ON entries (submission, number);
CREATE TABLE files (
    host TEXT NOT NULL, key TEXT NOT NULL, sha256 TEXT NOT NULL, file_id TEXT NOT NULL,
    at REAL NOT NULL, PRIMARY KEY (host, key, sha256, file_id)
) WITHOUT ROWID;
"""


class JournalError(Exception):
    """The journal could not be read or written; the text is a sentence with the reason."""


@dataclass(frozen=True, slots=True)
class Account:
    """Whose entries: an endpoint's host and the fingerprint of the key; never the key itself."""

    host: str
    key: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One fact about a submission; `data` is plain JSON."""

    kind: str
    at: datetime
    data: Mapping[str, Any]


class Journal:
    """An open journal; safe to use from several threads and several processes.

    `warning` is "" or a sentence to show before anything is paid for: that this run cannot
    recover what is interrupted, or that an older journal was damaged and set aside.
    """

    def __init__(
        self, connection: sqlite3.Connection, folder: Path | None, warning: str = ""
    ) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self.folder = folder
        self.warning = warning

    @classmethod
    def open(cls, folder: Path | None = None) -> Journal:
        """Open the journal in `folder` (the state folder by default); never raises.

        Where it cannot be written, the journal lives in memory only and says so in `warning`.
        """
        folder = state_folder() if folder is None else folder
        try:
            private_folder(folder)
            private_folder(folder / "locks")
            return cls._open_file(folder)
        except (OSError, FolderRefused, sqlite3.Error, _Unusable) as problem:
            connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
            connection.executescript(_SCHEMA)
            return cls(connection, None, _memory_warning(problem))

    @classmethod
    def _open_file(cls, folder: Path) -> Journal:
        path = folder / "journal.db"
        try:
            return cls(_connect_patiently(path), folder)
        except _Damaged:
            aside = _set_aside(path)
            warning = (
                f"The journal was damaged, so it was set aside as {safe_path(aside)} and a new one "
                "begun. Uploads and submissions of earlier runs are not known to this one."
            )
            return cls(_connect(path), folder, warning)

    @property
    def is_durable(self) -> bool:
        """True when entries outlive this process."""
        return self.folder is not None

    def append(
        self,
        account: Account,
        submission: str,
        kind: str,
        data: Mapping[str, Any] | None = None,
        *,
        done: bool | None = None,
    ) -> None:
        """Commit one entry to the disk; `done` says whether anything is left to recover.

        Raises JournalError, in which case nothing is written.
        """
        now = datetime.now(UTC).timestamp()
        with self._writing() as database:
            database.execute(
                "INSERT OR IGNORE INTO submissions (id, host, key) VALUES (?, ?, ?)",
                (submission, account.host, account.key),
            )
            if done is not None:
                database.execute(
                    "UPDATE submissions SET done = ? WHERE id = ?", (int(done), submission)
                )
            database.execute(
                "INSERT INTO entries (submission, at, kind, data) VALUES (?, ?, ?, ?)",
                (submission, now, kind, json.dumps(data or {})),
            )

    def entries(self, account: Account, submission: str) -> list[Entry]:
        """All entries of a submission, oldest first; empty when the account has none of that id."""
        rows = self._rows(
            "SELECT e.kind, e.at, e.data FROM entries e JOIN submissions s ON s.id = e.submission"
            " WHERE e.submission = ? AND s.host = ? AND s.key = ? ORDER BY e.number",
            (submission, account.host, account.key),
        )
        return [
            Entry(kind, datetime.fromtimestamp(at, tz=UTC), json.loads(data))
            for kind, at, data in rows
        ]

    def submissions(self, account: Account, *, done: bool | None = None) -> list[str]:
        """The ids of the account's submissions, oldest first; `done` picks one sort of them."""
        rows = self._rows(
            "SELECT s.id FROM submissions s JOIN entries e ON e.submission = s.id"
            " WHERE s.host = ? AND s.key = ? AND (? IS NULL OR s.done = ?)"
            " GROUP BY s.id ORDER BY min(e.number)",
            (account.host, account.key, done, done),
        )
        return [str(row[0]) for row in rows]

    def remember_file(self, account: Account, sha256: str, file_id: str) -> None:
        """Note that a content is on the endpoint as `file_id`; raises JournalError."""
        with self._writing() as database:
            database.execute(
                "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?)",
                (account.host, account.key, sha256, file_id, datetime.now(UTC).timestamp()),
            )

    def forget_file(self, account: Account, file_id: str) -> None:
        """Note that `file_id` is no longer on the endpoint; raises JournalError."""
        with self._writing() as database:
            database.execute(
                "DELETE FROM files WHERE host = ? AND key = ? AND file_id = ?",
                (account.host, account.key, file_id),
            )

    def files_with(self, account: Account, sha256: str) -> list[str]:
        """The ids under which a content was uploaded, newest first."""
        rows = self._rows(
            "SELECT file_id FROM files WHERE host = ? AND key = ? AND sha256 = ? ORDER BY at DESC",
            (account.host, account.key, sha256),
        )
        return [str(row[0]) for row in rows]

    def known_files(self, account: Account) -> set[str]:
        """The ids of all files whose content is known."""
        rows = self._rows(
            "SELECT file_id FROM files WHERE host = ? AND key = ?", (account.host, account.key)
        )
        return {str(row[0]) for row in rows}

    def lock(self, submission: str) -> FileLock:
        """A lock, not yet taken, that lets one process at a time work on a submission."""
        if self.folder is None:
            return ProcessLock(submission)
        return FileLock(self.folder / "locks" / f"{submission}.lock")

    def close(self) -> None:
        """Close the database; a second call does nothing."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                yield self._connection
                self._connection.execute("COMMIT")
            except sqlite3.Error as problem:
                with suppress(sqlite3.Error):  # a full disk has rolled back already
                    self._connection.execute("ROLLBACK")
                raise JournalError(_sentence("written", problem)) from problem

    def _rows(self, query: str, values: tuple[object, ...]) -> list[tuple[Any, ...]]:
        with self._lock:
            try:
                return self._connection.execute(query, values).fetchall()
            except sqlite3.Error as problem:
                raise JournalError(_sentence("read", problem)) from problem


class _Damaged(Exception):  # noqa: N818 - says what the file is
    """The file is there, and is no sound SQLite database."""


class _Unusable(Exception):  # noqa: N818 - says what the file is
    """The file must not be touched; the text is the reason, as half a sentence."""


def _connect_patiently(path: Path) -> sqlite3.Connection:
    """Connect; SQLite does not wait by itself when two processes make a journal at one time."""
    for _ in range(20):
        try:
            return _connect(path)
        except sqlite3.OperationalError as problem:
            if "locked" not in str(problem):
                raise
            time.sleep(0.05)
    return _connect(path)


def _connect(path: Path) -> sqlite3.Connection:
    _make_private(path)
    connection = sqlite3.connect(
        path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
        _prepare(connection)
    except sqlite3.OperationalError:
        connection.close()
        raise
    except sqlite3.DatabaseError as problem:
        connection.close()
        raise _Damaged from problem
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection) -> None:
    found = connection.execute("PRAGMA user_version").fetchone()[0]
    if found > FORMAT:
        raise _Unusable(f"it was written by a newer fttui (format {found}); update this one")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("BEGIN IMMEDIATE")
    if connection.execute("PRAGMA user_version").fetchone()[0] == 0:
        for statement in _SCHEMA.split(";"):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {FORMAT}")
    connection.execute("COMMIT")
    if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
        raise sqlite3.DatabaseError("quick_check failed")


def _make_private(path: Path) -> None:
    """SQLite gives the files beside the database the database's mode, so that one must be 0600."""
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)
    descriptor = os.open(path, flags, 0o600)
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise _Unusable("it is not a regular file")
        if os.name == "posix":
            if found.st_uid != os.geteuid():
                raise _Unusable("it belongs to another user")
            os.fchmod(descriptor, 0o600)
    finally:
        os.close(descriptor)


def _set_aside(path: Path) -> Path:
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
    aside = path.with_name(f"{path.name}.damaged-{stamp}")
    path.replace(aside)
    for ending in ("-wal", "-shm"):
        beside = path.with_name(path.name + ending)
        with suppress(FileNotFoundError):
            beside.replace(aside.with_name(aside.name + ending))
    return aside


def _memory_warning(problem: Exception) -> str:
    return (
        f"The journal cannot be used ({safe(str(problem), maxlen=300)}). If fttui is interrupted "
        "during an upload or a create call, the next run will not know of it."
    )


def _sentence(done: str, problem: Exception) -> str:
    return f"The journal could not be {done} ({safe(str(problem), maxlen=200)})."
