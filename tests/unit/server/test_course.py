"""What facts and notes say together, whatever order and shape they come in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fttui.server.jobs.course import Course, Note
from fttui.server.jobs.requests import JobRequest

BORN = 1000.0
REQUEST = JobRequest("tiny", "file-1", hyperparameters={"n_epochs": "auto", "batch_size": 4})
QUEUED = [Note("queued", BORN + 1, 0), Note("start", BORN + 2, 0)]


def write(folder: Path, *facts: dict[str, Any]) -> None:
    with (folder / "facts.jsonl").open("a") as file:
        file.write("".join(json.dumps({"at": BORN + 10, **fact}) + "\n" for fact in facts))


def course(folder: Path, notes: list[Note] = QUEUED) -> Course:
    found = Course(
        job_id="ftjob-1", created_at=BORN, request=REQUEST, model="ft:tiny:local::abc",
        folder=folder,
    )  # fmt: skip
    found.read(notes)
    return found


def started(step: int = 0, **more: Any) -> dict[str, Any]:
    return {"fact": "started", "step": step, "total_steps": 8, "hyperparameters": {}, **more}


def step(number: int, **more: Any) -> dict[str, Any]:
    return {"fact": "step", "step": number, "train_loss": 1.0, **more}


def checkpoint(number: int, folder: str = "") -> dict[str, Any]:
    return {"fact": "checkpoint", "step": number, "folder": folder or f"checkpoint-{number}"}


def said(found: Course) -> list[dict[str, Any]]:
    events = map(found.event, range(found.count(0.0)))
    return [event for event in events if event is not None]


def test_a_note_that_is_earlier_than_what_was_told_does_not_turn_time_back(tmp_path: Path) -> None:
    write(tmp_path, started(at=BORN + 500))
    found = course(tmp_path, [*QUEUED, Note("cancel", BORN + 5, 1)])
    assert found.ended_at == BORN + 500
    times = [event["created_at"] for event in said(found)]
    assert times == sorted(times)


def test_a_step_that_is_told_twice_counts_once(tmp_path: Path) -> None:
    write(tmp_path, started(), step(1), step(1, train_loss=9.0), step(0), step(-1), step("2"))
    found = course(tmp_path)
    assert [row["train_loss"] for row in found.rows()] == [1.0]


def test_a_start_from_an_earlier_step_drops_the_checkpoints_after_it(tmp_path: Path) -> None:
    write(tmp_path, started(), step(2), checkpoint(2), step(4), checkpoint(4), started(2))
    found = course(tmp_path)
    assert [kept.step for kept in found.checkpoints()] == [2]
    assert found.paused_folder == "checkpoint-2"
    assert not any("at step 4" in event["message"] for event in said(found))


def test_a_checkpoint_lies_nowhere_but_in_the_folder_of_its_run(tmp_path: Path) -> None:
    wrong = ("../x", "/etc", "checkpoint-3", "", "final/..")
    write(tmp_path, started(), *(checkpoint(2, folder) for folder in wrong if folder))
    write(tmp_path, {"fact": "checkpoint", "step": 2})
    assert course(tmp_path).checkpoints() == []


def test_numbers_that_are_none_are_left_out(tmp_path: Path) -> None:
    write(tmp_path, started(), step(1, train_loss=None, valid_loss="low", x=True), step(2))
    found = course(tmp_path)
    assert next(iter(found.rows())) == {"step": 1, "total_steps": 8}
    texts = [event["message"] for event in said(found) if event["type"] == "metrics"]
    assert texts == ["Step 1/8: training loss=not measured", "Step 2/8: training loss=1.00"]


def test_the_numbers_that_are_used_are_told_and_only_those_that_were_asked_for(
    tmp_path: Path,
) -> None:
    write(tmp_path, started(hyperparameters={"n_epochs": 3, "batch_size": "x", "lora_r": 8}))
    assert course(tmp_path).hyperparameters == {"n_epochs": 3, "batch_size": 4}


def test_the_end_is_estimated_from_the_pace_so_far(tmp_path: Path) -> None:
    write(tmp_path, started(at=BORN + 10))
    assert course(tmp_path).estimated_finish is None
    write(tmp_path, step(1, at=BORN + 12), step(2, at=BORN + 14))
    assert course(tmp_path).estimated_finish == BORN + 14 + 6 * 2


def test_what_is_read_piece_by_piece_is_what_is_read_at_once(tmp_path: Path) -> None:
    notes = list(QUEUED)
    found = course(tmp_path, notes)
    write(tmp_path, started(), step(1))
    found.read(notes)
    notes += [Note("pause", BORN + 20, found.facts)]
    found.read(notes)
    write(tmp_path, step(2), checkpoint(2), {"fact": "paused", "step": 2, "folder": "checkpoint-2"})
    found.read(notes)
    notes += [Note("resume", BORN + 30, found.facts), Note("start", BORN + 31, found.facts)]
    found.read(notes)
    write(tmp_path, started(2), step(3))
    found.read(notes)
    assert said(found) == said(course(tmp_path, notes))
    assert found.phase == "running"


def test_text_of_the_trainer_is_one_line_without_signs_that_steer(tmp_path: Path) -> None:
    write(tmp_path, {"fact": "notice", "level": "shout", "message": "a\x1b[2Jb\nc" + "x" * 5000})
    newest = said(course(tmp_path))[-1]
    assert newest["level"] == "info"
    assert newest["message"].startswith("a [2Jb cx")
    assert len(newest["message"]) == 2000
