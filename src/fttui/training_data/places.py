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
    if column <= 1:
        return FilePlace(path, line)
    if offset is None:
        return FilePlace(path, line, column, 0, column)
    try:
        with path.open("rb") as file:
            head = os.pread(file.fileno(), min(4 * column, _LONGEST), offset)
    except OSError:
        return FilePlace(path, line, column, 0, column)
    head = head.removeprefix(b"\xef\xbb\xbf") if offset == 0 else head
    before = head.decode("utf-8", "replace")[: column - 1]
    bytes_before = before.encode()
    byte = len(bytes_before) + 1 if head.startswith(bytes_before) else 0
    return FilePlace(path, line, column, byte, _cells(before) + 1)


def _cells(text: str) -> int:
    """The cells that an editor shows a text in, from the left edge on.

    Editors add up single characters, whatever a terminal makes of several, and show `^A`.
    """
    cells = 0
    for character in text:
        if character == "\t":
            cells += _TAB - cells % _TAB
        else:
            cells += 2 if character < " " or character == "\x7f" else cell_len(character)
    return cells
