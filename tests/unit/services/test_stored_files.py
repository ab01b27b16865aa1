"""Which jobs use which files, what is said of files, and what their content is written as."""

from __future__ import annotations

import base64
import gzip
import io
import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fttui.disk.new_names import free_name
from fttui.services.endpoint.models import Job, TrainingFile
from fttui.services.result_files import is_cut, unpacked
from fttui.services.retirement_clock import RetirementClock
from fttui.services.stored_files.content import (
    CSV,
    JSON_LINES,
    CutContentError,
    NoRowsError,
    _cut_last_line,
    local_name,
    rows_as,
)
from fttui.services.stored_files.deleting import word_to_type
from fttui.services.stored_files.file_filter import FileFilter, file_completions
from fttui.services.stored_files.uses import FileUses, UseState
from fttui.services.stored_files.words import (
    deletion_warnings,
    expiry_words,
    file_facts,
    is_moving,
    size_sum_text,
    unused_text,
    used_text,
    why_not_known,
)

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def a_file(name: str = "a", **told: Any) -> TrainingFile:
    value = {
        "id": f"file-{name}",
        "purpose": "fine-tune",
        "bytes": 1000,
        "filename": f"{name}.jsonl",
    }
    file = TrainingFile.read(
        value | {"created_at": NOW.timestamp() - 60, "status": "processed"} | told
    )
    assert file is not None
    return file


def a_job(number: int, status: str = "succeeded", **told: Any) -> Job:
    job = Job.read({"id": f"ftjob-{number}", "status": status, "suffix": f"run-{number}", **told})
    assert job is not None
    return job


def test_results_are_not_called_nobodys_while_a_job_that_was_going_on_is_not_read_anew() -> None:
    results = a_file("r", purpose="fine-tune-results")
    uses = FileUses([a_job(1, "running", training_file="file-a")], is_whole=True)
    assert uses.state(results) is UseState.UNKNOWN
    assert ("Used by", "not known") in file_facts(results, uses, NOW, RetirementClock())
    assert uses.state(a_file("b")) is UseState.UNUSED
    uses.note(a_job(1, training_file="file-a", result_files=["file-r"]))
    assert uses.state(results) is UseState.USED
    assert uses.state(a_file("s", purpose="fine-tune-results")) is UseState.UNUSED


def test_a_file_is_unused_only_when_all_jobs_are_known_and_tell_their_files() -> None:
    file, job = a_file(), a_job(1, training_file="file-b")
    assert FileUses([job], is_whole=True).state(file) is UseState.UNUSED
    assert FileUses([job]).state(file) is UseState.UNKNOWN
    uses = FileUses([job, a_job(2)], is_whole=True)
    assert uses.state(file) is UseState.UNKNOWN and used_text(uses, file) == "not known"
    assert "1 job" in why_not_known(uses) and unused_text([file], uses) == ""
    assert uses.used_by_json(file) == {"used_by": None, "unused": None}


def test_a_file_of_another_purpose_is_not_said_to_be_unused() -> None:
    uses = FileUses(is_whole=True)
    assert uses.state(a_file(purpose="assistants")) is UseState.OTHER
    assert unused_text([a_file(), a_file("b", purpose="batch")], uses) == "1 used by no job, 1.0 kB"
    assert unused_text([a_file(purpose="batch")], uses) == "all used"


def test_what_may_be_the_result_of_a_job_is_not_counted_as_used() -> None:
    uses = FileUses([a_job(1, training_file="file-a")], is_whole=True)
    results = a_file("r", purpose="fine-tune-results")
    assert unused_text([a_file(), results], uses) == "use of 1 not known"
    assert unused_text([a_file("b"), results], uses) == "1 used by no job, 1.0 kB, 1 not known"


@pytest.mark.parametrize(
    "told",
    [
        {"training_file": "file-a"},
        {"training_file": "file-x", "validation_file": "file-a"},
        {"training_file": "file-x", "result_files": ["file-a"]},
        {"training_files": ["file-x", "file-a"]},
        {"training_files": [{"file_id": "file-a", "weight": 1}]},
        {"training_files": ["file-x"], "validation_files": ["file-y", "file-a"]},
    ],
)
def test_a_job_has_its_files_in_whatever_form_they_are_told(told: dict[str, Any]) -> None:
    assert FileUses([a_job(1, **told)], is_whole=True).state(a_file()) is UseState.USED


@pytest.mark.parametrize(
    "told",
    [
        {"training_file": "mine.jsonl"},
        {"training_file": "s3://bucket/sub/mine.jsonl"},
        {"result_files": [{"file_id": "file-mine"}]},
        {"input": {"train_dataset": {"id": "file-mine"}}},
        {"checkpoints": [{"result_files": ["file-mine"]}]},
        {"method": {"type": "other", "other": {"hyperparameters": {"replay_files": "file-mine"}}}},
    ],
)
def test_a_file_is_never_unused_that_a_job_names_anywhere(told: dict[str, Any]) -> None:
    job = a_job(1, "running", **{"training_file": "file-x", **told})
    uses = FileUses([job], is_whole=True)
    assert uses.state(a_file("mine")) is UseState.USED
    assert [*uses.needing([a_file("mine")])] == [job.id]
    assert uses.state(a_file("other")) is UseState.UNUSED


def test_a_job_without_a_name_is_told_by_its_id() -> None:
    job = Job.read({"id": "ftjob-1", "status": "running", "training_file": "file-a"})
    assert job is not None
    assert used_text(FileUses([job]), a_file()) == "ftjob-1"


def test_what_was_read_later_is_not_replaced_by_what_was_read_before() -> None:
    early, late = a_job(1, "running", training_file="file-a"), a_job(1, training_file="file-a")
    uses = FileUses([late])
    assert not uses.note(early)
    assert not uses.needing([a_file()])


def test_results_may_come_of_a_job_that_succeeded_without_any() -> None:
    uses = FileUses([a_job(1, training_file="file-a")], is_whole=True)
    results = a_file("r", purpose="fine-tune-results")
    assert uses.state(results) is UseState.UNKNOWN
    uses.note(a_job(1, training_file="file-a", result_files=["file-else"]))
    assert uses.state(results) is UseState.UNUSED


def test_a_deletion_warns_of_what_has_not_ended_before_all_else() -> None:
    jobs = [
        a_job(1, "running", training_file="file-a"),
        a_job(2, training_file="file-a"),
        a_job(3, training_file="file-b", result_files=["file-a"]),
    ]
    first, second, third = deletion_warnings([a_file()], FileUses(jobs, is_whole=True))
    assert "run-1 (running)" in first and "run-2" not in first
    assert "run-2" in second and "run-3" in third
    assert deletion_warnings([a_file("c")], FileUses(jobs, is_whole=True)) == []
    assert "Not all jobs are known" in deletion_warnings([a_file("c")], FileUses(jobs))[0]


def test_what_is_typed_to_delete_can_be_typed() -> None:
    assert word_to_type([a_file()]) == "a.jsonl"
    assert word_to_type([a_file(filename="été.jsonl")]) == "file-a"
    assert word_to_type([a_file(filename="   ")]) == "file-a"
    assert word_to_type([a_file(filename="x" * 300, id="y" * 200)]) == "delete"
    assert word_to_type([a_file(), a_file("b")]) == "2"


def test_sizes_that_are_not_told_or_absurd_do_not_enter_the_sum() -> None:
    files = [
        a_file(bytes=5),
        a_file("b", bytes=-7),
        a_file("c", bytes="x"),
        a_file("d", bytes=10**30),
    ]
    assert size_sum_text(files) == "≥ 5 B"
    assert size_sum_text(files[1:]) == "size not told"


def test_expiry_and_movement_are_told_in_words() -> None:
    day = timedelta(days=3, hours=1)
    assert expiry_words(a_file(expires_at=(NOW + day).timestamp()), NOW) == "in 3 days"
    assert expiry_words(a_file(expires_at=(NOW - day).timestamp()), NOW) == "expired"
    assert expiry_words(a_file(), NOW) == "–"
    assert is_moving(a_file(status="uploaded"), NOW)
    assert not is_moving(a_file(status="uploaded"), NOW + timedelta(days=2))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", "abc"),
        ("unused", "b"),
        ("!unused", "ac"),
        ("is:failed", "c"),
        ("used:run-1", "a"),
        ("purpose:results", "c"),
        ("since:1d", "ab"),
        ('"unused"', ""),
        ("name:b.json", "b"),
        ("fine results", "c"),
        ("fine !results purpose:fine -name:b", "a"),
    ],
)
def test_a_filter_lets_through_what_it_says(text: str, names: str) -> None:
    old = (NOW - timedelta(days=9)).timestamp()
    files = [
        a_file(),
        a_file("b"),
        a_file("c", purpose="fine-tune-results", status="error", created_at=old),
    ]
    jobs = [a_job(1, training_file="file-a", result_files=["file-c"], suffix="run-1x")]
    uses = FileUses([*jobs, a_job(2, training_file="file-c")], is_whole=True)
    if text == "used:run-1":
        uses = FileUses([a_job(1, training_file="file-a")], is_whole=True)
    wanted = FileFilter.parse(text, NOW)
    assert wanted.problems == ()
    picked = [key for key, _file in wanted.pick({file.id: file for file in files}, uses, NOW)]
    assert "".join(key[-1] for key in picked) == names
    assert picked == [file.id for file in files if wanted.matches(file, uses, NOW)]


def test_a_word_that_is_no_field_is_told() -> None:
    assert "purpose:" in FileFilter.parse("size:3").problems[0]
    assert "is: takes" in FileFilter.parse("is:big").problems[0]
    assert file_completions("purp", []) == ["purpose:"]
    assert file_completions("a purpose:f", [a_file()]) == ["a purpose:fine-tune"]


def test_a_name_from_the_endpoint_becomes_one_that_harms_nothing(tmp_path: Path) -> None:
    for name in (
        "../../etc/passwd",
        "\x1b]0;x\x07",
        ".bashrc",
        "-rf",
        "a\nb",
        "/",
        "…",
        "x" * 9999,
    ):
        local = local_name(a_file(filename=name))
        assert local and "/" not in local and local.isascii() and local[0] not in ".-"
        assert len(local) <= 90
    assert local_name(a_file(purpose="fine-tune-results", filename="step")) == "step.csv"
    assert local_name(a_file(filename="données d'été.jsonl")) == "données-d-été.jsonl"
    assert local_name(a_file("7", filename="\u202e.jsonl")) == "file-7.jsonl"
    assert len(local_name(a_file(filename="データ" * 99 + ".jsonl")).encode()) <= 90
    assert free_name("A.csv", tmp_path, ["a.csv"]) == "A-2.csv"
    (tmp_path / "a.csv").touch()
    (tmp_path / "a-2.csv").symlink_to("nowhere")
    assert free_name("a.csv", tmp_path, ["a-3.csv"]) == "a-4.csv"


def test_rows_are_written_as_they_are_wanted_and_other_content_is_refused() -> None:
    text = b"step,train_loss,valid_loss\n1,0.5,\n2,0.25,nan\n"
    lines = [json.loads(line) for line in rows_as(text, JSON_LINES).splitlines()]
    assert lines[0] == {"step": 1, "train_loss": 0.5, "valid_loss": None}
    assert lines[1]["valid_loss"] == "nan"
    assert rows_as(json.dumps([{"step": 1, "loss": 2}]).encode(), CSV) == b"step,loss\n1,2\n"
    for content in (b'{"messages": []}\n', b"", b"\xff\xfe\x00"):
        with pytest.raises(NoRowsError):
            rows_as(content, JSON_LINES)


def test_packed_rows_are_unpacked_whole_or_not_at_all() -> None:
    head, rows = b"step,train_loss\n", b"1,0.5\n" * 99
    packed = gzip.compress(head) + gzip.compress(rows)
    assert rows_as(packed, CSV) == head + rows
    assert rows_as(base64.b64encode(packed), CSV) == head + rows
    with pytest.raises(CutContentError):
        rows_as(packed[:-9], CSV)
    long = random.Random(1).randbytes(100_000)
    several = gzip.compress(long) + gzip.compress(b"") + gzip.compress(long)
    assert (unpacked(several), is_cut(several)) == (2 * long, False)


def test_what_is_packed_in_more_parts_than_anybody_makes_is_not_unpacked_to_its_end() -> None:
    with pytest.raises(CutContentError):
        rows_as(gzip.compress(b"") * 100_001, CSV)


@pytest.mark.parametrize(
    ("content", "kept"), [(b"one\ntwo\nthr", b"one\ntwo\n"), (b"no end", b"no end")]
)
def test_a_cut_content_ends_with_its_last_whole_line(content: bytes, kept: bytes) -> None:
    target = io.BytesIO(content)
    _cut_last_line(target, len(content))
    assert target.getvalue() == kept
