"""Every rule that a training file is held to, by name, and the problems: breaches of them.

`fttui check --rules` prints the rules.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from fttui.training_data.excerpts import column_of, excerpt_of
from fttui.training_data.rules_of_examples import CHAT, OTHER
from fttui.training_data.rules_of_files import FILE, LINE

LISTED = 100
"""Problems of each rule that are kept with their text; the rest is only counted."""

EXCERPT = 60
"""Characters of the file that a message quotes at most."""


class Severity(StrEnum):
    """Whether an endpoint refuses the file (error) or takes it with a doubtful result (warning)."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: what it demands, why, and what to do where a message has no better advice."""

    name: str
    severity: Severity
    title: str
    explanation: str
    fix: str


def _catalogue(rows: Iterable[tuple[str, str, str, str, str]]) -> dict[str, Rule]:
    """Index the rows by name, in the order in which they are printed."""
    return {row[0]: Rule(row[0], Severity(row[1]), *row[2:]) for row in rows}


RULES: Mapping[str, Rule] = MappingProxyType(_catalogue((*FILE, *LINE, *CHAT, *OTHER)))
"""All rules by their kebab-case name."""


MENDED: Mapping[str, str] = MappingProxyType(
    {
        "byte-order-mark": "bom",
        "crlf": "crlf",
        "blank-line": "blank",
        "duplicate-example": "duplicate",
        "not-utf8": "encoding",
        "nul-tail": "nul-tail",
    }
)
"""Rules whose every breach a copy mends, with the correction."""

SOMETIMES_MENDED = frozenset(
    {
        *("json-syntax", "json-object", "foreign-format", "mixed-formats", "unknown-key"),
        *("messages-missing", "message-role", "message-key", "message-content", "weight"),
        *("tools", "tool-call", "tool-arguments", "content-part", "preference-output"),
        *("completion-value", "reinforcement-system", "image-url"),
    }
)
"""Rules of which a copy mends some breaches: what each of them says."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One breach of a rule.

    `line` counts from 1 with blank lines, `example` without them; both are None for the file
    as a whole. `path` is a JSON path such as `messages[1].role`, `offset` the byte at which
    the line begins. `message`, `fix` and `excerpt` are safe to print.
    """

    rule: str
    line: int | None
    example: int | None
    path: str
    message: str
    fix: str
    offset: int | None = None
    mend: str = ""
    """The name of the correction that a copy makes of it; empty where a person decides."""
    excerpt: str = ""
    """The piece of the line around the problem, where there is a place to show."""
    caret: int = 0
    """Cells of the excerpt before the place."""
    column: int | None = None
    """The place in characters of the line, from 1; None if it is not known."""

    @property
    def severity(self) -> Severity:
        """Whether the endpoint refuses the file for it."""
        return RULES[self.rule].severity


class Problems:
    """The problems of a run of lines, in the order in which they were found.

    `line`, `example` and `offset` say where the reader is; set them before `add`. Rules that are
    `full` are only counted: earlier lines have given enough problems of them. Of `lines`, which
    begin at byte `begins` of the file, the excerpts are made.
    """

    def __init__(
        self,
        full: frozenset[str] = frozenset(),
        lines: Sequence[bytes] = (),
        begins: int = 0,
    ) -> None:
        self.line = 0
        self.example: int | None = None
        self.offset = 0
        self.counts: dict[str, int] = {}
        self.listed: list[Problem] = []
        self.lines = lines
        self.begins = begins
        self.joined_until = 0
        """The last line that belongs to an example which was broken over lines."""
        self._full = full

    def add(
        self,
        rule: str,
        path: str,
        message: str,
        fix: str = "",
        *,
        mend: str = "",
        column: int | None = None,
    ) -> None:
        """Count a breach of `rule` on the current line, and keep it if it is among the first.

        `mend` is the name of the correction with which a copy mends it for certain; `column` is
        the place in the line, from 1, where the path does not tell it.
        """
        count = self.counts.get(rule, 0) + 1
        self.counts[rule] = count
        if count <= LISTED and rule not in self._full:
            fix = fix or RULES[rule].fix
            mend = mend or MENDED.get(rule, "")
            place = (self.line, self.example, path)
            excerpt, caret, column = self._excerpt(rule, path, column)
            problem = Problem(rule, *place, message, fix, self.offset, mend, excerpt, caret, column)
            self.listed.append(problem)

    def _excerpt(self, rule: str, path: str, column: int | None) -> tuple[str, int, int | None]:
        """What the line looks like around the problem, if there is a place to show."""
        if not 0 < self.line <= len(self.lines):
            return "", 0, column
        line = self.lines[self.line - 1]
        if column is None and path:
            column = column_of(line, path)
        # A secret is not to be seen again, not even a part of it.
        if column is None or rule == "secret":
            return "", 0, column
        return *excerpt_of(line, column), column

    def only_count(self, rule: str) -> bool:
        """Count a breach and return True if its text is not wanted any more.

        For messages that are costly to make: when this is False nothing was counted, and the
        caller makes the text and calls `add`.
        """
        if self.lists(rule):
            return False
        self.count(rule, 1)
        return True

    def lists(self, rule: str) -> bool:
        """True while a problem of `rule` is kept with its text."""
        return self.counts.get(rule, 0) < LISTED and rule not in self._full

    def count(self, rule: str, breaches: int) -> None:
        """Count breaches without their text."""
        if breaches:
            self.counts[rule] = self.counts.get(rule, 0) + breaches
