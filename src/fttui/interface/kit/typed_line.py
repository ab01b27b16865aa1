"""A line that words are typed into, and that tells them when typing pauses."""

from __future__ import annotations

from textual import on
from textual.containers import Horizontal
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input

from fttui.interface.guard.typing_ahead import focus_now
from fttui.interface.kit.inputs import TextInput

_PAUSE = 0.12
LONGEST = 200
"""Characters that such a line takes."""


class TypedLine(Horizontal):
    """Posts `Changed` a moment after typing pauses, and `Left` when it is done with."""

    class Changed(Message):
        """What is typed is now `text`."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Left(Message):
        """Typing is over: what is typed is kept, or was cleared."""

    def __init__(self, field: TextInput, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._field = field
        self._timer: Timer | None = None
        self._reported = ""

    @property
    def text(self) -> str:
        """What is typed."""
        return self._field.value

    def open(self) -> None:
        """Show the line and take the focus."""
        self.display = True
        focus_now(self._field)

    def clear(self) -> None:
        """Empty the line and hide it."""
        self._field.value = ""
        self.display = False
        self._report()

    def action_clear(self) -> None:
        """Empty the line, hide it, and go back."""
        self.clear()
        self.post_message(self.Left())

    def action_leave(self) -> None:
        """Keep what is typed, and go back."""
        self._report()
        self.display = False
        self.post_message(self.Left())

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._tell()
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(_PAUSE, self._report)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_leave()

    def _tell(self) -> None:
        """Say at once what is to be said of what is typed."""

    def _report(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        self._tell()
        if self.text != self._reported:
            self._reported = self.text
            self.post_message(self.Changed(self.text))
