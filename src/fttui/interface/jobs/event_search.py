"""The line that a search in a job's events is typed into."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from fttui.interface.kit.inputs import TextInput
from fttui.interface.kit.typed_line import LONGEST, TypedLine
from fttui.terminal.language import _


class SearchInput(TextInput):
    """What is searched for."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", _("Keep the search"), id="event_search.keep"),
    ]


class EventSearch(TypedLine):
    """It is in sight only while a search is typed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "clear", _("No search"), id="event_search.clear"),
        Binding("down", "leave", _("To the events"), show=False, id="event_search.leave"),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(SearchInput(id="event-search-text", max_length=LONGEST), id=id)
        self.display = False

    def compose(self) -> ComposeResult:
        """A label and the field."""
        yield Static(Content("/"), id="event-search-label")
        yield self._field

    def open(self) -> None:
        """Go on with what was searched for last."""
        self._field.value = self._reported
        self._field.cursor_position = len(self._reported)
        super().open()
