"""All that is known of one job: parameters, every event, checkpoints, curves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import DataTable, Static, TabbedContent, TabPane

from fttui.interface.guard.screens import Dialog
from fttui.interface.guard.typing_ahead import focus_now
from fttui.interface.interface_utils import utils_of
from fttui.interface.jobs.advice_lines import advice_on
from fttui.interface.jobs.board import JobBoard
from fttui.interface.jobs.checkpoints_view import CheckpointsTable, checkpoint_items
from fttui.interface.jobs.curves_view import JobCurves
from fttui.interface.jobs.details_keys import DETAILS_KEYS
from fttui.interface.jobs.events_pane import EventsPane
from fttui.interface.jobs.events_view import EventsView
from fttui.interface.kit.inputs import TextLine
from fttui.interface.kit.keys import KeyLine
from fttui.interface.kit.lines import LineView
from fttui.interface.kit.table import Table
from fttui.interface.screens.menu import Menu, MenuItem
from fttui.services.curves import steps_of
from fttui.services.endpoint.models import Checkpoint, Job
from fttui.services.job_filter import UNKEPT
from fttui.services.job_history import JobHistory
from fttui.services.job_words import short_name, status_word, style_of
from fttui.services.retirement_clock import RetirementClock
from fttui.services.tuned_models.words import model_words, title_words
from fttui.storage.annotations import Annotation
from fttui.terminal.format import NOTHING
from fttui.terminal.language import _

TABS = ("overview", "events", "checkpoints", "metrics")


class JobDetails(Dialog[None]):
    """The whole history of one job on a screen of its own; new messages go on filling it."""

    TITLE = _("Details of a job")
    BINDINGS: ClassVar[list[BindingType]] = DETAILS_KEYS

    def __init__(
        self,
        job: Job,
        history: JobHistory | None,
        *,
        clock: Callable[[], datetime],
        retirement: RetirementClock,
        tab: str = "overview",
        step: Callable[[int], None] = lambda _by: None,
        kept: Annotation = UNKEPT,
    ) -> None:
        super().__init__(id="job-details")
        self._step = step
        self.job = job
        self._history = history
        self._kept = kept
        self._clock = clock
        self._retirement = retirement
        self._first_tab = tab
        self._labels = tab_labels(history)

    def compose(self) -> ComposeResult:
        """Title, four tabs, and the keys."""
        yield TextLine(id="details-title")
        with TabbedContent(initial=self._first_tab, id="details-tabs"):
            with TabPane(Content(_("1 Overview")), id="overview"):
                yield JobBoard(clock=self._clock, retirement=self._retirement, id="details-board")
            with TabPane(Content(self._labels["events"]), id="events"):
                yield EventsPane(id="events-pane")
            with TabPane(Content(self._labels["checkpoints"]), id="checkpoints"):
                yield CheckpointsTable(id="details-checkpoints")
                yield Static(id="details-checkpoint")
            with TabPane(Content(_("4 Metrics")), id="metrics"):
                yield JobCurves(id="details-metrics")
        yield KeyLine()

    def on_mount(self) -> None:
        """Show what is known already."""
        self._draw()
        focus_now(self.view)

    def on_resize(self) -> None:
        """Wrap for the new width."""
        self.call_after_refresh(self._draw)

    def show(self, job: Job, history: JobHistory | None, kept: Annotation = UNKEPT) -> None:
        """Show the job as it is now, what the endpoint told of it, and what is kept beside it."""
        self.job, self._history, self._kept = job, history, kept
        self._draw()
        if self._is_there:
            self.refresh_bindings()

    def selected_jobs(self) -> list[Job]:
        """The job that keys of this screen act on."""
        return [self.job]

    @property
    def view(self) -> Widget:
        """The widget that fills the active tab."""
        return self.query_one(f"#details-{self._tabs.active}")

    @property
    def _is_there(self) -> bool:
        """False before all widgets are mounted, and from the moment that the screen is left."""
        return self.is_mounted and self.is_open and bool(self.query(KeyLine))

    @property
    def _board(self) -> JobBoard:
        return self.query_one(JobBoard)

    @property
    def _plot(self) -> JobCurves:
        return self.query_one("#details-metrics", JobCurves)

    @property
    def _tabs(self) -> TabbedContent:
        return self.query_one("#details-tabs", TabbedContent)

    def _draw(self) -> None:
        if not self._is_there:
            return
        style = style_of(self.job.status)
        gone = title_words(self.job, self._retirement)
        parts = (
            status_word(self.job.status),
            gone,
            self.job.profile,
            short_name(self.job),
            self.job.id,
        )
        title = f"{style.glyph} {' · '.join(filter(None, parts))}"
        self.query_one("#details-title", TextLine).show(title)
        history = self._history or JobHistory()
        self.query_one(EventsPane).show(self.job, self._history)
        self.query_one(CheckpointsTable).set_checkpoints(
            self.job,
            history.checkpoints,
            steps_of(history.events) if history.checkpoints else (),
            waiting=self._history is None,
            lacks=self._retirement.lacks,
        )
        self._show_checkpoint()
        if self._tabs.active in {"overview", "metrics"}:  # of very many events they take long
            self._draw_curves(history)
        for tab, label in tab_labels(history).items():
            self._relabel(tab, label)

    def _draw_curves(self, history: JobHistory) -> None:
        facts = utils_of(self).job_facts
        files, cost = facts.files_of(self.job), facts.cost_of(self.job)
        self._board.show(self.job, self._history, files, cost, self._kept)
        kinds = self._plot.kinds
        self._plot.show(
            self.job, self._history, advice_on(self.job, self._history, self._retirement.lacks)
        )
        if kinds != self._plot.kinds:
            self.refresh_bindings()

    def _relabel(self, name: str, label: str) -> None:
        """Change a tab's label; one of the same length lays out nothing, which paints all anew."""
        before, self._labels[name] = self._labels[name], label
        tab = self._tabs.get_tab(name)
        if len(label) != len(before):
            tab.label = Content(label)
        elif label != before:
            Static.update(tab, Content(label), layout=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys for what this tab, or this job, does not have are not named."""
        if action == "training_file" and self._is_there:
            source = utils_of(self).job_facts.files_of(self.job).source
            return self._tabs.active == "overview" and source is not None
        if action == "next_metric" and self._is_there:
            return len(self._plot.kinds) > 1
        return super().check_action(action, parameters)

    @on(TabbedContent.TabActivated)
    def _tab_shown(self) -> None:
        if not self._is_there:
            return
        self._draw()
        self.refresh_bindings()
        focus_now(self.view)

    @on(DataTable.RowHighlighted, "#details-checkpoints")
    def _show_checkpoint(self) -> None:
        if self._is_there:
            words = self.query_one(CheckpointsTable).words
            self.query_one("#details-checkpoint", Static).update(Content(words))

    @on(DataTable.RowSelected, "#details-checkpoints")
    def _choose_checkpoint(self) -> None:
        """Ask what to do with the checkpoint under the cursor."""
        checkpoint = self.query_one(CheckpointsTable).current
        if checkpoint is None:
            return
        session = utils_of(self).host.sessions.of(self.job)
        is_gone = session.retirement.lacks(checkpoint.model or "")
        items = checkpoint_items(checkpoint, session.refusal, model_words(deleted=is_gone))
        title = _(
            "Checkpoint of step {step}",
            step=NOTHING if checkpoint.step is None else checkpoint.step,
        )

        def answered(chosen: str | None) -> None:
            self._use_checkpoint(checkpoint, chosen or "")

        self.app.push_screen(Menu(title, items, short_name(self.job)), answered)

    def _use_checkpoint(self, checkpoint: Checkpoint, way: str) -> None:
        model = checkpoint.model or ""
        if way == "base":
            utils_of(self).use_as_base(model)
        elif way == "try":
            whole = self.job.fine_tuned_model or self.job.model or ""
            utils_of(self).try_model(model, whole if whole != model else self.job.model or "")
        elif way:
            text = model if way == "model" else checkpoint.id
            utils_of(self).copy_to_clipboard(text, _("checkpoint {model}", model=text))

    def menu_first(self) -> tuple[MenuItem, str] | None:
        """What a copy menu begins with here: the event or the checkpoint under the cursor."""
        if self._tabs.active == "events":
            return self.query_one(EventsPane).menu_first()
        checkpoint = self.query_one(CheckpointsTable).current
        if self._tabs.active != "checkpoints" or checkpoint is None or not checkpoint.model:
            return None
        model = checkpoint.model
        return MenuItem("checkpoint", _("This checkpoint"), model, key="k"), model

    def action_training_file(self) -> None:
        """Show the training file where it is on this machine, at the lines that failed."""
        utils_of(self).show_training_file()

    def action_step(self, by: int) -> None:
        """Show the job that is so many rows further down in the list."""
        self._step(by)

    def action_reload(self) -> None:
        """Load the job's history anew."""
        utils_of(self).feeds.load_history(self.job, known=self._history, everything=True)

    def action_next_metric(self) -> None:
        """Plot the next kind of metric, where the curves are seen."""
        if self._tabs.active == "overview" and self._board.has_curve:
            self._board.plot.next_kind()
        else:
            self._plot.next_kind()
            self.action_tab("metrics")

    def action_tab(self, tab: str) -> None:
        """Show a tab; what is typed next is for it."""
        self.set_focus(None)
        self._tabs.active = tab
        focus_now(self.view)

    def action_next_tab(self, by: int) -> None:
        """Show the next tab, from the last one the first."""
        self.action_tab(TABS[(TABS.index(self._tabs.active) + by) % len(TABS)])

    def action_go(self, where: str) -> None:
        """Move or scroll in the active tab."""
        view = self.view
        if isinstance(view, Table):
            _move(view, where)
        elif isinstance(view, EventsView):
            _move_in_events(view, where)
        elif isinstance(view, LineView):
            _scroll(view, where)

    def action_close(self) -> None:
        """Go back to the list."""
        self.dismiss()


def tab_labels(history: JobHistory | None) -> dict[str, str]:
    """The labels of the tabs that count what they hold."""
    events = len(history.events) if history else 0
    checkpoints = len(history.checkpoints or ()) if history else 0
    return {
        "events": _("2 Events {events}", events=events or "").rstrip(),
        "checkpoints": _("3 Checkpoints {checkpoints}", checkpoints=checkpoints or "").rstrip(),
    }


def _move(table: Table, where: str) -> None:
    if where in {"top", "bottom"}:
        table.action_scroll_top() if where == "top" else table.action_scroll_bottom()
    elif where in {"up", "down"}:
        table.action_move(1 if where == "down" else -1)
    else:
        table.action_page(0.5 if where == "half_down" else -0.5)


def _move_in_events(view: EventsView, where: str) -> None:
    if where in {"top", "bottom"}:
        view.action_first() if where == "top" else view.action_last()
    elif where in {"up", "down"}:
        view.action_move(1 if where == "down" else -1)
    else:
        view.action_page(0.5 if where == "half_down" else -0.5)


def _scroll(view: LineView, where: str) -> None:
    if where in {"top", "bottom"}:
        view.action_scroll_to_top() if where == "top" else view.action_scroll_to_bottom()
    elif where in {"up", "down"}:
        view.action_scroll_lines(1 if where == "down" else -1)
    else:
        view.action_scroll_pages(0.5 if where == "half_down" else -0.5)
