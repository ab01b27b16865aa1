"""One row of the table of faults, and what the rows have in common."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from fttui.training_data.faults.characters import character_name, shown
from fttui.training_data.faults.finders import Hit
from fttui.training_data.faults.scanner import Due, Scanner

ANYWHERE = frozenset(Due) - {Due.STRING}
START = frozenset({Due.START})
VALUE = frozenset({Due.VALUE})
WORD_END = r"(?![\w.$-])"
"""A pattern for the end of a word or number."""

Find = re.Pattern[str] | Callable[[Scanner], Hit | None]


@dataclass(frozen=True, slots=True)
class Row:
    """One fault: where it may stand, how it is known there, and what is said and done."""

    name: str
    due: frozenset[Due]
    find: Find
    """A pattern for what stands there, or a function that looks closer."""
    what: str
    fix: str
    kind: str = ""
    """The correction that mends it; empty where a person decides."""
    new: str | None = None
    """What to write for what the pattern found; None where a person decides."""
    taken: str = ""
    """What the walk takes the new text for."""

    def hit(self, scanner: Scanner) -> Hit | None:
        """The fault, if it stands where the scanner is; asked only where one of `due` is wanted."""
        if not isinstance(self.find, re.Pattern):
            return self.find(scanner)
        found = self.find.match(scanner.text, scanner.at)
        if found is None:
            return None
        piece = found.group()
        words = {"found": shown(piece), "sign": character_name((piece.strip() or piece)[:1])}
        if self.new is not None:
            words["plain"] = self.new
        words |= {name: shown(value or "") for name, value in found.groupdict().items()}
        return Hit(found.end(), self.taken, self.new, words=words)


def row_of(name: str, due: frozenset[Due], pattern: str, what: str, fix: str, **more: str) -> Row:
    """A row that is known by a pattern."""
    return Row(name, due, re.compile(pattern, re.DOTALL), what, fix, **more)
