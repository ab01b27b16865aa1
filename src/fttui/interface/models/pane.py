"""The tab "Models": the fine-tuned models of the account, and the bases that can be tuned."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import DataTable, Static

from fttui.interface.guard.notices import notice
from fttui.interface.interface_utils import utils_of
from fttui.interface.kit.inputs import TextLine
from fttui.interface.kit.keys import keys_by_name
from fttui.interface.kit.opened_pane import OpenedPane
from fttui.interface.messages import ArchiveOffered, JobChanged, JobsFailed, JobsKnown, JobsPage
from fttui.interface.models.facts import ModelFacts
from fttui.interface.models.filter_line import ModelFilterLine
from fttui.interface.models.table import Kind, ModelsTable
from fttui.interface.models.words import FILTER_HINT, MODEL_KEYS, placeholder, title
from fttui.interface.tab_messages.models import (
    ModelsArranged,
    ModelsBusy,
    ModelsFailed,
    ModelsLoading,
)
from fttui.services.tuned_models.account import AccountModels
from fttui.services.tuned_models.bases import BaseModel
from fttui.services.tuned_models.inventory import TunedModel
from fttui.services.tuned_models.words import NO_ID
from fttui.terminal.language import _

_CHANGES_TOGETHER = 0.3


class ModelsPane(OpenedPane):
    """Shows models as messages bring them, and asks the app's utilities for everything else."""

    BINDINGS: ClassVar[list[BindingType]] = MODEL_KEYS

    def __init__(self) -> None:
        super().__init__(id="models-pane")
        self.table = ModelsTable(id="models-table")
        self.filter_line = ModelFilterLine(lambda: self.table.listed, id="models-filter")
        self._title = TextLine(id="models-title")
        self._banner = Static(id="models-closing")
        self._failure = Static(id="models-failure")
        self._note = TextLine(id="models-note")
        self._account: AccountModels | None = None
        self._loading = self._failed = False
        self._asked_for: set[str] = set()
        self._keys: dict[str, str] = {}
        self._later: Timer | None = None

    def compose(self) -> ComposeResult:
        """Title, what closes here, the filter, the list, and a line about it."""
        for hidden in (self._banner, self._failure, self.filter_line):
            hidden.display = False
        yield self._title
        yield self._banner
        yield self._failure
        yield self.filter_line
        yield self.table
        yield self._note

    def on_mount(self) -> None:
        """Ask for the models; the base class takes the focus."""
        self._keys = keys_by_name(self, self.app)
        self._show_state()
        utils_of(self).load_account_models()

    def first_focus(self) -> Widget:
        """The list."""
        return self.table

    @on(ModelsLoading)
    def _load_begins(self) -> None:
        self._loading, self._failed = True, False
        self._failure.display = False
        self._show_state()

    @on(ModelsArranged)
    def _models_came(self, message: ModelsArranged) -> None:
        self._loading = False
        self._account = message.account
        self._banner.update(Content(f"! {message.account.closing}"))
        self._banner.display = bool(message.account.closing)
        self.table.set_account(message.account)

    @on(ModelsFailed)
    def _load_failed(self, message: ModelsFailed) -> None:
        self._loading, self._failed = False, True
        reload = self._keys.get("models.reload", "r")
        advice = _("What is shown is as it was last told. {reload} tries again.", reload=reload)
        advice = advice if self._account else ""
        self._failure.update(Content(f"! {message.error.full_text}\n{advice}".rstrip()))
        self._failure.display = True
        self._show_state()

    @on(ModelsBusy)
    def _busy_changed(self, message: ModelsBusy) -> None:
        self.table.set_busy(message.names)

    @on(JobsPage)
    @on(JobsKnown)
    @on(JobsFailed)
    @on(ArchiveOffered)
    def _jobs_changed(self) -> None:
        if self._later is None:
            self._later = self.set_timer(_CHANGES_TOGETHER, self._arrange)

    @on(JobChanged)
    def _job_changed(self, message: JobChanged) -> None:
        made = message.job.fine_tuned_model
        is_new = made and made not in self._asked_for and not self.table.knows(made)
        if made and is_new and self._account is not None:
            self._asked_for.add(made)
            utils_of(self).load_account_models()  # no list that was read can have it

    def _arrange(self) -> None:
        self._later = None
        utils_of(self).model_listing.arrange()

    @on(ModelsTable.Refreshed)
    @on(ModelsTable.MarksChanged)
    @on(DataTable.RowHighlighted, "#models-table")
    def _rows_changed(self) -> None:
        self._show_state()

    @on(DataTable.RowSelected, "#models-table")
    def _row_chosen(self) -> None:
        self.action_facts()

    @on(DataTable.HeaderSelected, "#models-table")
    def _header_pressed(self, message: DataTable.HeaderSelected) -> None:
        self.table.sort_by(str(message.column_key.value))

    @on(ModelFilterLine.Changed)
    def _filter_changed(self) -> None:
        self.table.set_filter(self.filter_line.filter)

    @on(ModelFilterLine.Told)
    def _filter_told(self) -> None:
        self._show_state()

    @on(ModelFilterLine.Left)
    def _filter_left(self) -> None:
        self.take_focus()

    def on_descendant_focus(self) -> None:
        """Say what keys do now: in the filter a letter is text."""
        self._show_state()

    def on_descendant_blur(self) -> None:
        """Say what keys do now."""
        self._show_state()

    @property
    def selected(self) -> list[TunedModel] | list[BaseModel]:
        """The marked models, or the one under the cursor."""
        current = self.table.current
        if isinstance(current, BaseModel):
            return [current]
        return self.table.marked or ([current] if current else [])

    def action_table(self, name: str, *numbers: float) -> None:
        """Let a letter do in the list what an arrow does."""
        getattr(self.table, f"action_{name}")(*numbers)

    def action_filter(self) -> None:
        """Type a filter."""
        self.filter_line.open()

    def action_sort(self) -> None:
        """Sort by the next column."""
        self.table.sort_by_next()

    def action_reverse(self) -> None:
        """Turn the order round."""
        self.table.turn_order()

    def action_other_list(self) -> None:
        """Show the base models, or the fine-tuned ones again."""
        self._show_kind("bases" if self.table.kind == "tuned" else "tuned")

    def _show_kind(self, kind: Kind) -> None:
        self.table.show_kind(kind)
        self.refresh_bindings()

    def action_back(self) -> None:
        """Clear the filter, else the marks; else go back to the own models, or stop a load."""
        if self.filter_line.text:
            self.filter_line.clear()
        elif self.table.marked and self.table.kind == "tuned":
            self.table.clear_marks()
        elif self.table.kind == "bases":
            self._show_kind("tuned")
        else:
            utils_of(self).stop_loading_models()
            utils_of(self).stop_loading()

    def action_copy_ids(self) -> None:
        """Copy the ids of the selected models."""
        utils_of(self).copy_model_ids(self.selected)

    def action_copy_menu(self) -> None:
        """Choose what to copy of the selected models."""
        utils_of(self).show_model_copy_menu(self.selected)

    def action_job(self) -> None:
        """Show the job that has made the model under the cursor."""
        self._job(self.table.current)

    def _job(self, model: TunedModel | BaseModel | None) -> None:
        utils_of(self).show_job_of(model if isinstance(model, TunedModel) else None)

    def action_delete(self) -> None:
        """Delete the selected models, after a confirmation."""
        self._delete(*self.selected)

    def _delete(self, *models: TunedModel | BaseModel) -> None:
        if any(isinstance(one, BaseModel) for one in models):
            text = _("A base model is not yours to delete: only fine-tuned models can be deleted.")
            notice(self.app, text, severity="warning")
            return
        utils_of(self).delete_models([one for one in models if isinstance(one, TunedModel)])

    def action_new_job(self) -> None:
        """Go to the form with the model under the cursor."""
        self._new_job(self.table.current)

    def _new_job(self, model: TunedModel | BaseModel | None) -> None:
        if isinstance(model, TunedModel) and not model.is_there:
            text = _("This model is gone, so no job can begin with it.")
            notice(self.app, text, severity="warning")
        elif model is not None and self._has_id(model):
            utils_of(self).use_as_base(model.raw_id)

    def _has_id(self, model: TunedModel | BaseModel) -> bool:
        """Whether calls can name a model; if none can, that is said."""
        if not model.raw_id:
            notice(self.app, NO_ID, severity="warning")
        return bool(model.raw_id)

    def action_try(self) -> None:
        """Open the playground with the model under the cursor, beside its base."""
        self._try(self.table.current)

    def _try(self, model: TunedModel | BaseModel | None) -> None:
        if isinstance(model, TunedModel) and not model.is_there:
            text = _("This model is gone, so it cannot be asked anything.")
            notice(self.app, text, severity="warning")
        elif model is not None and self._has_id(model):
            base = model.base if isinstance(model, TunedModel) else ""
            utils_of(self).try_model(model.raw_id, base)

    def action_facts(self) -> None:
        """Show all that is known of the model under the cursor, and do what is chosen with it."""
        current = self.table.current
        if current is None:
            return
        one = [current]
        utils = utils_of(self)

        def chosen(name: str | None) -> None:
            acts: dict[str | None, Callable[[TunedModel | BaseModel], None]] = {
                "job": self._job,
                "new_job": self._new_job,
                "try": self._try,
                "delete": self._delete,
            }
            if name in acts:  # the list, its cursor and its marks may be others by now
                acts[name](self.table.as_now(current))

        self.app.push_screen(
            ModelFacts(
                current,
                lambda: utils.copy_model_ids(one),
                lambda: utils.show_model_copy_menu(one),
            ),
            chosen,
        )

    @property
    def unnamed_keys(self) -> frozenset[str]:
        """The ids of keys that say why they cannot act in the list that is shown."""
        return frozenset({"models.delete"} if self.table.kind == "bases" else ())

    def _show_state(self) -> None:
        """Title, placeholder and note for what is shown now."""
        session = utils_of(self).host.session
        text, host = self.filter_line.text, session.endpoint.host
        self._title.show(
            title(
                self.table,
                self._account,
                loading=self._loading,
                filter_text=text,
                host=host,
                other_key=self._keys.get("models.bases", "b"),
            )
        )
        self.table.placeholder = placeholder(
            self._keys,
            self.table,
            filter_text=text,
            host=host,
            loading=self._loading,
            failed=self._failed,
            read_only=session.refusal,
        )
        self.table.repaint()
        typing = FILTER_HINT if self.filter_line.has_focus_within else ""
        self._note.show(self.filter_line.told or typing)
