"""How far a check has come, on one line of a terminal."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Self

from fttui.cli.waiting import waiting_for

if TYPE_CHECKING:
    from fttui.training_data.check import Progress

_PATIENCE = 0.5


class CheckProgress:
    """Shows progress on stderr if that is a terminal and the check takes a while, else a word."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._is_shown = False
        self._waiting = ExitStack()

    def __enter__(self) -> Self:
        self._waiting.enter_context(waiting_for("Reading and checking the file ..."))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._waiting.close()
        if self._is_shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def told(self, progress: Progress) -> None:
        """Show one step."""
        if not self._live or (progress.seconds < _PATIENCE and not self._is_shown):
            return
        self._is_shown = True
        share = progress.done * 100 // progress.total if progress.total else 100
        text = f"Checking: {share} %, {progress.bytes_per_second / 1e6:,.0f} MB/s"
        if progress.seconds_left is not None:
            text += f", {progress.seconds_left:.0f} s left"
        if progress.errors:
            text += f", {progress.errors:,} errors so far"
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)
