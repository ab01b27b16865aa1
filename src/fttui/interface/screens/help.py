"""Help: the keys that work now, what the words mean, and how to get and set an API key."""

from __future__ import annotations

import os
from itertools import groupby
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from fttui.interface.guard.screens import QuietModal
from fttui.interface.guard.typing_ahead import focus_now
from fttui.interface.kit.keys import Command, KeyLine, active_commands
from fttui.interface.screens.guide import guide_content, language_of
from fttui.terminal.text import safe


class Help(QuietModal[None]):
    """A page to read; its keys come from the active bindings, never from a second list."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark", "dismiss(None)", "Back", id="help.back"),
        Binding("f", "language", "Français / English", id="help.language"),
        Binding("j,down", "scroll(1)", show=False, id="help.down"),
        Binding("k,up", "scroll(-1)", show=False, id="help.up"),
        Binding("ctrl+d,pagedown,space", "scroll(12)", show=False, id="help.page_down"),
        Binding("ctrl+u,pageup", "scroll(-12)", show=False, id="help.page_up"),
    ]

    def __init__(self) -> None:
        super().__init__(id="help")
        self._language = language_of(os.environ)

    def compose(self) -> ComposeResult:
        """One scrolling text."""
        with VerticalScroll(id="help-scroll", can_focus=True):
            yield Static(id="help-text")
        yield KeyLine()

    def on_mount(self) -> None:
        """Fill the page."""
        self._fill()
        focus_now(self.query_one("#help-scroll"))

    def action_scroll(self, lines: int) -> None:
        """Scroll by `lines`."""
        self.query_one("#help-scroll", VerticalScroll).scroll_relative(y=lines, animate=False)

    def action_language(self) -> None:
        """Switch the guide between English and French."""
        self._language = "fr" if self._language == "en" else "en"
        self._fill()

    def _fill(self) -> None:
        commands = list(active_commands(self.app))
        parts: list[Content] = [Content.styled("Keys", "bold underline"), Content("")]
        for group, members in groupby(commands, key=lambda command: command.group):
            parts += [Content.styled(safe(group), "bold"), *map(_line, members), Content("")]
        parts += [
            Content("Letters act only outside of fields; Esc leaves a field or a screen."),
            Content("Every key can be changed in the settings file, table [keymap]."),
            Content(""),
            guide_content(self._language),
        ]
        self.query_one("#help-text", Static).update(Content("\n").join(parts))


def _line(command: Command) -> Content:
    return Content.assemble((f"  {safe(command.keys):<16}", "bold"), safe(command.text))
