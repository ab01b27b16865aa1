"""Which checkpoint of a job is the best of those that can be used."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from fttui.services.endpoint.events import Checkpoint, Metrics
from fttui.services.endpoint.models import Job
from fttui.services.result_files import merge_steps
from fttui.terminal.language import _


def best_checkpoint(
    job: Job, checkpoints: Sequence[Checkpoint], metrics: Iterable[Metrics] = ()
) -> Checkpoint | None:
    """The one with the lowest validation loss, or the highest reward, among those of use.

    Where a checkpoint tells no numbers, `metrics` has those of its step. None while the job moves,
    and where nothing was measured that tells good from bad.
    """
    found = judged(job, checkpoints, merge_steps(metrics))
    return found[0] if found else None


def is_rewarded(job: Job, steps: Iterable[Metrics]) -> bool:
    """True for reinforcement, whose rewards rise: the rules for losses say nothing of it."""
    return job.method == "reinforcement" or any(
        one.train_reward is not None or one.valid_reward is not None for one in steps
    )


def is_number(value: float | None) -> bool:
    """True for what is told, and finite."""
    return value is not None and math.isfinite(value)


MEASURES = {
    "full_valid_loss": _("full validation loss"),
    "valid_loss": _("validation loss"),
    "valid_reward": _("validation reward"),
}


def judged(
    job: Job, checkpoints: Sequence[Checkpoint], steps: Sequence[Metrics]
) -> tuple[Checkpoint, str, float] | None:
    """The best checkpoint, by which number, and that; the earlier one of equals."""
    if job.status.is_moving:
        return None
    at = {one.step: one for one in steps}
    usable = [one for one in checkpoints if is_usable(one)]
    for name in ("valid_reward",) if is_rewarded(job, steps) else ("full_valid_loss", "valid_loss"):
        sign = -1 if name == "valid_reward" else 1
        told = [
            (one, value)
            for one in usable
            for value in [_told(one, at.get(one.step), name)]
            if value is not None
        ]
        if told:
            best, value = min(told, key=lambda pair: (sign * pair[1], pair[0].step or 0))
            return best, name, value
    return None


def is_usable(checkpoint: Checkpoint) -> bool:
    """True where it has a name or files to use it by."""
    return bool(checkpoint.model or checkpoint.result_files)


def _told(checkpoint: Checkpoint, at_step: Metrics | None, name: str) -> float | None:
    for metrics in (checkpoint.metrics, at_step):
        value = getattr(metrics, name) if metrics else None
        if value is not None and math.isfinite(value):
            return float(value)
    return None
