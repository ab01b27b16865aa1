"""An example as lines to show: indented JSON, wrapped, with the part at fault marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import chop_cells

if TYPE_CHECKING:
    from fttui.interface.kit.lines import Line
    from fttui.training_data.locating import Span
    from fttui.training_data.preview import Page

_MARK = "▸ "
_PLAIN = "  "


def example_lines(page: Page, width: int) -> tuple[list[Line], int]:
    """The lines of a page, none wider than `width` cells, and the first that is marked (or 0).

    Marked lines begin with `▸`, so that the mark does not hang on a colour.
    """
    lines: list[Line] = []
    first_marked = -1
    at = 0
    room = max(width - len(_MARK), 8)
    for text in page.text.split("\n"):
        for piece in chop_cells(text, room) or [""]:
            pieces = _parts(piece, at, page.span)
            is_marked = any(look == "bad" for _, look in pieces)
            if is_marked and first_marked < 0:
                first_marked = len(lines)
            lines.append(((_MARK if is_marked else _PLAIN, "bad"), *pieces))
            at += len(piece)
        at += 1
    if page.is_cut:
        lines.append(((_PLAIN, "plain"), ("… the rest of this line is not shown", "muted")))
    return lines, max(first_marked, 0)


def _parts(piece: str, at: int, span: Span | None) -> list[tuple[str, str]]:
    if span is None:
        return [(piece, "plain")]
    start = min(max(span.start - at, 0), len(piece))
    end = min(max(span.end - at, 0), len(piece))
    parts = ((piece[:start], "plain"), (piece[start:end], "bad"), (piece[end:], "plain"))
    return [(text, look) for text, look in parts if text.strip() or (look == "plain" and text)]
