"""Time as a test moves it: pauses that it ends, and a sandbox's clock that runs ahead."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from fttui.server import ManualClock
from waiting import PATIENCE


async def turns() -> None:
    """Let everything act that could act at once."""
    for _ in range(20):
        await asyncio.sleep(0)


class Ticks:
    """Stands where the clock stands in a watcher: `rest` lasts until `next`, or until it is woken.

    `pauses` are those that began, in seconds as they would have lasted.
    """

    def __init__(self) -> None:
        self.pauses: list[float] = []
        self.is_resting = False
        self._wake: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def rest(self, wake: asyncio.Event, seconds: float) -> None:
        """What the watcher calls."""
        self._loop, self._wake = asyncio.get_running_loop(), wake
        self.pauses.append(seconds)
        self.is_resting = True
        try:
            await wake.wait()
        finally:
            self.is_resting = False

    async def looks(self, count: int) -> float:
        """Wait until `count` looks are over, and return the last pause."""
        async with asyncio.timeout(PATIENCE):
            while len(self.pauses) < count or not self.is_resting:
                await asyncio.sleep(0.005)
        return self.pauses[-1]

    async def next(self) -> float:
        """Let the watcher look once more, and return the pause that it takes then."""
        await self.looks(1)
        assert self._loop is not None
        assert self._wake is not None
        count = len(self.pauses) + 1
        self._loop.call_soon_threadsafe(self._wake.set)
        return await self.looks(count)


@contextmanager
def time_passing(clock: ManualClock) -> Iterator[None]:
    """Let the sandbox's time run ahead of ours while something waits."""
    ended = threading.Event()

    def pass_time() -> None:
        while not ended.wait(0.02):
            clock.advance(1)

    thread = threading.Thread(target=pass_time)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
