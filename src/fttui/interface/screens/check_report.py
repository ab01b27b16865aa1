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
from textual.widgets import ContentSwitcher, Static

from fttui.interface.guard.screens import QuietModal
from fttui.interface.guard.typing_ahead import focus_now
from fttui.interface.kit.keys import KeyLine
from fttui.interface.kit.lines import LineView
from fttui.interface.kit.table import LineTable
from fttui.interface.screens.preview import ExamplePreview
from fttui.interface.screens.report_text import number_lines
from fttui.interface.widgets.amounts import size_text
from fttui.interface.widgets.file_check import counted, verdict
from fttui.interface.widgets.problem_table import ProblemTable

if TYPE_CHECKING:
    from fttui.training_data.problems import Problem
    from fttui.training_data.report import Report

_PAGES = ("problem-table", "report-numbers")


class CheckReport(QuietModal[str | None]):
    """Shows one report; the result is "repair" when a repaired copy is wanted."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "turn_page", "Numbers", id="report.page"),
        Binding("e", "preview", "Examples", id="report.examples"),
        Binding("f", "repair", "Repair", id="report.repair"),
        Binding("escape", "dismiss", "Back", id="dialog.back"),
    ]

    def __init__(self, path: Path, report: Report, cost: Sequence[tuple[str, str]]) -> None:
        super().__init__(classes="dialog")
        self._path = path
        self._report = report
        self._cost = cost
        self._table = ProblemTable()
        self._numbers = LineView(id="report-numbers")

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
        self._numbers.set_lines(number_lines(self._report, self._cost))
        if self._table.rows:
            focus_now(self._table)
        else:
            self.action_turn_page()

    @on(LineTable.Moved)
    def _moved(self, event: LineTable.Moved) -> None:
        event.stop()
        self._show_detail()

    @on(LineTable.Chosen)
    def _chosen(self, event: LineTable.Chosen) -> None:
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
        mark = "✗" if not report.ok else "!" if report.warning_count else "✓"
        size = f"{counted(report.examples, 'example')}, {size_text(report.bytes)}"
        return f"{mark} {verdict(report)} in {report.file} · {size}"

    def _colour(self) -> str:
        return "-bad" if not self._report.ok else "-doubtful" if self._report.counts else "-good"

    def _show_detail(self) -> None:
        self.query_one("#report-detail", Static).update(self._detail())

    def _detail(self) -> Content:
        problem, rule = self._table.problem, self._table.rule
        if problem is not None:
            head = " · ".join(
                part for part in (problem.rule, _place(problem), problem.path) if part
            )
            return Content.assemble((head, "bold"), f"\n{problem.message}\nFix: {problem.fix}")
        if rule is not None:
            return Content.assemble((rule.name, "bold"), f"\n{rule.explanation}\nFix: {rule.fix}")
        return Content("")

    def action_turn_page(self) -> None:
        """Show the numbers in the place of the problems, or the problems again."""
        pages = self.query_one("#report-pages", ContentSwitcher)
        to_numbers = pages.current == _PAGES[0]
        pages.current = _PAGES[to_numbers]
        self.query_one("#report-detail").display = not to_numbers
        focus_now(self._numbers if to_numbers else self._table)

    async def action_dismiss(self, result: str | None = None) -> None:
        """Go back to the form."""
        self.dismiss(result)


def _place(problem: Problem) -> str:
    if problem.line is None:
        return "the whole file"
    example = f", example {problem.example:,}" if problem.example else ""
    return f"line {problem.line:,}{example}"
