"""Losses on the validation file while a training runs."""

from __future__ import annotations

import math
from typing import Any

from .encoding import Encoded
from .spans import IGNORED

MOST_MEASUREMENTS = 50
"""How often in one training a batch of the validation file is looked at, about."""


class Validation:
    """The validation file's examples and how they are measured with the run's trainer."""

    def __init__(self, data: Encoded, *, batch: int, rows: int, total_steps: int) -> None:
        from datasets import Dataset

        self._rows = Dataset.from_list(data.examples)
        self._weights = [_weight(example) for example in data.examples]
        self._batch = min(batch, len(data.examples))
        self._at_once = rows
        self._every = max(1, math.ceil(total_steps / MOST_MEASUREMENTS))

    def due(self, step: int, *, epoch_ends: bool) -> bool:
        """Whether a batch is to be measured after this step."""
        return step == 1 or epoch_ends or step % self._every == 0

    def measure(self, trainer: Any, step: int, *, full: bool) -> dict[str, float]:
        """The losses to tell with the step: of one batch, and of the whole file when `full`."""
        count = len(self._weights)
        first = (step - 1) * self._batch % count
        batch = [(first + place) % count for place in range(self._batch)]
        told = _named("valid_", self._measure(trainer, batch))
        if full:
            told.update(_named("full_valid_", self._measure(trainer, list(range(count)))))
        return told

    def _measure(self, trainer: Any, places: list[int]) -> dict[str, float]:
        """Means over the tokens that count (of pairs: over the pairs), whatever the portions."""
        sums: dict[str, float] = {}
        total = 0
        for begin in range(0, len(places), self._at_once):
            portion = places[begin : begin + self._at_once]
            weight = sum(self._weights[place] for place in portion)
            found = trainer.evaluate(eval_dataset=self._rows.select(portion))
            for name, value in found.items():
                sums[name] = sums.get(name, 0.0) + weight * float(value)
            total += weight
        return {name.removeprefix("eval_"): value / total for name, value in sums.items()}


def _weight(example: dict[str, list[int]]) -> int:
    if "labels" not in example:
        return 1
    return sum(label != IGNORED for label in example["labels"][1:])


_TOLD = {
    "loss": "loss",
    "mean_token_accuracy": "mean_token_accuracy",
    "rewards/margins": "margin",
    "rewards/accuracies": "reward_accuracy",
}


def _named(head: str, found: dict[str, float]) -> dict[str, float]:
    return {f"{head}{name}": found[key] for key, name in _TOLD.items() if key in found}


def train_metrics(logs: dict[str, float]) -> dict[str, float]:
    """What is told of a training step, from what the trainer logs."""
    return _named("train_", logs)
