"""The sandbox's time: real by default, movable by hand in tests and screenshots."""

from __future__ import annotations

import time
from collections.abc import Callable


class Clock:
    """Wall-clock time plus the factor by which planned durations are shortened.

    Timestamps are never scaled, so that what a client sees stays near its own time; `speed`
    only divides how long a job is planned to take.
    """

    def __init__(self, now: Callable[[], float] = time.time, speed: float = 1.0) -> None:
        if not speed > 0:
            raise ValueError(f"speed must be greater than 0, not {speed!r}")
        self._now = now
        self.speed = speed

    def now(self) -> float:
        """Seconds since 1970, UTC."""
        return self._now()


class MonotonicClock(Clock):
    """Another clock's time, which never goes back: not below `latest`, nor below what it told.

    While the other one is behind, as after it was set back, time goes on from there.
    """

    def __init__(self, clock: Clock, latest: float = 0.0) -> None:
        super().__init__(now=self._monotonic, speed=clock.speed)
        self._clock = clock
        self._latest = latest
        self._ahead = 0.0

    def _monotonic(self) -> float:
        moment = self._clock.now()
        if moment >= self._latest:
            self._ahead = 0.0
        else:
            self._ahead = max(self._ahead, self._latest - moment)
            moment += self._ahead
        self._latest = moment
        return moment


class ManualClock(Clock):
    """A clock that stands still until it is told to move."""

    def __init__(self, start: float = 1_795_000_000.0, speed: float = 1.0) -> None:
        super().__init__(now=self._read, speed=speed)
        self._time = start

    def _read(self) -> float:
        return self._time

    def advance(self, seconds: float) -> None:
        """Moves time forward by wall-clock seconds."""
        self._time += seconds

    def set(self, moment: float) -> None:
        """Jumps to a moment, in seconds since 1970."""
        self._time = moment
