"""The one job that is looked at: in the details while they are open, else in the side panel."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from textual.timer import Timer

from fttui.interface.guard.notices import notice
from fttui.interface.interface_utils import utils_of
from fttui.interface.jobs.details import JobDetails
from fttui.interface.jobs.history_cache import HistoryCache
from fttui.interface.jobs.panel import JobPanel
from fttui.interface.jobs.table import JobsTable
from fttui.interface.messages import JobEvents, JobHistoryRead
from fttui.services.endpoint.models import Job
from fttui.services.job_filter import UNKEPT
from fttui.services.retirement_clock import RetirementClock
from fttui.terminal.language import _

_REST = 0.15
_LONGEST_WAIT = 0.25


class JobInView:
    """Asks for the history of the job in view, and shows what is known of it.

    The job itself is always the table's, so that list, panel and details say the same.
    """

    def __init__(
        self,
        table: JobsTable,
        panel: JobPanel,
        *,
        clock: Callable[[], datetime],
        retirement: RetirementClock,
    ) -> None:
        self._table = table
        self._panel = panel
        self._clock = clock
        self._retirement = retirement
        self._histories = HistoryCache()
        self._details: JobDetails | None = None
        self._opened: tuple[str, bool] | None = None
        self._rest: Timer | None = None

    @property
    def job(self) -> Job | None:
        """The job in view, as it is known now; None when none is."""
        details = self._details
        if details is not None:
            return self._table.job(details.job.key) or details.job
        return self._table.current_job if self._panel.is_on_screen else None

    def show_soon(self) -> None:
        """Turn to the current job when the cursor has come to rest: not to each one passed by."""
        self._later(_REST, self.turn_and_show)

    def turn_and_show(self) -> None:
        """Ask for the history of the job in view; show the job with it, or soon without it."""
        if self.turn():
            self._later(_LONGEST_WAIT, self.show)
        else:
            self.show()

    def _later(self, seconds: float, act: Callable[[], None]) -> None:
        def rested() -> None:
            self._rest = None
            act()

        if self._rest is not None:
            self._rest.stop()
        self._rest = self._panel.set_timer(seconds, rested)

    def turn(self) -> bool:
        """Ask for the history of a job that has come into view, or has come to rest there.

        True while there is nothing to show of it yet.
        """
        rows = self._table.jobs_on_screen if self._details is None else []
        utils_of(self._panel).feeds.show_rows(rows)
        job = self.job
        opened = None if job is None else (job.key, job.status.is_moving)
        if opened != self._opened:
            self._opened = opened
            everything = self._details is not None
            if job is not None and everything:
                utils_of(self._panel).job_facts.learn(job)
            known = self._histories.of(job)
            is_told = job is None or self._histories.is_settled(job, self._clock())
            if job is None or (is_told and not (everything and known and not known.is_whole)):
                utils_of(self._panel).feeds.leave_history()
            else:
                utils_of(self._panel).feeds.load_history(job, known, everything=everything)
        return job is not None and self._histories.of(job) is None

    def turn_anew(self) -> None:
        """Let the next turn ask again, although it is for the same job."""
        self._opened = None

    def open_details(self, tab: str, job: Job | None = None) -> None:
        """Show all that is known of `job`, else of the one under the cursor, on its own screen."""
        job = (self._table.job(job.key) or job) if job else self._table.current_job
        if job is None or self._details is not None:
            return
        history = self._histories.of(job)
        self._details = JobDetails(
            job,
            history,
            clock=self._clock,
            retirement=self._retirement,
            tab=tab,
            step=self._step,
            kept=self._table.kept(job),
        )

        def left(_answer: None) -> None:
            self._details = None
            self.turn_and_show()

        self._panel.app.push_screen(self._details, left)
        self._opened = (job.key, job.status.is_moving)
        utils_of(self._panel).job_facts.learn(job)
        utils_of(self._panel).feeds.load_history(job, known=history, everything=True)

    def _step(self, by: int) -> None:
        """Let the details go on to the job `by` rows further down, and the cursor with them.

        The list tells of its cursor; what is not known of the job is asked for when that rests.
        """
        details, table = self._details, self._table
        if details is None:
            return
        is_listed = details.job.key in table.rows
        place = table.get_row_index(details.job.key) + by if is_listed else table.cursor_row
        key = table.key_at(place) if place >= 0 else None
        job = table.job(key.value or "") if key is not None else None
        if key is None or job is None:
            last = _("This is the last job of the list.")
            notice(details.app, last if by > 0 else _("This is the first job of the list."))
            return
        table.move_to(key.value or "")
        details.show(job, self._histories.of(job), self._table.kept(job))

    def show(self, only: str = "") -> None:
        """Show what is known in the panel and in the details, as far as they are there.

        With the id of a job `only` where that one is in view: many change at once.
        """
        if only and (self.job is None or self.job.key != only):
            return
        details = self._details
        if details is not None:
            job = self._table.job(details.job.key) or details.job
            details.show(job, self._histories.of(job), self._table.kept(job))
        if self._panel.display:
            current = self._table.current_job
            kept = self._table.kept(current) if current else UNKEPT
            self._panel.show(current, self._histories.of(current), kept)

    def take_history(self, message: JobHistoryRead) -> None:
        """Keep a history, and the job as it was read with it."""
        job = message.job
        self._histories.grow(job.key, message.history)
        if self._table.job(job.key) is not None:
            self._table.put_job(job)
        self.show()

    def take_error(self, job_id: str, error_text: str) -> None:
        """Keep why a history did not come; it is asked for again with the next news of the list."""
        self._histories.keep_error(job_id, error_text)
        if self._opened is not None and self._opened[0] == job_id:
            self.turn_anew()
        self.show()

    def take_events(self, message: JobEvents) -> None:
        """Keep events that follow on those that are known."""
        self._histories.add_events(message.job_id, message.events)
        self.show()

    def catch_up(self, job_id: str) -> None:
        """Ask for events that were missed, if it is of the job that is still in view."""
        job = self.job
        history = self._histories.of(job)
        if job is not None and job.key == job_id and history is not None:
            utils_of(self._panel).feeds.load_history(job, history, only_events=True)
