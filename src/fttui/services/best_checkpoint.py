"""Which checkpoint of a job is the best of those that can be used."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fttui.services.endpoint.events import Checkpoint, Metrics

_MEASURES: tuple[Callable[[Metrics], float | None], ...] = (
    lambda metrics: metrics.full_valid_loss,
    lambda metrics: metrics.valid_loss,
    lambda metrics: None if metrics.valid_reward is None else -metrics.valid_reward,
)
"""What is compared, the lower the better; the first that is told of any decides."""


def best_checkpoint(checkpoints: Sequence[Checkpoint] | None) -> Checkpoint | None:
    """The one with the lowest loss in validation, or of reinforcement the highest reward.

    Only one with a model can be used. None where no validation is told: the loss in training falls
    whether a model gets better or not. Of equals it is the earliest step, which has learned least
    by heart.
    """
    usable = [one for one in checkpoints or () if one.model and one.metrics]
    for measure in _MEASURES:
        measured = [
            (value, one.step or 0, place)
            for place, one in enumerate(usable)
            if one.metrics is not None and (value := measure(one.metrics)) is not None
        ]
        if measured:
            return usable[min(measured)[2]]
    return None
