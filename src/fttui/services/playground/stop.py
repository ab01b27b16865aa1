"""Ending calls that are under way, from any thread."""

from __future__ import annotations

import asyncio
import contextlib
import threading


class Stop:
    """A wish to end what is under way: asked for in one thread, heard on the service loop."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_asked = False
        self._waiting: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()

    @property
    def is_asked(self) -> bool:
        """Whether the end was asked for."""
        return self._is_asked

    def ask(self) -> None:
        """End it; a second time does nothing more."""
        with self._lock:
            self._is_asked = True
            waiting = [*self._waiting]
        for loop, event in waiting:
            with contextlib.suppress(RuntimeError):  # that loop is closed, and all on it ended
                loop.call_soon_threadsafe(event.set)

    async def wait(self) -> None:
        """Return when the end is asked for."""
        event = asyncio.Event()
        mine = (asyncio.get_running_loop(), event)
        with self._lock:
            if self._is_asked:
                return
            self._waiting.add(mine)
        try:
            await event.wait()
        finally:
            with self._lock:
                self._waiting.discard(mine)
