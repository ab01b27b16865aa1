"""What matters most in a report, below the form where the screen is tall enough for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fttui.interface.kit.lines import LineView
from fttui.interface.screens.report_text import number_lines

if TYPE_CHECKING:
    from fttui.interface.kit.lines import Line
    from fttui.training_data.report import Report

_MOST_RULES = 6
_TOLD_ELSEWHERE = 2
"""The first lines of the numbers, format and size, are in the verdict already."""


class CheckSummary(LineView):
    """The broken rules with the first line of each, then the numbers; read-only, without focus."""

    can_focus = False

    def __init__(self) -> None:
        super().__init__(id="check-summary")
        self._report: Report | None = None

    def show(self, report: Report | None) -> None:
        """Sum up `report`, or show nothing."""
        if report is self._report:
            return
        self._report = report
        self.set_class(report is not None, "-filled")
        self.set_lines([] if report is None else summary_lines(report), from_top=True)


def summary_lines(report: Report) -> list[Line]:
    """The lines of a summary: at most six rules, errors first, then formats, roles and tokens."""
    from fttui.training_data.rules import RULES, Severity

    lines: list[Line] = []
    names = sorted(report.counts, key=lambda name: RULES[name].severity != Severity.ERROR)
    for name in names[:_MOST_RULES]:
        rule = RULES[name]
        mark, look = ("✗", "bad") if rule.severity == Severity.ERROR else ("!", "waiting")
        listed = report.of_rule(name)
        where = f", first in line {listed[0].line:,}" if listed and listed[0].line else ""
        lines.append(
            (
                (f"{mark} {report.counts[name]:,} × {name}", look),
                (f"  {rule.title}{where}", "muted"),
            )
        )
    if len(names) > _MOST_RULES:
        lines.append(((f"  and {len(names) - _MOST_RULES} more rules", "muted"),))
    if lines:
        lines.append(())
    return [*lines, *number_lines(report, ())[_TOLD_ELSEWHERE:]]
