"""A problem of a training file, and the collector that counts all and keeps the first of each."""

from dataclasses import dataclass

from fttui.training_data.rules import RULES, Severity

LISTED = 100
"""Problems of each rule that are kept with their text; the rest is only counted."""

EXCERPT = 60
"""Characters of the file that a message quotes at most."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One breach of a rule.

    `line` counts from 1 with blank lines, `example` without them; both are None for the file
    as a whole. `path` is a JSON path such as `messages[1].role`, `offset` the byte at which
    the line begins. `message` and `fix` are safe to print.
    """

    rule: str
    line: int | None
    example: int | None
    path: str
    message: str
    fix: str
    offset: int | None = None

    @property
    def severity(self) -> Severity:
        """Whether the endpoint refuses the file for it."""
        return RULES[self.rule].severity


class Problems:
    """The problems of a run of lines, in the order in which they were found.

    `line`, `example` and `offset` say where the reader is; set them before `add`. Rules that are
    `full` are only counted: earlier lines have given enough problems of them.
    """

    def __init__(self, full: frozenset[str] = frozenset()) -> None:
        self.line = 0
        self.example: int | None = None
        self.offset = 0
        self.counts: dict[str, int] = {}
        self.listed: list[Problem] = []
        self._full = full

    def add(self, rule: str, path: str, message: str, fix: str = "") -> None:
        """Count a breach of `rule` on the current line, and keep it if it is among the first."""
        count = self.counts.get(rule, 0) + 1
        self.counts[rule] = count
        if count <= LISTED and rule not in self._full:
            fix = fix or RULES[rule].fix
            problem = Problem(rule, self.line, self.example, path, message, fix, self.offset)
            self.listed.append(problem)

    def only_count(self, rule: str) -> bool:
        """Count a breach and return True if its text is not wanted any more.

        For messages that are costly to make: when this is False nothing was counted, and the
        caller makes the text and calls `add`.
        """
        count = self.counts.get(rule, 0)
        if count < LISTED and rule not in self._full:
            return False
        self.counts[rule] = count + 1
        return True
