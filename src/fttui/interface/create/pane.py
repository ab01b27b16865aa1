"""The tab "Create Fine-Tuning Job": a form, what the check says, and the way to send it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.geometry import Size
from textual.widget import Widget
from textual.widgets import Button

from fttui.interface.create.field import Field
from fttui.interface.create.fields import JobFields, Obstacle, first_obstacle
from fttui.interface.create.file_field import FileCheck, FileField
from fttui.interface.create.grader_field import GraderField
from fttui.interface.create.send_line import CheckSummary, SendLine, estimate_of
from fttui.interface.create.taken_over import TakenOver
from fttui.interface.first_frame import BROAD, HIGH, ROWS_AROUND
from fttui.interface.guard.notices import notice
from fttui.interface.guard.typing_ahead import focus_now
from fttui.interface.interface_utils import OpenAiInterfaceUtils, utils_of
from fttui.interface.messages import (
    CheckDone,
    CheckProgressed,
    CheckRefused,
    FileAsked,
    FileChosen,
    FileEdited,
    GraderRead,
    JobsLoading,
    ModelsLoaded,
    RepairEnded,
    RepairProgressed,
)
from fttui.services.file_names import may_be_id
from fttui.terminal.language import _

if TYPE_CHECKING:
    from fttui.services.endpoint.models import Model

_SEND_WAITS = _("Send waits for the check, Esc takes it back")


class CreateJob(TakenOver):
    """Everything about a new job on one screen; nothing typed is ever lost."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "send", _("Send"), id="create.send"),
        Binding("ctrl+r", "report", _("Report"), id="create.report"),
        Binding("ctrl+o", "browse", _("Browse"), show=False, id="create.browse"),
        Binding("escape", "stop_check", _("Stop the check"), show=False, id="create.stop"),
        Binding("down", "app.focus_next", _("Next field"), show=False, id="create.next"),
        Binding("up", "app.focus_previous", _("Previous field"), show=False, id="create.previous"),
    ]

    def __init__(self, *, in_front: bool = True, id: str | None = None) -> None:
        super().__init__(id=id)
        self._in_front = in_front
        self._is_there = False
        self.send_waits = False
        self._checked_for: tuple[str, ...] = ()
        self._report_awaited: tuple[str, int] | None = None
        self._summary = CheckSummary()

    def compose(self) -> ComposeResult:
        """The fields scroll; hint, estimate and Send stay in sight below them."""
        self._fit(self.app.size - (0, ROWS_AROUND))  # before there is anything to style anew
        with Vertical(id="create-main"):
            with VerticalScroll(id="create-form", can_focus=False):
                yield FileField("training")
                yield FileField("validation")
                yield JobFields(self._utils.host.session)
            yield SendLine()

    def on_mount(self) -> None:
        """Begin with the first field."""
        self._review()
        if self._in_front:
            self.take_focus()
        self._is_there = True
        self.take_texts()

    def on_resize(self) -> None:
        """Put Send right below the fields where all fits, and the summary beside both or below."""
        self._fit(self.size)

    def _fit(self, size: Size) -> None:
        more = self._fields.more_rows if self._is_there else 0
        self.set_class(size.height >= HIGH + more, "-high")
        self.set_class(size.width >= BROAD, "-broad")

    @property
    def _utils(self) -> OpenAiInterfaceUtils:
        return utils_of(self)

    def _file(self, key: str) -> FileField:
        return self.query_one(f"#field-{key}", FileField)

    @property
    def keys_wait(self) -> bool:
        """True until the form is there, and while Send waits for the check."""
        return not self._is_there or self.send_waits

    @property
    def esc_ends_wait(self) -> bool:
        """True while Send waits for the check."""
        return self.send_waits

    @property
    def _is_in_front(self) -> bool:
        return self._utils.host.in_front == "create"

    def enter(self) -> None:
        """Take the focus, and check the files of the last job again: they may be others by now."""
        self.take_focus()
        self._check_after_job()

    def _check_after_job(self) -> None:
        if self._to_check_again:
            self._to_check_again = False
            self._check_again()

    def take_focus(self) -> None:
        """Put the focus where work goes on: on the upload, or on the first field."""
        focus_now(self._foot.progress if self._sending else self._file("training").control_widget)

    # What a user does

    @on(FileField.Browse)
    def _browse(self, event: FileField.Browse) -> None:
        event.stop()
        self._utils.browse_training_data(event.field.key)

    def action_browse(self) -> None:
        """Open the picker for the file's field that has the focus, else for the training file."""
        field = self._focused_field()
        is_file = isinstance(field, FileField | GraderField)
        self._utils.browse_training_data(field.key if field and is_file else "training")

    @on(FileField.Chosen)
    def _typed(self, event: FileField.Chosen) -> None:
        event.stop()
        field = event.field
        self._utils.checks.drop(field.key)
        if not event.text.strip() or field.file_id:
            self._show_check(field, FileCheck(on_endpoint=bool(field.file_id)))
            if field.file_id:
                self._utils.checks.count(field.key, field.file_id)
        elif may_be_id(word := event.text.strip()):
            self._show_check(field, FileCheck(running=True))
            self._utils.checks.ask(field.key, word)
        else:
            from fttui.training_data.files import as_meant

            self._utils.checks.choose(field.key, as_meant(event.text))

    @on(FileField.CheckWanted)
    def _check_wanted(self, event: FileField.CheckWanted) -> None:
        event.stop()
        self._start_check(event.field)

    @on(Field.Changed)
    def _changed(self, event: Field.Changed) -> None:
        event.stop()
        if event.key == "method":
            self._fit(self.size)
        if event.key == "method" or self._fields.item_fields != self._checked_for:
            self._check_again()
        elif event.key == "model":
            self._check_again(for_model=self._fields.form().model.strip())
        self._review()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Explain the field that is entered."""
        self._show_hint()

    def action_stop_check(self) -> None:
        """Take a Send back that waits for the check; else stop checks and the copy under way."""
        if self.send_waits:
            self.send_waits = False
            self._review()
            return
        self._utils.repair.stop()
        self._utils.splitting.stop()
        for field in self._files:
            if field.check.running:
                self._utils.checks.stop(field.key)
                refusal = _("The check was stopped. Press Enter on the file to check it again.")
                self._show_check(field, FileCheck(refusal=refusal))

    def action_report(self) -> None:
        """Show the report of the file that has the focus, else of the training file."""
        field = self._focused_field()
        if not isinstance(field, FileField) or not field.value.strip():
            field = self._file("training")
        if field.check.running and field.path is not None:
            self._report_awaited = field.key, self._utils.host.keys_taken
            notice(self.app, _("The report opens when the check is done."))
            return
        self._show_report(field)

    def _show_report(self, field: FileField) -> None:
        report, path = field.check.report, field.path
        if report is None or path is None:
            lower = field.label.lower()
            notice(self.app, _("There is no report yet: the {lower} is not checked.", lower=lower))
            return
        request = self._fields.estimated_request() if field.key == "training" else None
        self._utils.repair.show_report(field.key, path, report, request, comes_back=True)

    @on(Button.Pressed, "#create-send")
    def action_send(self) -> None:
        """Ask for the confirmation, at once or when the check is done, or show what is not good."""
        self._check_after_job()
        obstacle = self._obstacle()
        if obstacle.is_final:
            self._refuse_send(obstacle)
        elif obstacle.passes:
            self.send_waits = True
            self._review()
        else:
            training, validation = (field.path or field.file_id for field in self._files)
            self._foot.show_error(None)
            form, again = self._fields.form(), self._fields.again
            self._utils.create_fine_tuning_job(form, training, validation or None, again)

    def _refuse_send(self, obstacle: Obstacle) -> None:
        """Say why not, and go there."""
        notice(self.app, obstacle.sentence, severity="warning")
        target = self._fields.field(obstacle.key, self._files)
        if target is not None:
            focus_now(target.control_widget)

    def _send_at_last(self) -> None:
        """Send what waited for its check; it asks only where it was asked from."""
        if not self.send_waits or any(field.check.running for field in self._files):
            return
        self.send_waits = False
        self._review()
        if self._is_in_front:
            self.action_send()
        else:
            notice(self.app, _("The check is done. Send again to create the job."))

    # What workers tell

    @on(FileChosen)
    def _chosen(self, message: FileChosen) -> None:
        field = self._file(message.field)
        field.show_path(message.path)
        self._start_check(field)

    @on(CheckProgressed)
    def _check_progressed(self, message: CheckProgressed) -> None:
        field = self._file(message.field)
        if field.check.running and field.path == message.path:
            self._show_check(field, FileCheck(running=True, progress=message.progress))

    @on(CheckDone)
    def _check_done(self, message: CheckDone) -> None:
        field = self._file(message.field)
        if field.path != message.path:
            return
        self._show_check(field, FileCheck(report=message.report))
        validation = self._file("validation")
        if field is not validation and message.report.validation is None:
            # Only with the training file at hand are examples found that stand in both.
            self._start_check(validation)
        self._check_again(for_model=self._fields.form().model.strip())
        self._send_at_last()
        self._report_at_last(field)

    def _report_at_last(self, field: FileField) -> None:
        """Show the report that was asked for during the check, if no key was pressed since."""
        host = self._utils.host
        if self._report_awaited != (field.key, host.keys_taken) or field.check.report is None:
            return
        self._report_awaited = None
        if self._is_in_front:
            host.clear_notifications()
            self._show_report(field)

    @on(CheckRefused)
    def _check_refused(self, message: CheckRefused) -> None:
        field = self._file(message.field)
        if field.path == message.path:
            self._show_check(field, FileCheck(refusal=message.sentence))
            self._send_at_last()

    @on(FileEdited)
    def _edited(self, message: FileEdited) -> None:
        for field in self._files:
            if field.path == message.path:
                self._start_check(field)

    @on(RepairProgressed)
    def _repair_progressed(self, message: RepairProgressed) -> None:
        self._file(message.field).show_copying(message.path, message.progress)

    @on(FileAsked)
    def _asked(self, message: FileAsked) -> None:
        check = FileCheck(refusal=message.sentence, on_endpoint=not message.sentence)
        self._show_check(self._file(message.field), check)
        self._send_at_last()

    @on(RepairEnded)
    def _repaired(self, message: RepairEnded) -> None:
        self._utils.repair.repaired(message)

    @on(ModelsLoaded)
    def _models_loaded(self, message: ModelsLoaded) -> None:
        self.offer_models(message.models)

    def offer_models(self, served: tuple[Model, ...] = ()) -> None:
        """Offer what is known without a network, and what the endpoint serves."""
        self._fields.offer_models(served)
        self._review()

    @on(GraderRead)
    def _grader_read(self, message: GraderRead) -> None:
        self._fields.take_grader(message)

    # What follows from both

    def _focused_field(self) -> Field | None:
        focused = self.screen.focused
        nodes = focused.ancestors_with_self if isinstance(focused, Widget) else []
        return next((node for node in nodes if isinstance(node, Field)), None)

    def _start_check(self, field: FileField) -> None:
        path = field.path
        if path is None:
            return
        self._show_check(field, FileCheck(running=True))
        form = self._fields.form()
        where = self._utils.host.session.endpoint.base_url
        self._checked_for = wanted = self._fields.item_fields
        self._utils.checks.start(field.key, path, form.method, form.model.strip(), where, wanted)

    def _check_again(self, *, for_model: str | None = None) -> None:
        for field in self._files:
            if for_model is None or not field.check.is_for(for_model):
                self._start_check(field)

    def _show_check(self, field: FileField, check: FileCheck) -> None:
        field.show_check(check, allow_errors=self.profile.allow_file_errors)
        self._review()

    def _obstacle(self) -> Obstacle:
        sending = _("A job is being created. Wait for its outcome.") if self._sending else ""
        refusal = self._utils.host.session.refusal or sending
        if refusal:
            return Obstacle("", refusal)
        return first_obstacle(
            self._files,
            self._fields,
            allow_file_errors=self.profile.allow_file_errors,
            session=self._utils.host.session,
        )

    @on(JobsLoading)  # a key was found
    def _review(self) -> None:
        """Check the fields, and bring all that depends on them up to date."""
        obstacle = self._obstacle()
        reason = _SEND_WAITS if self.send_waits else obstacle.sentence
        self._foot.show_obstacle(reason, final=obstacle.is_final)
        report, request = self._file("training").check.report, self._fields.estimated_request()
        self._foot.show_estimate(estimate_of(request, report, self._utils.host.session))
        if report is not None and not self._summary.is_attached:
            self.mount(self._summary)
        self._summary.show(report)
        self._show_hint()

    def _show_hint(self) -> None:
        field = self._focused_field()
        if field is not None:
            self._foot.show_hint(field.explanation)
