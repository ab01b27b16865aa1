"""One text in whole, where a table or a list has room for its beginning only."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from fttui.interface.guard.screens import Dialog
from fttui.interface.guard.typing_ahead import focus_now
from fttui.interface.kit.inputs import TextLine
from fttui.interface.kit.keys import KeyLine
from fttui.interface.kit.lines import LineView, wrap
from fttui.terminal.language import _
from fttui.terminal.text import safe

_LONGEST = 100_000


class WholeText(Dialog[None]):
    """Shows `text` below a title and a line about it, to scroll, to select, and to `copy`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c,y", "copy", _("Copy"), id="whole.copy"),
        Binding("j", "scroll(1)", _("Down"), show=False, id="whole.down"),
        Binding("k", "scroll(-1)", _("Up"), show=False, id="whole.up"),
        Binding("escape,enter,q", "dismiss(None)", _("Back"), id="dialog.back"),
    ]

    def __init__(self, title: str, about: str, text: str, copy: Callable[[str], None]) -> None:
        super().__init__(classes="dialog")
        self._copy = copy
        self._heading = title
        self._about = about
        self._text = safe(text, newlines=True, maxlen=_LONGEST)
        self._view = LineView(id="whole-text")

    def compose(self) -> ComposeResult:
        """A title, what it is, and the text."""
        with Vertical(id="whole", classes="dialog-box"):
            yield Static(Content(safe(self._heading)), classes="dialog-title")
            about = TextLine(id="whole-about")
            about.show(self._about)
            yield about
            yield self._view
        yield KeyLine()

    def on_mount(self) -> None:
        """Let keys scroll the text."""
        focus_now(self._view)

    def on_resize(self) -> None:
        """Wrap for the width that there is."""
        self.call_after_refresh(self._wrap)

    def _wrap(self) -> None:
        width = max(self._view.line_width, 10)
        lines = [line for part in self._text.split("\n") for line in wrap(part, width) or [""]]
        self._view.set_lines([((line, "plain"),) for line in lines])

    def action_copy(self) -> None:
        """Copy the text."""
        self._copy(self._text)

    def action_scroll(self, lines: int) -> None:
        """Scroll by so many lines."""
        self._view.action_scroll_lines(lines)
