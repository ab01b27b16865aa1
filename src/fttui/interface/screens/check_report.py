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
from textual.dom import DOMNode
from textual.widgets import ContentSwitcher, DataTable, Static

from fttui.interface.guard.notices import notice
from fttui.interface.guard.typing_ahead import focus_now
from fttui.interface.kit.columns import Column
from fttui.interface.kit.keys import KeyLine, keys_by_name
from fttui.interface.kit.lines import LineView
from fttui.interface.kit.table import Table
from fttui.interface.screens.planning import Planning
from fttui.interface.screens.preview import ExamplePreview
from fttui.interface.screens.report_text import number_lines, problem_lines, rule_lines
from fttui.terminal.language import _
from fttui.terminal.text import safe
from fttui.training_data.rules import Problem
from fttui.training_data.wording import (
    broken_rules,
    extent,
    mendable_rules,
    rule_mark,
    to_do,
    verdict,
    verdict_mark,
)

if TYPE_CHECKING:
    from fttui.interface.kit.lines import Line
    from fttui.interface.screens.planning import PlanWanted
    from fttui.training_data.profile import Recognition
    from fttui.training_data.report import Report
    from fttui.training_data.rules import Rule

_TALL = 30
_LEAST_DETAIL = 4

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


class Detail(LineView, can_focus=False):
    """All that is to say of a problem or a rule.

    It grows to what that needs, up to a part of the window, and does not shrink again: each other
    height lays the whole screen out anew.
    """

    def __init__(self, report: Report) -> None:
        super().__init__(id="report-detail")
        self._report = report
        self._shown: Problem | Rule | None = None
        self._grown = 0

    def show(self, shown: Problem | Rule | None) -> None:
        """Tell of a problem or of a rule."""
        self._shown = shown
        if not self.line_width:  # it has no place yet, and is told of it soon
            return
        height = self.screen.size.height
        least = _LEAST_DETAIL if height < _TALL else 2 * _LEAST_DETAIL - 1
        most = max(height // 2 - _LEAST_DETAIL, _LEAST_DETAIL + 1)
        lines: list[Line] = []
        if isinstance(shown, Problem):
            lines = problem_lines(shown, self.line_width, most, repair_key(self.screen))
        elif shown is not None:
            listed = self._report.of_rule(shown.name)
            lines = rule_lines(shown, listed, self.line_width, most, repair_key(self.screen))
        grown = min(max(self._grown, least, len(lines)), most)
        if grown != self._grown:
            self._grown = grown
            self.styles.height = grown + 1
        self.set_lines(lines, from_top=True)

    def on_resize(self) -> None:
        """Fill the lines for the new width."""
        self.show(self._shown)


class CheckReport(Planning):
    """Shows one report; it is left with a plan when a repaired or converted copy is wanted."""

    TITLE = _("Report")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "turn_page('report-numbers')", _("Numbers"), id="report.page"),
        Binding("tab", "turn_page('problem-table')", _("Problems"), id="report.problems"),
        Binding("e", "preview", _("Examples"), id="report.examples"),
        Binding("f", "repair", _("Repair or convert"), id="report.repair"),
        Binding(
            "f",
            "nothing_to_repair",
            _("Why nothing is repaired"),
            show=False,
            id="report.no_repair",
        ),
        Binding("escape", "back", _("Back"), id="dialog.back"),
    ]

    def __init__(
        self, path: Path, report: Report, cost: Sequence[tuple[str, str]], want: PlanWanted
    ) -> None:
        super().__init__(want)
        self._path = path
        self._report = report
        self._page = _PAGES[0]
        self._table = ProblemTable()
        self._numbers = Numbers(report, cost)
        self._detail = Detail(report)
        self._can_copy = bool(mendable_rules(report)) or (
            report.foreign is not None and report.foreign.asks_columns
        )

    def compose(self) -> ComposeResult:
        """The verdict, what to do, one of the two pages, and all about the chosen problem."""
        with Vertical(id="check-report", classes="dialog-box"):
            yield Static(Content(self._verdict()), id="report-verdict", classes=self._colour())
            yield Static(id="report-to-do")
            with ContentSwitcher(initial=_PAGES[0], id="report-pages"):
                yield self._table
                yield self._numbers
            yield self._detail
        yield KeyLine()

    def on_mount(self) -> None:
        """Begin with the problems, or with the numbers where there are none."""
        lines = self._to_do()
        line = self.query_one("#report-to-do", Static)
        line.display = bool(lines)
        line.update(Content("\n".join(lines)))
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
            return self._can_copy == (action == "repair")
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
        """Go on to a repaired or converted copy: to its columns, or to its name."""
        self.ask_for_plan()

    def _to_do(self) -> list[str]:
        """What a person does next; and what the file is in, if that is no format of ours."""
        key = repair_key(self)
        lines = [to_do(self._report, key)]
        found = self._report.foreign
        if found is not None and found.is_certain:
            lines.append(f"{found.name}: {found.mapping}" if found.mapping else found.name)
        elif found is not None and found.asks_columns:
            name = found.name
            lines.append(_("{name}: {key} asks which column is which", name=name, key=key))
        elif found is not None:
            lines.append(_("{name}: {advice}.", name=found.name, advice=found.advice))
        return [safe(line) for line in lines if line]

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
        self._detail.show(self._table.problem or self._table.rule)

    def action_nothing_to_repair(self) -> None:
        """Say why there is no copy to write."""
        found = self._report.foreign
        if found is not None:
            sentence = cannot_convert(found)
        elif self._report.counts:
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
        self._detail.display = not to_numbers
        self.refresh_bindings()
        focus_now(self._numbers if to_numbers else self._table)

    def action_back(self) -> None:
        """Take back what is waited for; else go back to the form."""
        if not self.give_plan_up():
            self.dismiss(None)


def repair_key(report: DOMNode) -> str:
    """The key of a report that repairs or converts, as it is bound and shown."""
    return keys_by_name(report)["report.repair"]


def cannot_convert(found: Recognition) -> str:
    """Why there is no copy of a file in a format that only a person can make ours of."""
    return _(
        "{name} cannot be converted for you: {advice}.",
        name=safe(found.name),
        advice=safe(found.advice),
    )
