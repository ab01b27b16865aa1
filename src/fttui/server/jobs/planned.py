"""Jobs that train nothing: they go by a plan and the clock, and nothing runs for them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .. import models
from . import billing, outcomes, store
from .job import ControlKind, Job
from .keeper import Order
from .lifecycle import Control, PlannedJob

if TYPE_CHECKING:
    from ..catalogue import BaseModel
    from ..state import Sandbox


class PlannedJobs:
    """The jobs of a sandbox."""

    engine_name: str | None = None

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def from_row(self, row: sqlite3.Row) -> PlannedJob:
        """The job in a row of the database."""
        return PlannedJob.from_row(row)

    async def create(self, order: Order) -> PlannedJob:
        """Decides the job's whole course, stores it and begins to count its tokens."""
        sandbox = self._sandbox
        with sandbox.database.transaction():
            job = store.add_job(
                sandbox, order.request, order.base,
                training=order.training, validation=order.validation,
            )  # fmt: skip
        billing.begin(sandbox, job, order.base, order.training_file)
        return job

    def control(self, job_id: str, kind: ControlKind, now: float) -> PlannedJob:
        """Notes it, and makes the model of a job that is paused."""
        sandbox = self._sandbox
        job = store.planned_job(sandbox, job_id).with_control(Control(kind, now))
        with sandbox.database.transaction():
            store.save_controls(sandbox, job)
            if kind == "pause" and (step := job.steps_done(now)):
                models.add_fine_tuned_model(sandbox, job.plan.checkpoint_model(step), job.id, now)
        return job

    def settle(self, now: float) -> None:
        """Records the outcomes that are due."""
        outcomes.record_due(self._sandbox, now)

    async def complete(self, jobs: Iterable[Job], now: float) -> bool:
        """Waits until the tokens of those that have succeeded are counted."""
        return await billing.counted(self._sandbox, jobs, now)

    def model_folders(self, name: str, base: BaseModel) -> None:
        """There are none."""

    def weights_of(self, name: str) -> list[Path]:
        """There are none."""
        return []

    async def drop_weights(self, folders: Sequence[Path]) -> None:
        """Does nothing."""

    async def turn(self) -> None:
        """Does nothing."""

    async def run(self) -> None:
        """Returns at once: what has come due is recorded before each answer."""
