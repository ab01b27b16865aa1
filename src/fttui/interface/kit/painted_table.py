"""A DataTable that paints by looks, line by line, only what changed; its columns fit its width."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal, Self

from rich import markup
from rich.cells import cell_len
from rich.errors import MarkupError
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.coordinate import Coordinate
from textual.strip import Strip
from textual.widgets import data_table
from textual.widgets.data_table import ColumnKey, Row, RowKey

from fttui.interface.kit.columns import GAP, GUTTER, Column, Fitted, fit_columns
from fttui.interface.kit.lines import PaintedLines, fit, joined, wrap
from fttui.interface.kit.textual_private import BareTable, Cells

_CURSOR = "cursor"
_BLANK_TITLE = (("", "header"),)
_LEAST = 8
_LAST = 100
_SIGNS = {  # in front of a row: is it under the cursor, is it marked
    (False, False): "  ",
    (True, False): "▸ ",
    (False, True): "* ",
    (True, True): "» ",
}


class OwnCells(Cells):
    """The cells of a row that the table knows itself: read when asked, unless put by hand."""

    def __init__(self, table: PaintedTable, key: str) -> None:
        super().__init__()
        self._table = table
        self._key = key

    def __missing__(self, column: ColumnKey) -> object:
        return self._table.own_text(self._key, column)

    def __delitem__(self, column: ColumnKey) -> None:
        self.pop(column, None)

    def values(self) -> Any:
        """All cells, as a row that was added has them."""
        return [self[column] for column in self._table.columns]


class PaintedTable(BareTable, PaintedLines, inherit_bindings=False):
    """How a table looks: rows of one line each, below their titles, in front of each its label.

    A subclass says what the cells of its own rows hold (`cell`), and may mark rows (`is_marked`,
    `row_style`). `placeholder` is shown instead of rows while there are none.
    """

    def __init__(
        self,
        columns: Sequence[Column] = (),
        *,
        cursor_type: Literal["cell", "row", "column", "none"] = "row",
        id: str | None = None,
        **more: Any,
    ) -> None:
        self._styles: dict[str, Column] = {column.key: column for column in columns}
        self._pan = 0
        self._fitted: Fitted = ()
        self._keys: dict[str, ColumnKey] = {}
        self._label_width = 0
        self.placeholder = ""
        super().__init__(cursor_type=cursor_type, id=id, **more)
        self.put_columns(map(_stored, columns))

    @property
    def own_columns(self) -> tuple[str, ...]:
        """The keys of the table's own columns, those without room too."""
        return tuple(self._styles)

    def have_columns(self, columns: Sequence[Column]) -> None:
        """Have these in place of the table's own columns; those that were added stay behind.

        Nothing is painted: the rows that stand there may have no such cells, or be gone already.
        Call `set_rows` after it, or `repaint` where the rows are the same.
        """
        added = [one for one in self.ordered_columns if one.key.value not in self._styles]
        self._styles = {column.key: column for column in columns}
        self.put_columns([*map(_stored, columns), *added])
        self._pan = 0
        self._fit()

    def cell(self, key: str, column: Column) -> tuple[str, str]:
        """The text and the look of one cell of the table's own rows."""
        raise NotImplementedError

    def is_marked(self, key: str) -> bool:
        """True for a row with a star in front."""
        return False

    def row_style(self, key: str) -> str:
        """The look of the whole row, or "" to let each cell have its own."""
        return ""

    def title_of(self, column: Column) -> str:
        """The text of a column's title."""
        return column.title

    @property
    def header_lines(self) -> int:
        """How many lines the titles take."""
        return self.header_height if self.show_header else 0

    @property
    def fixed_lines(self) -> int:
        """The header does not scroll, nor do the rows that `fixed_rows` holds."""
        return self.header_lines + self.fixed_rows

    @property
    def line_count(self) -> int:
        """How many rows scroll."""
        return max(self.row_count - self.fixed_rows, 0)

    @property
    def top(self) -> int:
        """The first row below the fixed lines."""
        return self.scroll_offset.y

    @property
    def allow_vertical_scroll(self) -> bool:
        """True where rows are out of sight; the scroll bar is painted with the lines."""
        return not self.disabled and self.line_count > self.page_lines

    @property
    def shown_columns(self) -> list[str]:
        """Keys of the columns that have room now."""
        return [column.key for column, _ in self._fitted]

    def scroll_to_line(self, line: int) -> None:
        """Make `line` the first that can be seen, as far as there are lines below it."""
        self.scroll_target_y = self.scroll_y = min(line, self.line_count - self.page_lines)

    def rows_came(self, rows: Sequence[Row]) -> None:
        """Make room for what the new rows hold."""
        for row in rows:
            if row.label is not None:
                self._label_width = max(self._label_width, cell_len(row.label.plain))
            for key, value in self.cells_of(row.key).items():
                column = self.columns[key]
                column.content_width = max(column.content_width, cell_len(_text_of(value)))
        self._fit()
        self.set_scrolled_size(self.header_lines + self.row_count)
        self.scroll_to_line(self.top)
        self.repaint()

    def columns_changed(self, keys: Iterable[ColumnKey]) -> None:
        """Make the columns as wide as their cells need now."""
        for key in keys:
            column = self.columns[key]
            widths = (cell_len(_text_of(value)) for value in self.get_column(key))
            column.content_width = max(cell_len(column.label.plain), *widths, 0)

    def paint_line(self, y: int, width: int) -> Strip:
        """The header, or the row on the line `y`."""
        if not self._fitted:  # painted before it was told its size
            self._fit()
        if y < self.header_lines:
            return self._paint_header(width) if y == 0 else self.paint(_BLANK_TITLE, width)
        index = self._row_on(y)
        if index >= self.row_count:
            return self.blank(width) if self.row_count else self._paint_placeholder(y, width)
        return self._paint_row(index, width)

    def _paint_placeholder(self, y: int, width: int) -> Strip:
        lines = wrap(self.placeholder, max(width - GUTTER, 1))
        index = y - self.header_lines - 1
        if not 0 <= index < len(lines):
            return self.blank(width)
        return self.paint(((" " * GUTTER, "plain"), (lines[index], "muted")), width)

    def render_line(self, y: int) -> Strip:
        """As painted by looks, not by rich."""
        return PaintedLines.render_line(self, y)

    def style_name(self, name: str) -> Style:
        """The style of a look; that of the cursor tells where keys go."""
        if name != _CURSOR:
            return super().style_name(name)
        return super().style_name("cursor" if self.hears_keys else "blurred")

    @property
    def hears_keys(self) -> bool:
        """True where keys move this cursor."""
        return self.has_focus

    def _row_on(self, y: int) -> int:
        """The index of the row on the line `y` of the widget."""
        line = y - self.header_lines
        return line if line < self.fixed_rows else line + self.top

    @property
    def _labels(self) -> int:
        """Cells of the column of labels."""
        return self._label_width + GAP if self._label_width and self.show_row_labels else 0

    def _paint_header(self, width: int) -> Strip:
        titles = [
            fit(self.title_of(column), room, right=column.right) for column, room in self._fitted
        ]
        line = ("‹ " if self._pan else " " * GUTTER) + " " * self._labels + " ".join(titles)
        more = len(self._fitted) + self._pan < len(self.columns)
        text = fit(line, width - 1) + ("›" if more else " ") if width > 1 else fit(line, width)
        return self.paint(((text, "header"),), width)

    def _paint_row(self, index: int, width: int) -> Strip:
        row = self.row_at(index)
        is_own = isinstance(self.cells_of(row.key), OwnCells)
        name = str(row.key.value) if is_own else ""
        at_cursor = index == self.cursor_row and self._lights("row", "cell")
        sign = _SIGNS[at_cursor, is_own and self.is_marked(name)]
        label = row.label.plain if row.label is not None else ""
        pieces = [(sign + fit(label, self._labels), "plain")]
        for column, room in self._fitted:
            text, style_name = self._shown(row.key, column)
            text = column.shorten(text, room) if column.shorten else text
            shown = fit(text, room, right=column.right, keep_end=column.keep_end)
            pieces.append((shown + " ", self._lit(index, column) or style_name))
        whole = _CURSOR if at_cursor and self._lights("row") else is_own and self.row_style(name)
        if whole:
            pieces = [(fit("".join(text for text, _ in pieces), width), whole)]
        strip = self.paint(joined(pieces), width)
        return self._striped(strip, index) if self.zebra_stripes else strip

    def _striped(self, strip: Strip, index: int) -> Strip:
        """The row with DataTable's background for rows of its kind; the cursor keeps its own."""
        name = "datatable--odd-row" if index % 2 else "datatable--even-row"
        stripe = Style(bgcolor=self.get_component_rich_style(name).bgcolor)
        cursor = self.style_name(_CURSOR)
        return Strip(
            Segment(text, style if style is None or style == cursor else style + stripe)
            for text, style, _unused in strip
        )

    def _lights(self, *cursor_types: str) -> bool:
        return self.show_cursor and self.cursor_type in cursor_types

    def _lit(self, index: int, column: Column) -> str:
        """The look of the cursor, where it is on one cell or on a whole column."""
        if not self._lights("cell", "column") or self._place_of(column) != self.cursor_column:
            return ""
        return _CURSOR if self.cursor_type == "column" or index == self.cursor_row else ""

    def _shown(self, key: RowKey, column: Column) -> tuple[str, str]:
        cells, place = self.cells_of(key), self._keys[column.key]
        if place in cells:
            return _text_of(cells[place]), "plain"
        return self.cell(str(key.value), column) if column.key in self._styles else ("", "plain")

    def own_text(self, key: str, column: ColumnKey) -> str | None:
        """What the table's own row `key` shows in a column; None where it has nothing to show.

        Raises KeyError for a column that is not there.
        """
        style_name = self._styles.get(str(self.columns[column].key.value))
        return None if style_name is None else self.cell(key, style_name)[0]

    def watch_hover_coordinate(self, old: Coordinate, value: Coordinate) -> None:
        """The pointer paints nothing: over SSH each row that it crosses would cost a frame."""

    def watch_scroll_y(self, old: float, new: float) -> None:
        """Paint what has moved."""
        if round(old) != round(new):
            self.repaint()

    def refresh_row(self, row_index: int) -> Self:
        """Paint what has changed."""
        self.repaint()
        return self

    def refresh_column(self, column_index: int) -> Self:
        """Paint what has changed."""
        self.repaint()
        return self

    def refresh_coordinate(self, coordinate: Coordinate) -> Self:
        """Paint what has changed."""
        self.repaint()
        return self

    def show_cursor_line(self) -> None:
        """Scroll when the cursor has left the page, by a quarter of it: a scroll repaints all."""
        self._show_cursor_column()
        line, rows = self.cursor_row - self.fixed_rows, self.page_lines
        ahead = rows // 4
        if line < 0 or not self.row_count:
            return
        if line < self.top:
            self.scroll_to_line(line - ahead)
        elif line >= self.top + rows:
            self.scroll_to_line(line - rows + 1 + ahead)

    def _show_cursor_column(self) -> None:
        """Leave out other columns until that of the cursor has room, if it is on one."""
        index = self.cursor_column
        if not self._lights("cell", "column") or not self.is_valid_column_index(index):
            return
        before, key = self._pan, self.ordered_columns[index].key
        for pan in (before, *range(len(self.columns))):
            self._pan = pan
            self._fit()
            if key in (self._keys[column.key] for column, _ in self._fitted):
                return
        self._pan = before
        self._fit()

    def on_resize(self) -> None:
        """Choose the columns for the new width; begin at the top where the cursor is in sight."""
        self._pan = 0
        self._fit()
        self.set_scrolled_size(self.header_lines + self.row_count)
        self.scroll_to_line(0 if self.cursor_row - self.fixed_rows < self.page_lines else self.top)
        self.show_cursor_line()
        self.refresh()

    def on_focus(self) -> None:
        """Show that keys move this cursor."""
        self.repaint()

    def on_blur(self) -> None:
        """Show that keys go elsewhere."""
        self.repaint()

    def _column_at(self, x: int) -> int | None:
        edge = GUTTER + self._labels
        for column, room in self._fitted:
            edge += room + GAP
            if x < edge:
                return self._place_of(column)
        return None

    def _place_of(self, column: Column) -> int:
        return self.get_column_index(self._keys[column.key])

    def _fit(self) -> None:
        style_names = [self._style_of(n, column) for n, column in enumerate(self.ordered_columns)]
        self._keys = {
            style_name.key: column.key
            for style_name, column in zip(style_names, self.ordered_columns, strict=True)
        }
        self._fitted = fit_columns(style_names, self.line_width - self._labels, self._pan)

    def _style_of(self, place: int, column: data_table.Column) -> Column:
        known = self._styles.get(str(column.key.value))
        if known is not None:
            return known
        width = column.content_width if column.auto_width else column.width
        name = str(place) if column.key.value is None else column.key.value
        return Column(name, column.label.plain, min(width, _LEAST), width, _LAST + place)

    def pan(self, columns: int) -> None:
        """Leave out that many more of the columns that matter most, so that others have room."""
        if columns > 0 and len(self._fitted) + self._pan >= len(self.columns):
            return
        self._pan = max(self._pan + columns, 0)
        self._fit()
        self.repaint()


def _stored(column: Column) -> data_table.Column:
    return data_table.Column(ColumnKey(column.key), Text(column.title), column.ideal, column.ideal)


def _text_of(value: object) -> str:
    """The first line of what DataTable would show of a cell."""
    if isinstance(value, Text):
        text = value.plain
    elif isinstance(value, str):
        try:
            text = markup.render(value).plain  # only its text: no look and no link of it
        except MarkupError:
            text = value
    elif value is None:
        text = ""
    else:
        text = f"{value:.2f}" if isinstance(value, float) else str(value)
    return text.partition("\n")[0]
