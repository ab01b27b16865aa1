"""The report of a training file: the verdict, the problems by rule, and the numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
from fttui.interface.host import FileInView
from fttui.interface.kit.keys import KeyLine, keys_by_name
from fttui.interface.kit.lines import LineView
from fttui.interface.messages import CheckDone, CheckProgressed, CheckRefused, FileChosen
from fttui.interface.screens.planning import Planning
from fttui.interface.screens.preview import ExamplePreview
from fttui.interface.screens.problem_table import ProblemTable
from fttui.interface.screens.report_text import number_lines, problem_lines, rule_lines
from fttui.terminal.format import bar_text
from fttui.terminal.language import _, labelled
from fttui.terminal.text import safe
from fttui.training_data.rules import Problem
from fttui.training_data.wording import (
    extent,
    mendable_rules,
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

    Costs = Callable[[Report], Sequence[tuple[str, str]]]

_BAR = 8
_TALL = 30
_LEAST_DETAIL = 4

_PAGES = ("problem-table", "report-numbers")


class Numbers(LineView):
    """Everything that a report counted, for the width that there is."""

    def __init__(self, report: Report, cost: Costs) -> None:
        super().__init__(id="report-numbers")
        self._report = report
        self._cost = cost

    def show_report(self, report: Report) -> None:
        """Show the numbers of another report."""
        self._report = report
        self.on_resize()

    def on_resize(self) -> None:
        """Fill the lines for the new width."""
        if not self.line_width:  # it has no place yet, and is told of it soon
            return
        self.set_lines(number_lines(self._report, self._cost(self._report), self.line_width))


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
            lines = problem_lines(shown, self.line_width, most, _repair_key(self.screen))
        elif shown is not None:
            listed = self._report.of_rule(shown.name)
            lines = rule_lines(shown, listed, self.line_width, most, _repair_key(self.screen))
        grown = min(max(self._grown, least, len(lines)), most)
        if grown != self._grown:
            self._grown = grown
            self.styles.height = grown + 1
        self.set_lines(lines, from_top=True)

    def show_report(self, report: Report) -> None:
        """Tell of problems of another report from now on."""
        self._report = report

    def on_resize(self) -> None:
        """Fill the lines for the new width."""
        self.show(self._shown)


class CheckReport(Planning):
    """Shows one report; it is left with a plan when a repaired or converted copy is wanted.

    When the file is checked anew, that report takes its place. `cost` tells label and value of an
    estimate. `why_not_edited` is a sentence where the file is not one of the user's.
    """

    TITLE = _("Report")
    hears_workers = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "turn_page('report-numbers')", _("Numbers"), id="report.page"),
        Binding("tab", "turn_page('problem-table')", _("Problems"), id="report.problems"),
        Binding("E", "app.ask('edit_file')", _("Edit"), id="report.edit"),
        Binding("e", "preview", _("Examples"), id="report.examples"),
        Binding("s", "app.ask('split_file')", _("Split"), show=False, id="report.split"),
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
        self,
        path: Path,
        report: Report,
        cost: Costs,
        want: PlanWanted,
        *,
        why_not_edited: str = "",
    ) -> None:
        super().__init__(want)
        self._path = path
        self.report = report
        self._why_not_edited = why_not_edited
        self._page = _PAGES[0]
        self._table = ProblemTable()
        self._numbers = Numbers(report, cost)
        self._detail = Detail(report)

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
        self._show_report()
        if self._table.row_count:
            focus_now(self._table)

    def _show_report(self) -> None:
        """Show all that the report tells, on the page that is open."""
        verdict_line = self.query_one("#report-verdict", Static)
        verdict_line.update(Content(self._verdict()))
        verdict_line.set_classes(self._colour())
        lines = self._to_do()
        line = self.query_one("#report-to-do", Static)
        line.display = bool(lines)
        line.update(Content("\n".join(lines)))
        self._detail.show_report(self.report)
        self._numbers.show_report(self.report)
        self._table.show(self.report)
        if not self._table.row_count:
            self.action_turn_page("report-numbers")
        elif self._page == _PAGES[0]:
            self._show_detail()
        self.refresh_bindings()

    @property
    def _can_copy(self) -> bool:
        """Whether a repaired or converted copy can be made."""
        found = self.report.foreign
        return bool(mendable_rules(self.report)) or (found is not None and found.asks_columns)

    @on(CheckProgressed)
    def _check_progressed(self, message: CheckProgressed) -> None:
        if message.path == self._path and not self._waits:
            progress = message.progress
            bar = bar_text(progress.done, progress.total, _BAR)
            self._say_of_check(_("Checking anew {bar}", bar=bar))

    @on(CheckDone)
    def _check_done(self, message: CheckDone) -> None:
        if message.path == self._path:
            self.report = message.report
            self._say_of_check("")
            self._show_report()

    @on(CheckRefused)
    def _check_refused(self, message: CheckRefused) -> None:
        if message.path == self._path:
            notice(self.app, message.sentence, severity="warning")
            self.dismiss(None)

    @on(FileChosen)
    def _another_chosen(self, message: FileChosen) -> None:
        if message.path != self._path:
            self.dismiss(None)  # what this is the report of is in the form no more

    def _say_of_check(self, sentence: str) -> None:
        if not self._waits:
            self.query_one(KeyLine).show_sentence(sentence)

    def file_in_view(self) -> FileInView:
        """The line and the column of the problem at the cursor."""
        problem = self._table.problem
        if problem is None or problem.line is None:
            problem = self._table.first
        if problem is None or problem.line is None:
            return FileInView(self._path, why_not=self._why_not_edited)
        column = problem.column or 1
        return FileInView(self._path, problem.line, column, problem.offset, self._why_not_edited)

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
            self._open_preview(problem)

    def action_preview(self) -> None:
        """Leaf through the examples of the file."""
        self._open_preview(None)

    def _open_preview(self, problem: Problem | None) -> None:
        from fttui.training_data.turn_tokens import Counting

        counting, why_not = Counting.of_model(self.report.model), self._why_not_edited
        preview = ExamplePreview(self._path, problem, counting, why_not_edited=why_not)
        self.app.push_screen(preview)

    def action_repair(self) -> None:
        """Go on to a repaired or converted copy: to its columns, or to its name."""
        self.ask_for_plan()

    def _to_do(self) -> list[str]:
        """What a person does next; and what the file is in, if that is no format of ours."""
        key = _repair_key(self)
        lines = [to_do(self.report, key)]
        found = self.report.foreign
        if found is not None and found.is_certain:
            lines.append(labelled(found.name, found.mapping) if found.mapping else found.name)
        elif found is not None and found.asks_columns:
            name = found.name
            lines.append(_("{name}: {key} asks which column is which", name=name, key=key))
        elif found is not None:
            lines.append(_("{name}: {advice}.", name=found.name, advice=found.advice))
        return [safe(line) for line in lines if line]

    def _verdict(self) -> str:
        report = self.report
        return _(
            "{verdict_mark} {verdict} in {file} · {extent}",
            verdict_mark=verdict_mark(report)[0],
            verdict=verdict(report),
            file=report.file,
            extent=extent(report),
        )

    def _colour(self) -> str:
        return "-bad" if not self.report.ok else "-doubtful" if self.report.counts else "-good"

    def _show_detail(self) -> None:
        self._detail.show(self._table.problem or self._table.rule)

    def action_nothing_to_repair(self) -> None:
        """Say why there is no copy to write."""
        found = self.report.foreign
        if found is not None:
            sentence = cannot_convert(found)
        elif self.report.counts:
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


def _repair_key(report: DOMNode) -> str:
    """The key of a report that repairs or converts, as it is bound and shown."""
    return keys_by_name(report)["report.repair"]


def cannot_convert(found: Recognition) -> str:
    """Why there is no copy of a file in a format that only a person can make ours of."""
    return _(
        "{name} cannot be converted for you: {advice}.",
        name=safe(found.name),
        advice=safe(found.advice),
    )
