"""Notes, labels and hidden jobs: kept by account and job, whatever stands in the file."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from fttui.storage.annotations import (
    LONGEST_NOTE,
    MOST_LABELS,
    Annotation,
    AnnotationRefused,
    Annotations,
)
from fttui.storage.journal import Account, Journal
from fttui.storage.journal_file import NAME

ACCOUNT = Account("api.example", "0123abcd", "https://api.example/v1")


def _opened(folder: Path, account: Account = ACCOUNT) -> Annotations:
    return Annotations(Journal.open(folder), account)


def test_what_is_kept_of_a_job_comes_back_in_the_next_run_for_that_account_only(
    tmp_path: Path,
) -> None:
    first = _opened(tmp_path)
    first.set_note("ftjob-1", "the first\n that answers")
    first.change_labels("ftjob-1", ["desk", "v5"])
    first.set_hidden("ftjob-2", True)
    kept = {
        "ftjob-1": Annotation("the first that answers", ("desk", "v5")),
        "ftjob-2": Annotation(hidden=True),
    }
    again = _opened(tmp_path)
    assert again.all() == kept and again.of("ftjob-1") == kept["ftjob-1"]
    assert again.of("ftjob-3") == Annotation()
    for other in (
        Account("api.example", "ffff0000", "https://api.example/v1"),
        Account("api.example", "0123abcd", "https://api.example/two/v1"),
    ):
        assert _opened(tmp_path, other).all() == {}


def test_two_runs_that_change_one_job_lose_nothing_of_each_other(tmp_path: Path) -> None:
    one, two = _opened(tmp_path), _opened(tmp_path)
    one.change_labels("ftjob-1", ["a"])
    two.change_labels("ftjob-1", ["b"])
    one.set_note("ftjob-1", "text")
    assert two.of("ftjob-1") == Annotation("text", ("a", "b"))


def test_labels_are_taken_off_and_nothing_is_left_of_a_job_without_any(tmp_path: Path) -> None:
    kept = _opened(tmp_path)
    kept.change_labels("ftjob-1", ["a", "b", "a"])
    assert kept.change_labels("ftjob-1", ["c"], ["a"]).labels == ("b", "c")
    kept.change_labels("ftjob-1", (), ["b", "c"])
    assert kept.all() == {}
    with sqlite3.connect(tmp_path / NAME) as database:
        assert database.execute("SELECT count(*) FROM annotations").fetchone() == (0,)


NO_LABELS = ["", "two words", "a,b", "a:b", '"a', "-a", "!a", "x" * 41, "\x1b"]


@pytest.mark.parametrize("label", NO_LABELS)
def test_a_word_that_a_filter_could_not_name_is_no_label(tmp_path: Path, label: str) -> None:
    kept = _opened(tmp_path)
    with pytest.raises(AnnotationRefused):
        kept.change_labels("ftjob-1", ["good", label])
    assert kept.all() == {}


def test_a_note_and_the_labels_of_a_job_have_an_end(tmp_path: Path) -> None:
    kept = _opened(tmp_path)
    kept.set_note("ftjob-1", "x" * LONGEST_NOTE)
    with pytest.raises(AnnotationRefused, match="1,000 characters; this one has 1,001"):
        kept.set_note("ftjob-1", "y" * (LONGEST_NOTE + 1))
    kept.change_labels("ftjob-1", [f"l{number}" for number in range(MOST_LABELS)])
    with pytest.raises(AnnotationRefused, match="at most 20 labels"):
        kept.change_labels("ftjob-1", ["one-more"])
    assert len(kept.of("ftjob-1").labels) == MOST_LABELS
    assert kept.of("ftjob-1").note == "x" * LONGEST_NOTE


def test_a_note_holds_nothing_that_a_terminal_would_act_on(tmp_path: Path) -> None:
    kept = _opened(tmp_path)
    assert kept.set_note("ftjob-1", "a\x1b]52;c;x\x07b\u202ec").note.isprintable()
    with sqlite3.connect(tmp_path / NAME) as database:
        database.execute(
            "UPDATE annotations SET note = ?, labels = ?", ("\x1b[31m" + "x" * 9000, '["a\x1b", 3]')
        )
    found = _opened(tmp_path).of("ftjob-1")
    assert found.note.isprintable() and len(found.note) <= LONGEST_NOTE and found.labels == ()


def test_a_journal_of_an_older_fttui_gains_them_and_keeps_what_it_holds(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path)
    journal.append(ACCOUNT, "s1", "drafted")
    journal.close()
    with sqlite3.connect(tmp_path / NAME) as database:
        database.execute("DROP TABLE annotations")
    newer = Journal.open(tmp_path)
    assert newer.warning == "" and newer.submissions(ACCOUNT) == ["s1"]
    Annotations(newer, ACCOUNT).set_note("ftjob-1", "kept")
    assert Annotations(newer, ACCOUNT).all() == {"ftjob-1": Annotation("kept")}


def test_an_older_journal_that_cannot_be_written_still_gives_what_it_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fttui.storage.journal.OPEN_SECONDS", 0.02)
    journal = Journal.open(tmp_path)
    journal.append(ACCOUNT, "s1", "drafted")
    journal.close()
    with sqlite3.connect(tmp_path / NAME) as database:
        database.execute("DROP TABLE annotations")
        database.commit()
        database.execute("BEGIN EXCLUSIVE")  # as a program does that holds it
        held = Journal.open(tmp_path)
        database.rollback()
    assert held.folder is None
    kept = Annotations(held, ACCOUNT)
    assert kept.all() == {} and kept.doubt
    assert kept.set_note("ftjob-1", "for now").note == "for now"


def test_what_can_be_read_of_a_damaged_journal_is_kept_with_its_notes(tmp_path: Path) -> None:
    _opened(tmp_path).set_note("ftjob-1", "kept")
    journal = Journal.open(tmp_path)
    journal.rows("PRAGMA wal_checkpoint(TRUNCATE)", ())
    with journal.writing() as database:
        database.execute("DROP TABLE files")
    journal.close()
    mended = Journal.open(tmp_path)
    assert "was damaged" in mended.warning
    assert Annotations(mended, ACCOUNT).all() == {"ftjob-1": Annotation("kept")}


def test_a_key_is_kept_neither_in_a_note_nor_as_a_label(tmp_path: Path) -> None:
    key = "sk-proj-abcdefghijklmnop1234"
    kept = _opened(tmp_path)
    note = kept.set_note("ftjob-1", f"made with {key}").note
    assert note.startswith("made with ") and key not in note
    with pytest.raises(AnnotationRefused) as refused:
        kept.change_labels("ftjob-1", [key])
    assert key not in str(refused.value)
    assert Annotation.read(f"x {key}", [key, "desk"], False).labels == ("desk",)
    assert key.encode() not in (tmp_path / NAME).read_bytes()


@pytest.mark.parametrize("labels", ["[" * 100_000, "{", '{"a": 1}', '[1, null, "a b"]'])
def test_labels_that_somebody_else_wrote_wrongly_are_none(tmp_path: Path, labels: str) -> None:
    kept = _opened(tmp_path)
    kept.set_note("ftjob-1", "stays")
    with sqlite3.connect(tmp_path / NAME) as file:
        file.execute("UPDATE annotations SET labels = ?", (labels,))
    assert kept.of("ftjob-1") == Annotation("stays")
