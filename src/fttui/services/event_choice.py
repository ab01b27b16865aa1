"""Which of a job's events are wanted: from a level on, and with or without its steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fttui.services.endpoint.events import JobEvent

LEVELS = ("info", "warn", "error")
_RANKS = {"debug": 0, "info": 0, "warn": 1, "warning": 1, "error": 2, "critical": 2, "fatal": 2}


@dataclass(frozen=True, slots=True)
class EventChoice:
    """Events of a `level` and above it, one of `LEVELS`; `with_steps` those of single steps too."""

    level: str = "info"
    with_steps: bool = True

    @property
    def is_all(self) -> bool:
        """True when nothing is left out."""
        return self.level == LEVELS[0] and self.with_steps

    def wants(self, event: JobEvent) -> bool:
        """Whether an event is let through; a level that nobody knows is above info."""
        is_step = event.metrics is not None and event.metrics.step is not None
        if is_step and not self.with_steps:
            return False
        return _RANKS.get(event.level.lower(), 1) >= LEVELS.index(self.level)

    def of(self, events: Sequence[JobEvent]) -> Sequence[JobEvent]:
        """Those of `events` that are wanted, in their order."""
        return events if self.is_all else [event for event in events if self.wants(event)]
