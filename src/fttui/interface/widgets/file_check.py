"""What is known of a chosen file, and what that means for sending it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fttui.interface.widgets.amounts import bar_text, progress_text, size_text

if TYPE_CHECKING:
    from fttui.training_data.check import Progress
    from fttui.training_data.report import Report

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
            count = counted(self.report.error_count, "error")
            return f"{count} in the {what}: {REPORT_KEY} shows them."
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
        bar = bar_text(told.done, told.total, _BAR)
        rate, left = told.bytes_per_second, told.seconds_left
        errors = f" · {counted(told.errors, 'error')}" if told.errors else ""
        return f"{bar} {progress_text(told.done, told.total, rate, left)}{errors} · Esc stops"


def verdict_parts(report: Report, *, allow_errors: bool = False) -> tuple[str, str, str]:
    """The verdict of `report` as a problem, a warning or a note, for the line below a file."""
    text = verdict(report)
    if report.ok:
        text = f"{text} · {counted(report.examples, 'example')} · {size_text(report.bytes)}"
        shown = ("", f"{text} · {REPORT_KEY}", "")
        return shown if report.warning_count else ("", "", f"✓ {text} · {REPORT_KEY}")
    shown_by = f"{text} · {REPORT_KEY} shows them"
    return ("", f"{shown_by}; sent all the same", "") if allow_errors else (shown_by, "", "")


def verdict(report: Report) -> str:
    """What the check comes to, in a few words."""
    warnings = counted(report.warning_count, "warning")
    if report.ok:
        return f"No errors, {warnings}" if report.warning_count else "No errors"
    errors = counted(report.error_count, "error")
    return f"{errors}, {warnings}" if report.warning_count else errors


def counted(count: int, noun: str) -> str:
    """`1 error`, `2,000 errors`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
