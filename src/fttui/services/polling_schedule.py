"""How long a polling loop sleeps: short after a change, long when nothing happens."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

Rest = Callable[[asyncio.Event, float], Awaitable[None]]
"""A pause: ends when the event is set, at the latest after the seconds."""


async def rest(wake: asyncio.Event, seconds: float) -> None:
    """Pause by the clock."""
    try:
        async with asyncio.timeout(seconds):
            await wake.wait()
    except TimeoutError:
        return


@dataclass(frozen=True, slots=True)
class PollingSchedule:
    """Pauses between polls, in seconds.

    `fastest` follows a change; without changes the pause grows by half each time, up to `slowest`.
    Steps of training are news to come for hours: they are followed by `steps` times `fastest`.
    `idle` is for a list without active jobs, `unfocused` for a terminal that nobody looks at, and
    `after_failure` bounds the pause that doubles with each failure in a row. `settling` is the
    pause of the `settle_polls` last looks at a job that has just ended, whose events come late.
    """

    fastest: float = 2.0
    slowest: float = 15.0
    idle: float = 60.0
    unfocused: float = 60.0
    after_failure: float = 60.0
    settling: float = 3.0
    settle_polls: int = 3
    jitter: float = 0.2
    steps: float = 2.5

    def quiet(self, polls: int, *, only_steps: bool = False) -> float:
        """The pause after `polls` polls in a row that brought nothing new, or steps alone."""
        longer = self.steps if only_steps else 1.5 ** min(polls, 30)
        return min(self.fastest * longer, self.slowest)

    def failed(self, failures: int) -> float:
        """The pause after `failures` failures in a row, from 1 on."""
        return min(self.fastest * 2.0 ** min(failures - 1, 30), self.after_failure)

    def jittered(self, seconds: float) -> float:
        """`seconds`, a little more or less, so that many clients do not poll in step."""
        return seconds * (1 + self.jitter * (2 * random.random() - 1))  # noqa: S311


OF_AN_ARCHIVE = PollingSchedule(
    fastest=600.0, slowest=600.0, idle=600.0, unfocused=3600.0, settling=600.0
)
"""In an archive nothing changes, unless another run saves more into it."""
