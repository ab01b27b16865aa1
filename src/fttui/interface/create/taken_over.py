"""A form that is filled from a job that was there before."""

from __future__ import annotations

from pathlib import Path

from textual import on

from fttui.interface.create.file_field import FileField
from fttui.interface.create.under_way import UnderWay
from fttui.interface.guard.notices import notice
from fttui.interface.guard.typing_ahead import focus_now
from fttui.interface.interface_utils import utils_of
from fttui.interface.messages import FileChosen, FileIdChosen, FormFilled, ModelChosen
from fttui.services.job_again import Again, form_texts
from fttui.terminal.language import _

_GIVEN = ("model", "method")
"""What an empty form has, too."""


class TakenOver(UnderWay):
    """The part of the form that takes a job over, without losing what was typed before."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._filled: dict[str, str] = {}

    def _texts(self) -> dict[str, str]:
        texts = form_texts(self._fields.form()) | {one.key: one.value for one in self._files}
        return {name: text for name, text in texts.items() if text and name not in _GIVEN}

    @on(FormFilled)
    def _asked_again(self, message: FormFilled) -> None:
        again = message.again
        if self._sending:
            notice(self.app, _("A job is being created. Wait for its outcome."))
        elif self._texts() in ({}, self._filled):
            self._fill(again)
        else:
            self._ask_first(again)

    @on(ModelChosen)
    def _model_chosen(self, message: ModelChosen) -> None:
        if self._sending:
            notice(self.app, _("A job is being created. Wait for its outcome."))
            return
        self._fields.model.value = message.model
        self._review()

    @on(FileIdChosen)
    def _file_chosen(self, message: FileIdChosen) -> None:
        if self._sending:
            notice(self.app, _("A job is being created. Wait for its outcome."))
            return
        for field in self._files:
            if field.key == message.field:
                self._take_file(field, message.file_id)
        self._review()

    def _ask_first(self, again: Again) -> None:
        from fttui.interface.screens.confirm import Confirm

        def answered(yes: bool | None) -> None:
            if yes:
                self._fill(again)

        dialog = Confirm(
            _("Create again"),
            [(_("Job"), again.job.id), (_("Name"), again.job.name or _("none"))],
            _("Fill the form from this job? What is typed there now goes away."),
            _("Fill the form"),
            _("Keep what is typed"),
        )
        self.app.push_screen(dialog, answered)

    def _fill(self, again: Again) -> None:
        self._foot.show_error(None)
        self._fields.fill(again)
        for field, word in zip(self._files, (again.training, again.validation), strict=True):
            if again.is_fetched and word:
                field.show_path(Path(word))
                self.post_message(FileChosen(field.key, Path(word)))
            else:
                self._take_file(field, word)
        self._filled = self._texts()
        self._review()
        if self._is_in_front:
            epochs = self._fields.field("n_epochs")
            focus_now((epochs or self._files[0]).control_widget)

    def _take_file(self, field: FileField, file_id: str) -> None:
        """Take a file by its id, and ask whether it is there: it may be deleted since."""
        utils = utils_of(self)
        utils.checks.drop(field.key)
        field.take_id(file_id)
        if file_id:
            utils.checks.ask(field.key, file_id, of_job=True)
