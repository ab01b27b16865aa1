"""The line above the tabs: where the key and the data go, and what goes on behind the screens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from fttui.interface.first_frame import connection_room, connection_words
from fttui.terminal.text import safe

if TYPE_CHECKING:
    from fttui.services.session import Session


class ConnectionLine(Static):
    """Where the key and the data go, or what is read; `show_error` puts a failure in its place."""

    def __init__(self, session: Session, *, demo: bool = False) -> None:
        super().__init__(id="connection")
        self._session = session
        self._demo = demo
        self._error = self._work = ""
        self._shown: Content | None = None

    def on_mount(self) -> None:
        """Draw the line as soon as there is a screen."""
        self.refresh_line()

    def on_resize(self) -> None:
        """Tell as much as there is room for."""
        self.refresh_line()

    def show_error(self, sentence: str) -> None:
        """Show `sentence` as the connection's state; an empty one means that all is well."""
        self._error = sentence
        self.refresh_line()

    def show_work(self, words: str) -> None:
        """Show what goes on behind the screens; "" for nothing."""
        self._work = words
        self.refresh_line()

    def refresh_line(self) -> None:
        """Draw the line anew, after the key or the state has changed."""
        room = connection_room(self.size.width or self.app.size.width, demo=self._demo)
        if self._error or self._work:
            room //= 2  # what is told now matters more
        title, words = connection_words(self._session, demo=self._demo, width=room)
        work = (f"{safe(self._work)} · ", "") if self._work else ""
        text = Content.assemble((f" {title} ", "bold"), work, (" · ".join(words), ""))
        if self._error:
            text = Content.assemble(text, ("  ! ", "bold"), (safe(self._error), "bold"))
        self.set_class(bool(self._error), "-error")
        if text != self._shown:
            self._shown = text
            self.update(text)
