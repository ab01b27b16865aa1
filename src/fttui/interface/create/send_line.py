"""The foot of the form: what went wrong, a hint, the estimate or the upload, and Send."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Button, Static

from fttui.interface.guard.typing_ahead import focus_now
from fttui.interface.kit.inputs import TextLine
from fttui.interface.kit.lines import LineView
from fttui.interface.screens.report_text import number_lines
from fttui.interface.widgets.amounts import bar_text, progress_text
from fttui.services.endpoint.errors import Outcome, ServiceError
from fttui.services.submission_words import estimate_for
from fttui.terminal.format import counted
from fttui.terminal.text import safe

if TYPE_CHECKING:
    from fttui.interface.kit.lines import Line
    from fttui.services.job_form import JobRequest
    from fttui.services.submission.submissions import SubmissionProgress
    from fttui.storage.settings import Settings
    from fttui.training_data.models import Estimate
    from fttui.training_data.report import Report


_STAGES = {
    "drafted": "Preparing",
    "confirmed": "Preparing",
    "uploading": "Uploading",
    "uploaded": "Uploaded",
    "intent": "Creating the job",
    "sending": "Creating the job",
    "created": "Created",
}
_BAR = 10
_WIDE_BAR = 24


class UploadProgress(Widget, can_focus=True):
    """Takes the focus while a submission is under way, so that single letters act on it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p", "app.ask('pause_upload')", "Pause/resume", id="create.pause"),
        Binding("x", "app.ask('cancel_upload')", "Cancel upload", id="create.cancel"),
    ]

    progress: reactive[SubmissionProgress | None] = reactive(None, always_update=True)

    def render(self) -> Content:
        """Stage, bar and figures in one line."""
        told = self.progress
        if told is None:
            return Content("")
        stage = _STAGES.get(str(told.stage), str(told.stage))
        if not self.is_uploading:
            return Content(f"{stage}… {safe(told.note)}")
        width = _WIDE_BAR if self.size.width >= 110 else _BAR
        bar = bar_text(told.bytes_acknowledged, told.bytes_total, width)
        stage = "Paused" if told.paused else stage
        rate = None if told.paused else told.bytes_per_second
        left = None if told.paused else told.seconds_left
        figures = progress_text(told.bytes_acknowledged, told.bytes_total, rate, left)
        note = f" · {safe(told.note)}" if told.note else ""
        return Content(f"{stage} {told.file} {bar} {figures}{note}")

    @property
    def is_uploading(self) -> bool:
        """True while bytes are on their way, so that pausing makes sense."""
        return self.progress is not None and str(self.progress.stage) == "uploading"


_KEYS = "ctrl+s sends"


class SendLine(Vertical):
    """Always in sight below the fields; Send is disabled while its reason stands beside it."""

    class Wanted(Message):
        """Send was pressed."""

    def __init__(self) -> None:
        super().__init__(id="send-line")
        self.progress = UploadProgress(id="create-progress")
        self.progress.display = False
        self._banner = Static(id="create-banner")
        self._banner.display = False
        self._hint = TextLine(id="create-hint")
        self._estimate = TextLine(id="create-estimate")
        self._button = Button(Content("Send"), id="create-send", compact=True, disabled=True)
        self._reason = TextLine(id="create-reason")

    def compose(self) -> ComposeResult:
        """From the rarest line to the one that is always read."""
        yield self._banner
        yield self._hint
        yield self._estimate
        yield self.progress
        with Horizontal(id="create-send-row"):
            yield self._button
            yield self._reason

    def show_hint(self, text: str) -> None:
        """Explain the field that has the focus, or tell all of what is wrong with it."""
        self._hint.show(text)

    def show_estimate(self, text: str) -> None:
        """Tell examples, tokens, epochs and cost."""
        self._estimate.show(text)

    def show_obstacle(self, text: str, *, final: bool) -> None:
        """Tell why Send cannot act at once, "" when it can; a `final` reason disables it."""
        if final and self.screen.focused is self._button:
            # Disabled, it would leave the screen without a focus.
            self.screen.focus_previous()
        self._button.disabled = final
        self._reason.set_class(bool(text), "-obstacle")
        self._reason.show(text or _KEYS)

    def show_error(self, error: ServiceError | None) -> None:
        """Keep a failure in sight until the next try; None takes it away."""
        self._banner.display = error is not None
        if error is None:
            return
        unknown = error.outcome is Outcome.UNKNOWN
        self._banner.set_class(unknown, "-unknown")
        title = "It is not known whether the job was created" if unknown else "No job was created"
        text = safe(error.full_text, newlines=True)
        self._banner.update(Content.assemble((f"✗ {title}. ", "bold"), text))

    def show_upload(self, *, visible: bool) -> None:
        """Show the upload in the place of the estimate, or the estimate again."""
        self.progress.display = visible
        self._estimate.display = not visible
        if visible:
            self.progress.progress = None

    def take_focus(self) -> bool:
        """Put the focus on Send, if it is enabled; tells whether it is."""
        if not self._button.disabled:
            focus_now(self._button)
        return not self._button.disabled

    @on(Button.Pressed, "#create-send")
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.post_message(self.Wanted())


_EXACT_UP_TO = 10_000_000


def estimate_of(request: JobRequest | None, report: Report | None, settings: Settings) -> str:
    """Examples, tokens and cost of a form; "" without a report. No request: a field is not good."""
    if report is None:
        return ""
    return estimate_text(report, estimate_for(request, report, settings) if request else None)


def estimate_text(report: Report, told: Estimate | None) -> str:
    """The line below the form; `≈` marks what is not exact, and None an unreadable form.

    For example `60 examples · 2,412 tokens × 3 epochs = 7,236 · $0.18 ($25/M, 2026-11-22)`.
    """
    parts = [counted(report.examples, "example")]
    if told is None or told.tokens_per_epoch is None or told.billable_tokens is None:
        if report.tokens is not None:
            parts.append(f"{_tokens(report.tokens.total)} tokens")
        return " · ".join(parts)
    about = "" if told.exact else "≈"
    guess = "≈" if told.epochs_are_default else ""
    total = about or guess
    parts.append(
        f"{about}{_tokens(told.tokens_per_epoch)} tokens × {guess}{counted(told.epochs, 'epoch')}"
        f" = {total}{_tokens(told.billable_tokens)}"
    )
    if told.usd is not None and told.price is not None:
        price = f"${told.price.per_million:g}/M, {told.price.as_of}"
        parts.append(f"{total}${told.usd:,.2f} ({price})")
    else:
        parts.append("price not known")
    if told.truncated_examples:
        parts.append(f"{told.truncated_examples:,} over the limit")
    return " · ".join(parts)


def _tokens(count: int) -> str:
    return f"{count:,}" if count < _EXACT_UP_TO else f"{count / 1e6:,.1f} M"


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
