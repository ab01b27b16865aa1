"""Widgets that paint line by line, and repaint only the lines that changed.

Over a slow link every byte counts: a table of rich cells repaints far more than it has to.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, ClassVar

from rich.cells import cell_len, chop_cells, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.selection import Selection
from textual.strip import Strip
from textual.widget import Widget

from fttui.interface.kit.textual_private import styled_over
from fttui.terminal import format as text_format
from fttui.terminal.language import _
from fttui.terminal.text import is_width_sure

Span = tuple[str, str]
"""A piece of a line and its look, one of `themes.LOOKS`."""

Line = tuple[Span, ...]

_WHEEL_LINES = 3
_A_MOVE = 8  # bytes of a move of the cursor


def cut(text: str, width: int, *, keep_end: bool = False) -> str:
    """`text` in at most `width` cells; what is left out at the end (or the start) becomes `…`."""
    if width <= 0:
        return ""
    if (len(text) <= width and text.isascii()) or cell_len(text) <= width:
        return text
    if not keep_end:
        return set_cell_size(text, width - 1).rstrip() + "…"
    kept = set_cell_size(text[::-1], width - 1)[::-1].lstrip()
    return f"…{kept}"


def fit(text: str, width: int, *, right: bool = False, keep_end: bool = False) -> str:
    """`text` in exactly `width` cells, on the left of them unless `right`."""
    shown = cut(text, width, keep_end=keep_end)
    padding = " " * (width - (len(shown) if shown.isascii() else cell_len(shown)))
    return padding + shown if right else shown + padding


def wrap(text: str, width: int) -> list[str]:
    """`text` in lines of at most `width` cells as Textual counts them, broken at spaces."""
    return text_format.wrap(text, width, measure=cell_len, chop=chop_cells)


def plain_text(line: Line) -> str:
    """The text of a line without its looks."""
    return "".join(text for text, _ in line)


def joined(pieces: Iterable[tuple[str, str]]) -> Line:
    """Neighbours of one look as one piece: fewer style changes are fewer bytes."""
    groups = groupby(pieces, key=itemgetter(1))
    return tuple(("".join(text for text, _ in group), style) for style, group in groups)


class PaintedLines(Widget, inherit_bindings=False):
    """A widget that scrolls its own lines; `repaint` sends only those that look different.

    It keeps clear of Textual's scrolling: there a new number of lines lays out the whole screen
    anew, and paints all of it.
    """

    def __init__(self, *children: Widget, **more: Any) -> None:
        self._painted: dict[int, Strip] = {}
        self._looks: dict[str, Style] = {}
        self._top = 0
        super().__init__(*children, **more)

    def paint_line(self, y: int, width: int) -> Strip:
        """The line `y` of the visible part, `width` cells wide."""
        raise NotImplementedError

    @property
    def line_count(self) -> int:
        """How many lines there are to scroll through."""
        raise NotImplementedError

    @property
    def fixed_lines(self) -> int:
        """How many lines at the top of the widget do not scroll."""
        return 0

    @property
    def page_lines(self) -> int:
        """How many lines can be seen at once, at least 1."""
        return max(self.size.height - self.fixed_lines, 1)

    @property
    def line_width(self) -> int:
        """Cells of a line; the last column of the widget is the scroll bar."""
        return max(self.size.width - 1, 0)

    @property
    def top(self) -> int:
        """The first line that can be seen."""
        return self._top

    def scroll_to_line(self, line: int) -> None:
        """Make `line` the first that can be seen, as far as there are lines below it."""
        self._top = min(max(line, 0), max(self.line_count - self.page_lines, 0))

    def render_line(self, y: int) -> Strip:
        """Paint a line for the screen, and remember it for `repaint`."""
        strip = self._painted[y] = self._paint(y)
        return strip

    def repaint(self) -> None:
        """Refresh those visible lines that look other than when they were painted."""
        width, height = self.size
        changed = [
            Region(start, y, end - start, 1)
            for y in range(height)
            for before, now in [(self._painted.get(y), self._paint(y))]
            if before != now
            for start, end in (changed_cells(before, now) if before else [(0, width)])
        ]
        if changed:
            self.refresh(*changed)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll by three lines."""
        self._wheel(event, _WHEEL_LINES)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll by three lines."""
        self._wheel(event, -_WHEEL_LINES)

    def _wheel(self, event: events.MouseEvent, lines: int) -> None:
        event.stop()
        event.prevent_default()
        self.scroll_to_line(self.top + lines)
        self.repaint()

    def _paint(self, y: int) -> Strip:
        width = self.line_width
        bar = Segment(self._bar(y - self.fixed_lines), self.style_name("plain"))
        return Strip([*self.paint_line(y, width), bar], width + 1)

    def _bar(self, y: int) -> str:
        """The scroll bar's character beside the line `y` of the page; blank when all is seen."""
        page, count = self.page_lines, self.line_count
        if y < 0 or count <= page:
            return " "
        length = max(page * page // count, 1)
        start = round(self.top / (count - page) * (page - length))
        return "┃" if start <= y < start + length else " "

    def style_name(self, name: str) -> Style:
        """The style of the look `name`, which is the app's, on the background of this widget.

        In an app that has no looks all is plain.
        """
        if name not in self._looks:
            try:
                look = self.app.get_component_styles(f"look--{name}")
            except KeyError:
                return self.rich_style
            self._looks[name] = styled_over(self, look)
        return self._looks[name]

    def notify_style_update(self) -> None:
        """Take the looks anew: the background, or the theme, may be another."""
        self._looks.clear()
        super().notify_style_update()

    def blank(self, width: int) -> Strip:
        """An empty line."""
        return Strip.blank(width, self.style_name("plain"))

    def paint(self, line: Line, width: int) -> Strip:
        """`line` cut or filled to `width` cells."""
        segments = [Segment(text, self.style_name(style_name)) for text, style_name in line]
        length = sum(cell_len(text) for text, _ in line)
        return Strip(segments, length).adjust_cell_length(width, self.style_name("plain"))


def changed_cells(before: Strip, now: Strip) -> list[tuple[int, int]]:
    """From which cell to which (exclusive) two strips of one length differ.

    Cells between two such runs that cost less than a move over them count as changed too.
    """
    old, new = _cells(before), _cells(now)
    if len(old) != len(new) or not (is_width_sure(before.text) and is_width_sure(now.text)):
        return [(0, len(new))]
    runs: list[tuple[int, int]] = []
    for x, (one, other) in enumerate(zip(old, new, strict=True)):
        if one == other:
            continue
        start = runs.pop()[0] if runs and x - runs[-1][1] < _A_MOVE else x
        runs.append((start, x + 1))
    return runs


def _cells(strip: Strip) -> list[tuple[str, int, Style | None]]:
    """Each cell with its character, 1 for the second cell of a wide one, and its style."""
    cells: list[tuple[str, int, Style | None]] = []
    for text, style, _unused in strip:
        for character in text:
            cells += ((character, part, style) for part in range(cell_len(character)))
    return cells


class LineView(PaintedLines, can_focus=True, inherit_bindings=False):
    """Read-only lines that can be scrolled and selected as text; only visible ones are painted."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "scroll_lines(1)", _("Scroll down"), show=False, id="text.down"),
        Binding("up", "scroll_lines(-1)", _("Scroll up"), show=False, id="text.up"),
        Binding("pagedown", "scroll_pages(1)", _("Page down"), show=False, id="text.page_down"),
        Binding("pageup", "scroll_pages(-1)", _("Page up"), show=False, id="text.page_up"),
        Binding("home", "scroll_to_top", _("To the top"), show=False, id="text.top"),
        Binding("end", "scroll_to_bottom", _("To the end"), show=False, id="text.bottom"),
    ]

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._lines: Sequence[Line] = ()

    @property
    def allow_select(self) -> bool:
        """The text can be selected by mouse and copied."""
        return True

    @property
    def line_count(self) -> int:
        """How many lines there are."""
        return len(self._lines)

    @property
    def lines(self) -> Sequence[Line]:
        """What is shown."""
        return self._lines

    def set_lines(self, lines: Sequence[Line], *, from_top: bool = False) -> None:
        """Show `lines`; `from_top` scrolls back to the first of them."""
        self._lines = lines
        self.scroll_to_line(0 if from_top else self.top)
        self.repaint()

    def paint_line(self, y: int, width: int) -> Strip:
        """The line at `y` below the scroll position, selected parts marked."""
        index = y + self.top
        if not 0 <= index < len(self._lines):
            return self.blank(width)
        line = self._lines[index]
        strip = self._selected(line, index) or self.paint(line, width)
        return strip.adjust_cell_length(width, self.style_name("plain")).apply_offsets(0, index)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The selected text, and the line break that ends it."""
        return selection.extract("\n".join(map(plain_text, self._lines))), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Show the new selection."""
        self.repaint()

    def action_scroll_lines(self, lines: int) -> None:
        """Scroll by `lines`."""
        self.scroll_to_line(self.top + lines)
        self.repaint()

    def action_scroll_pages(self, pages: float) -> None:
        """Scroll by a page or a part of one."""
        self.action_scroll_lines(int(pages * max(self.page_lines - 1, 1)))

    def action_scroll_to_top(self) -> None:
        """Scroll to the first line."""
        self.action_scroll_lines(-self.line_count)

    def action_scroll_to_bottom(self) -> None:
        """Scroll to the last line."""
        self.action_scroll_lines(self.line_count)

    def _selected(self, line: Line, index: int) -> Strip | None:
        selection = self.text_selection
        span = selection.get_span(index) if selection else None
        if span is None:
            return None
        text = plain_text(line)
        start, end = span[0], len(text) if span[1] == -1 else span[1]
        marked = self.screen.get_component_rich_style("screen--selection")
        pieces = [(text[:start], "plain"), (text[start:end], ""), (text[end:], "plain")]
        return Strip(
            Segment(
                piece,
                self.style_name(style_name) if style_name else self.style_name("plain") + marked,
            )
            for piece, style_name in pieces
            if piece
        )
