"""A form that is filled from a job that was there before."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from textual import on

from fttui.interface.carried import Texts
from fttui.interface.create.file_field import FileField
from fttui.interface.create.under_way import UnderWay
from fttui.interface.guard.notices import notice
from fttui.interface.guard.typing_ahead import focus_now
from fttui.interface.interface_utils import utils_of
from fttui.interface.messages import FileChosen, FileIdChosen, FormFilled, ModelChosen
from fttui.services.file_names import may_be_id
from fttui.services.job_again import Again, form_texts
from fttui.terminal.language import _
from fttui.terminal.text import safe

if TYPE_CHECKING:
    from fttui.storage.settings import Profile

_GIVEN = ("model", "method")
"""What an empty form has, too."""
_LONGEST = 60


class TakenOver(UnderWay):
    """The part of the form that takes a job over, without losing what was typed before."""

    carried: Texts = {}  # noqa: RUF012 - never changed
    """What was typed before another profile was gone to."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._filled: dict[str, str] = {}

    def texts(self) -> Texts:
        """All that is typed, and the job that it was filled from; nothing of an untouched form."""
        if not self.is_mounted:
            return self.carried
        fields = self._fields
        if not self._texts() and not fields.is_chosen:
            return {}
        typed: dict[str, object] = {one.key: one.value for one in fields.fields}
        if fields.model.value == self.profile.default_model:
            del typed["model"]  # that of the other profile takes its place
        typed["grader"] = fields.grader.typed
        files = {one.key: one.path or one.value for one in self._files}
        return {**typed, **files, "again": fields.again, "filled": self._filled}

    def take_texts(self) -> None:
        """Put it where it was; files on the other endpoint are asked for on this one."""
        if not self.carried:
            return
        self._fields.take(self.carried)
        filled = self.carried.get("filled")
        self._filled = filled if isinstance(filled, dict) else {}
        for field in self._files:
            self.take_file(field, self.carried.get(field.key))
        self._tell_other_method(self.carried.get("method"))
        self._review()

    def _tell_other_method(self, chosen: object) -> None:
        """Say so where the form had a method that this endpoint does not take."""
        taken = self._fields.method.value
        if isinstance(chosen, str) and chosen != taken:
            told = _(
                "{profile} takes no method {chosen}: the form has {taken} now.",
                profile=safe(self.profile.name, maxlen=40),
                chosen=chosen,
                taken=taken,
            )
            notice(self.app, told)

    def take_file(self, field: FileField, typed: object) -> None:
        """Have a file of this machine in its field, or what is typed there."""
        if isinstance(typed, Path):
            utils_of(self).host.post(FileChosen(field.key, typed))
        elif isinstance(typed, str) and may_be_id(typed.strip()):
            self._take_file(field, typed.strip())
        elif isinstance(typed, str):
            field.value = typed

    @property
    def profile(self) -> Profile:
        """The endpoint's profile, whose limits apply."""
        return utils_of(self).host.session.endpoint.profile

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
        training = self._files[0]
        if training.value.strip() in ("", message.file_id):
            self._take_file(training, message.file_id)
            self._review()
        else:
            self._ask_which(message.file_id)

    def _ask_which(self, file_id: str) -> None:
        """Ask what a file is for, where the form has one to train on already."""
        from fttui.interface.screens.menu import Menu, MenuItem

        def answered(key: str | None) -> None:
            for field in self._files:
                if field.key == key:
                    self._take_file(field, file_id)
            self._review()

        fields = zip(self._files, (_("To train on"), _("To validate with")), "tv", strict=True)
        items = [
            MenuItem(field.key, text, _instead_of(field.value.strip()), "", letter)
            for field, text, letter in fields
        ]
        self.app.push_screen(Menu(_("Use for a new job"), items, lead=file_id), answered)

    def _ask_first(self, again: Again) -> None:
        from fttui.interface.screens.confirm import Confirm
        from fttui.services.tuned_models.words import title_words

        def answered(yes: bool | None) -> None:
            if yes:
                self._fill(again)

        job, host = again.job, utils_of(self).host
        gone = title_words(job, host.session.retirement)
        name = " ".join(filter(None, (job.name or _("none"), gone)))
        dialog = Confirm(
            _("Create again"),
            [(_("Job"), job.id), (_("Name"), name)],
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


def _instead_of(typed: str) -> str:
    return _("in the place of {name}", name=safe(typed, maxlen=_LONGEST)) if typed else ""
