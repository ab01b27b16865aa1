"""The last steps that a running job has told of: what they lost, and how long they took."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from fttui.services.endpoint.events import JobEvent

MOST_STEPS = 20

Point = tuple[float | None, datetime | None]
"""What was measured at a step, the training loss or else the reward, and when."""


@dataclass(frozen=True, slots=True)
class RecentSteps:
    """The newest steps with what was told of each, by rising step."""

    points: tuple[tuple[int, Point], ...] = ()

    @classmethod
    def of(cls, events: Iterable[JobEvent]) -> RecentSteps:
        """The steps that `events` tell of, whatever order they are in."""
        told = {}
        for event in events:
            metrics = event.metrics
            if metrics is not None and metrics.step is not None:
                loss = metrics.train_loss
                measured = metrics.train_reward if loss is None else loss
                told[metrics.step] = (measured, event.created_at)
        return cls(tuple(sorted(told.items())[-MOST_STEPS:]))

    def joined(self, news: RecentSteps) -> RecentSteps:
        """The newest of both."""
        if not news.points or news.points == self.points:
            return self
        return RecentSteps(tuple(sorted(dict((*self.points, *news.points)).items())[-MOST_STEPS:]))

    @property
    def measured(self) -> tuple[float, ...]:
        """The losses, or rewards, that are known, the newest last."""
        return tuple(value for _step, (value, _at) in self.points if value is not None)

    @property
    def last(self) -> tuple[int, datetime] | None:
        """The newest step whose time is known."""
        return max(self._timed, default=None)

    @property
    def pace(self) -> float | None:
        """Seconds that a step took, on the average; None where fewer than two tell."""
        timed = self._timed
        if len(timed) < 2:
            return None
        (first, began), (last, seen) = timed[0], timed[-1]
        return max((seen - began).total_seconds(), 0.0) / (last - first) or None

    @property
    def _timed(self) -> list[tuple[int, datetime]]:
        return [(step, at) for step, (_value, at) in self.points if at is not None]
