"""A table of the things of an account, that are marked for an action on all of them."""

from __future__ import annotations

from collections.abc import Container
from typing import Any, ClassVar

from textual.binding import BindingType
from textual.message import Message
from textual.timer import Timer

from fttui.interface.kit.table import MOVES, Table


class ListTable(Table, inherit_bindings=False):
    """Rows by key, some marked; a subclass fills them in `refresh_rows`.

    Answers that come together are shown together: `refresh_within`.
    """

    # Enter is the pane's: there it can be remapped, and works wherever the focus is.
    BINDINGS: ClassVar[list[BindingType]] = MOVES

    class MarksChanged(Message):
        """Other rows are marked."""

    class Refreshed(Message):
        """The rows are filtered and sorted anew."""

        def can_replace(self, message: Message) -> bool:
            """One is enough for changes that came together."""
            return isinstance(message, ListTable.Refreshed)

    def __init__(self, *columns: Any, **more: Any) -> None:
        self._marked: dict[str, None] = {}
        self._refresh: Timer | None = None
        super().__init__(*columns, **more)

    @property
    def marks(self) -> list[str]:
        """The keys of the marked rows, in the order of marking, filtered out ones too."""
        return [*self._marked]

    def can_mark(self, key: str) -> bool:
        """Whether a row is one that a common action can go to."""
        return True

    def is_marked(self, key: str) -> bool:
        """True for a row that a common action would go to."""
        return key in self._marked

    def clear_marks(self) -> None:
        """Unmark all rows."""
        self._marked.clear()
        self.repaint()
        self.post_message(self.MarksChanged())

    def keep_marks(self, keys: Container[str]) -> None:
        """Unmark the rows that are none of these."""
        kept = {key: None for key in self._marked if key in keys}
        if len(kept) != len(self._marked):
            self._marked = kept
            self.post_message(self.MarksChanged())

    def action_mark(self) -> None:
        """Mark the row under the cursor, or unmark it, and go on to the next row."""
        key = self.cursor_key
        if key is None or not self.can_mark(key):
            return
        if key in self._marked:
            del self._marked[key]
        else:
            self._marked[key] = None
        self.post_message(self.MarksChanged())
        self.action_move(1)
        self.repaint()

    def refresh_within(self, seconds: float) -> None:
        """Filter and sort all rows soon, together with what else comes until then."""
        if self._refresh is None:
            self._refresh = self.set_timer(seconds, self.refresh_rows)

    def refresh_rows(self) -> None:
        """Filter and sort all rows now; a subclass does it, and calls this first."""
        if self._refresh is not None:
            self._refresh.stop()
            self._refresh = None
