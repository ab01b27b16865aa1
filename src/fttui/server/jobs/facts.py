"""What a trainer has written of its run, read on from where the last reading ended."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import orjson

FACTS = "facts.jsonl"
_MOST_AT_ONCE = 8 << 20

Fact = dict[str, Any]


class FactsFile:
    """The facts of one run, in the order in which they were written.

    A last line without an end is not read before it has one. A line that is no fact, as one that
    was torn by the death of its writer, is passed over.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FACTS
        self._offset = 0

    def read_on(self) -> list[Fact]:
        """The facts that are new; none while there is no file."""
        found: list[Fact] = []
        try:
            with self._path.open("rb") as source:
                source.seek(self._offset)
                while block := source.read(_MOST_AT_ONCE):
                    whole = block.rfind(b"\n") + 1
                    self._offset += whole
                    found += filter(None, map(_fact, block[:whole].split(b"\n")))
                    if not whole:
                        break
                    source.seek(self._offset)
        except FileNotFoundError:
            return found
        return found


def end_last_line(folder: Path) -> None:
    """Ends a line that its writer could not; else the next writer's first fact would be lost."""
    path = folder / FACTS
    try:
        with path.open("r+b") as file:
            if file.seek(0, 2) == 0:
                return
            file.seek(-1, 2)
            if file.read(1) != b"\n":
                file.write(b"\n")
    except FileNotFoundError:
        return


def _fact(line: bytes) -> Fact | None:
    try:
        fact = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(fact, dict) or not isinstance(fact.get("fact"), str):
        return None
    return fact if as_number(fact.get("at")) is not None else None


def as_number(value: object) -> float | None:
    """A finite number that is no bool, else None."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def as_count(value: object) -> int | None:
    """A whole number from 0 on, else None."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def as_text(value: object, most: int = 2000) -> str:
    """A text that is no longer than that and has no control characters; "" for anything else."""
    if not isinstance(value, str):
        return ""
    return "".join(letter if letter.isprintable() else " " for letter in value[:most])
