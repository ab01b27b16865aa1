"""The numbers that a run is trained with: what "auto" stands for, and how a batch is computed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .spec import Spec

BASE_RATES = {"supervised": 2e-4, "dpo": 5e-6}
"""Learning rates of LoRA at multiplier 1."""
BETA = 0.1
MOST_ROWS_AT_ONCE = {"cpu": 8, "mps": 8, "cuda": 16}


@dataclass(frozen=True)
class Schedule:
    """How often and in what portions the rows are gone through."""

    epochs: int
    batch: int
    multiplier: float
    beta: float
    rate: float
    examples: int
    method: str

    @property
    def steps_per_epoch(self) -> int:
        """Batches of the training file, the last one maybe smaller."""
        return max(1, math.ceil(self.examples / self.batch))

    @property
    def total_steps(self) -> int:
        """Steps of the whole training."""
        return self.steps_per_epoch * self.epochs

    def numbers(self) -> dict[str, int | float]:
        """The hyperparameters as the job tells them."""
        told: dict[str, int | float] = {
            "n_epochs": self.epochs,
            "batch_size": self.batch,
            "learning_rate_multiplier": self.multiplier,
        }
        if self.method == "dpo":
            told["beta"] = self.beta
        return told


def make_schedule(spec: Spec, examples: int) -> Schedule:
    """What the run's hyperparameters come to for a file of so many examples."""
    given = spec.hyperparameters
    multiplier = float(_or_auto(given, "learning_rate_multiplier", 1.0))
    base = spec.recipe.base_rate or BASE_RATES[spec.method]
    return Schedule(
        epochs=int(_or_auto(given, "n_epochs", automatic_epochs(examples))),
        batch=int(_or_auto(given, "batch_size", min(256, max(1, examples // 500)))),
        multiplier=multiplier,
        beta=float(_or_auto(given, "beta", BETA)),
        rate=multiplier * base,
        examples=examples,
        method=spec.method,
    )


def _or_auto(given: Mapping[str, Any], name: str, automatic: float) -> float:
    value = given.get(name, "auto")
    return automatic if value == "auto" else value


def automatic_epochs(examples: int) -> int:
    """Passes through the file where none are asked for: the rule of OpenAI's cookbook."""
    if examples * 3 < 100:
        return min(25, 100 // max(1, examples))
    if examples * 3 > 25_000:
        return max(1, 25_000 // examples)
    return 3


def micro_batches(batch: int, most: int) -> list[int]:
    """The numbers of rows that may be computed at once, largest first: each divides `batch`."""
    return [rows for rows in range(min(batch, most), 0, -1) if batch % rows == 0]


def half(batch: int, rows: int) -> int | None:
    """The next smaller micro batch, at most half of `rows`; None where there is none."""
    smaller = [less for less in micro_batches(batch, rows) if less * 2 <= rows]
    return smaller[0] if smaller else None
