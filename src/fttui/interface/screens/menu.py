"""A choice among a few things, each on a line with what it would give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import DataTable, Static

from fttui.interface.guard.screens import Dialog
from fttui.interface.guard.typing_ahead import focus_now
from fttui.interface.kit.columns import GAP, GUTTER, Column
from fttui.interface.kit.inputs import TextLine
from fttui.interface.kit.keys import KeyLine
from fttui.interface.kit.table import Table
from fttui.terminal.language import _
from fttui.terminal.text import safe

_LONGEST_TEXT = 40
_LONGEST_HINT = 300
_FRAME_LINES = 6
"""Lines of the box and below it that are no rows."""


@dataclass(frozen=True, slots=True)
class MenuItem:
    """One line: what it is called, and `hint`, what it would give.

    `id` is what the menu answers with, `key` a letter that chooses it at once. With `why_not`, a
    sentence, it cannot be chosen, and that stands in the place of the hint.
    """

    id: str
    text: str
    hint: str = ""
    why_not: str = ""
    key: str = ""


class MenuTable(Table):
    """The lines of a menu."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select_cursor", _("Choose"), id="dialog.choose"),
        Binding("j", "move(1)", _("Down"), show=False, id="table.down"),
        Binding("k", "move(-1)", _("Up"), show=False, id="table.up"),
    ]

    def __init__(self, items: Sequence[MenuItem]) -> None:
        self._items = {item.id: item for item in items}
        longest = max((len(safe(item.text, maxlen=_LONGEST_TEXT)) for item in items), default=1)
        columns = [
            Column("text", "", longest, longest, 0),
            Column("hint", "", 10, 10, 2, grows=True),
        ]
        self.lead_width = GUTTER + longest + GAP
        if any(item.key for item in items):
            columns.insert(0, Column("key", "", 1, 1, 1))
            self.lead_width += 1 + GAP
        super().__init__(columns, id="menu-table", show_header=False)
        self.set_rows(list(self._items))

    def cell(self, key: str, column: Column) -> tuple[str, str]:
        """The text and look of one cell."""
        item = self._items[key]
        if column.key == "key":
            return item.key, "muted" if item.why_not else "strong"
        if column.key == "text":
            text = safe(item.text, maxlen=_LONGEST_TEXT)
            return text, "muted" if item.why_not else "plain"
        return safe(item.why_not or item.hint, maxlen=_LONGEST_HINT), "muted"


class Menu(Dialog[str | None]):
    """Answers with the id of what was chosen, None for nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss(None)", _("Go back"), id="dialog.back"),
    ]

    def __init__(self, title: str, items: Sequence[MenuItem], lead: str = "") -> None:
        super().__init__(classes="dialog")
        self.items = tuple(items)
        self._lead = lead
        self._heading = title
        self.table = MenuTable(self.items)
        self._whole = TextLine(id="menu-whole")
        self._refused: MenuItem | None = None

    def compose(self) -> ComposeResult:
        """A title, what it is about, the lines, and the whole of the one under the cursor."""
        with Vertical(id="menu", classes="dialog-box"):
            yield Static(Content(safe(self._heading)), classes="dialog-title")
            if self._lead:
                yield Static(Content(safe(self._lead)), id="menu-lead")
            yield self.table
            yield self._whole
        yield KeyLine()

    def on_mount(self) -> None:
        """Begin at the first line that can be chosen."""
        self._fit()
        first = next((item.id for item in self.items if not item.why_not), None)
        if first is not None:
            self.table.move_to(first)
        focus_now(self.table)

    def on_resize(self) -> None:
        """Leave room for the frame."""
        self._fit()

    def _fit(self) -> None:
        room = self.app.size.height - _FRAME_LINES - bool(self._lead)
        self.table.styles.height = max(min(len(self.items), room), 1)

    @on(DataTable.RowHighlighted, "#menu-table")
    def _passed(self, event: DataTable.RowHighlighted) -> None:
        event.stop()
        item = self._item(self.table.cursor_key)
        if item is not self._refused:
            self.query_one(KeyLine).show_sentence("")
        hint = safe((item.why_not or item.hint) if item else "", maxlen=_LONGEST_HINT)
        is_cut = len(hint) > self.table.size.width - self.table.lead_width
        self._whole.show(hint if is_cut else "")

    @on(DataTable.RowSelected, "#menu-table")
    def _chosen(self, event: DataTable.RowSelected) -> None:
        event.stop()
        self._choose(self._item(self.table.cursor_key))

    def on_key(self, event: events.Key) -> None:
        """A letter of the menu chooses its line."""
        item = next((one for one in self.items if one.key and one.key == event.character), None)
        if item is not None:
            event.stop()
            self.table.move_to(item.id)
            self._choose(item)

    def _item(self, name: str | None) -> MenuItem | None:
        return next((item for item in self.items if item.id == name), None)

    def _choose(self, item: MenuItem | None) -> None:
        if item is None:
            return
        if item.why_not:
            self._refused = item
            self.query_one(KeyLine).show_sentence(item.why_not)
        else:
            self.dismiss(item.id)
