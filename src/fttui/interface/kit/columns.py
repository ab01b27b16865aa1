"""The columns of a table, and which of them fit its width."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

GUTTER = 2
"""Cells in front of the first column: for the cursor's sign and a mark."""
GAP = 1


@dataclass(frozen=True, slots=True)
class Column:
    """A column; widths in cells. Those of the highest `rank` go first where room is short.

    `shorten` fits a text to so many cells by what matters in it; what is too long yet is cut.
    """

    key: str
    title: str
    least: int
    ideal: int
    rank: int
    grows: bool = False
    right: bool = False
    keep_end: bool = False
    shorten: Callable[[str, int], str] | None = None


Fitted = tuple[tuple[Column, int], ...]


def fit_columns(columns: Sequence[Column], width: int, skip: int = 0) -> Fitted:
    """The columns that fit `width` cells, with their widths.

    `skip` leaves out that many of the most important columns, except the two first, so that
    those which do not fit can be seen too.
    """
    by_rank = sorted(columns, key=lambda column: column.rank)
    by_rank = by_rank[:2] + by_rank[2 + skip :]
    chosen: list[Column] = []
    room = width - GUTTER
    for column in by_rank:
        if chosen and room < column.least + GAP:
            break
        room -= column.least + GAP
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
