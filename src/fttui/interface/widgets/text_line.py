"""One line of text that is repainted only when it changes, and never moves anything."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from fttui.terminal.text import safe


class TextLine(Static):
    """A Static of fixed height for texts that follow every key press."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.text = ""

    def show(self, text: str) -> None:
        """Show `text`, whatever it holds."""
        text = safe(text)
        if text != self.text:
            self.text = text
            self.update(Content(text), layout=False)
