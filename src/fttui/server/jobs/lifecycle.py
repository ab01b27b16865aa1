"""A job that goes by its plan and the clock, as it stands at a moment."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

from .curves import Curves
from .events import EventLog
from .job import Checkpoint, ControlKind, Status
from .plan import Plan
from .requests import JobRequest


@dataclass(frozen=True, slots=True)
class Control:
    """Something that was done to a job from outside, and when (seconds since 1970)."""

    kind: ControlKind
    at: float


@dataclass(frozen=True)
class PlannedJob:
    """The record of a job whose whole course was decided when it was created.

    `offset` below is a job's own time: seconds since creation, without the time it was paused.
    """

    seq: int
    id: str
    created_at: float
    request: JobRequest
    plan: Plan
    controls: tuple[Control, ...] = ()

    @classmethod
    def from_row(cls, row: sqlite3.Row) -> PlannedJob:
        """Reads what `to_columns` wrote."""
        return cls(
            row["seq"],
            row["id"],
            row["created_at"],
            JobRequest(**json.loads(row["request"])),
            Plan(**json.loads(row["plan"])),
            tuple(Control(kind, at) for kind, at in json.loads(row["controls"])),
        )

    def to_columns(self) -> tuple[str, str, str]:
        """The request, plan and controls as the database keeps them."""
        controls = [[control.kind, control.at] for control in self.controls]
        return json.dumps(asdict(self.request)), json.dumps(asdict(self.plan)), json.dumps(controls)

    def with_control(self, control: Control) -> PlannedJob:
        """The same job after one more thing was done to it."""
        return replace(self, controls=(*self.controls, control))

    @cached_property
    def control_offsets(self) -> Sequence[float]:
        """The offset at which each control came."""
        offsets: list[float] = []
        paused = 0.0
        pause_began: float | None = None
        for control in self.controls:
            if control.kind == "resume" and pause_began is not None:
                paused += control.at - pause_began
                pause_began = None
            until = control.at if pause_began is None else pause_began
            offsets.append(until - self.created_at - paused)
            if control.kind == "pause":
                pause_began = control.at
        return offsets

    @property
    def halted(self) -> bool:
        """Whether its time stands still: paused or cancelled."""
        return bool(self.controls) and self.controls[-1].kind != "resume"

    def offset(self, now: float) -> float:
        """How far the job has come."""
        if self.halted:
            return self.control_offsets[-1]
        return now - self.created_at - self._paused_before(None)

    def moment(self, offset: float) -> float:
        """When the job came to an offset, in seconds since 1970."""
        return self.created_at + offset + self._paused_before(offset)

    def _paused_before(self, offset: float | None) -> float:
        total = 0.0
        began: Control | None = None
        for control, at_offset in zip(self.controls, self.control_offsets, strict=True):
            if offset is not None and at_offset >= offset:
                break
            if control.kind == "pause":
                began = control
            elif control.kind == "resume" and began is not None:
                total += control.at - began.at
        return total

    def status(self, now: float) -> Status:
        """The status a client sees at that time."""
        if self.controls and self.controls[-1].kind == "cancel":
            return "cancelled"
        if self.halted:
            return "paused"
        offset = self.offset(now)
        if offset < self.plan.validated_at:
            return "validating_files"
        if self.plan.failure is not None:
            return "failed"
        if offset < self.plan.started_at:
            return "queued"
        return "running" if offset < self.plan.finished_at else "succeeded"

    def steps_done(self, now: float) -> int:
        """Training steps that lie behind it."""
        if self.plan.failure is not None:
            return 0
        trained = self.offset(now) - self.plan.started_at
        # A hair of tolerance: n * step_time must count as n steps despite rounding.
        return min(self.plan.total_steps, max(0, int(trained / self.plan.step_time + 1e-6)))

    def finished_at(self, now: float) -> float | None:
        """When it ended, None while it has not."""
        status = self.status(now)
        if status == "cancelled":
            return self.controls[-1].at
        if status == "failed":
            return self.moment(self.plan.validated_at)
        return self.moment(self.plan.finished_at) if status == "succeeded" else None

    @property
    def seed(self) -> int:
        """The seed that was given, or the one that was chosen."""
        return self.plan.seed

    def estimated_finish(self, now: float) -> float | None:
        """When it will end, while it runs."""
        return self.moment(self.plan.finished_at) if self.status(now) == "running" else None

    def hyperparameters(self, now: float) -> dict[str, Any]:
        """As asked for, and once it has started the numbers that are used."""
        started = self.plan.failure is None and self.offset(now) >= self.plan.started_at
        return self.plan.hyperparameters if started else self.request.hyperparameters

    def error(self, now: float) -> dict[str, Any] | None:
        """What it failed by."""
        return self.plan.failure if self.status(now) == "failed" else None

    def fine_tuned_model(self, now: float) -> str | None:
        """The name of its model once it has succeeded."""
        return self.plan.model if self.status(now) == "succeeded" else None

    def result_file(self, now: float) -> str | None:
        """The id of the file with its metrics once it has succeeded."""
        return self.plan.result_file if self.status(now) == "succeeded" else None

    def trained_tokens(self, now: float) -> int | None:
        """Tokens gone through once it has succeeded."""
        return self.plan.trained_tokens if self.status(now) == "succeeded" else None

    def checkpoints(self, now: float) -> list[Checkpoint]:
        """The last three epochs of a job that succeeded.

        A paused job has the one that pausing made; any other job has none yet.
        """
        status = self.status(now)
        if status == "succeeded":
            steps = self.plan.kept_steps()
        elif status == "paused" and self.steps_done(now):
            steps = [self.steps_done(now)]
        else:
            return []
        curves, plan = Curves(self.plan), self.plan
        return [
            Checkpoint(
                step,
                self.moment(plan.started_at + step * plan.step_time),
                plan.checkpoint_model(step),
                curves.metrics(step),
            )
            for step in steps
        ]

    def events(self, *, moderated: bool = True) -> EventLog:
        """Its events, made on demand."""
        return EventLog(self, moderated=moderated)

    def due_at(self) -> float | None:
        """When there will be a result file and a model to record; None if there will be none."""
        if self.halted or self.plan.failure is not None:
            return None
        return self.moment(self.plan.finished_at)
