"""Handing over what comes in many small pieces from another thread, a few times a second."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from fttui.interface.host import Host

PAUSE = 0.25
"""Seconds between two handings over: each may cost a frame, and over SSH each frame bytes."""

T = TypeVar("T")


class Trickle(Generic[T]):
    """Gives `take` the pieces that came, the first at once and then at most one lot a PAUSE.

    `add` may be called from any thread; `take` is called on the app's loop.
    """

    def __init__(self, host: Host, take: Callable[[list[T]], None]) -> None:
        self._host = host
        self._take = take
        self._lock = threading.Lock()
        self._pieces: list[T] = []
        self._is_awake = False

    def add(self, piece: T) -> None:
        """One piece more."""
        with self._lock:
            self._pieces.append(piece)
            was_awake, self._is_awake = self._is_awake, True
        if not was_awake:
            self._host.call_later(self._go_on)

    def flush(self) -> None:
        """Hand over what is left, now."""
        with self._lock:
            pieces, self._pieces = self._pieces, []
        if pieces:
            self._take(pieces)

    def _go_on(self) -> None:
        with self._lock:
            if not self._pieces:
                self._is_awake = False
                return
        self.flush()
        self._host.set_timer(PAUSE, self._go_on)
