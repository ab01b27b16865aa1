"""A labelled control with a line below it for what is wrong with its value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.suggester import Suggester
from textual.widget import Widget
from textual.widgets import Input, Static

from fttui.interface.kit.inputs import TextInput, TextLine
from fttui.terminal.format import cut
from fttui.terminal.language import _


class Field(Vertical):
    """One field of a form: label, control and a message line that is always there.

    The line keeps its row while it is empty, so the form never jumps. A problem is marked with
    `✗`, a warning with `!`, so that neither hangs on its colour.
    """

    class Changed(Message):
        """The value of the field with this `key` changed."""

        def __init__(self, field: Field) -> None:
            super().__init__()
            self.field = field
            self.key = field.key

    def __init__(
        self,
        key: str,
        label: str,
        *,
        value: str = "",
        placeholder: str = "",
        hint: str = "",
        suggester: Suggester | None = None,
        inline: bool = False,
        disabled: bool = False,
    ) -> None:
        super().__init__(
            id=f"field-{key.replace('_', '-')}",
            classes="field -inline" if inline else "field",
            disabled=disabled,
        )
        self.key = key
        self.label = label
        self.hint = hint
        self._input = TextInput(value, placeholder=placeholder, suggester=suggester)
        self._head = Static(Content(label), classes="field-label")
        self._line = TextLine(classes="field-message")

    def compose(self) -> ComposeResult:
        """Label, control and message, from top to bottom."""
        yield self._head
        yield from self.compose_control()
        yield self._line

    def compose_control(self) -> ComposeResult:
        """The control itself; other kinds of field put theirs here."""
        yield self._input

    @property
    def control_widget(self) -> Widget:
        """The widget that takes the focus for this field."""
        return self._input

    @property
    def value(self) -> str:
        """The text as it was typed."""
        return self._input.value

    @value.setter
    def value(self, text: str) -> None:
        self._input.value = text

    def show_message(self, problem: str, note: str = "", warning: str = "") -> None:
        """Show the most important of a problem, a warning and a note in the message line."""
        # On the line alone: a class of the whole field would style its input anew as well.
        self._line.set_class(bool(problem), "-wrong")
        self._line.set_class(bool(warning) and not problem, "-warned")
        shown = f"✗ {problem}" if problem else f"! {warning}" if warning else note
        self._line.show(shown)

    @property
    def message(self) -> str:
        """The message as it is shown, "" for none."""
        return self._line.text

    @property
    def explanation(self) -> str:
        """The message where its line is too short for it, else what the field is for."""
        is_cut = cell_len(self.message) > self._line.size.width > 0
        return self.message if is_cut else self.hint

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Mark the label of the field that is in use."""
        self._mark()

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """Take the mark away, unless the focus moved to another part of the field."""
        self._mark()

    def _mark(self) -> None:
        # Not by the event: which of a blur and a focus comes first depends on Python's scheduling.
        self._head.set_class(self.has_focus_within, "-active")

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Changed(self))


_GAP, _BEFORE = 2, "… "


class Choice(Widget, can_focus=True):
    """A row of options of which exactly one is on; left, right and space move it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,space", "move(1)", _("Next option"), show=False, id="field.next"),
        Binding("left", "move(-1)", _("Previous option"), show=False, id="field.previous"),
    ]

    value: reactive[str] = reactive("", init=False)

    class Changed(Message):
        """Another option is on."""

    def __init__(self, options: Sequence[str]) -> None:
        super().__init__(classes="choice")
        self.options = tuple(options)
        self.set_reactive(Choice.value, self.options[0])

    def render(self) -> Content:
        """The options with their marks, the one that is on in sight."""
        first, width = self._first, self.content_size.width
        lead = _BEFORE if first else ""
        marks = (f"({'•' if one == self.value else ' '}) {one}" for one in self.options[first:])
        return Content(cut(lead + (" " * _GAP).join(marks), width))

    @property
    def _first(self) -> int:
        """The first option that is shown: as few as need be are left out before the one on."""
        upto = self.options.index(self.value) + 1
        for first in range(upto):
            shown = sum(len(one) + 4 for one in self.options[first:upto])
            gaps = _GAP * (upto - first - 1) + (len(_BEFORE) if first else 0)
            if shown + gaps <= self.content_size.width:
                return first
        return upto - 1

    def watch_value(self) -> None:
        """Tell the form."""
        self.post_message(self.Changed())

    def action_move(self, by: int) -> None:
        """Turn on the option `by` places further, around the ends."""
        place = self.options.index(self.value) + by
        self.value = self.options[place % len(self.options)]

    def on_click(self, event: events.Click) -> None:
        """Turn on the option that was clicked."""
        first = self._first
        start = len(_BEFORE) if first else 0
        for option in self.options[first:]:
            end = start + len(option) + 4
            if start <= event.x < end:
                self.value = option
            start = end + _GAP


class ChoiceField(Field):
    """A field whose value is one of a few words."""

    def __init__(
        self, key: str, label: str, options: Sequence[str], *, hint: str = "", inline: bool = False
    ) -> None:
        super().__init__(key, label, hint=hint, inline=inline)
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
        if text in self._choice.options:  # another endpoint may offer fewer
            self._choice.value = text

    def on_choice_changed(self, event: Choice.Changed) -> None:
        """Pass the change on as this field's."""
        event.stop()
        self.post_message(self.Changed(self))
