"""Widgets that paint line by line, and repaint only the lines that changed.

Over a slow link every byte counts: a table of rich cells repaints far more than it has to.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip

LOOKS = ("plain", "muted", "strong", "title", "good", "bad", "active", "waiting", "second")
"""Names that text is painted by; `styles/jobs.tcss` gives each its colour."""

Span = tuple[str, str]
"""A piece of a line and its look."""

Line = tuple[Span, ...]


def plain_text(line: Line) -> str:
    """The text of a line without its looks."""
    return "".join(text for text, _ in line)


class PaintedLines(ScrollView, inherit_bindings=False):
    """A scrolling widget whose lines are made by `paint_line`; `repaint` shows what changed."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"look--{name}" for name in LOOKS}

    _painted: dict[int, Strip]

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        self._painted = {}
        super().__init__(id=id, classes=classes)

    def paint_line(self, y: int, width: int) -> Strip:
        """The line `y` of the visible part, `width` cells wide."""
        raise NotImplementedError

    def render_line(self, y: int) -> Strip:
        """Paint a line for the screen, and remember it for `repaint`."""
        strip = self._painted[y] = self.paint_line(y, self.size.width)
        return strip

    def repaint(self) -> None:
        """Refresh those visible lines that look other than when they were painted."""
        width, height = self.size
        for y in range(height):
            if self._painted.get(y) != self.paint_line(y, width):
                self.refresh(Region(0, y, width, 1))

    def look(self, name: str) -> Style:
        """The style of the look `name`."""
        return self.get_component_rich_style(f"look--{name}")

    def blank(self, width: int) -> Strip:
        """An empty line."""
        return Strip.blank(width, self.look("plain"))

    def paint(self, line: Line, width: int) -> Strip:
        """`line` cut or filled to `width` cells."""
        segments = [Segment(text, self.look(look)) for text, look in line]
        length = sum(cell_len(text) for text, _ in line)
        return Strip(segments, length).adjust_cell_length(width, self.look("plain"))


class LineView(PaintedLines, can_focus=True, inherit_bindings=False):
    """Read-only lines that can be scrolled and selected as text; only visible ones are painted."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "scroll_lines(1)", "Scroll down", show=False),
        Binding("up", "scroll_lines(-1)", "Scroll up", show=False),
        Binding("pagedown", "scroll_pages(1)", "Page down", show=False),
        Binding("pageup", "scroll_pages(-1)", "Page up", show=False),
        Binding("home", "scroll_to_top", "To the top", show=False),
        Binding("end", "scroll_to_bottom", "To the end", show=False),
    ]

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._lines: Sequence[Line] = ()

    @property
    def allow_select(self) -> bool:
        """The text can be selected by mouse and copied."""
        return True

    @property
    def lines(self) -> Sequence[Line]:
        """What is shown."""
        return self._lines

    def set_lines(self, lines: Sequence[Line], *, from_top: bool = False) -> None:
        """Show `lines`; `from_top` scrolls back to the first of them."""
        self._lines = lines
        self.virtual_size = Size(self.size.width, len(lines))
        if from_top and self.scroll_y:
            self.scroll_to(y=0, animate=False)
        self.repaint()

    def paint_line(self, y: int, width: int) -> Strip:
        """The line at `y` below the scroll position, selected parts marked."""
        index = y + self.scroll_offset.y
        if not 0 <= index < len(self._lines):
            return self.blank(width)
        line = self._lines[index]
        strip = self._selected(line, index) or self.paint(line, width)
        return strip.adjust_cell_length(width, self.look("plain")).apply_offsets(0, index)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The selected text, and the line break that ends it."""
        return selection.extract("\n".join(map(plain_text, self._lines))), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Show the new selection."""
        self.repaint()

    def action_scroll_lines(self, lines: int) -> None:
        """Scroll by `lines`."""
        self.scroll_to(y=self.scroll_offset.y + lines, animate=False)

    def action_scroll_pages(self, pages: float) -> None:
        """Scroll by a page or a part of one."""
        self.action_scroll_lines(int(pages * max(self.size.height - 1, 1)))

    def action_scroll_to_top(self) -> None:
        """Scroll to the first line."""
        self.scroll_to(y=0, animate=False)

    def action_scroll_to_bottom(self) -> None:
        """Scroll to the last line."""
        self.scroll_to(y=self.max_scroll_y, animate=False)

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
            Segment(piece, self.look(look) if look else self.look("plain") + marked)
            for piece, look in pieces
            if piece
        )
