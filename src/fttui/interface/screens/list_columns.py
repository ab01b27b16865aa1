"""Choosing the columns of the list, and their order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import DataTable, Static

from fttui.interface.guard.screens import Dialog
from fttui.interface.guard.typing_ahead import focus_now
from fttui.interface.kit.columns import Column
from fttui.interface.kit.keys import KeyLine
from fttui.interface.kit.table import MOVES, Table
from fttui.terminal.language import _

_FRAME_LINES = 7
"""Lines of the box and below it that are no rows."""


class ColumnsTable(Table, inherit_bindings=False):
    """The columns by name, the chosen ones marked; the order of the rows is that of the list."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "mark", _("Show or leave out"), id="columns.mark"),
        Binding("J", "carry(1)", _("Move down"), id="columns.down_by_one", key_display="J"),
        Binding("K", "carry(-1)", _("Move up"), id="columns.up_by_one", key_display="K"),
        Binding("enter", "select_cursor", _("Keep"), id="dialog.go_on"),
        Binding("j", "move(1)", _("Down"), show=False, id="columns.next"),
        Binding("k", "move(-1)", _("Up"), show=False, id="columns.previous"),
        *MOVES,
    ]

    def __init__(self, titles: Mapping[str, str], chosen: Sequence[str]) -> None:
        self._titles = titles
        self._marked = set(chosen)
        self.order = [*chosen, *(name for name in titles if name not in self._marked)]
        columns = [Column("title", "", 18, 18, 0), Column("name", "", 16, 16, 1, grows=True)]
        super().__init__(columns, id="columns-table", show_header=False)
        self.set_rows([*self.order])

    @property
    def chosen(self) -> tuple[str, ...]:
        """The names of the marked columns, in order."""
        return tuple(name for name in self.order if name in self._marked)

    def have(self, chosen: Sequence[str]) -> None:
        """Mark these, and put them first."""
        self._marked = set(chosen)
        self.order = [*chosen, *(name for name in self._titles if name not in self._marked)]
        self.set_rows([*self.order])
        self.repaint()

    def cell(self, key: str, column: Column) -> tuple[str, str]:
        """The title as it stands above the list, and the name as the settings have it."""
        if column.key == "title":
            return self._titles[key], "plain" if key in self._marked else "muted"
        return key, "muted"

    def is_marked(self, key: str) -> bool:
        """True for a column that is shown."""
        return key in self._marked

    def action_mark(self) -> None:
        """Show the column under the cursor, or leave it out."""
        key = self.cursor_key
        if key is not None:
            self._marked ^= {key}
            self.repaint()

    def action_carry(self, rows: int) -> None:
        """Move the column under the cursor up or down."""
        key = self.cursor_key
        if key is None:
            return
        place = self.order.index(key)
        other = min(max(place + rows, 0), len(self.order) - 1)
        self.order.insert(other, self.order.pop(place))
        self.set_rows([*self.order])
        self.move_to(key)
        self.repaint()


class ListColumns(Dialog[tuple[str, ...] | None]):
    """Answers with the names of the columns in their order; None for no change."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "standard", _("As at first"), id="columns.standard"),
        Binding("escape", "dismiss(None)", _("Go back"), id="dialog.back"),
    ]

    def __init__(
        self, titles: Mapping[str, str], chosen: Sequence[str], standard: Sequence[str], lead: str
    ) -> None:
        super().__init__(classes="dialog")
        self._standard = standard
        self._lead = lead
        self.table = ColumnsTable(titles, chosen)

    def compose(self) -> ComposeResult:
        """A title, what the choice is good for, and the columns."""
        with Vertical(id="list-columns", classes="dialog-box"):
            yield Static(Content(_("Columns")), classes="dialog-title")
            yield Static(Content(self._lead), classes="dialog-hint")
            yield self.table
        yield KeyLine()

    def on_mount(self) -> None:
        """Begin at the first column."""
        self._fit()
        focus_now(self.table)

    def on_resize(self) -> None:
        """Leave room for the frame."""
        self._fit()

    def _fit(self) -> None:
        room = self.app.size.height - _FRAME_LINES
        self.table.styles.height = max(min(len(self.table.order), room), 1)

    def action_standard(self) -> None:
        """Take the columns that there are without a choice."""
        self.table.have(self._standard)

    @on(DataTable.RowSelected, "#columns-table")
    def _kept(self, event: DataTable.RowSelected) -> None:
        event.stop()
        if self.table.chosen:
            self.dismiss(self.table.chosen)
        else:
            self.query_one(KeyLine).show_sentence(_("Mark one column at least: Space does it."))
