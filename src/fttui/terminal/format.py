"""How counts are written: the app, the check and the command line say them by these functions."""

from __future__ import annotations


def plural(count: int, one: str, many: str = "") -> str:
    """The noun alone, as it goes with `count`: `example` or `examples`."""
    return one if count == 1 else many or f"{one}s"


def counted(count: int, one: str, many: str = "") -> str:
    """A count with its noun: `1 example`, `2,000 examples`."""
    return f"{count:,} {plural(count, one, many)}"
