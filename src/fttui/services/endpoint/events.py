"""What a job tells while it lives: its events, their metrics, and its checkpoints."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from fttui.services.endpoint.moderation import MODERATION_TYPE, Moderation
from fttui.services.endpoint.reading import (
    as_integer,
    as_list,
    as_mapping,
    as_message,
    as_name,
    as_number,
    as_text,
    as_time,
    raw_text,
    to_rfc3339,
)

_STEP = re.compile(r"Step (\d{1,12})(?:/(\d{1,12}))?")
_LOSS = re.compile(r"(training|full validation|validation) loss=(\d{1,12}(?:\.\d{1,12})?)")
_NO_NUMBER = re.compile(r"training loss=[+-]?(?:nan|inf)", re.IGNORECASE)
_NO_VALID_NUMBER = re.compile(r"full validation loss=[+-]?(?:nan|inf)", re.IGNORECASE)
_NO_NUMBERS = ("nan", "inf", "infinity")
_DECIMAL = re.compile(r"[+-]?\d{1,15}(\.\d{1,20})?([eE][+-]?\d{1,3})?")
_LOSS_FIELDS = {
    "training": "train_loss",
    "validation": "valid_loss",
    "full validation": "full_valid_loss",
}


@dataclass(frozen=True, slots=True)
class Metrics:
    """Numbers of one training step; losses and accuracies are None where none were measured.

    `nan_loss` is True where the training loss was told as no number, `nan_valid_loss` where the
    full validation loss was.
    """

    step: int | None = None
    total_steps: int | None = None
    train_loss: float | None = None
    train_accuracy: float | None = None
    valid_loss: float | None = None
    valid_accuracy: float | None = None
    full_valid_loss: float | None = None
    full_valid_accuracy: float | None = None
    train_reward: float | None = None
    valid_reward: float | None = None
    nan_loss: bool | None = None
    nan_valid_loss: bool | None = None

    @classmethod
    def read(cls, value: object) -> Metrics | None:
        """Read an event's `data` or a checkpoint's `metrics`; None when it names no number."""
        data = as_mapping(value)
        metrics = cls(
            step=as_integer(data.get("step")),
            total_steps=as_integer(data.get("total_steps")),
            train_loss=_measured(data.get("train_loss")),
            train_accuracy=_measured(data.get("train_mean_token_accuracy")),
            valid_loss=_measured(data.get("valid_loss")),
            valid_accuracy=_measured(data.get("valid_mean_token_accuracy")),
            full_valid_loss=_measured(data.get("full_valid_loss")),
            full_valid_accuracy=_measured(data.get("full_valid_mean_token_accuracy")),
            train_reward=_measured(data.get("train_mean_reward", data.get("train_reward_mean"))),
            valid_reward=_measured(
                data.get("full_valid_mean_reward", data.get("valid_reward_mean"))
            ),
            nan_loss=_is_no_number(data.get("train_loss")) or None,
            nan_valid_loss=_is_no_number(data.get("full_valid_loss")) or None,
        )
        return metrics if metrics != cls() else None

    @classmethod
    def from_message(cls, message: str) -> Metrics | None:
        """Read `Step 10/20: training loss=0.42, ...`, for servers that send no `data`."""
        found = _STEP.search(message)
        if not found:
            return None
        losses: dict[str, Any] = {_LOSS_FIELDS[of]: float(at) for of, at in _LOSS.findall(message)}
        total = found[2] and int(found[2])
        told = cls(step=int(found[1]), total_steps=total or None, **losses)
        return told.told_with(message)

    def told_with(self, message: str) -> Metrics:
        """With what `message` says of losses that JSON has no number for."""
        told = self
        if self.train_loss is None and _NO_NUMBER.search(message):
            told = replace(told, nan_loss=True)
        if self.full_valid_loss is None and _NO_VALID_NUMBER.search(message):
            told = replace(told, nan_valid_loss=True)
        return told

    def to_json(self) -> dict[str, object]:
        """Only the numbers that are told."""
        pairs = ((name, getattr(self, name)) for name in self.__slots__)
        return {name: value for name, value in pairs if value is not None}


@dataclass(frozen=True, slots=True)
class JobEvent:
    """One line of a job's history; `level` is info, warn, error or the server's own word."""

    id: str
    raw_id: str = field(repr=False, default="")
    created_at: datetime | None = None
    level: str = "info"
    message: str = ""
    type: str = "message"
    metrics: Metrics | None = None
    moderation: Moderation | None = None

    @classmethod
    def read(cls, value: object) -> JobEvent | None:
        """Read one event, which may be a mere line; None when `value` is no object either."""
        if isinstance(value, str) and value:
            value = {"message": value}
        if not isinstance(value, dict):
            return None
        message = as_message(value.get("message")) or _named_message(value)
        kind = as_name(value.get("type"), 40) or "message"
        data = value.get("data")
        told = Metrics.read(data)
        return cls(
            id=as_name(value.get("id"), 200) or "",
            raw_id=raw_text(value.get("id")),
            created_at=as_time(value.get("created_at")),
            level=as_name(value.get("level"), 20) or "info",
            message=message,
            type=kind,
            metrics=told.told_with(message) if told else Metrics.from_message(message),
            moderation=Moderation.read(data) if kind == MODERATION_TYPE else None,
        )

    @property
    def key(self) -> object:
        """What tells this event from the job's others, on servers that send no or equal ids too."""
        return self.raw_id, self.created_at, self.message

    def to_json(self) -> dict[str, object]:
        """The stable shape that `--json` prints."""
        told = {"moderation": self.moderation.to_json()} if self.moderation else {}
        return {
            "id": self.id,
            "created_at": to_rfc3339(self.created_at),
            "level": self.level,
            "type": self.type,
            "message": self.message,
            "metrics": self.metrics.to_json() if self.metrics else None,
            **told,
        }


def _is_no_number(value: object) -> bool:
    """Whether a number is told as NaN or infinite, as a float or as a word."""
    if isinstance(value, str):
        return value.strip().lstrip("+-").lower() in _NO_NUMBERS
    return isinstance(value, float) and not math.isfinite(value)


def _measured(value: object) -> float | None:
    """A number, or a text that is one."""
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        return as_number(float(value))
    return as_number(value)


def _named_message(value: Mapping[str, object]) -> str:
    """What an event tells that has a name in place of a message: `status-updated: RUNNING`."""
    name = as_text(value.get("name"), 200) or ""
    told = as_text(as_mapping(value.get("data")).get("status"), 200)
    return f"{name}: {told}" if name and told else name


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A model saved during training, usable by its `model` name or as its `result_files`.

    These are the ids of its files on the endpoint.
    """

    id: str
    model: str | None = None
    step: int | None = None
    created_at: datetime | None = None
    metrics: Metrics | None = None
    result_files: tuple[str, ...] = ()

    @classmethod
    def read(cls, value: object) -> Checkpoint | None:
        """Read one checkpoint; None when `value` is not an object at all."""
        if not isinstance(value, dict):
            return None
        data: Mapping[str, object] = value
        return cls(
            id=as_name(data.get("id"), 200) or "",
            model=as_name(data.get("fine_tuned_model_checkpoint")),
            step=as_integer(data.get("step_number")),
            created_at=as_time(data.get("created_at")),
            metrics=Metrics.read(data.get("metrics")),
            result_files=tuple(filter(None, map(as_name, as_list(data.get("result_files"))))),
        )

    @property
    def key(self) -> object:
        """What tells this checkpoint from the job's others, as `JobEvent.key`."""
        return self.id or self.model, self.step

    def to_json(self) -> dict[str, object]:
        """The stable shape that `--json` prints."""
        return {
            "id": self.id,
            "model": self.model,
            "step": self.step,
            "created_at": to_rfc3339(self.created_at),
            "metrics": self.metrics.to_json() if self.metrics else None,
            "result_files": list(self.result_files),
        }
