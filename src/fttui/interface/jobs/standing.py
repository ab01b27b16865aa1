"""Above the list: how it stands at each of several endpoints, and what could not be had."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from fttui.interface.jobs.list_state import ListState
from fttui.interface.kit.inputs import TextLine

_TALL, _MOST, _MOST_LOW = 30, 3, 2
"""From so many rows on so many lines, else so many, as the styles have it."""


class Standing(Vertical):
    """The line of several endpoints, and a banner where something has failed."""

    def __init__(self, state: ListState) -> None:
        super().__init__(id="jobs-standing")
        self.state = state
        self._line = TextLine(id="jobs-places")
        self._banner = Static(id="jobs-banner")
        self._line.display = state.is_several
        self._banner.display = False

    def compose(self) -> ComposeResult:
        """Both, one below the other."""
        yield self._line
        yield self._banner

    def show_line(self) -> None:
        """Say how the endpoints stand now."""
        self._line.show(self.state.line)

    def show_failures(self, reload: str, another_key: str) -> None:
        """Say what has failed, and which keys mend it; nothing where all is well."""
        most = _MOST if self.app.size.height >= _TALL else _MOST_LOW  # it may be on no screen yet
        failures = self.state.failures(reload, another_key, most)
        if failures:
            self._banner.update(Content("\n".join(failures)))
        self._banner.set_class(len(failures) > 1 and self.state.is_several, "-several")
        self._banner.set_class(self.state.is_several, "-low")
        self._banner.display = bool(failures)
