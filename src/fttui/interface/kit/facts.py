"""Labels and values in two columns."""

from __future__ import annotations

from collections.abc import Sequence

from fttui.interface.kit.lines import Line, fit, wrap
from fttui.terminal.text import safe

Facts = Sequence[tuple[str, str]]
_GAP = 2


def fact_lines(facts: Facts, width: int) -> list[Line]:
    """Labels and values in two columns; a long value, and its next line, goes on below itself."""
    longest = max((len(label) for label, _unused in facts), default=0) + _GAP
    lines: list[Line] = []
    for label, value in facts:
        room = max(width - longest, 8)
        parts = [part for each in value.splitlines() for part in wrap(safe(each), room)]
        for number, part in enumerate(parts or [""]):
            lines.append(((fit("" if number else label, longest), "muted"), (part, "plain")))
    return lines
