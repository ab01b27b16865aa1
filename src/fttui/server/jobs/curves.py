"""Training curves that look real, and come out the same for the same plan.

They fall with the examples seen, faster with a higher learning rate, noisier with a smaller
batch; after some epochs on little data the validation loss turns up again.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from .plan import Plan

_MASK = (1 << 64) - 1


def noise(seed: int, step: int, channel: int) -> float:
    """A number in [-1, 1) that depends on the three numbers alone (splitmix64)."""
    state = seed * 0x9E3779B97F4A7C15 + step * 0xBF58476D1CE4E5B9 + channel * 0x94D049BB133111EB
    state = (state + 0x9E3779B97F4A7C15) & _MASK
    state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & _MASK
    state ^= state >> 31
    return state / (1 << 63) - 1.0


class Curves:
    """The metrics of one job, step by step."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._total = plan.total_steps
        self._per_epoch = plan.steps_per_epoch
        self._batch = int(plan.hyperparameters["batch_size"])
        self._rate = float(plan.hyperparameters["learning_rate_multiplier"])
        self._valid_every = max(1, self._total // 20)
        character = noise(plan.seed, 0, 9)
        self._start = 0.6931 if plan.method == "dpo" else 2.2 + 0.4 * character
        size = math.log10(max(10, plan.examples))
        self._floor = (0.08 if plan.method == "dpo" else 0.85 - 0.12 * size) * (1 + 0.1 * character)

    def metrics(self, step: int) -> dict[str, Any]:
        """The `data` of the step's event; validation numbers only where they are measured."""
        if self._plan.method == "reinforcement":
            return self._reward_metrics(step)
        loss = self._train_loss(step)
        data: dict[str, Any] = {
            "step": step,
            "train_loss": round(loss, 5),
            "total_steps": self._total,
            "train_mean_token_accuracy": self._accuracy(loss, step, 3),
        }
        if self._plan.validation_examples and self._measures_validation(step):
            valid = self._valid_loss(step, 0.35)
            data["valid_loss"] = round(valid, 5)
            data["valid_mean_token_accuracy"] = self._accuracy(valid, step, 4)
            if step % self._per_epoch == 0:
                full = self._valid_loss(step, 0.08)
                data["full_valid_loss"] = round(full, 5)
                data["full_valid_mean_token_accuracy"] = self._accuracy(full, step, 5)
        return data

    def _measures_validation(self, step: int) -> bool:
        return step % self._valid_every == 0 or step % self._per_epoch == 0 or step == 1

    def _learned(self, step: int) -> float:
        seen = step * self._batch
        needed = 12 * math.sqrt(max(1, self._plan.examples)) / max(0.05, self._rate) ** 0.5
        return 1 - math.exp(-seen / needed)

    def _train_loss(self, step: int) -> float:
        epoch = (step - 1) // self._per_epoch
        floor = self._floor * 0.82 ** min(epoch, 12) * (1 + 0.02 * max(0.0, self._rate - 4))
        level = self._start - (self._start - floor) * self._learned(step)
        spread = 0.22 / math.sqrt(self._batch) * (1 + 0.1 * min(self._rate, 10))
        return max(0.0002, level * (1 + spread * noise(self._plan.seed, step, 1)))

    def _valid_loss(self, step: int, spread: float) -> float:
        floor = self._floor * 1.12
        level = self._start - (self._start - floor) * self._learned(step)
        epochs = step / self._per_epoch
        late: float = max(0.0, epochs - 2) ** 1.5
        overfit = 0.03 * late * math.sqrt(200 / max(20, self._plan.examples))
        spread /= math.sqrt(max(1, min(self._plan.validation_examples, 16)))
        return max(0.0003, (level + overfit) * (1 + spread * noise(self._plan.seed, step, 2)))

    def _accuracy(self, loss: float, step: int, channel: int) -> float:
        steepness = 1.0 if self._plan.method == "dpo" else 0.55
        value = math.exp(-steepness * loss) + 0.012 * noise(self._plan.seed, step, channel)
        return round(min(1.0, max(0.0, value)), 5)

    def _reward_metrics(self, step: int) -> dict[str, Any]:
        learned = self._learned(step)
        reward = min(1.0, max(0.0, 0.22 + 0.6 * learned + 0.07 * noise(self._plan.seed, step, 1)))
        valid: float | None = None
        interval = int(self._plan.hyperparameters["eval_interval"])
        if step % interval == 0 or step == self._total:
            valid = min(1.0, 0.2 + 0.55 * learned + 0.02 * noise(self._plan.seed, step, 2))
            valid = round(valid, 5)
        thinking = 900 + 700 * learned + 90 * noise(self._plan.seed, step, 3)
        seconds = 40 + 6 * noise(self._plan.seed, step, 4)
        return {
            "step": step,
            "total_steps": self._total,
            "train_mean_reward": round(reward, 5),
            "full_valid_mean_reward": valid,
            "reasoning_tokens_mean": round(thinking, 2),
            "completion_tokens_mean": round(thinking * 1.15, 2),
            "mean_unresponsive_rewards": round(0.02 * (1 - learned), 5),
            "scores": {
                "graders": [],
                "train_reward_mean": round(reward, 5),
                "valid_reward_mean": valid,
            },
            "usage": {"samples": self._batch},
            "timing": {
                "step": {
                    "eval": round(seconds * 0.2, 2) if valid is not None else None,
                    "sampling": round(seconds * 0.55, 2),
                    "training": round(seconds * 0.25, 2),
                    "full_iteration": round(seconds, 2),
                }
            },
            "errors": {"graders": []},
            "model_graders_token_usage": {},
        }


_COLUMNS = {
    "step": "step",
    "train_loss": "train_loss",
    "train_accuracy": "train_mean_token_accuracy",
    "valid_loss": "valid_loss",
    "valid_mean_token_accuracy": "valid_mean_token_accuracy",
}
_REWARDS = ("step", "train_mean_reward", "full_valid_mean_reward")


def result_csv(plan: Plan) -> str:
    """The table of a plan's `step_metrics.csv`."""
    curves = Curves(plan)
    rows = (curves.metrics(step) for step in range(1, plan.total_steps + 1))
    if plan.method == "reinforcement":
        return metrics_csv(rows, dict(zip(_REWARDS, _REWARDS, strict=True)))
    return metrics_csv(rows)


def metrics_csv(rows: Iterable[Mapping[str, Any]], columns: Mapping[str, str] = _COLUMNS) -> str:
    """The table of `step_metrics.csv`: one line a step, blank where nothing was measured.

    `columns` says by the head of each column which of the metrics stands in it.
    """
    lines = [",".join(columns)]
    for row in rows:
        values = (row.get(name) for name in columns.values())
        lines.append(",".join("" if value is None else str(value) for value in values))
    return "\n".join(lines) + "\n"
