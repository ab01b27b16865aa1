"""Waiting for the very thing that a test needs, however slow the machine is."""

from __future__ import annotations

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
