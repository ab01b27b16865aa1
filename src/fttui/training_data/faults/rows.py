"""The table of faults that a line may have at one place.

A row knows its fault by what stands where the grammar is broken. Where it is certain what was
meant, it says what to write instead.
"""

from dataclasses import dataclass

from fttui.training_data.faults.finders import Hit
from fttui.training_data.faults.row import Row
from fttui.training_data.faults.rows_of_ends import END_ROWS, START_ROWS
from fttui.training_data.faults.rows_of_signs import (
    BRACKET_ROWS,
    COLON_ROWS,
    COMMA_ROWS,
    SIGN_ROWS,
)
from fttui.training_data.faults.rows_of_values import QUOTE_ROWS, TEXT_ROWS, WORD_ROWS
from fttui.training_data.faults.scanner import Due, Scanner

ROWS: tuple[Row, ...] = (
    *TEXT_ROWS,
    *END_ROWS[-4:],
    *COMMA_ROWS[:4],
    *SIGN_ROWS,
    *START_ROWS,
    *COLON_ROWS,
    COMMA_ROWS[4],
    *QUOTE_ROWS,
    *END_ROWS[:-4],
    *WORD_ROWS,
    *BRACKET_ROWS,
)
"""All rows, those first that take precedence where two fit."""


_ROWS_OF = {due: tuple(row for row in ROWS if due in row.due) for due in Due}


@dataclass(frozen=True, slots=True)
class Found:
    """A row that fits, and where."""

    row: Row
    hit: Hit
    at: int
    """The place that is told."""
    start: int
    """The first character that is replaced."""


def find(scanner: Scanner) -> Found | None:
    """The first row that fits where the scanner stopped."""
    for row in _ROWS_OF[scanner.due]:
        hit = row.hit(scanner)
        if hit is not None:
            at = scanner.at if hit.at is None else hit.at
            return Found(row, hit, at, scanner.at if hit.start is None else hit.start)
    return None
