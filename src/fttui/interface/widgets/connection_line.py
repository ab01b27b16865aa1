"""One line on top of every tab: which endpoint, whose account, which key, and its state."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from fttui.terminal.text import safe

if TYPE_CHECKING:
    from fttui.services.session import Session


class ConnectionLine(Static):
    """Where the key and the data go; `set_trouble` puts a failure in its place."""

    def __init__(self, session: Session, *, demo: bool = False) -> None:
        super().__init__(id="connection")
        self._session = session
        self._demo = demo
        self._trouble = ""

    def on_mount(self) -> None:
        """Draw the line as soon as there is a screen."""
        self.refresh_line()

    def set_trouble(self, sentence: str) -> None:
        """Show `sentence` as the connection's state; an empty one means that all is well."""
        if sentence != self._trouble:
            self._trouble = sentence
            self.refresh_line()

    def refresh_line(self) -> None:
        """Draw the line anew, after the key or the state has changed."""
        session = self._session
        host, *parts = session.endpoint.connection_parts(os.environ)
        key = [f"key …{session.credential.secret.last4}"] if session.credential else []
        title = "fttui demo · a sandbox, trains nothing" if self._demo else "fttui"
        # The demo's key is its own, and its line is long enough.
        route = host if self._demo else session.key_route
        text = Content.assemble(
            (f" {title} ", "bold"), (" · ".join(map(safe, [route, *parts, *key])), "")
        )
        if self._trouble:
            text = Content.assemble(text, ("  ! ", "bold"), (safe(self._trouble), "bold"))
        self.set_class(bool(self._trouble), "-trouble")
        self.update(text)
