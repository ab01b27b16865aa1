"""The tab "List Fine-Tuning Jobs": the list, what can be done with it, and one job beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import DataTable

from fttui.interface.guard.typing_ahead import focus_now
from fttui.interface.interface_utils import utils_of
from fttui.interface.jobs.buttons import JobButtons
from fttui.interface.jobs.choosing import choose_columns
from fttui.interface.jobs.columns import STANDARD
from fttui.interface.jobs.filter import FilterBar
from fttui.interface.jobs.job_in_view import JobInView
from fttui.interface.jobs.list_state import ListState
from fttui.interface.jobs.panel import JobPanel
from fttui.interface.jobs.standing import Standing
from fttui.interface.jobs.table import JobsTable, now_utc
from fttui.interface.jobs.words import (
    ARCHIVE_OFFER,
    FILTER_HINT,
    LIST_KEYS,
    Selection,
    list_placeholder,
    refusals,
    title_of,
)
from fttui.interface.kit.inputs import TextLine
from fttui.interface.kit.keys import keys_by_name
from fttui.interface.kit.list_pane import ListPane
from fttui.interface.messages import (
    ArchiveOffered,
    ColumnsAsked,
    EndpointsKnown,
    HiddenAsked,
    JobBusy,
    JobChanged,
    JobEvents,
    JobEventsMissed,
    JobFactsLearned,
    JobHistoryFailed,
    JobHistoryRead,
    JobMissing,
    JobsAnnotated,
    JobsFailed,
    JobsKnown,
    JobsLoading,
    JobsPage,
    JobsRecovered,
    ModelsLoaded,
)
from fttui.services.endpoint.models import Job, job_key
from fttui.services.retirement_clock import RetirementClock, day_of

if TYPE_CHECKING:
    from fttui.services.profiles.several import Sessions


class ListJobs(ListPane, Vertical):
    """Shows jobs as messages bring them, and asks the app's utilities for everything else."""

    BINDINGS: ClassVar[list[BindingType]] = LIST_KEYS
    FILTER_ID = "jobs.filter"
    table: JobsTable
    filter_bar: FilterBar

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] = now_utc,
        retirement: RetirementClock | None = None,
        columns: Sequence[str] = STANDARD,
        among: Sessions | None = None,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        is_several = among is not None and among.is_several
        retirement = retirement or RetirementClock(lambda: day_of(clock()))
        self._clock = clock
        self.table = JobsTable(
            clock=clock,
            retirement=retirement,
            columns=columns,
            is_several=is_several,
            id="jobs-table",
        )
        self.panel = JobPanel(clock=clock, retirement=retirement, id="jobs-panel")
        self.filter_bar = FilterBar(self.table.with_kept, clock=clock, id="jobs-filter")
        self._title = TextLine(id="jobs-title")
        self._note = TextLine(id="jobs-note")
        self._buttons = JobButtons()
        self._in_view = JobInView(self.table, self.panel, clock=clock, retirement=retirement)
        self._busy: set[str] = set()
        own = among.own.endpoint.mark if among is not None else ""
        self._state, self._offer = ListState(own, is_several=is_several), ""
        self._standing = Standing(self._state)
        self._is_there = False
        self._wants_focus = False
        self._keys: dict[str, str] = {}

    def on_mount(self) -> None:
        """Leave the first paint to the tab that is seen, and get ready right after it."""
        self.filter_bar.display = False
        self.call_after_refresh(self._build)

    async def _build(self) -> None:
        await self.mount_all(
            [
                self._title,
                self._buttons,
                self._standing,
                self.filter_bar,
                Horizontal(self.table, self.panel, id="jobs-body"),
                self._note,
            ]
        )
        self._keys = keys_by_name(self, self.app)
        self._show_state()
        self.take_texts()
        self._is_there = True
        if self._wants_focus and self.screen.focused is None:
            self.take_focus()

    def on_resize(self) -> None:
        """Let the buttons fit into their row, and fill a panel that appears."""
        self._buttons.fit(self.size.width)
        if self._is_there:
            self._show_failures()
        self._in_view.show_soon()

    def selected_jobs(self) -> list[Job]:
        """The marked jobs, or the one under the cursor."""
        current = self.table.current_job
        return self.table.marked_jobs or ([current] if current else [])

    def select_job(self, job_id: str) -> None:
        """Put the cursor on a job, now or as soon as it is listed; a filter must not hide it."""
        job = self.table.job(job_id)
        if job is not None and not self.filter_bar.filter.matches(job, self.table.kept(job)):
            self.filter_bar.clear()
            self.table.filter = self.filter_bar.filter
        if not self.table.move_to(job_id) and job is not None:
            self.table.refresh_rows()

    @property
    def keys_wait(self) -> bool:
        """True until the list is there."""
        return not self._is_there

    @property
    def esc_ends_wait(self) -> bool:
        """Nothing here is waited for that could be given up."""
        return False

    def enter(self) -> None:
        """Take the focus, as soon as the list is there."""
        self.take_focus()

    def take_focus(self) -> None:
        """Let keys go to the list, as soon as it is there."""
        self._wants_focus = not self._is_there
        focus_now(self.table)

    @on(JobsKnown)
    def _known_came(self, message: JobsKnown) -> None:
        if not self._state.of(message.profile).loaded:
            self.table.add_known(message.jobs, message.told_at, message.profile)

    @on(EndpointsKnown)
    def _endpoints_came(self, message: EndpointsKnown) -> None:
        self._state.know(message)
        self._show_state()

    @on(JobsLoading)
    def _load_begins(self, message: JobsLoading) -> None:
        self._state.begin(message.profile)
        self.table.begin_load(message.profile)
        self._show_state()

    @on(JobsPage)
    def _page_came(self, message: JobsPage) -> None:
        self._state.take(message, self._clock())
        self.table.add_jobs(message.jobs)
        if message.last:
            self.table.end_load(message.profile)
        self._show_failures()

    @on(JobsFailed)
    def _load_failed(self, message: JobsFailed) -> None:
        self._state.fail(message)
        self._show_failures()
        self._show_state()

    @on(JobsRecovered)
    def _recovered(self, message: JobsRecovered) -> None:
        self._state.recover(message.profile)
        self._show_failures()
        self._show_state()
        self._in_view.turn_anew()
        self._in_view.show_soon()

    @on(ModelsLoaded)
    def _dates_came(self) -> None:
        self.table.refresh_rows()
        self._in_view.show()

    @on(ArchiveOffered)
    def _archive_offered(self, message: ArchiveOffered) -> None:
        offer = ARCHIVE_OFFER.format(key=self._keys.get("app.archive", "A"))
        self._offer = offer if message.stands else ""
        self._show_state()

    @on(JobsAnnotated)
    def _annotations_came(self, message: JobsAnnotated) -> None:
        if not any(kept.hidden for kept in message.annotations.values()):
            self.table.shows_hidden = False  # there are none to show
        self.table.set_annotations(message.annotations)
        self._in_view.show()

    @on(HiddenAsked)
    def _hidden_asked(self) -> None:
        self.table.show_hidden(not self.table.shows_hidden)

    @on(ColumnsAsked)
    def _columns_asked(self) -> None:
        choose_columns(self.table, utils_of(self).host)

    @on(JobMissing)
    def _job_missing(self, message: JobMissing) -> None:
        self.table.mark_missing(job_key(message.profile, message.raw_id))
        self._show_state()

    @on(JobChanged)
    def _job_changed(self, message: JobChanged) -> None:
        self._state.recover(message.job.profile)
        self._show_failures()
        self.table.put_job(message.job)
        if message.select:
            self.select_job(message.job.key)
        self._in_view.show(only=message.job.key)
        self._in_view.show_soon()

    @on(JobBusy)
    def _job_busy(self, message: JobBusy) -> None:
        (self._busy.add if message.busy else self._busy.discard)(message.job_id)
        self.table.set_busy(message.job_id, busy=message.busy)
        self._show_state()

    @on(JobHistoryRead)
    def _history_came(self, message: JobHistoryRead) -> None:
        self._in_view.take_history(message)

    @on(JobHistoryFailed)
    def _history_failed(self, message: JobHistoryFailed) -> None:
        self._in_view.take_error(message.job_id, message.error.full_text)

    @on(JobFactsLearned)
    def _facts_came(self, message: JobFactsLearned) -> None:
        self._in_view.show(only=message.job_id)

    @on(JobEvents)
    def _events_came(self, message: JobEvents) -> None:
        self._in_view.take_events(message)

    @on(JobEventsMissed)
    def _events_missed(self, message: JobEventsMissed) -> None:
        self._in_view.catch_up(message.job_id)

    @on(JobPanel.Turned)
    @on(JobsTable.Scrolled)
    @on(JobsTable.Refreshed)
    @on(DataTable.RowHighlighted, "#jobs-table")
    @on(JobsTable.MarksChanged)
    def _rows_changed(self) -> None:
        self._show_state()
        self._in_view.show_soon()

    @on(DataTable.RowSelected, "#jobs-table")
    def _row_chosen(self) -> None:
        self.action_details()

    @on(DataTable.HeaderSelected, "#jobs-table")
    def _header_pressed(self, message: DataTable.HeaderSelected) -> None:
        if message.column_key.value in self.table.own_columns:
            self.table.set_order(self.table.order.by(str(message.column_key.value)))

    @on(FilterBar.Changed)
    def _filter_changed(self) -> None:
        self.table.set_filter(self.filter_bar.filter)

    @on(FilterBar.Told)
    def _filter_told(self) -> None:
        self._note.show(self.filter_bar.told or FILTER_HINT)

    @on(FilterBar.Left)
    def _filter_left(self) -> None:
        self.take_focus()

    def action_sort(self) -> None:
        """Sort by the next column."""
        self.table.set_order(self.table.order.next(self.table.own_columns))

    def action_reverse(self) -> None:
        """Turn the order round."""
        self.table.set_order(self.table.order.by(self.table.order.column))

    def action_panel(self) -> None:
        """Show the panel where it is hidden, hide it where it is shown."""
        shown = self.panel.display
        self.set_class(shown, "-no-panel")
        self.set_class(not shown, "-panel")
        self._in_view.show_soon()

    def action_details(self, tab: str = "overview", job: Job | None = None) -> None:
        """Show all that is known of `job`, else of the one under the cursor, on its own screen."""
        self._in_view.open_details(tab, job)

    def action_back(self) -> None:
        """Clear the filter; without one, the marks; without any, stop a load under way."""
        if self.filter_bar.text:
            self.filter_bar.clear()
        elif self.table.marked_jobs:
            self.table.clear_marks()
        else:
            utils_of(self).stop_loading()

    def _show_failures(self) -> None:
        self._standing.show_failures(
            self._keys.get("jobs.reload", "r"), self._keys.get("app.key", "K")
        )

    def _show_state(self) -> None:
        """Title, reasons, placeholder and buttons for what is selected now."""
        if not self._keys:
            return
        table, state, jobs = self.table, self._state, self.selected_jobs()
        sessions = utils_of(self).host.sessions
        host = state.host or sessions.own.endpoint.host
        title = title_of(
            table,
            loaded=state.loaded,
            loading=state.loading,
            filter_text=self.filter_bar.text,
            host=host,
            lacks=state.lacks,
            as_of=state.stale_since,
        )
        self._title.show(title)
        self._standing.show_line()
        table.placeholder = list_placeholder(
            self._keys,
            filter_text=self.filter_bar.text if table.total else "",
            host=host,
            loading=state.loading,
            loaded=state.loaded,
            failed=state.failed,
            read_only=sessions.own.refusal,
        )
        table.repaint()
        reasons = refusals(Selection(jobs, frozenset(self._busy), sessions.why_not("cancel", jobs)))
        self._buttons.show(reasons.buttons, self.take_focus)
        told = self.filter_bar.told
        typing = told or FILTER_HINT if self.filter_bar.has_focus_within else ""
        self._note.show(typing or reasons.note or told or self._offer)

    def on_descendant_focus(self) -> None:
        """Name the keys that act now: in the filter a letter is text."""
        self._show_state()

    def on_descendant_blur(self) -> None:
        """Name the keys that act now."""
        self._show_state()
