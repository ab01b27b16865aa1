"""The list of jobs: filtered, sorted, marked, and kept in place while answers come in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Self

from textual.message import Message
from textual.widgets.data_table import ColumnKey, DuplicateKey, RowKey

from fttui.interface.jobs.columns import (
    IDLE,
    LIST_COLUMNS,
    STANDARD,
    Known,
    columns_of,
    days_cell,
    shown_names,
)
from fttui.interface.jobs.loads import Loads
from fttui.interface.jobs.order import SortOrder
from fttui.interface.kit.columns import Column
from fttui.interface.kit.list_table import ListTable
from fttui.services.endpoint.models import Job
from fttui.services.job_filter import UNKEPT, JobFilter
from fttui.services.job_words import StatusStyle, short_status, style_of
from fttui.services.retirement_clock import RetirementClock, day_of
from fttui.storage.annotations import Annotation
from fttui.terminal.language import _

BUSY = StatusStyle("…", "waiting")

COLUMNS = tuple(columns_of(IDLE))
"""What is shown where nobody has chosen, while no job runs."""

_PAGES_TOGETHER = 0.25
_CHANGES_TOGETHER = 0.03


def now_utc() -> datetime:
    """The time that running jobs' durations are counted to."""
    return datetime.now(UTC)


class JobsTable(ListTable):
    """Jobs by id. `clock` tells the time at which answers arrive, `retirement` when models go.

    `total` and `active` count all jobs and those that may still change, as of the last refresh;
    `hidden` those that are left out because a person has hidden them, which `shows_hidden` ends.
    `chosen` are the names of the columns; of the standard ones some come only while a job runs.
    `dollars` tells what a job has cost. `is_several` where jobs of several endpoints are listed.

    A whole load is `begin_load`, `add_jobs` for each page and `end_load`; jobs that the load did
    not bring are then marked as gone, and leave the list with the next load that lacks them.
    """

    class Scrolled(Message):
        """Other rows are on screen, or the list itself came into view or went out of it."""

        def can_replace(self, message: Message) -> bool:
            """One is enough for a whole scroll."""
            return isinstance(message, JobsTable.Scrolled)

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] = now_utc,
        retirement: RetirementClock | None = None,
        columns: Sequence[str] = STANDARD,
        is_several: bool = False,
        id: str | None = None,
    ) -> None:
        self.chosen = tuple(columns)
        self.is_several = is_several
        super().__init__(columns_of(shown_names(columns, (), is_several=is_several)), id=id)
        self.clock = clock
        self._retirement = retirement or RetirementClock(lambda: day_of(clock()))
        self.filter = JobFilter()
        self.order = SortOrder()
        self.total = 0
        self.active = 0
        self.hidden = 0
        self.shows_hidden = False
        self._annotations: Mapping[str, Annotation] = {}
        self._jobs: dict[str, Job] = {}
        self._missing: set[str] = set()
        self._old: set[str] = set()
        self._busy: set[str] = set()
        self._loads = Loads()
        self.dollars: Callable[[Job], float | None] = lambda job: None
        self._facts = Known(clock(), self._retirement)

    @property
    def jobs(self) -> list[Job]:
        """All jobs, filtered out ones too, those that are gone not."""
        return [job for key, job in self._jobs.items() if key not in self._missing]

    @property
    def marked_jobs(self) -> list[Job]:
        """The marked jobs, in the order of marking."""
        return [self._jobs[key] for key in self.marks if key in self._jobs]

    @property
    def current_job(self) -> Job | None:
        """The job under the cursor."""
        return self._jobs.get(self.cursor_key or "")

    @property
    def jobs_on_screen(self) -> list[Job]:
        """The jobs whose rows can be seen; none while another tab is in front."""
        if not self.is_on_screen:
            return []
        first = self.fixed_rows + self.top
        keys = (self.key_at(row) for row in range(first, first + self.page_lines))
        names = (key.value or "" for key in keys if key)
        return [self._jobs[name] for name in names if name in self._jobs]

    def kept(self, job: Job) -> Annotation:
        """The note, the labels and whether a job is hidden."""
        return self._annotations.get(job.raw_key, UNKEPT)

    def with_kept(self) -> Iterable[tuple[Job, Annotation]]:
        """All jobs, and what is kept beside each."""
        return ((job, self.kept(job)) for job in self.jobs)

    def job(self, key: str) -> Job | None:
        """The job of a row."""
        return self._jobs.get(key)

    @property
    def order_title(self) -> str:
        """The order of the rows in words."""
        name, descending = self.sorted_by or (self.order.column, self.order.descending)
        return SortOrder(name, descending).title if name in LIST_COLUMNS else _("as asked")

    @property
    def age(self) -> float | None:
        """Seconds since what an earlier run knew was told; None where nothing of it is shown."""
        told_at = self._loads.told_at
        return (self.clock() - told_at).total_seconds() if told_at else None

    def begin_load(self, profile: str = "") -> None:
        """A load of a profile's whole list begins; until its `end_load` nothing disappears."""
        self._loads.begin(profile)

    def add_known(self, jobs: Iterable[Job], told_at: datetime, profile: str = "") -> None:
        """Show jobs as an earlier run was told of them, faint, until they are told anew."""
        self._loads.note_known(profile, told_at)
        for job in jobs:
            if job.id and job.key not in self._jobs:
                self._jobs[job.key] = job
                self._old.add(job.key)
        self._refresh_after_some()

    def add_jobs(self, jobs: Iterable[Job]) -> None:
        """Add or update the jobs of one page.

        The first page shows at once. Each refresh looks at all jobs, so those of later pages are
        shown several pages at a time: the keys stay quick however many there are.
        """
        self._take(jobs)
        self._refresh_after_some()

    def end_load(self, profile: str = "") -> None:
        """Mark what the load did not bring, and drop what was already marked before."""
        missing = self._loads.end(profile, self._jobs)
        if missing is not None:
            kept = {*self.marks, self.cursor_key or ""}
            dropped = {key for key in missing & self._missing if key not in kept}
            dropped |= {key for key in missing if not self._jobs[key].id}
            others = {key for key in self._missing if self._jobs[key].profile != profile}
            self._drop(dropped)
            self._missing = (missing - dropped) | others
        self.refresh_rows()

    def put_job(self, job: Job) -> None:
        """Show one job as it is now; one that is new to the list goes before all others."""
        if job.key not in self._jobs:
            self._jobs = {job.key: job, **self._jobs}
        self._take([job])
        self.refresh_within(_CHANGES_TOGETHER)

    def mark_missing(self, raw_key: str) -> None:
        """Show that the endpoint does not know the job any more."""
        self._missing |= {key for key, job in self._jobs.items() if job.raw_key == raw_key}
        self.repaint()

    def set_busy(self, job_id: str, *, busy: bool) -> None:
        """Show that an action on the job is under way, or over."""
        (self._busy.add if busy else self._busy.discard)(job_id)
        self.repaint()

    def set_annotations(self, annotations: Mapping[str, Annotation]) -> None:
        """Show what is kept beside the jobs by raw key; of those that hide no mark stays."""
        self._annotations = annotations
        if not self.shows_hidden:
            self.keep_marks({key for key in self.marks if not self.kept(self._jobs[key]).hidden})
        self.refresh_rows()

    def show_hidden(self, shown: bool) -> None:
        """Show the hidden jobs too, or leave them out again."""
        self.shows_hidden = shown
        self.set_annotations(self._annotations)

    def choose_columns(self, names: Sequence[str]) -> None:
        """Have these columns, in this order."""
        self.chosen = tuple(names)
        self._fit_columns_to_jobs()
        self.refresh_rows()

    def set_filter(self, wanted: JobFilter) -> None:
        """Show only jobs that match."""
        self.filter = wanted
        self.refresh_rows()

    def set_order(self, order: SortOrder) -> None:
        """Sort the list anew."""
        self.order = order
        self.forget_sort()
        self.refresh_rows()

    def watch_scroll_y(self, old: float, new: float) -> None:
        """Paint what has moved, and tell that it has."""
        super().watch_scroll_y(old, new)
        self.post_message(self.Scrolled())

    def on_show(self) -> None:
        """Tell that the rows are seen."""
        self.post_message(self.Scrolled())

    def on_hide(self) -> None:
        """Tell that the rows are no longer seen."""
        self.post_message(self.Scrolled())

    def refresh_rows(self) -> None:
        """Filter and sort all jobs, and repaint the rows that changed by it."""
        super().refresh_rows()
        self._facts = Known(self.clock(), self._retirement, self._annotations, self.dollars)
        self._count()
        self._fit_columns_to_jobs()
        shown = self.filter.pick(self._jobs, self.kept, but_hidden=self.hidden > 0)
        self.set_rows(self.order.sort(shown, self._facts))
        self.post_message(self.Refreshed())

    def _fit_columns_to_jobs(self) -> None:
        names = shown_names(self.chosen, self._jobs.values(), is_several=self.is_several)
        if names != self.own_columns:
            self.have_columns(columns_of(names))

    def can_mark(self, key: str) -> bool:
        """True for a row that is a job."""
        return key in self._jobs

    def cell(self, key: str, column: Column) -> tuple[str, str]:
        """The text and look of one cell of the job `key`."""
        job = self._jobs[key]
        if column.key == "status":
            if key in self._busy:
                return _("{glyph} asked", glyph=BUSY.glyph), BUSY.style
            if key in self._missing:
                return f"  {_('gone')}", "muted"
            style = style_of(job.status)
            return f"{style.glyph} {short_status(job.status)}", style.style
        if column.key == "days_left":
            return days_cell(job, self._retirement)
        one = LIST_COLUMNS[column.key]
        return one.shown(job, self._facts) or one.nothing, "plain"

    def row_style(self, key: str) -> str:
        """Jobs that are gone or hidden are faint, and so are those not told in this run."""
        is_faint = key in self._missing or key in self._old or self.kept(self._jobs[key]).hidden
        return "muted" if is_faint else ""

    def title_of(self, column: Column) -> str:
        """The column's title, with an arrow where the list is sorted by it."""
        name, descending = self.sorted_by or (self.order.column, self.order.descending)
        arrow = "▼" if descending else "▲"
        return f"{column.title} {arrow}" if column.key == name else column.title

    def add_row(self, *cells: Any, key: str | None = None, **more: Any) -> RowKey:
        """As DataTable's: a row that is no job, below the jobs, whatever the filter.

        Raises DuplicateKey also for the id of a job that the filter hides.
        """
        if key in self._jobs:
            raise DuplicateKey(_("The row key {key!r} already exists.", key=key))
        row = super().add_row(*cells, key=key, **more)
        self.total += 1
        self.post_message(self.Refreshed())
        return row

    def remove_row(self, row_key: RowKey | str) -> None:
        """As DataTable's; a job comes back when the endpoint tells of it again."""
        super().remove_row(row_key)
        self._drop({str(row_key if isinstance(row_key, str) else row_key.value)})
        self._post_change()

    def clear(self, columns: bool = False) -> Self:
        """As DataTable's; jobs come back when the endpoint tells of them again."""
        super().clear(columns)
        self._drop(set(self._jobs))
        self._post_change()
        return self

    def sort(self, *columns: ColumnKey | str, **how: Any) -> Self:
        """As DataTable's, for jobs that come later too, until `set_order`."""
        super().sort(*columns, **how)
        self._post_change()
        return self

    def _drop(self, keys: set[str]) -> None:
        self._jobs = {key: job for key, job in self._jobs.items() if key not in keys}
        self.keep_marks(self._jobs)
        self._missing -= keys

    def _post_change(self) -> None:
        self._count()
        self.post_message(self.Refreshed())

    def _count(self) -> None:
        hidden = set()
        if self._annotations and not (self.shows_hidden or self.filter.asks_for_hidden):
            hidden = {key for key, job in self._jobs.items() if self.kept(job).hidden}
        self.hidden = len(hidden)
        self.total = len(self._jobs) - len(self._missing | hidden) + self.added_count
        self.active = sum(job.status.is_moving for job in self._jobs.values())

    def _refresh_after_some(self) -> None:
        if self.row_count:
            self.refresh_within(_PAGES_TOGETHER)
        else:
            self.refresh_rows()

    def _take(self, jobs: Iterable[Job]) -> None:
        for job in jobs:
            key = job.key or self._loads.next_nameless(job.profile)
            # Answers overtake each other: the reading that was made last is the one that counts.
            known = self._jobs.get(key, job)
            self._jobs[key] = known.updated(job)
            self.forget_cells(key)
            self._missing.discard(key)
            self._old.discard(key)
            self._loads.note(key, job.profile)
