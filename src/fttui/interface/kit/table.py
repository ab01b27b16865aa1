"""Textual's DataTable, quick and quiet with tens of thousands of rows.

What it tells is what DataTable tells. How it paints is its own: only visible rows, and of those
only what changed; and the cursor and the scroll position stay with their row when answers bring
rows around it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, ClassVar, Self

from rich.text import TextType
from textual import events
from textual.binding import Binding, BindingType
from textual.coordinate import Coordinate
from textual.widgets import DataTable
from textual.widgets.data_table import ColumnKey, Row, RowKey

from fttui.interface.kit.columns import GUTTER, Column
from fttui.interface.kit.painted_table import OwnCells, PaintedTable
from fttui.interface.kit.textual_private import Cells
from fttui.terminal.language import _

MOVES: list[BindingType] = [
    Binding("down", "cursor_down", _("Down"), show=False, id="table.down"),
    Binding("up", "cursor_up", _("Up"), show=False, id="table.up"),
    Binding("home,ctrl+home", "scroll_top", _("First row"), show=False, id="table.top"),
    Binding("end,ctrl+end", "scroll_bottom", _("Last row"), show=False, id="table.bottom"),
    Binding("pagedown", "page_down", _("Page down"), show=False, id="table.page_down"),
    Binding("pageup", "page_up", _("Page up"), show=False, id="table.page_up"),
    Binding("right", "pan(1)", _("More columns"), show=False, id="table.right"),
    Binding("left", "pan(-1)", _("Columns back"), show=False, id="table.left"),
]


_MOST_KNOWN = 10_000
"""Rows that are kept beside those which are shown: a filter brings them back and takes them."""


class Table(PaintedTable, can_focus=True, inherit_bindings=False):
    """A DataTable with a cursor on rows.

    A subclass puts its own rows there at once (`set_rows`). Rows that `add_row` gave stay below
    them, until they are removed. `sorted_by` tells the column and the direction of a `sort`.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        *MOVES,
        Binding("enter", "select_cursor", _("Select"), show=False, id="table.select"),
    ]

    def __init__(self, columns: Sequence[Column] = (), **more: Any) -> None:
        self._own: Sequence[str] = ()
        self._added: dict[RowKey, None] = {}
        self._known: dict[str, tuple[Row, OwnCells]] = {}
        self._asked: Callable[[], object] | None = None
        self.sorted_by: tuple[str, bool] | None = None
        self._wanted: str | None = None
        self._reported: RowKey | None = None
        self._click_selected = False
        super().__init__(columns, **more)

    @property
    def cursor_key(self) -> str | None:
        """The key of the row under the cursor."""
        key = self.key_at(self.cursor_row)
        return key.value if key else None

    @property
    def added_count(self) -> int:
        """How many rows are not the table's own: `add_row` gave them."""
        return len(self._added)

    def set_rows(self, keys: Sequence[str]) -> None:
        """Show the table's own rows `keys` in this order, and below them those that were added.

        The cursor stays on its row and the row on its line.
        """
        before, line = self.key_at(self.cursor_row), self.cursor_row - self.fixed_rows - self.top
        at_top = self.top == 0
        if keys != self._own:
            self._own = keys
            self._put_own_rows(keys)
            self._sort_as_asked()
        self.set_scrolled_size(self.header_lines + self.row_count)
        kept = next((key for key in (self._wanted, before) if key and key in self.rows), None)
        if kept is None:
            place = max(min(self.cursor_row, self.row_count - 1), 0)
        else:
            place = self.get_row_index(kept)
        self.set_reactive(DataTable.cursor_coordinate, Coordinate(place, self.cursor_column))
        place -= self.fixed_rows
        if 0 <= line < self.page_lines and not (at_top and place < self.page_lines):
            self.scroll_to_line(place - line)
        else:
            self.show_cursor_line()
        self.repaint()
        self._report_other_row()

    def _put_own_rows(self, names: Sequence[str]) -> None:
        if len(self._known) > _MOST_KNOWN + 2 * len(names):
            self._known.clear()
        known, rows, cells = self._known, dict[RowKey, Row](), dict[RowKey, Cells]()
        for name in names:
            found = known.get(name)
            if found is None:
                found = known[name] = (Row(RowKey(name), 1), OwnCells(self, name))
            row, cells[row.key] = found
            rows[row.key] = row
        for key in [*self._added]:
            if key in rows:
                del self._added[key]
            else:
                rows[key], cells[key] = self.rows[key], self.cells_of(key)
        self.put_rows(rows, cells)

    def move_to(self, key: str) -> bool:
        """Put the cursor on the row `key`, or as soon as there is such a row; True if there is."""
        self._wanted = key
        if key not in self.rows:
            return False
        self._go(self.get_row_index(key))
        return True

    def add_column(self, label: TextType, *, default: Any = None, **more: Any) -> ColumnKey:
        """As DataTable's; rows that are not shown now have the `default` too."""
        key = super().add_column(label, default=default, **more)
        for _unused, cells in self._known.values():
            cells[key] = default
        return key

    def add_row(self, *cells: Any, **more: Any) -> RowKey:
        """As DataTable's, for rows of one line each: they stand below the table's own."""
        key = super().add_row(*cells, **more | {"height": 1})
        self._added[key] = None
        return key

    def remove_row(self, row_key: RowKey | str) -> None:
        """As DataTable's; a row of the table's own comes back with the next `set_rows`."""
        super().remove_row(row_key)
        self._added.pop(RowKey(row_key) if isinstance(row_key, str) else row_key, None)
        self._own = [name for name in self._own if name != row_key]
        self._stay_here()

    def clear(self, columns: bool = False) -> Self:
        """As DataTable's; rows of the table's own come back with the next `set_rows`."""
        self._own, self._added, self._label_width, self._reported = (), {}, 0, None
        return super().clear(columns)

    def sort(
        self,
        *columns: ColumnKey | str,
        key: Callable[[Any], Any] | None = None,
        reverse: bool = False,
    ) -> Self:
        """As DataTable's; rows that come later take their places in this order too."""
        asked = partial(super().sort, *columns, key=key, reverse=reverse)
        asked()  # one that raises here changes nothing, now or later
        self._asked = asked
        only = columns[0] if len(columns) == 1 and key is None else None
        name = only.value if isinstance(only, ColumnKey) else only
        self.sorted_by = (name or "", reverse)
        self._stay_here()
        return self

    def _sort_as_asked(self) -> None:
        if self._asked is None:
            return
        try:
            self._asked()
        except Exception:  # noqa: BLE001 - a script's key, or its column, may not fit later rows
            self._asked, self.sorted_by = None, None

    def forget_sort(self) -> None:
        """Leave the order to `set_rows` again."""
        self._asked, self.sorted_by = None, None
        self._own = ()

    def forget_cells(self, key: str) -> None:
        """Show what the table knows of its own row `key`, not what was put over that by hand."""
        cells = self._known[key][1] if key in self._known else None
        if cells:
            for name in self._styles:
                cells.pop(ColumnKey(name), None)

    def watch_cursor_coordinate(self, old: Coordinate, new: Coordinate) -> None:
        """Show where the cursor is, and tell it."""
        if old != new:
            self._wanted = self.cursor_key
            self.show_cursor_line()
            self.repaint()
            self.place_cursor()

    def place_cursor(self) -> None:
        """Post what is under the cursor, if anything is."""
        self._reported = self.key_at(self.cursor_row)
        if not self.is_valid_coordinate(self.cursor_coordinate):
            return
        row, column = self.coordinate_to_cell_key(self.cursor_coordinate)
        if self.cursor_type == "row":
            self.post_message(self.RowHighlighted(self, self.cursor_row, row))
        elif self.cursor_type == "column":
            self.post_message(self.ColumnHighlighted(self, self.cursor_column, column))
        elif self.cursor_type == "cell":
            value = self.get_cell(row, column)
            where = self.cursor_coordinate
            self.post_message(
                self.CellHighlighted(self, value, where, self.coordinate_to_cell_key(where))
            )

    def _stay_here(self) -> None:
        """Stay on the row that has come under the cursor, and tell it."""
        if self._wanted in self.rows:
            self._wanted = self.cursor_key
        self._report_other_row()

    def _report_other_row(self) -> None:
        """Tell what is under the cursor now that rows have moved below it."""
        if self.key_at(self.cursor_row) != self._reported and self.show_cursor:
            self.place_cursor()

    def _go(self, row: int) -> None:
        self.cursor_coordinate = Coordinate(row, self.cursor_column)
        self.show_cursor_line()

    def action_move(self, rows: int) -> None:
        """Move the cursor by `rows`."""
        self._go(self.cursor_row + rows)

    def action_page(self, pages: float) -> None:
        """Move the cursor by a part of a page."""
        rows = max(int(self.page_lines * abs(pages)), 1)
        self._go(self.cursor_row + (rows if pages > 0 else -rows))

    def action_page_down(self) -> None:
        """Move the cursor by a page."""
        self.action_page(1.0)

    def action_page_up(self) -> None:
        """Move the cursor by a page."""
        self.action_page(-1.0)

    def action_scroll_top(self) -> None:
        """Move the cursor to the first row."""
        self._go(0)

    def action_scroll_bottom(self) -> None:
        """Move the cursor to the last row."""
        self._go(self.row_count - 1)

    def action_pan(self, columns: int) -> None:
        """Show the columns that have no room, or go back to those that matter most."""
        if self._lights("cell", "column"):
            self.move_cursor(column=self.cursor_column + columns)
        else:
            self.pan(columns)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Know where the pointer is."""
        where = event.get_content_offset(self)
        if where is None:
            return
        place, index = self._column_at(where.x), self._row_on(where.y)
        if where.y >= self.header_lines and place is not None and self.is_valid_row_index(index):
            self.hover_coordinate = Coordinate(index, place)

    def on_click(self, event: events.Click) -> None:
        """As DataTable: a click moves the cursor, one under the cursor selects; or a title's."""
        event.prevent_default()
        where = event.get_content_offset(self)
        if where is None:
            return
        place, index = self._column_at(where.x), self._row_on(where.y)
        if where.y < self.header_lines:
            if place is not None:
                column = self.ordered_columns[place]
                self.post_message(self.HeaderSelected(self, column.key, place, column.label))
        elif self.is_valid_row_index(index):
            row = self.ordered_rows[index]
            if row.label is not None and GUTTER <= where.x < GUTTER + self._labels:
                self.post_message(self.RowLabelSelected(self, row.key, index, row.label))
            elif self._lights("row", "cell", "column"):
                event.stop()
                self._click_on(Coordinate(index, self.cursor_column if place is None else place))

    def _click_on(self, where: Coordinate) -> None:
        self._click_selected = where == self.cursor_coordinate
        self.cursor_coordinate = where
        if self._click_selected:
            self.action_select_cursor()
