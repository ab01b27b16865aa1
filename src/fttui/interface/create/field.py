"""A labelled control with a line below it for what is wrong with its value."""

from __future__ import annotations

from rich.cells import cell_len
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.suggester import Suggester
from textual.widget import Widget
from textual.widgets import Input, Static

from fttui.interface.kit.inputs import TextInput
from fttui.interface.widgets.text_line import TextLine


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
    ) -> None:
        super().__init__(id=f"field-{key.replace('_', '-')}", classes="field")
        self.key = key
        self.label = label
        self.hint = hint
        self._input = TextInput(value, placeholder=placeholder, suggester=suggester)
        self._line = TextLine(classes="field-message")

    def compose(self) -> ComposeResult:
        """Label, control and message, from top to bottom."""
        yield Static(Content(self.label), classes="field-label")
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

    def tell(self, problem: str, note: str = "", warning: str = "") -> None:
        """Show the most important of a problem, a warning and a note in the message line."""
        self.set_class(bool(problem), "-wrong")
        self.set_class(bool(warning) and not problem, "-warned")
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
        self.set_class(self.has_focus_within, "-active")

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Changed(self))
