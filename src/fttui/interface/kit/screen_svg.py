"""A painted screen as one SVG that loads nothing, runs nothing, and looks as the terminal did."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby

from rich.cells import cell_len
from rich.color import Color, blend_rgb
from rich.segment import Segment
from rich.style import Style
from rich.terminal_theme import SVG_EXPORT_THEME

from fttui.services.hidden_words import Words, as_wide, without_hidden

_WIDTH, _HEIGHT = 10, 19
_FONT, _BASELINE = 16.6, 15
"""Units of the picture: a monospaced font is 0.6 as wide as it is high."""
_DIM = 0.4

# What no XML may hold, and what turns the direction of a text round.
_NO_TEXT = re.compile(
    "[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
    "|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]"
)
_LOOK = (
    f'text{{font:{_FONT}px ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace;'
    "white-space:pre;direction:ltr;unicode-bidi:bidi-override}"
    ".b{font-weight:bold}.i{font-style:italic}"
    ".u{text-decoration:underline}.s{text-decoration:line-through}"
)

Row = Sequence[Segment]


@dataclass(frozen=True, slots=True)
class _Piece:
    """Text of one look: the column it begins at, how many it takes, colours, and classes."""

    column: int
    width: int
    text: str
    front: str
    back: str
    marks: str


def screen_svg(rows: Sequence[Row], words: Words, title: str = "fttui") -> str:
    """The picture of painted `rows` of equal width, without secrets and `words`."""
    pieces = [list(_pieces(row)) for row in _hidden(rows, words)]
    width = max((sum(piece.width for piece in row) for row in pieces), default=0) * _WIDTH
    height = len(pieces) * _HEIGHT
    cells = Counter[str]()
    for piece in (piece for row in pieces for piece in row):
        cells[piece.back] += piece.width
    paper = cells.most_common(1)[0][0] if cells else "#000000"
    drawn = [
        line
        for at, row in enumerate(pieces)
        for line in (*_backs(row, at * _HEIGHT, paper), *_texts(row, at * _HEIGHT))
    ]
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
        f' width="{width}" height="{height}" xml:space="preserve">'
        f"<title>{_written(title)}</title><style>{_LOOK}</style>"
        f'<rect width="{width}" height="{height}" fill="{paper}"/>'
    )
    return "\n".join((head, *drawn, "</svg>\n"))


def _hidden(rows: Sequence[Row], words: Words) -> Iterator[Row]:
    """The rows with what must not be seen replaced in their segments."""
    texts = ["".join(segment.text for segment in row) for row in rows]
    for row, shown in zip(rows, without_hidden(texts, words), strict=True):
        at, kept = 0, []
        for text, style, _control in row:
            kept.append(Segment(as_wide(text, shown[at : at + len(text)]), style))
            at += len(text)
        yield kept


def _pieces(row: Row) -> Iterator[_Piece]:
    column = 0
    for look, segments in groupby(row, lambda segment: _look(segment.style or Style.null())):
        text = "".join(segment.text for segment in segments)
        width = cell_len(text)
        yield _Piece(column, width, text, *look)
        column += width


def _look(style: Style) -> tuple[str, str, str]:
    """The colours of text and background, and the classes of its marks."""
    theme = SVG_EXPORT_THEME
    front = (style.color or Color.default()).get_truecolor(theme, foreground=True)
    back = (style.bgcolor or Color.default()).get_truecolor(theme, foreground=False)
    if style.reverse:
        front, back = back, front
    if style.dim:
        front = blend_rgb(front, back, _DIM)
    marks = (("b", style.bold), ("i", style.italic), ("u", style.underline), ("s", style.strike))
    return front.hex, back.hex, " ".join(name for name, is_set in marks if is_set)


def _backs(row: Sequence[_Piece], y: int, paper: str) -> Iterator[str]:
    for back, group in groupby(row, lambda piece: piece.back):
        pieces = list(group)
        if back != paper:
            width = sum(piece.width for piece in pieces) * _WIDTH
            x = pieces[0].column * _WIDTH
            yield f'<rect x="{x}" y="{y}" width="{width}" height="{_HEIGHT}" fill="{back}"/>'


def _texts(row: Sequence[_Piece], y: int) -> Iterator[str]:
    for piece in row:
        text, column = piece.text, piece.column
        if "u" not in piece.marks and "s" not in piece.marks:
            column += len(text) - len(text := text.lstrip(" "))
            text = text.rstrip(" ")
        written = _written(text)
        if written:
            marks = f' class="{piece.marks}"' if piece.marks else ""
            yield (
                f'<text x="{column * _WIDTH}" y="{y + _BASELINE}" fill="{piece.front}"{marks}'
                f' textLength="{cell_len(text) * _WIDTH}" lengthAdjust="spacingAndGlyphs">'
                f"{written}</text>"
            )


def _written(text: str) -> str:
    return escape(_NO_TEXT.sub("\ufffd", text))
