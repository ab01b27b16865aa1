"""How large the terminal is: it is asked itself, the environment only where it cannot tell."""

import os
import shutil
from typing import Any


def terminal_size(stream: Any) -> os.terminal_size:
    """Columns and lines of the terminal that `stream` writes to.

    An exported COLUMNS or LINES outlives the window that it was true of, so it counts only for
    what the terminal does not know, or where `stream` is none; 80 and 24 are the last resort.
    """
    try:
        size = os.get_terminal_size(stream.fileno())
    except (OSError, ValueError, AttributeError):
        size = os.terminal_size((0, 0))
    if all(size):
        return size
    guess = shutil.get_terminal_size()
    return os.terminal_size((size.columns or guess.columns, size.lines or guess.lines))
