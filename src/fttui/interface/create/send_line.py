"""The foot of the form: what went wrong, a hint, the estimate or the upload, and Send."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, Static

from fttui.interface.guard.typing_ahead import focus_now
from fttui.interface.widgets.text_line import TextLine
from fttui.interface.widgets.upload_progress import UploadProgress
from fttui.services.endpoint.errors import Outcome, ServiceError
from fttui.terminal.text import safe

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
