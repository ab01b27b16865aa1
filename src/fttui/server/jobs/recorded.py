"""Jobs that are trained for real: they answer from what their trainers have written."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from .course import Course, Note
from .job import Checkpoint, Status
from .requests import JobRequest


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job has ended, so that a list of jobs need not read their facts again."""

    status: Status
    finished_at: float
    hyperparameters: dict[str, Any]
    steps: int
    trained_tokens: int | None = None
    error: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """What was decided when the job was created, and what has been recorded of it since.

    `failure` is what its files are refused by, once they are looked at. `recorded` is how many
    facts have been looked at for models.
    """

    base: str
    model: str
    seed: int
    result_file: str
    failure: dict[str, str] | None = None
    recorded: int = 0
    outcome: Outcome | None = None


@dataclass(frozen=True)
class RecordedJob:
    """The record of a job with a run; what it is asked is answered as of the last look."""

    seq: int
    id: str
    created_at: float
    request: JobRequest
    run: Run
    notes: tuple[Note, ...]
    course_of: Callable[[RecordedJob], Course] = field(repr=False, compare=False)

    @classmethod
    def from_row(cls, row: sqlite3.Row, course_of: Callable[[RecordedJob], Course]) -> RecordedJob:
        """Reads what `to_columns` wrote."""
        run = json.loads(row["plan"])
        outcome = run.pop("outcome")
        return cls(
            row["seq"],
            row["id"],
            row["created_at"],
            JobRequest(**json.loads(row["request"])),
            Run(**run, outcome=None if outcome is None else Outcome(**outcome)),
            tuple(Note(*note) for note in json.loads(row["controls"])),
            course_of,
        )

    def to_columns(self) -> tuple[str, str, str]:
        """The request, run and notes as the database keeps them."""
        notes = [note.to_json() for note in self.notes]
        return json.dumps(asdict(self.request)), json.dumps(asdict(self.run)), json.dumps(notes)

    def with_note(self, note: Note) -> RecordedJob:
        """The same job after one more note."""
        return replace(self, notes=(*self.notes, note))

    @property
    def course(self) -> Course:
        """How its run has gone until now."""
        return self.course_of(self)

    @property
    def seed(self) -> int:
        """The seed that was given, or the one that was chosen."""
        return self.run.seed

    def status(self, now: float) -> Status:
        """The status a client sees."""
        return self.run.outcome.status if self.run.outcome else self.course.phase

    def steps_done(self, now: float) -> int:
        """Training steps that lie behind it."""
        return self.run.outcome.steps if self.run.outcome else max(self.course.steps, default=0)

    def finished_at(self, now: float) -> float | None:
        """When it ended."""
        return self.run.outcome.finished_at if self.run.outcome else self.course.ended_at

    def estimated_finish(self, now: float) -> float | None:
        """When it will end at the pace so far."""
        return None if self.run.outcome else self.course.estimated_finish

    def hyperparameters(self, now: float) -> dict[str, Any]:
        """As asked for, and once it has started the numbers that are used."""
        return (self.run.outcome or self.course).hyperparameters

    def error(self, now: float) -> dict[str, Any] | None:
        """What it failed by."""
        return (self.run.outcome or self.course).error

    def fine_tuned_model(self, now: float) -> str | None:
        """The name of its model once it has succeeded."""
        return self.run.model if self.status(now) == "succeeded" else None

    def result_file(self, now: float) -> str | None:
        """The id of the file with its metrics once it has succeeded."""
        return self.run.result_file if self.status(now) == "succeeded" else None

    def trained_tokens(self, now: float) -> int | None:
        """Tokens gone through once it has succeeded."""
        return (self.run.outcome or self.course).trained_tokens

    def checkpoints(self, now: float) -> list[Checkpoint]:
        """What is kept of it now, oldest first."""
        return self.course.checkpoints()

    def events(self, *, moderated: bool = True) -> Course:
        """Its events; none of them is of a moderation."""
        return self.course
