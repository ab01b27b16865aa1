"""The sandbox's records, in one sqlite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from .config import DataInUseError, StartError, shown
from .data_folder import private_file

_VERSION = 1
_SCHEMA = """
CREATE TABLE counters (kind TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE files (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    created_at REAL NOT NULL,
    expires_at REAL,
    filename TEXT NOT NULL,
    purpose TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    blobs TEXT NOT NULL,      -- JSON: names of the stored pieces, in order
    content BLOB,             -- instead of pieces, for what the sandbox itself writes
    problem TEXT              -- why it cannot be parsed, once it has been looked through
);
CREATE INDEX files_by_age ON files (created_at, seq);
CREATE INDEX files_by_purpose ON files (purpose, created_at, seq);
CREATE INDEX files_that_expire ON files (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE inspections (
    file_id TEXT NOT NULL, rules TEXT NOT NULL, result TEXT NOT NULL,
    PRIMARY KEY (file_id, rules)
) WITHOUT ROWID;

CREATE TABLE uploads (
    id TEXT PRIMARY KEY,
    created_at REAL NOT NULL,
    expires_at REAL NOT NULL,
    bytes INTEGER NOT NULL,
    filename TEXT NOT NULL,
    purpose TEXT NOT NULL,
    file_lifetime INTEGER,    -- seconds, from expires_after
    status TEXT NOT NULL,
    file_id TEXT
) WITHOUT ROWID;
CREATE INDEX uploads_that_expire ON uploads (expires_at) WHERE status = 'pending';

CREATE TABLE parts (
    id TEXT PRIMARY KEY,
    upload_id TEXT NOT NULL,
    created_at REAL NOT NULL,
    bytes INTEGER NOT NULL,
    blob TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX parts_of_upload ON parts (upload_id);

CREATE TABLE jobs (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    created_at REAL NOT NULL,
    request TEXT NOT NULL,    -- JSON: what was asked for
    plan TEXT NOT NULL,       -- JSON: how it will go
    controls TEXT NOT NULL,   -- JSON: pauses, resumptions and cancellation, with their times
    has_metadata INTEGER NOT NULL,
    due_at REAL               -- when there is an outcome to record; NULL when there is none
);
CREATE INDEX jobs_by_age ON jobs (created_at, seq);
CREATE INDEX jobs_without_metadata ON jobs (created_at, seq) WHERE has_metadata = 0;
CREATE INDEX jobs_due ON jobs (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE job_metadata (
    key TEXT NOT NULL, value TEXT NOT NULL, job_seq INTEGER NOT NULL,
    PRIMARY KEY (key, value, job_seq)
) WITHOUT ROWID;

CREATE TABLE models (
    id TEXT PRIMARY KEY, created_at REAL NOT NULL, base TEXT NOT NULL, job_id TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX models_by_age ON models (created_at);

CREATE TABLE permissions (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    checkpoint TEXT NOT NULL,
    project_id TEXT NOT NULL,
    created_at REAL NOT NULL,
    UNIQUE (checkpoint, project_id)
);

PRAGMA user_version = 1;
"""
_TABLES = frozenset({
    "counters", "files", "inspections", "uploads", "parts", "jobs", "job_metadata", "models",
    "permissions",
})  # fmt: skip


class Database:
    """One sqlite connection; used from one thread at a time."""

    def __init__(self, path: Path, *, durable: bool) -> None:
        """Opens or makes the file; `durable` waits for the disk at every commit.

        Raises DataInUseError when another process holds it, StartError when it cannot be used.
        """
        private_file(path)
        self._path = path
        self.is_new = False
        self._connection = sqlite3.connect(
            path, isolation_level=None, check_same_thread=False, timeout=0.5
        )
        self._connection.row_factory = sqlite3.Row
        try:
            self._prepare(durable)
        except sqlite3.Error as error:
            self._connection.close()
            raise self.unusable(error) from None
        except BaseException:
            self._connection.close()
            raise

    def _prepare(self, durable: bool) -> None:
        # Exclusive: two servers on one folder would hand out the same ids.
        self._connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'OFF'}")
        self._connection.execute("BEGIN IMMEDIATE")
        version = self._connection.execute("PRAGMA user_version").fetchone()[0]
        tables = {row[0] for row in self.all("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if version > _VERSION:
            raise StartError(f"{shown(self._path)} was made by a newer version of fttui.")
        self.is_new = not version and not tables
        if self.is_new:
            for statement in _SCHEMA.split(";\n"):
                self._connection.execute(statement)
        elif not tables >= _TABLES:
            raise _damaged(self._path, "tables are missing")
        # Added later, and of no harm to an older version.
        self._connection.execute("CREATE TABLE IF NOT EXISTS clock (seen REAL NOT NULL)")
        self._connection.execute("COMMIT")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commits everything inside together, or nothing if it raises."""
        if self._connection.in_transaction:
            yield
            return
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            # A full disk may have ended the transaction already. One that stayed open would take
            # all later ones into it, and none would ever be recorded.
            if self._is_open():
                self._connection.execute("ROLLBACK")
            raise

    def _is_open(self) -> bool:
        return self._connection.in_transaction

    def execute(self, statement: str, *values: object) -> sqlite3.Cursor:
        """Runs one statement."""
        return self._connection.execute(statement, values)

    def one(self, statement: str, *values: object) -> sqlite3.Row | None:
        """The first row, or None."""
        row: sqlite3.Row | None = self._connection.execute(statement, values).fetchone()
        return row

    def all(self, statement: str, *values: object) -> list[sqlite3.Row]:
        """Every row."""
        return self._connection.execute(statement, values).fetchall()

    def next_number(self, kind: str) -> int:
        """Counts from 1 for each kind; call it inside the transaction that uses the number."""
        row = self.one(
            "INSERT INTO counters VALUES (?, 1) "
            "ON CONFLICT DO UPDATE SET value = value + 1 RETURNING value",
            kind,
        )
        assert row is not None
        return int(row[0])

    def trace(self, callback: Callable[[str], object] | None) -> None:
        """Hands every statement, with its values filled in, to `callback`; None ends that."""
        self._connection.set_trace_callback(callback)

    def close(self) -> None:
        """Closes the connection and gives the file back."""
        self._connection.close()

    def unusable(self, error: sqlite3.Error) -> StartError:
        """An error of sqlite while the records are opened and first read, as a sentence."""
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return DataInUseError(
                f"{shown(self._path.parent)} is in use by another server; stop that one or "
                "choose another folder."
            )
        if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
            return _damaged(self._path, str(error))
        return StartError(
            f"{shown(self._path)} cannot be opened: {error}.",
            "Its folder must be writable, and the disk must have space.",
        )


def _damaged(path: Path, why: str) -> StartError:
    return StartError(
        f"{shown(path)} is damaged: {why}.",
        "Move it away to begin anew; the server deletes nothing.",
    )


_RECORDED = """
SELECT max(moment) FROM (
    SELECT max(seen) AS moment FROM clock
    UNION ALL SELECT max(created_at) FROM files
    UNION ALL SELECT max(created_at) FROM uploads
    UNION ALL SELECT max(created_at) FROM parts
    UNION ALL SELECT max(created_at) FROM jobs
    UNION ALL SELECT max(json_extract(control.value, '$[1]'))
        FROM jobs, json_each(jobs.controls) AS control WHERE jobs.controls != '[]'
    UNION ALL SELECT max(created_at) FROM models
    UNION ALL SELECT max(created_at) FROM permissions
)
"""


def latest_moment(database: Database) -> float:
    """Seconds since 1970; 0 when nothing is recorded."""
    row = database.one(_RECORDED)
    return float(row[0] or 0.0) if row else 0.0


def note_moment(database: Database, now: float, *, every: float = 0.0) -> None:
    """Records that it is `now`, unless a moment less than `every` seconds ago is recorded."""
    row = database.one("SELECT max(seen) FROM clock")
    if row is not None and row[0] is not None and now < row[0] + every:
        return
    with database.transaction():
        database.execute("DELETE FROM clock")
        database.execute("INSERT INTO clock VALUES (?)", now)
