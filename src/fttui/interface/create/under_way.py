"""What the form shows of the submission that it began: how far it is, and how it ended."""

from __future__ import annotations

from textual import on
from textual.containers import Vertical

from fttui.interface.create.fields import JobFields, show_refusal
from fttui.interface.create.file_field import FileField
from fttui.interface.create.send_line import SendLine
from fttui.interface.guard.typing_ahead import focus_now
from fttui.interface.messages import SubmissionBegun, SubmissionEnded, SubmissionProgressed


class UnderWay(Vertical):
    """The part of the form that follows a submission."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._sending = False
        self._to_check_again = False

    @property
    def _fields(self) -> JobFields:
        return self.query_one(JobFields)

    @property
    def _foot(self) -> SendLine:
        return self.query_one(SendLine)

    @property
    def _files(self) -> list[FileField]:
        return list(self.query(FileField))

    @property
    def _is_in_front(self) -> bool:
        raise NotImplementedError

    @property
    def is_followed(self) -> bool:
        """True while the focus is where it was put when the submission began."""
        return self._sending and self.screen.focused in {None, self._foot.progress}

    def take_focus(self) -> None:
        """Put the focus where work goes on."""
        raise NotImplementedError

    def _review(self) -> None:
        """Bring all that depends on the fields up to date."""
        raise NotImplementedError

    @on(SubmissionBegun)
    def _begun(self) -> None:
        self._show_upload()
        if self._is_in_front:
            self.take_focus()

    @on(SubmissionProgressed)
    def _progressed(self, message: SubmissionProgressed) -> None:
        if not self._sending:  # one that an earlier run had left open
            self._show_upload()
        self._foot.progress.progress = message.progress

    def _show_upload(self) -> None:
        self._sending = True
        self._foot.show_upload(visible=True)
        self._review()

    @on(SubmissionEnded)
    def _ended(self, message: SubmissionEnded) -> None:
        self._sending = False
        was_followed = self.screen.focused is self._foot.progress
        error = message.error
        self._foot.show_error(error)
        self._to_check_again = message.job is not None
        self._review()
        if was_followed and not self._foot.take_focus():
            # Its line goes away, and without a focus no key of this pane would work.
            self.take_focus()
        self._foot.show_upload(visible=False)
        if error is not None and error.param:
            field = show_refusal(self._files, self._fields, error.param, error.sentence)
            if field is not None and self._is_in_front:
                focus_now(field.control_widget)
