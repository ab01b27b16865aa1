"""The address of a page, as a link that the terminal opens and a text to select by hand."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.style import Style
from textual.widgets import Static

from fttui.interface.guard.screens import Dialog
from fttui.interface.kit.keys import KeyLine
from fttui.terminal.language import _
from fttui.terminal.text import safe


class LinkScreen(Dialog[None]):
    """Shows one address without borders beside it."""

    TITLE = _("Page of the job")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q,b", "dismiss(None)", _("Back"), id="link.back"),
    ]

    def __init__(self, url: str) -> None:
        super().__init__(id="link-screen")
        self._url = url

    def compose(self) -> ComposeResult:
        """What to do with it above, the address below."""
        yield Static(
            Content(
                _(
                    "No browser with a window could be opened from here. Click the address "
                    "(with Ctrl or Cmd in most terminals), or paste it: it is copied, too."
                )
            ),
            id="link-hint",
        )
        with VerticalScroll():
            yield Static(Content.styled(safe(self._url), Style(link=self._url)), id="link")
        yield KeyLine()
