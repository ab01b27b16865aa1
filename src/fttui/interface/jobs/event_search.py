"""The line that a search in a job's events is typed into."""

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
from fttui.interface.kit.inputs import TextInput
from fttui.terminal.language import _

_PAUSE = 0.12
_LONGEST = 200


class SearchInput(TextInput):
    """What is searched for."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", _("Keep the search"), id="event_search.keep"),
    ]


class EventSearch(Horizontal):
    """Posts `Changed` a moment after typing pauses, and `Left` when it is done with."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "clear", _("No search"), id="event_search.clear"),
        Binding("down", "leave", _("To the events"), show=False, id="event_search.leave"),
    ]

    class Changed(Message):
        """What is searched for is now `text`."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Left(Message):
        """Typing is over: the search is kept, or was cleared."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._timer: Timer | None = None
        self._reported = ""
        self._field = SearchInput(id="event-search-text", max_length=_LONGEST)
        self.display = False

    def compose(self) -> ComposeResult:
        """A label and the field."""
        yield Static(Content("/"), id="event-search-label")
        yield self._field

    def open(self) -> None:
        """Show the line and take the focus."""
        self.display = True
        self._field.value = self._reported
        self._field.cursor_position = len(self._reported)
        focus_now(self._field)

    def clear(self) -> None:
        """Search for nothing."""
        self._field.value = ""
        self._report()
        self.display = False

    def action_clear(self) -> None:
        """Search for nothing, and go back to the events."""
        self.clear()
        self.post_message(self.Left())

    def action_leave(self) -> None:
        """Keep the search, and go back to the events."""
        self._report()
        self.display = False
        self.post_message(self.Left())

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(_PAUSE, self._report)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_leave()

    def _report(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if self._field.value != self._reported:
            self._reported = self._field.value
            self.post_message(self.Changed(self._reported))
