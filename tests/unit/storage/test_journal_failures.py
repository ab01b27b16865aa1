"""A write that fails, a page that is damaged, a file that is not ours: the journal goes on."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest

from fttui.storage import journal as journal_module
from fttui.storage import journal_file
from fttui.storage.journal import Account, Journal, JournalError
from waiting import PATIENCE, wait_until

ACCOUNT = Account("api.example", "0123abcd")
posix = pytest.mark.skipif(os.name != "posix", reason="POSIX permissions")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state" / "fttui"


@pytest.fixture
def journal(folder: Path) -> Iterator[Journal]:
    opened = Journal.open(folder)
    assert opened.is_durable, opened.warning
    yield opened
    opened.close()


def _outside(folder: Path) -> sqlite3.Connection:
    """Another program's connection to the journal in `folder`."""
    return sqlite3.connect(folder / "journal.db", isolation_level=None, check_same_thread=False)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


class TestWrites:
    @pytest.fixture(autouse=True)
    def refuse_bad_entries(self, folder: Path, journal: Journal) -> None:
        """Make the database refuse the last of an entry's statements, as a sick disk might."""
        outside = _outside(folder)
        outside.execute(
            "CREATE TRIGGER refusal BEFORE INSERT ON entries WHEN NEW.kind = 'bad'"
            " BEGIN SELECT RAISE(FAIL, 'the disk is sick'); END"
        )
        outside.close()

    def test_a_write_after_one_that_failed_works(self, journal: Journal) -> None:
        journal.append(ACCOUNT, "s1", "drafted")
        with pytest.raises(JournalError, match=r"could not be written.*the disk is sick"):
            journal.append(ACCOUNT, "s1", "bad")
        journal.append(ACCOUNT, "s1", "uploaded")
        journal.remember_file(ACCOUNT, "abc", "file-1")
        assert [entry.kind for entry in journal.entries(ACCOUNT, "s1")] == ["drafted", "uploaded"]
        assert journal.known_files(ACCOUNT) == {"file-1"}

    def test_of_a_write_that_failed_nothing_is_kept(self, folder: Path, journal: Journal) -> None:
        journal.append(ACCOUNT, "s1", "drafted")
        for submission in ("s1", "s2"):
            with pytest.raises(JournalError):
                journal.append(ACCOUNT, submission, "bad", done=True)
        journal.close()
        again = Journal.open(folder)
        again.append(ACCOUNT, "s2", "drafted")
        assert again.submissions(ACCOUNT, done=False) == ["s1", "s2"]
        again.close()

    def test_others_can_write_after_a_write_that_failed(
        self, folder: Path, journal: Journal
    ) -> None:
        with pytest.raises(JournalError):
            journal.append(ACCOUNT, "s1", "bad")
        other = Journal.open(folder)
        other.append(ACCOUNT, "s1", "drafted")
        other.close()

    @pytest.mark.parametrize("file_id", ["file-\ud800", "\udcff"], ids=["surrogate", "byte"])
    def test_an_id_that_cannot_be_kept_is_a_sentence_and_stops_no_other_write(
        self, journal: Journal, file_id: str
    ) -> None:
        with pytest.raises(JournalError, match="could not be written"):
            journal.remember_file(ACCOUNT, "abc", file_id)
        with pytest.raises(JournalError, match="could not be written"):
            journal.forget_file(ACCOUNT, file_id)
        journal.append(ACCOUNT, "s1", "drafted")
        assert journal.submissions(ACCOUNT) == ["s1"]

    def test_what_is_no_json_is_an_error_and_stops_no_other_write(self, journal: Journal) -> None:
        with pytest.raises(TypeError):
            journal.append(ACCOUNT, "s1", "part", {"index": object()})
        journal.append(ACCOUNT, "s1", "drafted")
        assert len(journal.entries(ACCOUNT, "s1")) == 1


def test_a_closed_journal_says_so(journal: Journal) -> None:
    journal.close()
    journal.close()
    with pytest.raises(JournalError, match="could not be written"):
        journal.append(ACCOUNT, "s1", "drafted")
    with pytest.raises(JournalError, match="could not be read"):
        journal.submissions(ACCOUNT)


class TestDamage:
    def test_a_damaged_page_is_noticed_before_anything_is_read_from_it(self, folder: Path) -> None:
        journal = Journal.open(folder)
        for number in range(10):
            journal.append(ACCOUNT, "s1", "part", {"index": number, "text": "x" * 9000})
        journal.close()
        path = folder / "journal.db"
        content = bytearray(path.read_bytes())
        page = len(content) // 2 // 4096 * 4096
        content[page : page + 4096] = b"\xff" * 4096
        path.write_bytes(content)
        again = Journal.open(folder)
        assert "damaged" in again.warning and again.is_durable and not again.knows_earlier
        again.append(ACCOUNT, "s2", "drafted")
        assert "s2" in again.submissions(ACCOUNT)
        again.close()
        asides = [path.read_bytes() for path in folder.glob("journal.db.damaged-*")]
        assert content in asides

    def test_nothing_of_a_damaged_journal_gets_into_the_new_one(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        for ending in ("", "-wal", "-shm"):
            (folder / f"journal.db{ending}").write_bytes(b"garbage" * 1000)
        journal = Journal.open(folder)
        assert "damaged" in journal.warning and journal.is_durable
        journal.append(ACCOUNT, "s1", "drafted")
        journal.close()
        again = Journal.open(folder)
        assert "damaged" in again.warning and not again.knows_earlier
        assert again.submissions(ACCOUNT) == ["s1"]
        again.accept_gap()
        assert again.knows_earlier
        again.close()
        accepted = Journal.open(folder)
        assert accepted.warning == "" and accepted.knows_earlier
        accepted.close()

    def test_a_new_journal_beside_a_damaged_one_has_a_gap(self, folder: Path) -> None:
        folder.mkdir(parents=True, mode=0o700)
        (folder / "journal.db.damaged-20261126-080000-000000").write_bytes(b"x")
        journal = Journal.open(folder)  # its process ended between the two
        assert journal.is_durable and not journal.knows_earlier
        journal.close()

    def test_a_sound_journal_is_not_set_aside(self, folder: Path, journal: Journal) -> None:
        journal.append(ACCOUNT, "s1", "drafted")
        again = Journal.open(folder)
        assert again.warning == "" and again.submissions(ACCOUNT) == ["s1"]
        again.close()
        assert not list(folder.glob("*damaged*"))


class TestGone:
    """A journal that is gone or emptied, while locks tell that submissions are open."""

    @pytest.mark.parametrize("emptied", [False, True])
    def test_that_left_something_open_is_told_until_the_user_accepts_it(
        self, folder: Path, emptied: bool
    ) -> None:
        left = Journal.open(folder)
        assert left.lock(str(uuid4())).acquire()
        left.close()
        for ending in ("", "-wal", "-shm"):
            (folder / f"journal.db{ending}").unlink(missing_ok=True)
        if emptied:
            (folder / "journal.db").touch()
        for _ in range(2):
            journal = Journal.open(folder)
            assert not journal.knows_earlier and journal.is_durable
            assert journal.warning.startswith("The journal is gone from ")
            journal.close()
        journal = Journal.open(folder)
        journal.accept_gap()
        journal.close()
        assert Journal.open(folder).knows_earlier

    def test_that_left_nothing_open_is_begun_anew_without_a_word(self, folder: Path) -> None:
        left = Journal.open(folder)
        for others in ("mending", "paying-0123abcd"):
            assert left.lock(others).acquire()
        left.close()
        (folder / "journal.db").unlink()
        journal = Journal.open(folder)
        assert journal.knows_earlier and journal.warning == ""
        journal.close()

    def test_another_program_s_database_is_left_alone(self, folder: Path) -> None:
        folder.mkdir(parents=True, mode=0o700)
        with closing(sqlite3.connect(folder / "journal.db")) as other:
            other.execute("CREATE TABLE theirs (x)")
            other.commit()
        journal = Journal.open(folder)
        assert not journal.is_durable and not journal.knows_earlier
        assert "another program's database" in journal.warning
        with closing(sqlite3.connect(folder / "journal.db")) as other:
            assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("theirs",)]


class TestBusy:
    def test_a_journal_that_another_program_holds_is_waited_for(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(journal_module, "OPEN_SECONDS", PATIENCE)
        folder.mkdir(parents=True, mode=0o700)
        other = _outside(folder)
        other.execute("BEGIN EXCLUSIVE")
        (folder / "journal.db").chmod(0o644)
        with ThreadPoolExecutor() as pool:
            opening = pool.submit(Journal.open, folder)
            wait_until(lambda: _mode(folder / "journal.db") == 0o600, "it does not begin")
            other.execute("COMMIT")
            journal = opening.result(PATIENCE)
        other.close()
        assert journal.is_durable, journal.warning
        journal.append(ACCOUNT, "s1", "drafted")
        journal.close()

    def test_one_that_is_never_let_go_is_done_without(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(journal_module, "OPEN_SECONDS", 0.0)
        monkeypatch.setattr(journal_file, "_READ_SECONDS", 0.0)
        folder.mkdir(parents=True, mode=0o700)
        other = _outside(folder)
        other.execute("BEGIN EXCLUSIVE")
        journal = Journal.open(folder)
        assert not journal.is_durable and not journal.knows_earlier
        assert "held by another program" in journal.warning
        journal.append(ACCOUNT, "s1", "drafted")
        assert journal.submissions(ACCOUNT) == ["s1"]
        other.close()

    def test_one_that_can_only_be_copied_is_read_all_the_same(
        self, folder: Path, tmp_path: Path
    ) -> None:
        folder.mkdir(parents=True, mode=0o700)
        (tmp_path / "other").mkdir(mode=0o700)
        written = Journal.open(tmp_path / "other")
        written.append(ACCOUNT, "s1", "drafted", {"a": 1})
        for ending in ("", "-wal"):  # as a process leaves them that is killed
            name = f"journal.db{ending}"
            shutil.copyfile(tmp_path / "other" / name, folder / name)
        written.close()
        (folder / "journal.db-shm").symlink_to("nowhere")  # no reader can be told of there
        journal = Journal.open(folder)
        assert not journal.is_durable and journal.knows_earlier
        assert [entry.data for entry in journal.entries(ACCOUNT, "s1")] == [{"a": 1}]
        journal.close()


@posix
class TestModes:
    def test_a_journal_that_others_could_read_is_made_private(self, folder: Path) -> None:
        Journal.open(folder).close()
        path = folder / "journal.db"
        path.chmod(0o644)
        journal = Journal.open(folder)
        assert _mode(path) == 0o600
        journal.append(ACCOUNT, "s1", "drafted")
        modes = {_mode(one) for one in folder.glob("journal.db*")}
        assert modes == {0o600}
        journal.close()

    def test_a_pipe_in_its_place_is_left_alone(self, folder: Path) -> None:
        folder.mkdir(parents=True, mode=0o700)
        os.mkfifo(folder / "journal.db")
        journal = Journal.open(folder)
        assert not journal.is_durable and "not a regular file" in journal.warning
        assert stat.S_ISFIFO((folder / "journal.db").stat().st_mode)

    @pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="needs root to give away")
    def test_a_journal_of_another_user_is_left_alone(self, folder: Path) -> None:
        Journal.open(folder).close()
        os.chown(folder / "journal.db", 12345, -1)
        journal = Journal.open(folder)
        assert not journal.is_durable and "another user" in journal.warning
