"""A place in a training file as editors count it."""

import os
from pathlib import Path

from rich.cells import cell_len

from fttui.terminal.editor import FilePlace

_LONGEST = 4 << 20
"""Bytes of a line that are looked at before a place."""
_TAB = 8


def place_for_editor(
    path: Path, line: int, column: int = 1, offset: int | None = None
) -> FilePlace:
    """The place with its column in bytes and in cells; `offset` is where the line begins.

    Where the file cannot be read any more, all columns are the same.
    """
    if offset is None or column <= 1:
        return FilePlace(path, line, column, column, column)
    try:
        with path.open("rb") as file:
            head = os.pread(file.fileno(), min(4 * column, _LONGEST), offset)
    except OSError:
        return FilePlace(path, line, column, column, column)
    before = head.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")[: column - 1]
    return FilePlace(path, line, column, len(before.encode()) + 1, _cells(before) + 1)


def _cells(text: str) -> int:
    """The cells that an editor shows a text in, from the left edge on."""
    cells = 0
    for number, part in enumerate(text.split("\t")):
        cells += (_TAB - cells % _TAB) if number else 0
        cells += cell_len(part)
    return cells
