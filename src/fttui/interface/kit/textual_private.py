"""The private names of Textual that the tables stand on: here and nowhere else.

`tests/interface/test_textual_private.py` holds that they are there and do what is relied on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from rich.style import Style
from textual.css.styles import RenderStyles
from textual.dom import DOMNode
from textual.geometry import Size
from textual.widget import Widget
from textual.widgets import DataTable
from textual.widgets.data_table import CellKey, Column, ColumnKey, Row, RowKey

Cells = dict[ColumnKey, object]


def styled_over(widget: Widget, look: RenderStyles) -> Style:
    """What `look` looks like on the background of `widget`, as if it were a part of that."""
    part = DOMNode()
    part._attach(widget)
    part.styles.base.merge(look.base)
    return part.rich_style


class BareTable(DataTable[object]):
    """A DataTable that stores and tells; measuring, scrolling and painting are its subclass's.

    All of DataTable's own calls work on what `put_columns` and `put_rows` put there.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"datatable--odd-row", "datatable--even-row"}

    def rows_came(self, rows: Sequence[Row]) -> None:
        """Called once after one or more calls that changed rows or columns: `rows` are new."""
        raise NotImplementedError

    def columns_changed(self, keys: Iterable[ColumnKey]) -> None:
        """Called once after cells of these columns have changed, or the columns are new."""
        raise NotImplementedError

    def show_cursor_line(self) -> None:
        """Scroll the cursor into sight."""
        raise NotImplementedError

    def place_cursor(self) -> None:
        """Post what is under the cursor now."""
        raise NotImplementedError

    def put_columns(self, columns: Iterable[Column]) -> None:
        """Have these columns and no others, without measuring them."""
        self.columns.clear()
        self._column_locations = type(self._column_locations)({})
        for place, column in enumerate(columns):
            self.columns[column.key] = column
            self._column_locations[column.key] = place

    def put_rows(self, rows: dict[RowKey, Row], cells: dict[RowKey, Cells]) -> None:
        """Have these rows in this order, without measuring them or moving the cursor."""
        self.rows, self._data = rows, cells
        self._row_locations = type(self._row_locations)({key: n for n, key in enumerate(rows)})
        self._update_count += 1

    def cells_of(self, row: RowKey) -> Cells:
        """What is stored for a row: all cells of one that was added, else those put over its own.

        Raises KeyError for a row that is not there.
        """
        return self._data[row]

    def key_at(self, index: int) -> RowKey | None:
        """The key of the row at `index`; None where there is none."""
        return self._row_locations.get_key(index)

    def row_at(self, index: int) -> Row:
        """The row at `index`, without a list of all rows; raises KeyError where there is none."""
        key = self.key_at(index)
        if key is None:
            raise KeyError(index)
        return self.rows[key]

    def set_scrolled_size(self, lines: int) -> None:
        """Have `lines` to scroll through, without a new layout of the whole screen."""
        # As Textual's own setter does it, less its watcher.
        self.set_reactive(Widget.virtual_size, Size(self.size.width, lines))

    def _update_dimensions(self, new_rows: Iterable[RowKey]) -> None:
        """Measuring all cells with rich takes seconds for some thousand rows."""
        self.rows_came([self.rows[key] for key in new_rows if key in self.rows])

    def _update_column_widths(self, updated_cells: set[CellKey]) -> None:
        """Textual's own way reads each cell as markup: a name with odd brackets ends the app."""
        keys = {cell.column_key for cell in updated_cells}
        self.columns_changed(key for key in keys if key in self.columns)
        self._require_update_dimensions = True

    def _scroll_cursor_into_view(self, animate: bool = False) -> None:
        self.show_cursor_line()

    def _highlight_cursor(self) -> None:
        self.place_cursor()

    def _set_hover_cursor(self, active: bool) -> None:
        """The pointer paints nothing: over SSH each row that it crosses would cost a frame."""


# DataTable's own parts are never painted, and each costs as much to style as a widget.
BareTable._inherit_component_classes = False
