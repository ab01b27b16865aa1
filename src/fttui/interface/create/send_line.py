"""The foot of the form: what went wrong, a hint, the estimate or the upload, and Send."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Static

from fttui.interface.first_frame import SEND
from fttui.interface.guard.typing_ahead import focus_now
from fttui.interface.kit.inputs import SmallButton, TextLine
from fttui.interface.kit.lines import LineView
from fttui.terminal.language import _
from fttui.terminal.text import safe

if TYPE_CHECKING:
    from fttui.services.endpoint.errors import ServiceError
    from fttui.services.job_form import JobRequest
    from fttui.services.session import Session
    from fttui.services.submission.submissions import SubmissionProgress
    from fttui.training_data.report import Report


_BAR = 10
_WIDE_BAR = 24


class UploadProgress(Widget, can_focus=True):
    """Takes the focus while a submission is under way, so that single letters act on it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p", "app.ask('pause_upload')", _("Pause/resume"), id="create.pause"),
        Binding("x", "app.ask('cancel_upload')", _("Cancel upload"), id="create.cancel"),
    ]

    progress: reactive[SubmissionProgress | None] = reactive(None, always_update=True)

    def render(self) -> Content:
        """Stage, bar and figures in one line."""
        progress = self.progress
        if progress is None:
            return Content("")
        from fttui.services.submission_words import progress_line

        width = _WIDE_BAR if self.size.width >= 110 else _BAR
        return Content(safe(progress_line(progress, bar=width)))


_KEYS = _("ctrl+s sends")


class SendLine(Vertical):
    """Always in sight below the fields; Send is disabled while its reason stands beside it."""

    def __init__(self) -> None:
        super().__init__(id="send-line")
        self.progress = UploadProgress(id="create-progress")
        self.progress.display = False
        self._banner = Static(id="create-banner")
        self._banner.display = False
        self._hint = TextLine(id="create-hint")
        self._estimate = TextLine(id="create-estimate")
        self._button = SmallButton(Content(SEND), id="create-send", disabled=True)
        self._reason = TextLine(id="create-reason", classes="-obstacle")

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
        from fttui.services.endpoint.errors import Outcome

        unknown = error.outcome is Outcome.UNKNOWN
        self._banner.set_class(unknown, "-unknown")
        title = (
            _("It is not known whether the job was created") if unknown else _("No job was created")
        )
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


def estimate_of(request: JobRequest | None, report: Report | None, session: Session) -> str:
    """Examples, tokens and cost of a form; "" without a report. No request: a field is not good."""
    if report is None:
        return ""
    from fttui.services.submission_words import estimate_for, estimate_line

    return estimate_line(report, estimate_for(request, report, session) if request else None)


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
        self._fill()

    def on_resize(self) -> None:
        """Fill the lines for the new width."""
        self._fill()

    def _fill(self) -> None:
        if self._report is None:
            self.set_lines([], from_top=True)
            return
        from fttui.interface.screens.report_text import summary_lines

        self.set_lines(summary_lines(self._report, self.line_width), from_top=True)
