"""Losses that are no number any more: the training has diverged."""

from __future__ import annotations

from collections.abc import Sequence

from fttui.services.best_checkpoint import is_number
from fttui.services.endpoint.events import Metrics

LASTING = 3
"""Steps after which a loss of 0, or none at all, is no accident."""


def training_lost_since(steps: Sequence[Metrics]) -> int | None:
    """From which step on the training loss is no number, which servers tell by a word or nothing.

    Nothing counts where each step had a loss before, and none has one after.
    """
    last = max((at for at, one in enumerate(steps) if is_number(one.train_loss)), default=-1)
    after = steps[last + 1 :]
    told = next((one for one in after if one.nan_loss or one.train_loss is not None), None)
    if told is not None:
        return told.step
    if last < 1 or len(after) < LASTING:
        return None
    is_told_always = all(one.train_loss is not None for one in steps[: last + 1])
    return after[0].step if is_told_always else None


def validation_lost_since(steps: Sequence[Metrics]) -> int | None:
    """From which step on the full validation loss was told as no number."""
    since = None
    for one in steps:
        if is_number(one.full_valid_loss):
            since = None
        elif since is None and (one.nan_valid_loss or one.full_valid_loss is not None):
            since = one.step
    return since
