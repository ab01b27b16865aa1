"""The last line of a dialog: what its keys do, behind what is waited for."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from fttui.terminal.text import safe


class HintLine(Static):
    """A line of text of ours; `show_waiting` puts a word in front of it."""

    def __init__(self, text: str = "", *, id: str | None = None, classes: str = "") -> None:
        self._hint = Content(text)
        self._waiting = ""
        super().__init__(self._hint, id=id, classes=classes)

    def on_mount(self) -> None:
        """Show what is waited for already."""
        self.show_waiting(getattr(self.app, "waiting_word", ""))

    def show_hint(self, hint: Content) -> None:
        """Show `hint` from now on."""
        self._hint = hint
        waiting = Content.assemble((f"{safe(self._waiting)}  ", "bold"))
        self.update(waiting + hint if self._waiting else hint)

    def show_waiting(self, word: str) -> None:
        """Put `word` in front, or take it away with ""."""
        if word != self._waiting:
            self._waiting = word
            self.show_hint(self._hint)
