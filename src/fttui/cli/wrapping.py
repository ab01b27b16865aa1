"""Breaking what a person reads between words, and never inside what is there to be copied."""

from __future__ import annotations

import re

from fttui.terminal.format import width_of, wrap

_COMMAND = re.compile(r"`[^`\n]+`")
_BLANK = "\ue000"
"""Stands for a blank inside a command while lines are made; nothing that is shown has it."""


def wrapped(text: str, columns: int) -> list[str]:
    """`text` in lines of at most `columns` columns.

    An address, an id, a path, and a command between backquotes that are longer than a line are
    left whole.
    """
    kept = _COMMAND.sub(lambda found: found[0].replace(" ", _BLANK), text)
    lines = wrap(kept, columns, measure=width_of, chop=lambda word, _columns: [word])
    return [line.replace(_BLANK, " ") for line in lines]
