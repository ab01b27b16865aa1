"""Text tables that fit their content and, on a terminal, the terminal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fttui.terminal.format import cut, width_of
from fttui.terminal.text import is_width_sure

GAP = 2


@dataclass(frozen=True, slots=True)
class TextColumn:
    """A column; where there is no room it shrinks to `least` columns, or is left out.

    `least` 0 means that its content is never cut. Of the columns with a `rank`, the highest
    rank is left out first; rank 0 always stays. `shorten` fits a text to so many columns by what
    matters in it; what is too long yet is cut.
    """

    title: str
    least: int = 0
    rank: int = 0
    right: bool = False
    shorten: Callable[[str, int], str] | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """One value, with the SGR number of its colour."""

    text: str
    colour: str = ""


def render(
    columns: Sequence[TextColumn],
    rows: Sequence[Sequence[str | Cell]],
    *,
    room: int | None = None,
    colour: bool = False,
) -> list[str]:
    """The lines of a table under its titles, at most `room` columns wide if that is possible."""
    cells = [[cell if isinstance(cell, Cell) else Cell(cell) for cell in row] for row in rows]
    widths = [
        max([width_of(column.title), *(width_of(row[at].text) for row in cells)])
        for at, column in enumerate(columns)
    ]
    shown = _fit(columns, widths, room)
    titles = [Cell(column.title, "1") for column in columns]
    return [_line(columns, row, widths, shown, colour) for row in [titles, *cells]]


def _fit(columns: Sequence[TextColumn], widths: list[int], room: int | None) -> list[int]:
    """The columns that stay; `widths` is narrowed in place to what they get."""
    shown = list(range(len(columns)))
    if room is None:
        return shown
    while True:
        least = sum(min(widths[at], columns[at].least or widths[at]) for at in shown)
        least += GAP * (len(shown) - 1)
        ranked = [at for at in shown if columns[at].rank]
        if least <= room or not ranked:
            break
        shown.remove(max(ranked, key=lambda at: columns[at].rank))
    excess = sum(widths[at] for at in shown) + GAP * (len(shown) - 1) - room
    elastic = [at for at in shown if columns[at].least]
    while excess > 0 and elastic:
        at = max(elastic, key=lambda place: widths[place] - columns[place].least)
        if widths[at] <= columns[at].least:
            break
        widths[at] -= 1
        excess -= 1
    return shown


def _line(
    columns: Sequence[TextColumn],
    row: Sequence[Cell],
    widths: Sequence[int],
    shown: Sequence[int],
    colour: bool,
) -> str:
    line, column = "", 1
    for at in shown:
        shorten = columns[at].shorten
        text = shorten(row[at].text, widths[at]) if shorten else row[at].text
        text = cut(text, widths[at])
        space = " " * (widths[at] - width_of(text))
        is_sure = is_width_sure(text)
        if colour and row[at].colour:
            text = f"\x1b[{row[at].colour}m{text}\x1b[0m"
        line += space + text if columns[at].right else text + space
        line += " " * GAP
        column += widths[at] + GAP
        if colour and not is_sure and at != shown[-1]:
            line += f"\x1b[{column}G"  # whatever the terminal has counted
    return line.rstrip()
