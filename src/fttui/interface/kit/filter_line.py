"""The line that a filter of a list is typed into."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input, Static

from fttui.interface.kit.inputs import TextInput
from fttui.interface.kit.typed_line import LONGEST, TypedLine
from fttui.terminal.language import _

Complete = Callable[[str], Sequence[str]]
"""What gives how a filter that is typed may go on, the likeliest first."""


class _FilterSuggester(Suggester):
    """Shows the likeliest completion behind what is typed."""

    def __init__(self, complete: Complete) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._complete = complete

    async def get_suggestion(self, value: str) -> str | None:
        return next(iter(self._complete(value)), None)


class FilterInput(TextInput):
    """What a filter is typed into, completed as one types."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", _("Keep the filter"), id="filter.keep"),
        Binding("tab", "complete", _("Complete"), id="filter.complete"),
    ]

    def __init__(self, complete: Complete, *, id: str) -> None:
        super().__init__(id=id, max_length=LONGEST, suggester=_FilterSuggester(complete))
        self._complete = complete

    def action_complete(self) -> None:
        """Take the completion that is shown; without one go on to the list."""
        found = self._complete(self.value)
        if found:
            self.value = found[0]
            self.cursor_position = len(self.value)
        else:
            self.screen.focus_next()


class FilterLine(TypedLine):
    """It stays in sight while there is a filter.

    `told`, with a message `Told` when it changes, is what is to be said of what is typed.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "clear", _("No filter"), id="filter.clear"),
        Binding("down", "leave", _("To the list"), show=False, id="filter.leave"),
    ]
    HINT: ClassVar[str] = ""
    """What can be typed."""

    told = ""

    class Told(Message):
        """There is something else to tell of what is typed."""

    def compose(self) -> ComposeResult:
        """A label, the field, and what can be typed."""
        yield Static(Content("/"), classes="filter-label")
        yield self._field
        yield Static(Content(self.HINT), classes="filter-hint")

    @property
    def text(self) -> str:
        """What is typed."""
        return super().text.strip()

    @property
    def problems(self) -> tuple[str, ...]:
        """Sentences about words that are no part of a filter."""
        return ()

    def action_leave(self) -> None:
        """Keep the filter and go back to the list."""
        super().action_leave()
        self.display = bool(self.text)

    def to_tell(self) -> str:
        """What is wrong with what is typed; "" for nothing."""
        return f"! {self.problems[0]}" if self.problems else ""

    @on(Input.Blurred)
    def _left(self, event: Input.Blurred) -> None:
        event.stop()
        self._tell()

    def _tell(self) -> None:
        told = self.to_tell()
        if told != self.told:
            self.told = told
            self.post_message(self.Told())
