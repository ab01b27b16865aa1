"""A job's events, made on demand from its plan: none of them is stored."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Protocol

from ..identifiers import EventIds
from .curves import Curves
from .job import ControlKind
from .plan import Plan
from .requests import JobRequest

_CATEGORIES = (
    "advice", "harassment/threatening", "hate", "hate/threatening", "highly-sensitive",
    "illicit", "propaganda", "self-harm/instructions", "self-harm/intent", "sensitive",
    "sexual", "sexual/minors", "violence",
)  # fmt: skip
_BLOCKING = ("hate/threatening", "illicit", "self-harm/instructions", "sexual/minors")
_CONTROL_TEXTS = {
    "pause": "Fine-tuning job paused",
    "resume": "Fine-tuning job resumed",
    "cancel": "Fine-tuning job cancelled",
}


class Control(Protocol):
    """Something that was done to a job from outside, and when (seconds since 1970)."""

    @property
    def kind(self) -> ControlKind:
        """What was done."""

    @property
    def at(self) -> float:
        """When."""


class Planned(Protocol):
    """What the events of a job that goes by its plan and the clock are made from."""

    @property
    def id(self) -> str:
        """Its name in the API."""

    @property
    def request(self) -> JobRequest:
        """What was asked for."""

    @property
    def plan(self) -> Plan:
        """How it will go."""

    @property
    def controls(self) -> Sequence[Control]:
        """What was done to it, in order."""

    @property
    def control_offsets(self) -> Sequence[float]:
        """The offset at which each control came."""

    def offset(self, now: float) -> float:
        """How far it has come, in seconds of its own time."""

    def moment(self, offset: float) -> float:
        """When it came to an offset, in seconds since 1970."""


class EventLog:
    """The events of one job; a place counts from 0, oldest first.

    Without `moderated` there is none of a type that OpenAI's document does not name.
    """

    def __init__(self, job: Planned, *, moderated: bool = True) -> None:
        self._job = job
        self._closing = (0, 1, 2) if moderated else (1, 2)
        self._plan = job.plan
        self._ids = EventIds(job.id)
        self._checkpoints = self._plan.kept_steps()[:-1] if self._plan.failure is None else []

    @cached_property
    def _curves(self) -> Curves:
        return Curves(self._plan)

    @cached_property
    def _planned_count(self) -> int:
        if self._plan.failure is not None:
            return 3
        return 4 + self._plan.total_steps + len(self._checkpoints) + len(self._closing)

    @cached_property
    def _control_places(self) -> list[int]:
        """The place that each pause, resumption or cancellation has among all events."""
        places = []
        for before, offset in enumerate(self._job.control_offsets):
            places.append(self._planned_until(offset) + before)
        return places

    def _planned_until(self, offset: float) -> int:
        tolerant = offset + 1e-6
        return bisect_right(range(self._planned_count), tolerant, key=self._planned_offset)

    def count(self, now: float) -> int:
        """How many events there are at that time."""
        return self._planned_until(self._job.offset(now)) + len(self._job.controls)

    def place(self, event_id: str) -> int | None:
        """The place of an event of this job, None for an id that is not one of its."""
        return self._ids.place(event_id)

    def event(self, place: int) -> dict[str, Any]:
        """The event at a place below `count`."""
        places = self._control_places
        before = bisect_right(places, place)
        if before and places[before - 1] == place:
            control = self._job.controls[before - 1]
            return self._message(place, control.at, _CONTROL_TEXTS[control.kind])
        return self._planned_event(place, place - before)

    def _planned_offset(self, index: int) -> float:
        plan = self._plan
        if index < 4:
            return (0.0, 0.0, plan.validated_at, plan.started_at)[index]
        step = index - 3
        if step <= plan.total_steps:
            return plan.started_at + step * plan.step_time
        later = step - plan.total_steps - 1
        if later < len(self._checkpoints):
            return plan.finished_at + 0.5 * plan.after_finish
        closing = self._closing[later - len(self._checkpoints)]
        return plan.finished_at + (0.75, 1.0, 3.0)[closing] * plan.after_finish

    def _planned_event(self, place: int, index: int) -> dict[str, Any]:
        at = self._job.moment(self._planned_offset(index))
        plan = self._plan
        if index == 2 and plan.failure is not None:
            return self._message(place, at, plan.failure["message"], level="error")
        if index < 4:
            return self._message(place, at, self._opening(index))
        step = index - 3
        if step <= plan.total_steps:
            return self._step(place, at, step)
        later = step - plan.total_steps - 1
        if later < len(self._checkpoints):
            kept = self._checkpoints[later]
            name = plan.checkpoint_model(kept)
            text = f"Checkpoint created at step {kept} with Snapshot ID: {name}"
            return self._message(place, at, text)
        closing = self._closing[later - len(self._checkpoints)]
        if closing == 0:
            return self._moderation(place, at)
        if closing == 1:
            return self._message(place, at, f"New fine-tuned model created: {plan.model}")
        return self._message(place, at, "The job has successfully completed")

    def _opening(self, index: int) -> str:
        request = self._job.request
        validating = f"Validating training file: {request.training_file}"
        if request.validation_file:
            validating += f" and validation file: {request.validation_file}"
        return (
            f"Created fine-tuning job: {self._job.id}",
            validating,
            "Files validated, moving job to queued state",
            "Fine-tuning job started",
        )[index]

    def _step(self, place: int, at: float, step: int) -> dict[str, Any]:
        data = self._curves.metrics(step)
        if self._plan.method == "reinforcement":
            text = f"Step {step}/{self._plan.total_steps} , "
            text += f"train mean reward={data['train_mean_reward']:.2f}"
            if data["full_valid_mean_reward"] is not None:
                text += f", full validation mean reward={data['full_valid_mean_reward']:.2f}"
        else:
            text = step_text(data)
        return self._message(place, at, text, data=data, kind="metrics")

    def _moderation(self, place: int, at: float) -> dict[str, Any]:
        results = [
            {
                "category": category,
                "flagged": False,
                "enforcement": "blocking" if category in _BLOCKING else "advisory",
                "score": round(0.01 + 0.003 * number, 3),
                "threshold": 0.3 if category in _BLOCKING else 0.5,
            }
            for number, category in enumerate(_CATEGORIES)
        ]
        text = f"Moderation checks for snapshot {self._plan.model} passed."
        data = {"blocked": False, "results": results}
        return self._message(place, at, text, data=data, kind="moderation_checks")

    def _message(
        self,
        place: int,
        at: float,
        text: str,
        *,
        level: str = "info",
        data: dict[str, Any] | None = None,
        kind: str = "message",
    ) -> dict[str, Any]:
        return event_object(self._ids.id(place), at, text, level=level, data=data, kind=kind)


def event_object(
    event_id: str,
    at: float,
    text: str,
    *,
    level: str = "info",
    data: dict[str, Any] | None = None,
    kind: str = "message",
) -> dict[str, Any]:
    """The `fine_tuning.job.event` document; `at` in seconds since 1970."""
    return {
        "object": "fine_tuning.job.event",
        "id": event_id,
        "created_at": int(at),
        "level": level,
        "message": text,
        "data": {} if data is None else data,
        "type": kind,
    }


def step_text(data: Mapping[str, Any]) -> str:
    """What the event of a step says, as OpenAI says it."""
    loss = f"{data['train_loss']:.2f}" if "train_loss" in data else "not measured"
    text = f"Step {data['step']}/{data['total_steps']}: training loss={loss}"
    if "valid_loss" in data:
        text += f", validation loss={data['valid_loss']:.2f}"
    if "full_valid_loss" in data:
        text += f", full validation loss={data['full_valid_loss']:.2f}"
    return text
