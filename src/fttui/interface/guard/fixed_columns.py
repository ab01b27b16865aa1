"""What stands behind a text stays in its column, whatever width the terminal gives that text.

Textual counts the columns of a text and paints what follows after it, without moving the cursor.
Where a terminal counts otherwise, as many do with Indic vowel signs and with new emoji, all the
rest of the row would be off.
"""

import re

from rich.cells import cell_len

from fttui.terminal.text import is_width_sure

_PIECE = re.compile(
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[PX^_][^\x1b]*\x1b\\"  # not painted: left as they are
    r"|\x1b\[[0-?]*[ -/]*[@-~]"
    # Words up to a wider gap or a frame, and the gap, which a wider text may reach into.
    "|(?P<words>[^\x00-\x20\u2500-\u259f]+(?: [^\x00-\x20\u2500-\u259f]+)*)(?P<gap> *)"
)
_SAVE, _RESTORE = "\x1b7", "\x1b8"


def with_fixed_columns(data: str) -> str:
    """What to write for `data`: behind words of unsure width the cursor is told its column."""
    return data if is_width_sure(data) else _PIECE.sub(_fixed, data)


def _fixed(piece: re.Match[str]) -> str:
    words = piece["words"]
    if words is None or is_width_sure(words):
        return piece.group()
    width = cell_len(piece.group())
    blank = " " * width
    return f"{_SAVE}{blank}{_RESTORE}{words}{_RESTORE}\x1b[{width}C" if width else words
