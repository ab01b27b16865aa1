"""The last copied text, on a plain screen where a terminal can select it by hand."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from fttui.interface.guard.screens import Dialog
from fttui.interface.kit.keys import KeyLine
from fttui.terminal.language import _
from fttui.terminal.text import safe


class CopiedText(Dialog[None]):
    """Shows `text` without borders beside it, so that a selection holds nothing else."""

    TITLE = _("Copied text")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q,v", "dismiss(None)", _("Back"), id="copied.back"),
    ]

    def __init__(self, text: str) -> None:
        super().__init__(id="copied-text")
        self._text = text

    def compose(self) -> ComposeResult:
        """A hint line above, the text below."""
        yield Static(
            Content(
                _(
                    "The last copied text. Select it with the mouse (hold Shift in most terminals;"
                    " Option in iTerm2)."
                )
            ),
            id="copied-hint",
        )
        with VerticalScroll():
            yield Static(Content(safe(self._text, newlines=True, maxlen=100_000)), id="copied")
        yield KeyLine()
