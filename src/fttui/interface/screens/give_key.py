"""Asking for an API key, which nobody sees."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from fttui.interface.guard.screens import Dialog
from fttui.interface.guard.typing_ahead import focus_now
from fttui.interface.kit.inputs import KeyInput, TextLine
from fttui.interface.kit.keys import KeyLine
from fttui.storage.secrets import KeyRefused, Secret, parse_key
from fttui.terminal.language import _
from fttui.terminal.text import safe


class UnseenInput(KeyInput):
    """The line that takes the key."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", _("Try it"), id="dialog.go_on"),
    ]


class GiveKey(Dialog[Secret | None]):
    """Answers with a key for the profile `name`, which is for `host` alone; None for none."""

    TITLE = _("Another key")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", _("Go back"), id="dialog.back"),
    ]

    def __init__(self, name: str, host: str) -> None:
        super().__init__(classes="dialog")
        self._name_shown, self._host_shown = name, host
        self._field = UnseenInput(id="give-key-text")
        self._problem = TextLine(id="give-key-problem")

    @property
    def takes_letters(self) -> bool:
        """Every letter is part of the key."""
        return True

    def compose(self) -> ComposeResult:
        """Whose key, the line, and why it is not taken."""
        label = _("Key for {host}; it is not shown", host=self._host_shown)
        title = _("Another key: {name}", name=self._name_shown)
        hint = _("It is tried at once, by a call that costs nothing.")
        with Vertical(id="give-key", classes="dialog-box"):
            yield Static(Content(safe(title)), classes="dialog-title")
            yield Static(Content(safe(label)), classes="field-label")
            yield self._field
            yield self._problem
            yield Static(Content(hint), classes="dialog-hint")
        yield KeyLine()

    def on_mount(self) -> None:
        """Begin in the line."""
        focus_now(self._field)

    @on(Input.Changed, "#give-key-text")
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self._problem.show("")

    @on(Input.Submitted, "#give-key-text")
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        try:
            secret = parse_key(self._field.value)
        except KeyRefused as refused:
            self._problem.show(f"✗ {refused}")
            return
        self._field.value = ""
        self.dismiss(secret)
