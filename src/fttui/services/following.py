"""What a watch knows of the events of one job."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from fttui.services.endpoint.models import Job
from fttui.services.job_history import MOST_EVENTS

_LONG_OVER = timedelta(seconds=20)


@dataclass(slots=True)
class Followed:
    """What is known of the events of one job; `polls_left` counts down once it has ended.

    After `failures` looks in a row that failed, so many polls as `rests` says pass without one.
    """

    seen: dict[object, None] = field(default_factory=dict)
    polls_left: int | None = None
    was_looked_at: bool = False
    failures: int = 0
    rests: int = 0

    def remember(self, keys: Iterable[object]) -> None:
        """Take events, oldest first, as told; of very many only the newest are remembered."""
        self.seen.update(dict.fromkeys(keys))
        while len(self.seen) > MOST_EVENTS:
            del self.seen[next(iter(self.seen))]

    def count_down(self, job: Job, settle_polls: int) -> None:
        """Count a look at a job that has ended; one that ended long ago tells nothing late."""
        if self.polls_left is None:
            ended = job.finished_at
            is_old = ended is not None and datetime.now(UTC) - ended > _LONG_OVER
            self.polls_left = 0 if is_old else settle_polls
        else:
            self.polls_left -= 1
