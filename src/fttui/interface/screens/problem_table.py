"""The problems of a training file as a table, by the rules that they break."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from fttui.interface.kit.columns import Column
from fttui.interface.kit.table import Table
from fttui.terminal.format import count_text
from fttui.terminal.language import _
from fttui.training_data.wording import broken_rules, rule_mark

if TYPE_CHECKING:
    from fttui.training_data.report import Report
    from fttui.training_data.rules import Problem, Rule

_COLUMNS = (
    Column("line", _("Line"), 11, 13, 1, right=True),
    Column("where", _("Where"), 14, 20, 2),
    Column("problem", _("Problem"), 20, 40, 0, grows=True),
)
_RULE = "rule:"


class ProblemTable(Table):
    """A row for each broken rule, errors first, followed by its listed problems."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select_cursor", _("Show line"), id="report.line"),
        Binding("n", "next_rule(1)", _("Next rule"), show=False, id="report.next"),
        Binding("N", "next_rule(-1)", _("Rule before"), show=False, id="report.before"),
        Binding("j", "move(1)", _("Down"), show=False, id="report.down"),
        Binding("k", "move(-1)", _("Up"), show=False, id="report.up"),
        Binding("g", "scroll_top", _("First"), show=False, id="report.top"),
        Binding("G", "scroll_bottom", _("Last"), show=False, id="report.bottom"),
        Binding("ctrl+d", "page(0.5)", _("Half a page down"), show=False, id="report.half_down"),
        Binding("ctrl+u", "page(-0.5)", _("Half a page up"), show=False, id="report.half_up"),
    ]

    def __init__(self) -> None:
        super().__init__(_COLUMNS, id="problem-table")
        self._problems: dict[str, Problem] = {}
        self._rules: dict[str, tuple[Rule, int]] = {}

    def show(self, report: Report) -> None:
        """Show what `report` lists, and count what it does not.

        The cursor stays at its rule and line, or goes to what comes next there.
        """
        was, row = self._at_cursor(), self.cursor_row
        self._problems, self._rules = {}, {}
        keys: list[str] = []
        for rule in broken_rules(report):
            self._rules[_RULE + rule.name] = (rule, report.counts[rule.name])
            keys.append(_RULE + rule.name)
            for index, problem in enumerate(report.of_rule(rule.name)):
                self._problems[f"{rule.name}:{index}"] = problem
                keys.append(f"{rule.name}:{index}")
        self.placeholder = _("Nothing was found: no errors and no warnings.")
        self.set_rows(keys)
        if was and keys:
            self.move_to(self._nearest(*was) or keys[min(row, len(keys) - 1)])
        self.repaint()

    def _at_cursor(self) -> tuple[str, int] | None:
        """The rule and the line at the cursor; the line 0 where there is none."""
        problem, rule = self.problem, self.rule
        if problem is not None:
            return problem.rule, problem.line or 0
        return (rule.name, 0) if rule is not None else None

    def _nearest(self, rule: str, line: int) -> str:
        """The key of the problem of a rule at a line or after it, else the last; "" for none."""
        if not line:
            return _RULE + rule if _RULE + rule in self._rules else ""
        of_rule = [key for key, one in self._problems.items() if one.rule == rule]
        later = (key for key in of_rule if (self._problems[key].line or 0) >= line)
        return next(later, of_rule[-1] if of_rule else "")

    @property
    def first(self) -> Problem | None:
        """The first problem of the rule at the cursor that has a line, else of all."""
        rule = self.rule
        of_rule = (one for one in self._problems.values() if rule and one.rule == rule.name)
        ranked = (*of_rule, *self._problems.values())
        return next((one for one in ranked if one.line is not None), None)

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
            mark, style = rule_mark(rule)
            texts = {
                "line": f"{mark} {count:,} ×",
                "where": rule.name,
                "problem": _("rule: {title}", title=rule.title),
            }
            return texts[column.key], style
        problem = self._problems[key]
        if column.key == "line":
            return (_("whole file") if problem.line is None else count_text(problem.line)), "muted"
        if column.key == "where":
            return problem.path, "muted"
        return problem.message, "plain"

    def action_next_rule(self, direction: int) -> None:
        """Move to the next rule, or to the one before."""
        places = [index for index, key in enumerate(self.rows) if key.value in self._rules]
        ahead = [index for index in places if (index - self.cursor_row) * direction > 0]
        if ahead:
            target = ahead[0] if direction > 0 else ahead[-1]
            self.action_move(target - self.cursor_row)
