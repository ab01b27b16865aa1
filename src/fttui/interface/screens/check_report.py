"""The report of a training file: the verdict, the problems by rule, and the numbers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import ContentSwitcher, DataTable, Static

from fttui.interface.guard.notices import notice
from fttui.interface.guard.screens import Dialog
from fttui.interface.guard.typing_ahead import focus_now
from fttui.interface.kit.columns import Column
from fttui.interface.kit.keys import KeyLine
from fttui.interface.kit.lines import LineView
from fttui.interface.kit.table import Table
from fttui.interface.screens.preview import ExamplePreview
from fttui.interface.screens.report_text import number_lines
from fttui.terminal.language import _
from fttui.training_data.wording import (
    broken_rules,
    extent,
    mendable_rules,
    rule_mark,
    verdict,
    verdict_mark,
    where,
)

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
        """Show what `report` lists, and count what it does not."""
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
            return (_("whole file") if problem.line is None else f"{problem.line:,}"), "muted"
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


_PAGES = ("problem-table", "report-numbers")


class Numbers(LineView):
    """Everything that a report counted, for the width that there is."""

    def __init__(self, report: Report, cost: Sequence[tuple[str, str]]) -> None:
        super().__init__(id="report-numbers")
        self._report = report
        self._cost = cost

    def on_resize(self) -> None:
        """Fill the lines for the new width."""
        self.set_lines(number_lines(self._report, self._cost, self.line_width))


class CheckReport(Dialog[str | None]):
    """Shows one report; the result is "repair" when a repaired copy is wanted."""

    TITLE = _("Report")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "turn_page('report-numbers')", _("Numbers"), id="report.page"),
        Binding("tab", "turn_page('problem-table')", _("Problems"), id="report.problems"),
        Binding("e", "preview", _("Examples"), id="report.examples"),
        Binding("f", "repair", _("Repair"), id="report.repair"),
        Binding(
            "f",
            "nothing_to_repair",
            _("Why nothing is repaired"),
            show=False,
            id="report.no_repair",
        ),
        Binding("escape", "dismiss", _("Back"), id="dialog.back"),
    ]

    def __init__(self, path: Path, report: Report, cost: Sequence[tuple[str, str]]) -> None:
        super().__init__(classes="dialog")
        self._path = path
        self._report = report
        self._page = _PAGES[0]
        self._table = ProblemTable()
        self._numbers = Numbers(report, cost)

    def compose(self) -> ComposeResult:
        """The verdict, one of the two pages, and all that is to say about the chosen problem."""
        with Vertical(id="check-report", classes="dialog-box"):
            yield Static(Content(self._verdict()), id="report-verdict", classes=self._colour())
            with ContentSwitcher(initial=_PAGES[0], id="report-pages"):
                yield self._table
                yield self._numbers
            yield Static(id="report-detail")
        yield KeyLine()

    def on_mount(self) -> None:
        """Begin with the problems, or with the numbers where there are none."""
        self._table.show(self._report)
        if self._table.row_count:
            focus_now(self._table)
        else:
            self.action_turn_page("report-numbers")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Tab goes to the other page; Repair is for a file that a copy can mend."""
        if action == "turn_page":
            return parameters != (self._page,)
        if action in {"repair", "nothing_to_repair"}:
            return bool(mendable_rules(self._report)) == (action == "repair")
        return True

    @on(DataTable.RowHighlighted)
    def _moved(self, event: DataTable.RowHighlighted) -> None:
        event.stop()
        self._show_detail()

    @on(DataTable.RowSelected)
    def _chosen(self, event: DataTable.RowSelected) -> None:
        event.stop()
        problem = self._table.problem
        if problem is None:
            self._table.action_move(1)
        elif problem.line is not None:
            self.app.push_screen(ExamplePreview(self._path, problem))

    def action_preview(self) -> None:
        """Leaf through the examples of the file."""
        self.app.push_screen(ExamplePreview(self._path))

    def action_repair(self) -> None:
        """Go on to the name of a repaired copy."""
        self.dismiss("repair")

    def _verdict(self) -> str:
        report = self._report
        return _(
            "{verdict_mark} {verdict} in {file} · {extent}",
            verdict_mark=verdict_mark(report)[0],
            verdict=verdict(report),
            file=report.file,
            extent=extent(report),
        )

    def _colour(self) -> str:
        return "-bad" if not self._report.ok else "-doubtful" if self._report.counts else "-good"

    def _show_detail(self) -> None:
        self.query_one("#report-detail", Static).update(self._detail())

    def _detail(self) -> Content:
        problem, rule = self._table.problem, self._table.rule
        if problem is not None:
            head = f"{problem.rule} · {where(problem)}"
            return Content.assemble(
                (head, "bold"),
                _("\n{message}\nFix: {fix}", message=problem.message, fix=problem.fix),
            )
        if rule is not None:
            return Content.assemble(
                (rule.name, "bold"),
                _("\n{explanation}\nFix: {fix}", explanation=rule.explanation, fix=rule.fix),
            )
        return Content("")

    def action_nothing_to_repair(self) -> None:
        """Say why there is no copy to write."""
        if self._report.counts:
            sentence = _(
                "A repaired copy can mend nothing of this: each problem tells its own fix."
            )
        else:
            sentence = _("There is nothing to repair: the file breaks no rule.")
        notice(self.app, sentence)

    def action_turn_page(self, page: str) -> None:
        """Show the numbers in the place of the problems, or the problems again."""
        self._page = self.query_one("#report-pages", ContentSwitcher).current = page
        to_numbers = page != _PAGES[0]
        self.query_one("#report-detail").display = not to_numbers
        self.refresh_bindings()
        focus_now(self._numbers if to_numbers else self._table)

    async def action_dismiss(self, result: str | None = None) -> None:
        """Go back to the form."""
        self.dismiss(result)
