"""The line to type a filter into: `run`, `status:failed`, `model:mini`, `-cancelled`."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input, Static

from fttui.interface.guard.typing_ahead import focus_now
from fttui.interface.jobs.filter import JobFilter
from fttui.interface.kit.inputs import TextInput

_PAUSE = 0.12
_LONGEST = 200


class FilterBar(Horizontal):
    """Posts `Changed` a moment after typing pauses, and `Left` when it is done with."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "clear", "No filter", show=False),
        Binding("down", "leave", "To the list", show=False),
    ]

    class Changed(Message):
        """The filter is now `text`."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Left(Message):
        """Typing is over: the filter is kept, or was cleared."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._timer: Timer | None = None
        self._told = ""
        self._field = TextInput(id="filter-text", max_length=_LONGEST)

    def compose(self) -> ComposeResult:
        """A label, the field, and what can be typed."""
        yield Static(Content("/"), id="filter-label")
        yield self._field
        hint = "name, model, id · status:failed · model:mini · -cancelled · Enter keeps, Esc clears"
        yield Static(Content(hint), id="filter-hint")

    @property
    def filter(self) -> JobFilter:
        """The filter as typed."""
        return JobFilter.parse(self.text)

    @property
    def text(self) -> str:
        """What is typed."""
        return self._field.value.strip()

    def open(self) -> None:
        """Show the bar and take the focus."""
        self.display = True
        focus_now(self._field)

    def clear(self) -> None:
        """Empty the filter and hide the bar."""
        self._field.value = ""
        self.display = False
        self._tell()

    def action_clear(self) -> None:
        """Empty the filter, hide the bar, go back to the list."""
        self.clear()
        self.post_message(self.Left())

    def action_leave(self) -> None:
        """Keep the filter and go back to the list."""
        self._tell()
        self.display = bool(self.text)
        self.post_message(self.Left())

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(_PAUSE, self._tell)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_leave()

    def _tell(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if self.text != self._told:
            self._told = self.text
            self.post_message(self.Changed(self.text))
