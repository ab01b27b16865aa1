"""What a server does with its jobs, whichever kind they are of."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ..catalogue import BaseModel
    from ..inspection import Inspection
    from .job import ControlKind, Job
    from .requests import JobRequest


@dataclass(frozen=True)
class Order:
    """A job that is to be: what was asked for, its base model, its files and what is in them."""

    request: JobRequest
    base: BaseModel
    training_file: sqlite3.Row
    validation_file: sqlite3.Row | None
    training: Inspection
    validation: Inspection | None


class Keeper(Protocol):
    """Makes jobs, reads them from their records, and lets them go on."""

    engine_name: str | None
    """What trains; None where nothing does."""

    def from_row(self, row: sqlite3.Row) -> Job:
        """The job in a row of the database."""

    async def create(self, order: Order) -> Job:
        """Stores a new job; raises ApiError, and OSError without space."""

    def control(self, job_id: str, kind: ControlKind, now: float) -> Job:
        """Does something to a job whose status allows it, and returns the job after that."""

    def settle(self, now: float) -> None:
        """Records what has come of jobs until now; called before every answer."""

    async def complete(self, jobs: Iterable[Job], now: float) -> bool:
        """Waits for what is to be told of these jobs and is not known yet; tells if it waited."""

    def model_folders(self, name: str, base: BaseModel) -> tuple[Path, Path | None] | None:
        """Where the base and the adapter of a model are that can answer; None if they are not."""

    def weights_of(self, name: str) -> list[Path]:
        """The folders that a fine-tuned model has to itself, and that nothing needs without it."""

    async def drop_weights(self, folders: Sequence[Path]) -> None:
        """Deletes them."""

    async def turn(self) -> None:
        """Has jobs go on as far as they can now."""

    async def run(self) -> None:
        """Lets jobs go on beside the requests, for as long as the server runs."""
