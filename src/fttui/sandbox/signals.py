"""Ending by signal: the first one in good order, the second at once."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


class Signals:
    """Takes SIGINT, SIGTERM and SIGHUP while it is entered; one that is ignored stays so.

    The first calls `end`; before there is one, it does what it did before, or interrupts. The next
    calls `at_once` and ends the process, whatever is going on in it.
    """

    def __init__(self) -> None:
        self.end: Callable[[], None] | None = None
        self.at_once: Callable[[], None] | None = None
        self._asked = False
        self._previous: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Signals:
        if threading.current_thread() is threading.main_thread():
            for name in _NAMES:
                number = getattr(signal, name, None)
                if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                    self._previous[number] = signal.signal(number, self._hear)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        if self._asked:
            try:
                if self.at_once is not None:
                    self.at_once()
            finally:
                os._exit(128 + number)
        self._asked = True
        if self.end is not None:
            self.end()
            return
        previous = self._previous[signal.Signals(number)]
        if callable(previous):
            previous(number, frame)
        raise KeyboardInterrupt
