"""A table of keyed rows that stays quick and quiet with tens of thousands of them.

Only visible rows are painted, a cursor move repaints two lines, and the cursor and the scroll
position stay with their row when rows come and go around it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip

from fttui.interface.kit.lines import PaintedLines, fit

_GUTTER = 2
_GAP = 1
_SIGNS = {  # in front of a row: is it under the cursor, is it marked
    (False, False): "  ",
    (True, False): "▸ ",
    (False, True): "* ",
    (True, True): "» ",
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column; widths in cells. Those of the highest `rank` go first where room is short."""

    key: str
    title: str
    least: int
    ideal: int
    rank: int
    grows: bool = False
    right: bool = False
    keep_end: bool = False


Fitted = tuple[tuple[Column, int], ...]


def fit_columns(columns: Sequence[Column], width: int, skip: int = 0) -> Fitted:
    """The columns that fit `width` cells, with their widths.

    `skip` leaves out that many of the most important columns, except the two first, so that
    those which do not fit can be seen too.
    """
    by_rank = sorted(columns, key=lambda column: column.rank)
    by_rank = by_rank[:2] + by_rank[2 + skip :]
    chosen: list[Column] = []
    room = width - _GUTTER
    for column in by_rank:
        if chosen and room < column.least + _GAP:
            break
        room -= column.least + _GAP
        chosen.append(column)
    widths = {column.key: column.least for column in chosen}
    room = max(room, 0)
    while room:
        tight = [column for column in chosen if widths[column.key] < column.ideal]
        if not tight:
            break
        tightest = min(tight, key=lambda column: widths[column.key] / column.ideal)
        widths[tightest.key] += 1
        room -= 1
    growing = [column for column in chosen if column.grows]
    for index, column in enumerate(growing):
        share = room // (len(growing) - index)
        widths[column.key] += share
        room -= share
    return tuple((column, widths[column.key]) for column in columns if column in chosen)


class LineTable(PaintedLines, can_focus=True, inherit_bindings=False):
    """Rows by key, one line each, below a header.

    A subclass says what the cells hold (`cell`), and may mark rows (`is_marked`, `row_look`).
    `placeholder` is shown instead of rows while there are none.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"table--cursor", "table--blurred"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move(1)", "Down", show=False, id="table.down"),
        Binding("up", "move(-1)", "Up", show=False, id="table.up"),
        Binding("home", "top", "First row", show=False, id="table.top"),
        Binding("end", "bottom", "Last row", show=False, id="table.bottom"),
        Binding("pagedown", "page(1.0)", "Page down", show=False, id="table.page_down"),
        Binding("pageup", "page(-1.0)", "Page up", show=False, id="table.page_up"),
        Binding("right", "pan(1)", "More columns", show=False, id="table.right"),
        Binding("left", "pan(-1)", "Columns back", show=False, id="table.left"),
    ]

    class Moved(Message):
        """The cursor is on another row, or on none (`key` None)."""

        def __init__(self, table: LineTable, key: str | None) -> None:
            super().__init__()
            self.table = table
            self.key = key

        @property
        def control(self) -> LineTable:
            """The table, for selectors of `@on`."""
            return self.table

        def can_replace(self, message: Message) -> bool:
            """Only where the cursor came to rest matters."""
            return isinstance(message, LineTable.Moved) and message.table is self.table

    class Chosen(Message):
        """A double click on a row, or `action_choose`."""

        def __init__(self, table: LineTable, key: str) -> None:
            super().__init__()
            self.table = table
            self.key = key

        @property
        def control(self) -> LineTable:
            """The table, for selectors of `@on`."""
            return self.table

    class HeaderPressed(Message):
        """A click on a column's title."""

        def __init__(self, table: LineTable, column: str) -> None:
            super().__init__()
            self.table = table
            self.column = column

        @property
        def control(self) -> LineTable:
            """The table, for selectors of `@on`."""
            return self.table

    def __init__(self, columns: Sequence[Column], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.columns = tuple(columns)
        self.placeholder = ""
        self.rows: list[str] = []
        self.cursor = -1
        self._index: dict[str, int] = {}
        self._wanted: str | None = None
        self._pan = 0
        self._fitted: Fitted = ()

    def cell(self, key: str, column: Column) -> tuple[str, str]:
        """The text and the look of one cell."""
        raise NotImplementedError

    def is_marked(self, key: str) -> bool:
        """True for a row with a star in front."""
        return False

    def row_look(self, key: str) -> str:
        """The look of the whole row, or "" to let each cell have its own."""
        return ""

    def title_of(self, column: Column) -> str:
        """The text of a column's title."""
        return column.title

    @property
    def line_count(self) -> int:
        """How many rows there are."""
        return len(self.rows)

    @property
    def fixed_lines(self) -> int:
        """The header does not scroll."""
        return 1

    @property
    def cursor_key(self) -> str | None:
        """The key of the row under the cursor."""
        return self.rows[self.cursor] if 0 <= self.cursor < len(self.rows) else None

    @property
    def shown_columns(self) -> list[str]:
        """Keys of the columns that have room now."""
        return [column.key for column, _ in self._fitted]

    def set_rows(self, rows: list[str]) -> None:
        """Show `rows` in this order; the cursor stays on its row and the row on its line."""
        before, line = self.cursor_key, self.cursor - self.top
        at_top = self.top == 0
        if rows != self.rows:
            self.rows = rows
            self._index = {key: index for index, key in enumerate(rows)}
        place = self._index.get(self._wanted or "", -1)
        if place < 0:
            place = self._index.get(before or "", min(max(self.cursor, 0), len(rows) - 1))
        self.cursor = place
        if 0 <= line < self.page_lines and not (at_top and place < self.page_lines):
            self.scroll_to_line(place - line)
        elif place >= 0:
            self._keep_cursor_in_sight()
        self.repaint()
        if self.cursor_key != before:
            self.post_message(self.Moved(self, self.cursor_key))

    def move_to(self, key: str) -> bool:
        """Put the cursor on the row `key`, or as soon as there is such a row; True if there is."""
        self._wanted = key
        if key not in self._index:
            return False
        self._set_cursor(self._index[key])
        return True

    def paint_line(self, y: int, width: int) -> Strip:
        """The header, or the row at `y`."""
        if y == 0:
            return self._paint_header(width)
        index = y - 1 + self.top
        if index >= len(self.rows):
            if not self.rows and y == 2:
                return self.paint((("  ", "plain"), (self.placeholder, "muted")), width)
            return self.blank(width)
        return self._paint_row(index, width)

    def _paint_header(self, width: int) -> Strip:
        style = self.look("header")
        titles = [
            fit(self.title_of(column), room, right=column.right) for column, room in self._fitted
        ]
        line = ("‹ " if self._pan else " " * _GUTTER) + " ".join(titles)
        more = len(self._fitted) + self._pan < len(self.columns)
        text = fit(line, width - 1) + ("›" if more else " ") if width > 1 else fit(line, width)
        return Strip([Segment(text, style)], width)

    def _paint_row(self, index: int, width: int) -> Strip:
        key = self.rows[index]
        under_cursor = index == self.cursor
        pieces: list[tuple[str, str]] = [(_SIGNS[under_cursor, self.is_marked(key)], "plain")]
        for column, room in self._fitted:
            text, look = self.cell(key, column)
            shown = fit(text, room, right=column.right, keep_end=column.keep_end)
            pieces.append((shown + " ", look))
        whole = "cursor" if under_cursor else self.row_look(key)
        if whole:
            text = fit("".join(text for text, _ in pieces), width)
            style = self._cursor_style() if under_cursor else self.look(whole)
            return Strip([Segment(text, style)], width)
        return self.paint(tuple(_joined(pieces)), width)

    def _cursor_style(self) -> Style:
        name = "table--cursor" if self.has_focus else "table--blurred"
        return self.get_component_rich_style(name)

    def _set_cursor(self, index: int) -> None:
        before = self.cursor_key
        self.cursor = min(max(index, 0), len(self.rows) - 1)
        self._wanted = self.cursor_key
        self._keep_cursor_in_sight()
        self.repaint()
        if self.cursor_key != before:
            self.post_message(self.Moved(self, self.cursor_key))

    def _keep_cursor_in_sight(self) -> None:
        """Scroll when the cursor has left the page, by a quarter of it: a scroll repaints all."""
        top, rows = self.top, self.page_lines
        ahead = rows // 4
        if self.cursor < top:
            self.scroll_to_line(self.cursor - ahead)
        elif self.cursor >= top + rows:
            self.scroll_to_line(self.cursor - rows + 1 + ahead)

    def action_move(self, rows: int) -> None:
        """Move the cursor by `rows`."""
        self._set_cursor(self.cursor + rows)

    def action_page(self, pages: float) -> None:
        """Move the cursor by a part of a page."""
        rows = max(int(self.page_lines * abs(pages)), 1)
        self._set_cursor(self.cursor + (rows if pages > 0 else -rows))

    def action_top(self) -> None:
        """Move the cursor to the first row."""
        self._set_cursor(0)

    def action_bottom(self) -> None:
        """Move the cursor to the last row."""
        self._set_cursor(len(self.rows) - 1)

    def action_choose(self) -> None:
        """Choose the row under the cursor."""
        if self.cursor_key is not None:
            self.post_message(self.Chosen(self, self.cursor_key))

    def action_pan(self, columns: int) -> None:
        """Show the columns that have no room, or go back to those that matter most."""
        shown = len(fit_columns(self.columns, self.line_width, self._pan))
        if columns > 0 and shown + self._pan >= len(self.columns):
            return
        self._pan = max(self._pan + columns, 0)
        self._fit()
        self.repaint()

    def on_resize(self) -> None:
        """Choose the columns for the new width; begin at the top where the cursor is in sight."""
        self._pan = 0
        self._fit()
        self.scroll_to_line(0 if self.cursor < self.page_lines else self.top)
        if self.cursor >= 0:
            self._keep_cursor_in_sight()
        self.refresh()

    def on_focus(self) -> None:
        """Show that keys move this cursor."""
        self.repaint()

    def on_blur(self) -> None:
        """Show that keys go elsewhere."""
        self.repaint()

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to the row under the pointer; a double click chooses it."""
        if event.y == 0:
            column = self._column_at(event.x)
            if column is not None:
                self.post_message(self.HeaderPressed(self, column))
            return
        index = event.y - 1 + self.top
        if index < len(self.rows):
            self._set_cursor(index)
            if event.chain == 2:
                self.action_choose()

    def _column_at(self, x: int) -> str | None:
        edge = _GUTTER
        for column, room in self._fitted:
            edge += room + _GAP
            if x < edge:
                return column.key
        return None

    def _fit(self) -> None:
        self._fitted = fit_columns(self.columns, self.line_width, self._pan)


def _joined(pieces: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Neighbours of one look as one piece: fewer style changes are fewer bytes."""
    joined: list[tuple[str, str]] = []
    for text, look in pieces:
        if joined and joined[-1][1] == look:
            joined[-1] = (joined[-1][0] + text, look)
        else:
            joined.append((text, look))
    return joined
