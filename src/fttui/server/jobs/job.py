"""What every job can be asked, whether it goes by the clock or by what a trainer has written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from .requests import JobRequest

Status = Literal[
    "validating_files", "queued", "running", "pausing", "paused", "succeeded", "failed",
    "cancelled",
]  # fmt: skip
ENDED: tuple[Status, ...] = ("succeeded", "failed", "cancelled")
ControlKind = Literal["pause", "resume", "cancel"]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A model as it was after a step, under a name of its own; `made_at` in seconds since 1970."""

    step: int
    made_at: float
    model: str
    metrics: dict[str, Any]


class Events(Protocol):
    """The events of one job; a place counts from 0, oldest first, and never changes its event."""

    def count(self, now: float) -> int:
        """The first place that has no event yet at that time."""

    def place(self, event_id: str) -> int | None:
        """The place of an event of this job, None for an id that is not one of its."""

    def event(self, place: int) -> dict[str, Any] | None:
        """The event at a place below `count`; None where one was that does not hold any more."""


class Job(Protocol):
    """One job; every question about its state takes the time it is asked for."""

    @property
    def seq(self) -> int:
        """Its number in the database."""

    @property
    def id(self) -> str:
        """Its name in the API."""

    @property
    def created_at(self) -> float:
        """Seconds since 1970."""

    @property
    def request(self) -> JobRequest:
        """What was asked for."""

    @property
    def seed(self) -> int:
        """The seed that was given, or the one that was chosen."""

    def status(self, now: float) -> Status:
        """The status a client sees."""

    def steps_done(self, now: float) -> int:
        """Training steps that lie behind it."""

    def finished_at(self, now: float) -> float | None:
        """When it ended, in seconds since 1970; None while it has not."""

    def estimated_finish(self, now: float) -> float | None:
        """When it will end as far as can be told, None where that cannot be told."""

    def hyperparameters(self, now: float) -> dict[str, Any]:
        """As asked for, and once it has started the numbers that are used."""

    def error(self, now: float) -> dict[str, Any] | None:
        """The code, message and param of what it failed by; None unless it has failed."""

    def fine_tuned_model(self, now: float) -> str | None:
        """The name of the model that it has made."""

    def result_file(self, now: float) -> str | None:
        """The id of the file with its metrics."""

    def trained_tokens(self, now: float) -> int | None:
        """Tokens gone through, every epoch counted; None before it has succeeded."""

    def checkpoints(self, now: float) -> Sequence[Checkpoint]:
        """What is kept of it now, oldest first."""

    def events(self, *, moderated: bool = True) -> Events:
        """Its events; without `moderated` none of a type that OpenAI's document does not name."""
