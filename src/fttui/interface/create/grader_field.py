"""The grader of a job by reinforcement: read from a JSON file, or written in an editor."""

from __future__ import annotations

from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, Input

from fttui.interface.create.field import Field
from fttui.interface.first_frame import BROWSE
from fttui.interface.kit.inputs import SmallButton
from fttui.terminal.language import _
from fttui.terminal.text import safe_path


class GraderField(Field):
    """A path until Enter reads it, then what the file or the editor holds, by a name of its own.

    A text that begins with a brace is a grader itself.
    """

    class Wanted(Message):
        """The picker, or the editor, is wanted."""

        def __init__(self, field: GraderField, *, editor: bool) -> None:
            super().__init__()
            self.field = field
            self.editor = editor

    class Typed(Message):
        """A path was typed and Enter pressed, or the field left."""

        def __init__(self, field: GraderField, text: str) -> None:
            super().__init__()
            self.field = field
            self.text = text

    def __init__(self, label: str, *, hint: str, placeholder: str) -> None:
        super().__init__("grader", label, hint=hint, placeholder=placeholder, inline=True)
        self._text = ""
        self._settled = ""
        self._refusal = ("", "")

    def compose_control(self) -> ComposeResult:
        """The path and, to its right, the buttons."""
        with Horizontal(classes="file-line"):
            yield self._input
            yield SmallButton(Content(BROWSE), classes="browse")
            yield SmallButton(Content(_("Edit")), classes="browse edit-grader")

    @property
    def value(self) -> str:
        """The JSON text of the grader; a path that is not read yet stands for itself."""
        shown = self._input.value
        return self._text if shown == self._settled else shown.strip()

    @value.setter
    def value(self, text: str) -> None:
        self.show_text(text, _("as asked before") if text else "")

    @property
    def typed(self) -> tuple[str, str]:
        """The text of the grader, and what is shown for it."""
        return self._text, self._input.value

    def take(self, text: str, shown: str) -> None:
        """Have what `typed` gave: a path that is not read yet waits for Enter again."""
        self.show_text(text, shown if text else "")
        self._input.value = shown

    @property
    def waits(self) -> str:
        """Why what is typed is no grader yet, as a sentence; "" where it may be one."""
        shown = self._input.value.strip()
        if shown == self._settled or not shown or shown.startswith("{"):
            return ""
        typed, sentence = self._refusal
        return sentence if typed == shown else _("Press Enter to read this file.")

    def show_text(self, text: str, shown: str) -> None:
        """Take `text` as the grader, and show it as `shown`."""
        self._text = text
        self._settled = shown
        self._input.value = shown
        self._input.cursor_position = len(shown)
        self.post_message(self.Changed(self))  # the name may be the same as before

    def show_refusal(self, path: Path, sentence: str) -> None:
        """Show why the file at `path` cannot be read, until the text changes."""
        self._input.value = shown = safe_path(path)
        self._refusal = (shown, sentence)
        self.post_message(self.Changed(self))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self.waits:
            self.post_message(self.Typed(self, self._input.value.strip()))
        else:
            self.post_message(self.Wanted(self, editor=True))

    @on(Input.Blurred)
    def _left(self, event: Input.Blurred) -> None:
        event.stop()
        if self.waits and self._refusal[0] != self._input.value.strip():
            self.post_message(self.Typed(self, self._input.value.strip()))

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.post_message(self.Wanted(self, editor=event.button.has_class("edit-grader")))
