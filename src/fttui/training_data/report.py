"""The result of a check: what the app shows and `fttui check --json` prints."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fttui.training_data.profile import Format, Method, Recognition
from fttui.training_data.rules import RULES, Problem, Severity
from fttui.training_data.tally import Distribution, bars


@dataclass(frozen=True, slots=True)
class TokenStats:
    """The tokens of a file, by the vocabulary that was used."""

    encoding: str
    exact: bool
    """By the sum of `tokens`: the vocabulary is the model's own, and no example has tools,
    refusals or images."""
    total: int
    assistant_total: int
    lengths: Distribution
    histogram: Mapping[int, int]
    """Examples by their number of tokens; numbers from 131,072 on are rounded down to 4,096."""

    def over(self, limit: int) -> int:
        """Examples that are longer than `limit` tokens."""
        return sum(n for length, n in self.histogram.items() if length > limit)

    def billed(self, limit: int | None) -> int:
        """Tokens of one epoch, each example cut at `limit`."""
        if limit is None:
            return self.total
        cut = sum(n for length, n in self.histogram.items() if length > limit)
        within = sum(length * n for length, n in self.histogram.items() if length <= limit)
        return within + cut * limit

    def bars(self, count: int) -> list[tuple[int, int, int]]:
        """The histogram as at most `count` bars: (from, to inclusive, examples)."""
        return bars(self.histogram, count)


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that was found out about a training file; nothing in it changes afterwards."""

    file: str
    """The file's name, safe to print."""
    bytes: int
    sha256: str
    """Empty when the file was refused before it was read."""
    md5: str
    """Empty when it was not asked for, too."""
    format: Format | None
    method: Method | None
    model: str | None
    examples: int
    problems: tuple[Problem, ...]
    """The first 100 problems of each rule: the file's own first, then by line."""
    counts: Mapping[str, int]
    """All problems by rule, in the order of the catalogue."""
    tokens: TokenStats | None = None
    token_limit: int | None = None
    roles: Mapping[str, int] = field(default_factory=dict)
    """Messages by role."""
    messages: Distribution = field(default_factory=Distribution)
    """Messages of an example."""
    system_prompts: int = 0
    """Distinct system prompts; 1,000 stands for that many or more."""
    with_tools: int = 0
    with_images: int = 0
    secrets: Mapping[str, int] = field(default_factory=dict)
    """Secrets by their kind."""
    notes: tuple[str, ...] = ()
    """Sentences about things that are neither an error nor a warning."""
    foreign: Recognition | None = None
    """The format of another tool that the examples are in."""
    seconds: float = 0.0
    validation: "Report | None" = None

    @property
    def ok(self) -> bool:
        """No error was found in this file; warnings do not count, nor does the other file."""
        return self.error_count == 0

    @property
    def error_count(self) -> int:
        """All errors, listed or not."""
        return self._count(Severity.ERROR)

    @property
    def warning_count(self) -> int:
        """All warnings, listed or not."""
        return self._count(Severity.WARNING)

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The errors that are listed."""
        return tuple(p for p in self.problems if p.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """The warnings that are listed."""
        return tuple(p for p in self.problems if p.severity is Severity.WARNING)

    def of_rule(self, rule: str) -> tuple[Problem, ...]:
        """The listed problems of one rule."""
        return tuple(problem for problem in self.problems if problem.rule == rule)

    def _count(self, severity: Severity) -> int:
        return sum(n for rule, n in self.counts.items() if RULES[rule].severity is severity)

    def to_json(self) -> dict[str, Any]:
        """The document of `fttui check --json` for `json.dumps`, without the estimate's part."""
        document: dict[str, Any] = {
            "file": self.file,
            "bytes": self.bytes,
            "sha256": self.sha256 or None,
            "format": self.format.value if self.format else None,
            "foreign": self._foreign(),
            "examples": self.examples,
            "ok": self.ok,
            "error_count": self.error_count,
            "errors": [_problem(problem) for problem in self.errors],
            "warning_count": self.warning_count,
            "warnings": [_problem(problem) for problem in self.warnings],
            "tokens": self._tokens(),
            "epochs": None,
            "billable_tokens": None,
            "cost": None,
        }
        if self.validation is not None:
            document["validation"] = self.validation.to_json()
        return document

    def _foreign(self) -> dict[str, Any] | None:
        found = self.foreign
        if found is None:
            return None
        return {
            "name": found.name,
            "mapping": found.mapping,
            "certain": found.is_certain,
            "columns": list(found.columns),
        }

    def _tokens(self) -> dict[str, Any] | None:
        tokens = self.tokens
        if tokens is None:
            return None
        lengths = tokens.lengths
        return {
            "total": tokens.total,
            "encoding": tokens.encoding,
            "exact": tokens.exact,
            "min": lengths.min,
            "max": lengths.max,
            "mean": round(lengths.mean, 2),
            "median": lengths.median,
            "p5": lengths.p5,
            "p95": lengths.p95,
            "assistant_total": tokens.assistant_total,
            "over_limit": tokens.over(self.token_limit) if self.token_limit else 0,
            "limit": self.token_limit,
        }


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "rule": problem.rule,
        "line": problem.line,
        "example": problem.example,
        "path": problem.path,
        "message": problem.message,
        "fix": problem.fix,
        "column": problem.column,
        "excerpt": problem.excerpt,
    }
