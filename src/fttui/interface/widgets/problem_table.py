"""The problems of a file by rule: how many of each, then where they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from fttui.interface.kit.table import Column, LineTable

if TYPE_CHECKING:
    from fttui.training_data.problems import Problem
    from fttui.training_data.report import Report
    from fttui.training_data.rules import Rule

_COLUMNS = (
    Column("line", "Line", 11, 13, 1, right=True),
    Column("where", "Where", 14, 20, 2),
    Column("problem", "Problem", 20, 40, 0, grows=True),
)
_RULE = "rule:"


class ProblemTable(LineTable):
    """A row for each broken rule, errors first, followed by its listed problems."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "Show line", id="report.line"),
        Binding("n", "next_rule(1)", "Next rule", id="report.next"),
        Binding("N", "next_rule(-1)", "Rule before", show=False, id="report.before"),
        Binding("j", "move(1)", "Down", show=False, id="report.down"),
        Binding("k", "move(-1)", "Up", show=False, id="report.up"),
        Binding("g", "top", "First", show=False, id="report.top"),
        Binding("G", "bottom", "Last", show=False, id="report.bottom"),
        Binding("ctrl+d", "page(0.5)", "Half a page down", show=False, id="report.half_down"),
        Binding("ctrl+u", "page(-0.5)", "Half a page up", show=False, id="report.half_up"),
    ]

    def __init__(self) -> None:
        super().__init__(_COLUMNS, id="problem-table")
        self._problems: dict[str, Problem] = {}
        self._rules: dict[str, tuple[Rule, int]] = {}

    def show(self, report: Report) -> None:
        """Show what `report` lists, and count what it does not."""
        from fttui.training_data.rules import RULES, Severity

        self._problems, self._rules = {}, {}
        keys: list[str] = []
        by_weight = sorted(report.counts, key=lambda name: RULES[name].severity != Severity.ERROR)
        for name in by_weight:
            self._rules[_RULE + name] = (RULES[name], report.counts[name])
            keys.append(_RULE + name)
            for index, problem in enumerate(report.of_rule(name)):
                self._problems[f"{name}:{index}"] = problem
                keys.append(f"{name}:{index}")
        self.placeholder = "Nothing was found: no errors and no warnings."
        self.set_rows(keys)

    @property
    def problem(self) -> Problem | None:
        """The problem under the cursor, None on the row of a rule."""
        return self._problems.get(self.cursor_key or "")

    @property
    def rule(self) -> Rule | None:
        """The rule whose row is under the cursor."""
        found = self._rules.get(self.cursor_key or "")
        return found[0] if found else None

    def cell(self, key: str, column: Column) -> tuple[str, str]:
        """Line, JSON path or message of a problem; name and count of a rule."""
        if key in self._rules:
            rule, count = self._rules[key]
            mark, look = ("✗", "bad") if rule.severity == "error" else ("!", "waiting")
            texts = {
                "line": f"{mark} {count:,} ×",
                "where": rule.name,
                "problem": f"rule: {rule.title}",
            }
            return texts[column.key], look
        problem = self._problems[key]
        if column.key == "line":
            return ("whole file" if problem.line is None else f"{problem.line:,}"), "muted"
        if column.key == "where":
            return problem.path, "muted"
        return problem.message, "plain"

    def action_next_rule(self, direction: int) -> None:
        """Move to the next rule, or to the one before."""
        places = [index for index, key in enumerate(self.rows) if key in self._rules]
        ahead = [index for index in places if (index - self.cursor) * direction > 0]
        if ahead:
            target = ahead[0] if direction > 0 else ahead[-1]
            self.action_move(target - self.cursor)
