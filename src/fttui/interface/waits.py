"""One rule for waiting: what lasts over three seconds is named in the last line of every screen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from fttui.interface.kit.keys import KeyLine
from fttui.interface.widgets.hint_line import HintLine

if TYPE_CHECKING:
    from fttui.interface.guard.app import GuardedApp

SECONDS = 3.0


class Waits:
    """What the app waits for; `told` is entered by each piece of work in the background."""

    def __init__(self, app: GuardedApp[Any]) -> None:
        self._app = app
        self._lasting: list[str] = []

    @contextmanager
    def told(self, what: str) -> Iterator[None]:
        """Name `what` from three seconds on until the block is left; on the app's loop."""
        is_late = False

        def late() -> None:
            nonlocal is_late
            is_late = True
            self._lasting.append(what)
            self._show()

        timer = self._app.set_timer(SECONDS, late)
        try:
            yield
        finally:
            timer.stop()
            if is_late:
                self._lasting.remove(what)
                self._show()

    def _show(self) -> None:
        """Name what has been waited for the longest."""
        word = f"Waiting for {self._lasting[0]}…" if self._lasting else ""
        self._app.waiting_word = word
        for screen in self._app.screen_stack:
            for line in screen.query("KeyLine, HintLine"):
                assert isinstance(line, KeyLine | HintLine)
                line.show_waiting(word)
