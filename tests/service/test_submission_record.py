"""What is noted reaches the journal before anybody goes on, also when it is slow."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from types import NoneType
from typing import Any

import pytest

from fttui.services.endpoint.errors import Outcome
from fttui.services.job_form import JobRequest
from fttui.services.submission.record import (
    JournalUnavailableError,
    SubmissionRecord,
    SubmissionRecords,
)
from fttui.services.submission.state import FileState, Stage, Submission, apply, request_data
from fttui.storage import journal_file
from fttui.storage.journal import Account, Entry, Journal, JournalError
from ticks import turns
from waiting import PATIENCE

ACCOUNT = Account("api.example", "0123abcd")
ID = "id-1"


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Journal]:
    """A journal that waits for other writers as long as it takes."""
    monkeypatch.setattr(journal_file, "BUSY_SECONDS", PATIENCE)
    opened = Journal.open(tmp_path / "state")
    files = [FileState("training", file_id="file-1").to_data()]
    begin = {"request": request_data(JobRequest("gpt-4o-mini")), "files": files}
    opened.append(ACCOUNT, ID, Stage.DRAFTED, begin)
    yield opened
    opened.close()


@pytest.fixture
async def record(journal: Journal) -> SubmissionRecord:
    loaded = await SubmissionRecords(journal, ACCOUNT).load(ID)
    assert loaded is not None
    return loaded


@pytest.fixture
def other_writer(journal: Journal) -> Iterator[sqlite3.Connection]:
    """Another program's connection to the same journal."""
    assert journal.folder is not None
    connection = sqlite3.connect(journal.folder / "journal.db", isolation_level=None)
    yield connection
    connection.close()


async def test_who_is_cancelled_while_an_entry_is_written_waits_for_it(
    journal: Journal, record: SubmissionRecord, other_writer: sqlite3.Connection
) -> None:
    other_writer.execute("BEGIN IMMEDIATE")
    noting = asyncio.create_task(record.note(Stage.INTENT))
    await turns()
    noting.cancel()
    await turns()
    assert not noting.done()
    other_writer.execute("COMMIT")
    with pytest.raises(asyncio.CancelledError):
        await noting
    assert [entry.kind for entry in journal.entries(ACCOUNT, ID)] == [Stage.DRAFTED, Stage.INTENT]


async def test_entries_are_written_in_the_order_in_which_they_were_noted(
    journal: Journal, record: SubmissionRecord, other_writer: sqlite3.Connection
) -> None:
    other_writer.execute("BEGIN IMMEDIATE")
    stages = [Stage.INTENT, Stage.SENDING, Stage.UNKNOWN]
    noting = [asyncio.create_task(record.note(stage)) for stage in stages]
    await turns()
    assert record.submission.stage is Stage.DRAFTED
    other_writer.execute("COMMIT")
    await asyncio.gather(*noting)
    assert [entry.kind for entry in journal.entries(ACCOUNT, ID)] == [Stage.DRAFTED, *stages]
    assert record.submission.stage is Stage.UNKNOWN


async def test_parts_that_arrive_at_one_time_are_all_known(record: SubmissionRecord) -> None:
    await record.note(Stage.UPLOADING, role="training", upload_id="up-1", part_size=1)
    facts = {"role": "training", "upload_id": "up-1", "sha256": "s"}
    notes = [record.note("part", index=n, part_id=f"p{n}", **facts) for n in range(4)]
    await asyncio.gather(*notes)
    assert sorted(record.submission.files["training"].parts) == [0, 1, 2, 3]


async def test_what_is_noted_while_an_entry_is_written_goes_to_the_disk_in_one_writing(
    journal: Journal, record: SubmissionRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_write, writings = threading.Event(), []
    append = journal.append

    def watched(account: Account, name: str, kind: str, *more: Any, **how: Any) -> None:
        writings.append([kind, *(one[0] for one in more[1:])])
        may_write.wait()
        append(account, name, kind, *more, **how)

    monkeypatch.setattr(journal, "append", watched)
    kinds = ["first", Stage.INTENT, Stage.SENDING, Stage.UNKNOWN]
    noting = [asyncio.create_task(record.note(kind)) for kind in kinds]
    await turns()
    noting[2].cancel()
    await turns()
    may_write.set()
    await asyncio.wait(noting)
    assert writings == [["first"], [Stage.INTENT, Stage.UNKNOWN]]
    kept = [entry.kind for entry in journal.entries(ACCOUNT, ID)]
    assert kept == [Stage.DRAFTED, "first", Stage.INTENT, Stage.UNKNOWN]
    assert record.submission.stage is Stage.UNKNOWN and not record.submission.is_out


@pytest.mark.parametrize("cancelled", [None, 0, 1])
async def test_nobody_goes_on_whose_entry_was_in_a_writing_that_failed(
    journal: Journal,
    record: SubmissionRecord,
    monkeypatch: pytest.MonkeyPatch,
    cancelled: int | None,
) -> None:
    may_fail = iter(gates := [threading.Event(), threading.Event()])

    def failing(*_: Any, **__: Any) -> None:
        next(may_fail).wait()
        raise JournalError("The journal could not be written.", "Mend it.")

    monkeypatch.setattr(journal, "append", failing)
    noting = [asyncio.create_task(record.note(Stage.INTENT)) for _ in range(3)]
    for number, gate in enumerate(gates):  # the first alone, then both of the others
        await turns()
        if number == cancelled:
            noting[number].cancel()
            await turns()
        gate.set()
        await asyncio.wait({noting[number]})
    told = await asyncio.gather(*noting, return_exceptions=True)
    expected = [JournalUnavailableError, JournalUnavailableError, JournalUnavailableError]
    if cancelled is not None:
        expected[cancelled] = asyncio.CancelledError  # type: ignore[call-overload]
    assert [type(one) for one in told] == expected
    assert record.submission.stage is Stage.DRAFTED


async def test_nobody_goes_on_whose_entry_was_to_be_written_with_one_that_meets_a_defect(
    record: SubmissionRecord,
    other_writer: sqlite3.Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def applied(submission: Submission, entry: Entry) -> Submission:
        if entry.kind == "odd":
            raise ZeroDivisionError
        return apply(submission, entry)

    monkeypatch.setattr("fttui.services.submission.record.apply", applied)
    other_writer.execute("BEGIN IMMEDIATE")
    noting = [asyncio.create_task(record.note(kind)) for kind in ("first", "odd", Stage.INTENT)]
    await turns()
    other_writer.execute("COMMIT")
    told = await asyncio.gather(*noting, return_exceptions=True)
    assert [type(one) for one in told] == [NoneType, ZeroDivisionError, JournalUnavailableError]
    assert record.submission.stage is Stage.DRAFTED


async def test_who_is_cancelled_while_others_wait_for_the_same_writing_takes_nothing_from_them(
    journal: Journal, record: SubmissionRecord, other_writer: sqlite3.Connection
) -> None:
    other_writer.execute("BEGIN IMMEDIATE")
    noting = [asyncio.create_task(record.note(kind)) for kind in ("one", "two", Stage.INTENT)]
    await turns()
    other_writer.execute("COMMIT")
    await noting[0]
    noting[1].cancel()  # it writes for the third one too
    await asyncio.wait(noting)
    assert noting[2].exception() is None and record.submission.stage is Stage.INTENT
    assert Stage.INTENT in [entry.kind for entry in journal.entries(ACCOUNT, ID)]


async def test_a_step_that_cannot_be_written_down_is_not_taken(
    journal: Journal, record: SubmissionRecord
) -> None:
    journal.close()
    with pytest.raises(JournalUnavailableError) as problem:
        await record.note(Stage.INTENT)
    assert problem.value.outcome is Outcome.NOT_SENT and problem.value.retryable
    assert "could not be written" in problem.value.sentence and problem.value.hint
    assert record.submission.stage is Stage.DRAFTED


async def test_what_has_happened_is_known_also_where_it_cannot_be_written_down(
    journal: Journal, record: SubmissionRecord
) -> None:
    journal.close()
    await record.note_done(Stage.CREATED, job_id="ftjob-1")
    assert record.submission.stage is Stage.CREATED and record.submission.job_id == "ftjob-1"


async def test_a_finished_submission_is_no_longer_listed_as_open(
    journal: Journal, record: SubmissionRecord
) -> None:
    await record.note(Stage.INTENT)
    assert journal.submissions(ACCOUNT, done=False) == [ID]
    await record.note_done(Stage.CREATED, job_id="ftjob-1")
    assert journal.submissions(ACCOUNT, done=False) == [ID], "nobody was told of its job"
    await record.note("told")
    assert journal.submissions(ACCOUNT, done=True) == [ID]
    assert journal.submissions(ACCOUNT, done=False) == []


async def test_a_journal_that_cannot_keep_track_of_contents_stops_nothing(
    journal: Journal, record: SubmissionRecord
) -> None:
    await record.remember_file("abc", "file-1")
    assert await record.known_files() == {"file-1"}
    journal.close()
    await record.remember_file("def", "file-2")
    await record.forget_file("file-1")
    assert await record.known_files() == set()


async def test_a_journal_that_cannot_be_read_is_told_from_one_without_the_submission(
    journal: Journal,
) -> None:
    assert await SubmissionRecords(journal, ACCOUNT).load("id-2") is None
    journal.close()
    with pytest.raises(JournalUnavailableError, match="could not be read"):
        await SubmissionRecords(journal, ACCOUNT).load(ID)


async def test_what_the_journal_says_to_do_is_told(
    other_writer: sqlite3.Connection,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(journal_file, "BUSY_SECONDS", 0.0)
    impatient = Journal.open(tmp_path / "state")
    held = await SubmissionRecords(impatient, ACCOUNT).load(ID)
    assert held is not None
    other_writer.execute("BEGIN IMMEDIATE")
    with pytest.raises(JournalUnavailableError, match="locked") as problem:
        await held.note(Stage.INTENT)
    assert "Another program holds it" in problem.value.hint
    impatient.close()
