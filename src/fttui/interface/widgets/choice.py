"""One of a few words, all in sight: `(•) supervised  ( ) dpo`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from fttui.interface.create.field import Field

_GAP = 2


class Choice(Widget, can_focus=True):
    """A row of options of which exactly one is on; left, right and space move it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,space", "move(1)", "Next option", show=False),
        Binding("left", "move(-1)", "Previous option", show=False),
    ]

    value: reactive[str] = reactive("", init=False)

    class Changed(Message):
        """Another option is on."""

    def __init__(self, options: Sequence[str]) -> None:
        super().__init__(classes="choice")
        self._options = tuple(options)
        self.set_reactive(Choice.value, self._options[0])

    def render(self) -> Content:
        """All options with their marks."""
        marks = (f"({'•' if option == self.value else ' '}) {option}" for option in self._options)
        return Content((" " * _GAP).join(marks))

    def watch_value(self) -> None:
        """Tell the form."""
        self.post_message(self.Changed())

    def action_move(self, by: int) -> None:
        """Turn on the option `by` places further, around the ends."""
        place = self._options.index(self.value) + by
        self.value = self._options[place % len(self._options)]

    def on_click(self, event: events.Click) -> None:
        """Turn on the option that was clicked."""
        start = 0
        for option in self._options:
            end = start + len(option) + 4
            if start <= event.x < end:
                self.value = option
            start = end + _GAP


class ChoiceField(Field):
    """A field whose value is one of a few words."""

    def __init__(self, key: str, label: str, options: Sequence[str], *, hint: str = "") -> None:
        super().__init__(key, label, hint=hint)
        self._choice = Choice(options)

    def compose_control(self) -> ComposeResult:
        """The row of options."""
        yield self._choice

    @property
    def control_widget(self) -> Widget:
        """The row of options takes the focus."""
        return self._choice

    @property
    def value(self) -> str:
        """The option that is on."""
        return self._choice.value

    @value.setter
    def value(self, text: str) -> None:
        self._choice.value = text

    def on_choice_changed(self, event: Choice.Changed) -> None:
        """Pass the change on as this field's."""
        event.stop()
        self.post_message(self.Changed(self))
