"""Waiting for the very thing that a test needs, however slow the machine is."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable

PATIENCE = 60.0
"""Seconds before a wait is given up: a limit for broken runs, not a measure of speed."""


def wait_until(condition: Callable[[], object], what: str) -> None:
    """Try `condition` again and again until it holds; `what` says what did not happen."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.005)


def hear_signals() -> None:
    """Give a new process the signals of a terminal: one started in the background ignores some."""
    for number in (signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
