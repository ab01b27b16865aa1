"""The buttons above the list."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Button

from fttui.interface.jobs.words import BRIEF_LABELS, BUTTONS
from fttui.terminal.format import width_of

_AROUND_A_LABEL = 3
"""Columns of a button beside its label, and before the next one."""


class JobButtons(Horizontal):
    """They fit into one row; each tells why it is off."""

    def __init__(self) -> None:
        super().__init__(id="jobs-buttons")
        self._buttons = {
            name: Button(Content(label), id=name, compact=True, action=f"app.ask('{ask}')")
            for name, (label, ask) in BUTTONS.items()
        }

    def compose(self) -> ComposeResult:
        """All of them."""
        yield from self._buttons.values()

    def fit(self, width: int) -> None:
        """Have labels that a pane of so many cells has room for."""
        wide = sum(width_of(label) + _AROUND_A_LABEL for label, _ask in BUTTONS.values())
        is_cramped = width < wide
        for name, button in self._buttons.items():
            button.label = Content(BRIEF_LABELS[name] if is_cramped else BUTTONS[name][0])

    def show(self, reasons: Mapping[str, str], leave: Callable[[], None]) -> None:
        """Turn off those that there are reasons for; `leave` takes the focus from one."""
        for name, reason in reasons.items():
            button = self._buttons[name]
            if reason and self.screen.focused is button:
                leave()
            button.disabled = bool(reason)
            button.tooltip = Content(reason) if reason else None
