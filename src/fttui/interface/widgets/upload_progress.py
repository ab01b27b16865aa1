"""The line that follows a submission: bytes acknowledged, rate, time left, and its keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from fttui.interface.interface_utils import utils_of
from fttui.interface.kit.notices import notice
from fttui.interface.widgets.amounts import bar_text, progress_text
from fttui.terminal.text import safe

if TYPE_CHECKING:
    from fttui.services.submission.submissions import SubmissionProgress

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
        Binding("p", "toggle_pause", "Pause/resume", id="create.pause"),
        Binding("x", "cancel", "Cancel upload", id="create.cancel"),
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

    def action_toggle_pause(self) -> None:
        """Pause, or go on after a pause; say so where there is nothing to pause."""
        if self.progress is not None and self.is_uploading:
            utils = utils_of(self)
            utils.resume_upload() if self.progress.paused else utils.pause_upload()
        else:
            notice(self.app, "There is nothing to pause: no bytes are on their way now.")

    def action_cancel(self) -> None:
        """Ask to give the upload up."""
        utils_of(self).cancel_upload()
