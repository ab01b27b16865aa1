"""Where texts of several lines are written: the prompt, and the system prompt."""

from __future__ import annotations

import re
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import TextArea

from fttui.interface.guard.notices import notice
from fttui.terminal.language import _

MOST_PASTED = 200_000
"""Characters that are taken of one paste: more would hold the screen up for seconds."""

_ACTING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class PromptArea(TextArea, inherit_bindings=False):
    """Takes every letter as text, and Enter as a new line; Tab leaves it.

    A paste loses its control characters, and what is too long of it; it says so. F6 and F7, by
    which Textual's selects, go to tabs here as everywhere.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        each for each in Binding.make_bindings(TextArea.BINDINGS) if not each.key.startswith("f")
    ]

    class Paged(Message):
        """A page up (-1) or down (1) was asked for, of which there is none in a few lines."""

        def __init__(self, pages: int) -> None:
            super().__init__()
            self.pages = pages

    def __init__(self, *, placeholder: str, id: str) -> None:
        super().__init__(placeholder=placeholder, id=id, compact=True, highlight_cursor_line=False)
        self.cursor_blink = False

    async def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        text = event.text.replace("\r\n", "\n").replace("\r", "\n")
        kept = _ACTING.sub("", text[:MOST_PASTED])
        if kept:
            self.replace(kept, *self.selection)
        if len(kept) < len(text):
            notice(
                self.app,
                _(
                    "Pasted without control characters, {most:,} characters at most.",
                    most=MOST_PASTED,
                ),
            )

    def action_cursor_page_up(self) -> None:
        """Scroll the answers."""
        self.post_message(self.Paged(-1))

    def action_cursor_page_down(self) -> None:
        """Scroll the answers."""
        self.post_message(self.Paged(1))

    def action_copy(self) -> None:
        """Copy the selection; without one nothing, for Ctrl+C is no wish for all of it."""
        if self.selected_text:
            super().action_copy()


def put_text(area: TextArea, text: str) -> None:
    """Have `text` in it, with the cursor at its end."""
    area.load_text(text)
    area.move_cursor(area.document.end)
