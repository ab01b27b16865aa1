"""The journal's file: opened within a few seconds, kept private, set aside when it is damaged."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import tempfile
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

from fttui.storage.locks import FileLock
from fttui.terminal.language import _

NAME = "journal.db"
LOCKS = "locks"
FORMAT = 1
OPEN_SECONDS = 2.0
BUSY_SECONDS = 2.5
_READ_SECONDS = 0.3
_DAMAGED = 0x66747569
_GONE = 0x66747567
_OF_SUBMISSIONS = "*-*-*-*-*.lock"
_LEAST_WAIT = 0.05  # a try that comes late is a try all the same
_TABLES = {
    "submissions": "id, host, key, done",
    "entries": "number, submission, at, kind, data",
    "files": "host, key, sha256, file_id, at",
}
_LATER = {
    "annotations": "host, key, job, note, labels, hidden, at",
    "ends": "host, key, job, told, at",
}
"""Tables that a journal of an older fttui lacks, and gains when it is opened."""
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
_LATER_SCHEMA = """
CREATE TABLE IF NOT EXISTS annotations (
    host TEXT NOT NULL, key TEXT NOT NULL, job TEXT NOT NULL, note TEXT NOT NULL,
    labels TEXT NOT NULL, hidden INTEGER NOT NULL, at REAL NOT NULL, PRIMARY KEY (host, key, job)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS ends (
    host TEXT NOT NULL, key TEXT NOT NULL, job TEXT NOT NULL, told INTEGER NOT NULL,
    at REAL NOT NULL, PRIMARY KEY (host, key, job)
) WITHOUT ROWID;
"""


class Damaged(Exception):  # noqa: N818 - says what the file is
    """The file is there, and is no sound journal."""


class Unusable(Exception):  # noqa: N818 - says what the file is
    """The file must not be touched; the text is the reason, as half a sentence."""


def _connect_with_retries(path: Path, end: float) -> sqlite3.Connection:
    """Connect, and try again until `end` (of the monotonic clock) while others hold the file.

    SQLite does not wait by itself when two processes make a journal at one time.

    Raises:
        Damaged: it is no sound journal.
        Unusable: it must not be touched.
        OSError: it cannot be opened.
        sqlite3.OperationalError: it cannot be written, or others hold it.
    """
    while True:
        try:
            return _connect(path, end)
        except sqlite3.OperationalError as problem:
            if "locked" not in str(problem) or time.monotonic() >= end:
                raise
            time.sleep(0.05)


def in_memory(path: Path) -> tuple[sqlite3.Connection, bool]:
    """A journal in memory with what the file at `path` holds; False when that is not known."""
    connection = _new_in_memory()
    try:
        found = path.lstat()
    except OSError as problem:
        return connection, isinstance(problem, FileNotFoundError)
    try:
        _refuse_foreign(found)
        _read_into(connection, path)
    except (OSError, sqlite3.Error, Unusable, Damaged):
        connection.close()
        return _new_in_memory(), False
    return connection, True


def in_memory_of(file: sqlite3.Connection) -> tuple[sqlite3.Connection, bool]:
    """A journal in memory with what an open one holds; False when that cannot be read."""
    connection = _new_in_memory()
    with suppress(sqlite3.Error):
        file.backup(connection)
        return connection, True
    return connection, False


def _new_in_memory() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    connection.executescript(f"{_SCHEMA} {_LATER_SCHEMA} PRAGMA user_version = {FORMAT};")
    return connection


def open_or_mend(path: Path, end: float) -> sqlite3.Connection:
    """Connect as `_connect_with_retries`; a damaged file is set aside, and a new one begun.

    The new one has a gap, and what could be read of the old one. `end` is a time of
    `time.monotonic`, until which another process is waited for that mends it; then
    sqlite3.OperationalError is raised.
    """
    try:
        return _connect_with_retries(path, end)
    except Damaged:
        lock = FileLock(path.with_name(LOCKS) / "mending.lock")
        while not lock.acquire():
            if time.monotonic() >= end:
                # the word that SQLite says, and that is looked for
                raise sqlite3.OperationalError("database is locked: it is being mended") from None
            time.sleep(0.05)
    try:
        return _connect_with_retries(path, end)  # somebody else has mended it
    except Damaged:
        aside = _set_aside(path)
        connection = _connect_with_retries(path, max(end, time.monotonic() + 1.0))
        _salvage(aside, connection)
        return connection
    finally:
        lock.release()


def _salvage(aside: Path, connection: sqlite3.Connection) -> None:
    """Copy what can be read of a damaged journal into a new one, at once or not at all."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(_address(aside), uri=True)) as old:
        connection.execute("BEGIN IMMEDIATE")
        for table, columns in {**_TABLES, **_LATER}.items():
            marks = ", ".join("?" for _ in columns.split(", "))
            insert = f"INSERT OR IGNORE INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608
            with suppress(sqlite3.Error):
                for row in old.execute(f"SELECT {columns} FROM {table}"):  # noqa: S608 - ours
                    connection.execute(insert, row)
        connection.execute("COMMIT")
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def has_gap(connection: sqlite3.Connection) -> bool:
    """True in a journal that stands for a damaged one, or one that is gone, until `close_gap`."""
    return bool(connection.execute("PRAGMA application_id").fetchone()[0])


def was_lost(connection: sqlite3.Connection) -> bool:
    """True for a gap that nothing is left of: the journal of earlier runs is gone."""
    return bool(connection.execute("PRAGMA application_id").fetchone()[0] == _GONE)


def close_gap(connection: sqlite3.Connection) -> None:
    """Note that the user knows of it."""
    connection.execute("PRAGMA application_id = 0")


def _set_aside(path: Path) -> Path:
    """Give a damaged file, and those that SQLite keeps beside it, another name; the new name."""
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
    aside = path.with_name(f"{path.name}.damaged-{stamp}")
    path.replace(aside)
    for ending in ("-wal", "-shm"):
        beside = path.with_name(path.name + ending)
        with suppress(FileNotFoundError):
            beside.replace(aside.with_name(aside.name + ending))
    return aside


def _connect(path: Path, end: float) -> sqlite3.Connection:
    _make_private(path)
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        _prepare(connection, path, end)
    except sqlite3.OperationalError:
        connection.close()
        raise
    except sqlite3.DatabaseError as problem:
        connection.close()
        raise Damaged from problem
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, path: Path, end: float) -> None:
    """Make it a journal, or see that it is one."""
    _wait_at_most(connection, end - time.monotonic())
    found = connection.execute("PRAGMA user_version").fetchone()[0]
    if found > FORMAT:
        raise Unusable(
            _("it was written by a newer fttui (format {found}); update this one", found=found)
        )
    _wait_at_most(connection, end - time.monotonic())
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    _wait_at_most(connection, end - time.monotonic())
    connection.execute("BEGIN IMMEDIATE")
    if connection.execute("PRAGMA user_version").fetchone()[0] == 0:
        _make_tables(connection, path)
    if connection.execute("PRAGMA user_version").fetchone()[0] == FORMAT:
        _make_later_tables(connection)
    connection.execute("COMMIT")
    _require_tables(connection, {**_TABLES, **_LATER})
    _require_sound(connection)
    _wait_at_most(connection, BUSY_SECONDS)


def _make_tables(connection: sqlite3.Connection, path: Path) -> None:
    """A new journal; with a gap beside a damaged one, or locks of submissions that never ended."""
    if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise Unusable(_("it is another program's database"))
    for statement in _SCHEMA.split(";"):
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {FORMAT}")
    if any(path.parent.glob(f"{NAME}.damaged-*")):
        connection.execute(f"PRAGMA application_id = {_DAMAGED}")
    elif any(path.with_name(LOCKS).glob(_OF_SUBMISSIONS)):
        connection.execute(f"PRAGMA application_id = {_GONE}")


def _wait_at_most(connection: sqlite3.Connection, seconds: float) -> None:
    connection.execute(f"PRAGMA busy_timeout = {int(max(seconds, _LEAST_WAIT) * 1000)}")


def _read_into(connection: sqlite3.Connection, path: Path) -> None:
    """Copy all that the file at `path` holds."""
    try:
        _copy(path, connection)
    except sqlite3.Error:  # a folder that cannot be written lets no reader in either
        with tempfile.TemporaryDirectory(prefix="fttui-") as folder:
            for beside in (path, path.with_name(f"{path.name}-wal")):
                with suppress(FileNotFoundError):
                    shutil.copyfile(beside, Path(folder, beside.name))
            _copy(Path(folder, path.name), connection)


def _copy(path: Path, connection: sqlite3.Connection) -> None:
    with closing(sqlite3.connect(_address(path), uri=True, timeout=_READ_SECONDS)) as file:
        _require_tables(file, _TABLES)
        file.backup(connection)
    _require_sound(connection)
    _make_later_tables(connection)


def _make_later_tables(connection: sqlite3.Connection) -> None:
    for statement in _LATER_SCHEMA.split(";"):
        connection.execute(statement)


def _require_sound(connection: sqlite3.Connection) -> None:
    if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
        raise sqlite3.DatabaseError(_("quick_check failed"))


def _require_tables(connection: sqlite3.Connection, tables: Mapping[str, str]) -> None:
    if connection.execute("PRAGMA user_version").fetchone()[0] != FORMAT:
        raise Unusable(_("it is of another format"))
    for table, columns in tables.items():
        found = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
        if not found >= set(columns.split(", ")):
            raise Damaged


def _make_private(path: Path) -> None:
    """SQLite gives the files beside the database the database's mode, so that one must be 0600."""
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    descriptor = os.open(path, flags | os.O_NONBLOCK, 0o600)
    try:
        found = os.fstat(descriptor)
        _refuse_foreign(found)
        os.fchmod(descriptor, 0o600)
    finally:
        os.close(descriptor)


def _refuse_foreign(found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise Unusable(_("it is not a regular file"))
    if found.st_uid != os.geteuid():
        raise Unusable(_("it belongs to another user"))


def _address(path: Path) -> str:
    return f"{path.absolute().as_uri()}?mode=ro"
