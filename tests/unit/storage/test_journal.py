"""The journal: what is appended is on the disk, and no state of the folder stops the app."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from fttui.storage.journal import Account, Journal, JournalError
from fttui.storage.journal_file import FORMAT

ACCOUNT = Account("api.example", "0123abcd")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state" / "fttui"


def test_entries_come_back_in_order_for_their_account_only(folder: Path) -> None:
    journal = Journal.open(folder)
    for number in range(3):
        journal.append(ACCOUNT, "s1", "part", {"index": number, "name": "é\u202e"})
    journal.append(ACCOUNT, "s2", "drafted")
    journal.close()
    journal = Journal.open(folder)
    assert journal.warning == "" and journal.is_durable
    assert [e.data["index"] for e in journal.entries(ACCOUNT, "s1")] == [0, 1, 2]
    assert journal.entries(ACCOUNT, "s1")[0].data["name"] == "é\u202e"
    assert journal.submissions(ACCOUNT) == ["s1", "s2"]
    for other in (Account("api.example", "ffff0000"), Account("other.example", "0123abcd")):
        assert journal.entries(other, "s1") == []
        assert journal.submissions(other) == []


def test_accounts_behind_one_host_are_told_apart_by_their_base_url(folder: Path) -> None:
    journal = Journal.open(folder)
    one = Account("api.example", "0123abcd", "https://api.example/one/v1")
    two = Account("api.example", "0123abcd", "https://api.example/two/v1")
    journal.append(one, "s1", "drafted")
    journal.remember_file(one, "abc", "file-1")
    assert journal.submissions(one) == ["s1"] and len(journal.entries(one, "s1")) == 1
    assert journal.files_with(one, "abc") == ["file-1"] and journal.known_files(one) == {"file-1"}
    assert journal.submissions(two) == [] and journal.entries(two, "s1") == []
    assert journal.files_with(two, "abc") == [] and journal.known_files(two) == set()
    journal.forget_file(two, "file-1")
    assert journal.known_files(one) == {"file-1"}


def test_what_was_written_by_host_alone_counts_for_every_base_url_there(folder: Path) -> None:
    journal = Journal.open(folder)
    journal.append(ACCOUNT, "s1", "drafted", done=False)
    journal.remember_file(ACCOUNT, "abc", "file-1")
    for url in ("https://api.example/one/v1", "https://api.example/v1"):
        account = Account("api.example", "0123abcd", url)
        assert journal.submissions(account) == ["s1"]
        assert journal.submissions(account, done=False) == ["s1"]
        journal.append(account, "s1", "confirmed")
        journal.remember_file(account, "abc", "file-1")
        assert journal.files_with(account, "abc") == ["file-1"]
    kinds = [entry.kind for entry in journal.entries(ACCOUNT, "s1")]
    assert kinds == ["drafted", "confirmed", "confirmed"]
    journal.forget_file(account, "file-1")
    assert journal.files_with(account, "abc") == []
    elsewhere = Account("other.example", "0123abcd", "https://other.example/v1")
    assert journal.submissions(elsewhere) == []


def test_the_journal_of_an_older_fttui_is_read_and_gone_on_with(folder: Path) -> None:
    folder.mkdir(parents=True, mode=0o700)
    older = sqlite3.connect(folder / "journal.db", isolation_level=None)
    older.executescript(
        "CREATE TABLE submissions (id TEXT PRIMARY KEY, host TEXT, key TEXT, done INTEGER);"
        "CREATE TABLE entries (number INTEGER PRIMARY KEY, submission TEXT, at REAL, kind TEXT,"
        " data TEXT);"
        "CREATE TABLE files (host TEXT, key TEXT, sha256 TEXT, file_id TEXT, at REAL,"
        " PRIMARY KEY (host, key, sha256, file_id));"
        "INSERT INTO submissions VALUES ('s1', 'api.example', '0123abcd', 0);"
        "INSERT INTO entries VALUES (1, 's1', 1.5, 'drafted', '{\"a\": 1}');"
        "PRAGMA user_version = 1;"
    )
    older.close()
    journal = Journal.open(folder)
    assert journal.is_durable, journal.warning
    journal.append(ACCOUNT, "s1", "confirmed")
    assert [entry.kind for entry in journal.entries(ACCOUNT, "s1")] == ["drafted", "confirmed"]
    journal.close()


def test_entries_that_come_together_are_all_kept_in_their_order_or_none_is(folder: Path) -> None:
    journal = Journal.open(folder)
    journal.append(ACCOUNT, "s1", "drafted", {"a": 1}, ("part", {"b": 2}), ("part", {"b": 3}))
    with pytest.raises(TypeError):
        journal.append(ACCOUNT, "s1", "part", {"b": 4}, ("part", {"b": object()}), done=True)
    kept = [(entry.kind, entry.data) for entry in journal.entries(ACCOUNT, "s1")]
    assert kept == [("drafted", {"a": 1}), ("part", {"b": 2}), ("part", {"b": 3})]
    assert journal.submissions(ACCOUNT, done=True) == []


def test_finished_submissions_are_told_from_open_ones(folder: Path) -> None:
    journal = Journal.open(folder)
    journal.append(ACCOUNT, "s1", "drafted")
    journal.append(ACCOUNT, "s2", "drafted")
    journal.append(ACCOUNT, "s1", "created", done=True)
    journal.append(ACCOUNT, "s1", "note")
    assert journal.submissions(ACCOUNT, done=False) == ["s2"]
    assert journal.submissions(ACCOUNT, done=True) == ["s1"]


def test_contents_are_remembered_newest_first_until_forgotten(folder: Path) -> None:
    journal = Journal.open(folder)
    for file_id in ("file-1", "file-2"):
        journal.remember_file(ACCOUNT, "abc", file_id)
    assert journal.files_with(ACCOUNT, "abc") == ["file-2", "file-1"]
    assert journal.known_files(ACCOUNT) == {"file-1", "file-2"}
    journal.forget_file(ACCOUNT, "file-2")
    assert journal.files_with(ACCOUNT, "abc") == ["file-1"]
    assert journal.files_with(Account("other", "0123abcd"), "abc") == []


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_nobody_else_can_read_the_journal_or_its_folder(folder: Path) -> None:
    folder.parent.mkdir()
    old = os.umask(0)
    try:
        journal = Journal.open(folder)
        journal.append(ACCOUNT, "s1", "drafted")
        assert journal.lock("s1").acquire()
    finally:
        os.umask(old)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*")}
    assert modes.pop("locks") == 0o700
    assert {"journal.db", "journal.db-wal", "s1.lock"} <= modes.keys()
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_every_commit_is_forced_to_the_disk(folder: Path) -> None:
    journal = Journal.open(folder)
    pragma = journal._connection.execute
    assert pragma("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert pragma("PRAGMA synchronous").fetchone()[0] == 2


@pytest.mark.parametrize("damage", [b"garbage" * 1000, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_damaged_journal_is_set_aside_and_said_so(folder: Path, damage: bytes) -> None:
    folder.mkdir(parents=True)
    (folder / "journal.db").write_bytes(damage)
    journal = Journal.open(folder)
    assert "damaged" in journal.warning and journal.is_durable
    journal.append(ACCOUNT, "s1", "drafted")
    (aside,) = folder.glob("journal.db.damaged-*")
    assert aside.read_bytes() == damage
    assert aside.name in journal.warning


def test_a_journal_of_a_newer_fttui_is_left_alone(folder: Path) -> None:
    Journal.open(folder).close()
    with sqlite3.connect(folder / "journal.db") as database:
        database.execute(f"PRAGMA user_version = {FORMAT + 1}")
    database.close()
    before = (folder / "journal.db").read_bytes()
    journal = Journal.open(folder)
    assert "newer fttui" in journal.warning and not journal.is_durable
    journal.append(ACCOUNT, "s1", "drafted")
    assert (folder / "journal.db").read_bytes() == before


def _file_in_the_way(folder: Path) -> None:
    folder.parent.mkdir(parents=True)
    folder.write_text("")


def _link_in_the_way(folder: Path) -> None:
    folder.parent.mkdir(parents=True)
    (folder.parent / "elsewhere").mkdir()
    folder.symlink_to(folder.parent / "elsewhere")


def _linked_database(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder.parent / "target.db").write_bytes(b"precious")
    (folder / "journal.db").symlink_to(folder.parent / "target.db")


def _folder_as_database(folder: Path) -> None:
    (folder / "journal.db").mkdir(parents=True)


@pytest.mark.parametrize(
    "spoil", [_file_in_the_way, _link_in_the_way, _linked_database, _folder_as_database]
)
def test_where_it_cannot_be_kept_it_lives_in_memory_and_warns(folder: Path, spoil: object) -> None:
    spoil(folder)  # type: ignore[operator]
    journal = Journal.open(folder)
    assert "the next run will not know of it" in journal.warning
    assert not journal.is_durable
    journal.append(ACCOUNT, "s1", "drafted", {"a": 1})
    assert len(journal.entries(ACCOUNT, "s1")) == 1
    first, second = journal.lock("s1"), journal.lock("s1")
    assert first.acquire() and not second.acquire()
    first.release()
    assert second.acquire()
    second.release()
    if (folder.parent / "target.db").exists():
        assert (folder.parent / "target.db").read_bytes() == b"precious"


def test_a_journal_that_can_no_longer_be_written_says_so_and_keeps_what_it_has(
    folder: Path,
) -> None:
    journal = Journal.open(folder)
    journal.append(ACCOUNT, "s1", "drafted")
    journal._connection.execute("PRAGMA max_page_count = 1")
    with pytest.raises(JournalError, match="full"):
        for _ in range(100):
            journal.append(ACCOUNT, "s1", "part", {"text": "x" * 10_000})
    journal._connection.execute("PRAGMA max_page_count = 100000")
    assert journal.entries(ACCOUNT, "s1")[0].kind == "drafted"
    journal.append(ACCOUNT, "s1", "uploaded")


def test_threads_and_processes_may_write_at_one_time(folder: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from fttui.storage.journal import *\n"
        "journal = Journal.open(Path(sys.argv[1]))\n"
        "assert journal.is_durable, journal.warning\n"
        "for n in range(40): journal.append(Account('h', 'k'), sys.argv[2], 'part', {'n': n})\n"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", code, str(folder), f"p{number}"])
        for number in range(3)
    ]
    journal = Journal.open(folder)
    assert journal.is_durable, journal.warning
    account = Account("h", "k")

    def write(name: str) -> None:
        for number in range(40):
            journal.append(account, name, "part", {"n": number})

    threads = [threading.Thread(target=write, args=(f"t{number}",)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [process.wait() for process in processes] == [0, 0, 0]
    for name in ("p0", "p1", "p2", "t0", "t1", "t2"):
        assert [e.data["n"] for e in journal.entries(account, name)] == list(range(40))


def test_a_lock_is_held_by_one_process_and_freed_by_its_death(folder: Path) -> None:
    journal = Journal.open(folder)
    code = (
        "import sys; from pathlib import Path; from fttui.storage.journal import Journal\n"
        "lock = Journal.open(Path(sys.argv[1])).lock('s1')\n"
        "print(lock.acquire(), flush=True); sys.stdin.read()\n"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None and holder.stdout.readline() == "True\n"
    lock = journal.lock("s1")
    assert not lock.acquire()
    holder.kill()
    holder.wait()
    assert lock.acquire() and not lock.acquire()
    lock.release(remove=True)
    assert not list((folder / "locks").iterdir())
    holder.communicate()
