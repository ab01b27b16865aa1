"""What is known of a chosen file, and what that means for sending it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fttui.interface.widgets.amounts import bar_text, progress_text, size_text

if TYPE_CHECKING:
    from fttui.training_data.check import Progress, Report

REPORT_KEY = "ctrl+r"
_BAR = 8


@dataclass(frozen=True, slots=True)
class FileCheck:
    """How far the check of one file got: running, refused, or done with a report."""

    running: bool = False
    progress: Progress | None = None
    report: Report | None = None
    refusal: str = ""
    on_endpoint: bool = False

    def obstacle(self, what: str, *, allow_errors: bool) -> str:
        """Why this file cannot be sent, as a sentence; "" when it can."""
        if self.on_endpoint:
            return ""
        if self.running:
            return f"The {what} is being checked. Esc stops it."
        if self.refusal:
            return self.refusal
        if self.report is None:
            return f"The {what} is not checked yet: press Enter on it."
        if not self.report.ok and not allow_errors:
            return f"{_errors(self.report)} in the {what}: {REPORT_KEY} shows them."
        return ""

    def message(self, *, allow_errors: bool) -> tuple[str, str, str]:
        """The verdict as a problem, a warning or a note, of which two are empty."""
        if self.on_endpoint:
            return "", "", "On the endpoint already, so it is not checked here."
        if self.running:
            return "", "", self._running_text()
        if self.refusal:
            return self.refusal, "", ""
        if self.report is None:
            return "", "", ""
        return verdict_parts(self.report, allow_errors=allow_errors)

    def _running_text(self) -> str:
        told = self.progress
        if told is None:
            return "Checking… Esc stops"
        bar = bar_text(told.bytes_done, told.bytes_total, _BAR)
        figures = progress_text(
            told.bytes_done, told.bytes_total, told.bytes_per_second, told.seconds_left
        )
        return f"{bar} {figures} · Esc stops"


def verdict_parts(report: Report, *, allow_errors: bool = False) -> tuple[str, str, str]:
    """The verdict of `report` as a problem, a warning or a note."""
    size = f"{report.examples:,} examples, {size_text(report.bytes)}"
    if not report.ok:
        text = f"{_errors(report)}{_warnings(report)} · {REPORT_KEY} shows them"
        return (text, "", "") if not allow_errors else ("", f"{text} (sent all the same)", "")
    if report.warning_count:
        return "", f"Can be sent{_warnings(report)} · {size} · {REPORT_KEY}", ""
    return "", "", f"✓ No errors · {size} · {REPORT_KEY} shows the report"


def _errors(report: Report) -> str:
    count = report.error_count
    return f"{count:,} error{'' if count == 1 else 's'}"


def _warnings(report: Report) -> str:
    count = report.warning_count
    return f", {count:,} warning{'' if count == 1 else 's'}" if count else ""
