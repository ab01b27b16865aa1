"""The one job that is looked at: in the details while they are open, else in the side panel."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from fttui.interface.interface_utils import utils_of
from fttui.interface.jobs.details import JobDetails
from fttui.interface.jobs.panel import JobPanel, Stories
from fttui.interface.jobs.table import JobsTable
from fttui.interface.messages import JobEvents, JobStory
from fttui.services.endpoint.models import Job


class JobInView:
    """Asks for the story of the job in view, and shows what is known of it.

    The job itself is always the table's, so that list, panel and details say the same.
    """

    def __init__(self, table: JobsTable, panel: JobPanel, *, clock: Callable[[], datetime]) -> None:
        self._table = table
        self._panel = panel
        self._clock = clock
        self._stories = Stories()
        self._details: JobDetails | None = None
        self._opened: tuple[str, bool] | None = None

    @property
    def job(self) -> Job | None:
        """The job in view, as it is known now; None when none is."""
        details = self._details
        if details is not None:
            return self._table.job(details.job.id) or details.job
        return self._table.current_job if self._panel.is_on_screen else None

    def turn(self) -> bool:
        """Ask for the story of a job that has come into view, or has come to rest there.

        True while there is nothing to show of it yet.
        """
        job = self.job
        opened = None if job is None else (job.id, job.status.is_moving)
        if opened != self._opened:
            self._opened = opened
            if job is None or self._stories.is_settled(job, self._clock()):
                utils_of(self._panel).job_feed.leave_story()
            else:
                utils_of(self._panel).job_feed.load_story(job, known=self._stories.of(job))
        return job is not None and self._stories.of(job) is None

    def turn_anew(self) -> None:
        """Let the next turn ask again, although it is for the same job."""
        self._opened = None

    def open_details(self, tab: str, closed: Callable[[], None]) -> None:
        """Show all that is known of the job under the cursor, on a screen of its own."""
        job = self._table.current_job
        if job is None or self._details is not None:
            return
        story = self._stories.of(job)
        self._details = JobDetails(job, story, clock=self._clock, tab=tab)

        def left(_: None) -> None:
            self._details = None
            closed()

        self._panel.app.push_screen(self._details, left)
        self._opened = (job.id, job.status.is_moving)
        utils_of(self._panel).job_feed.load_story(job, known=story, everything=True)

    def show(self) -> None:
        """Show what is known in the panel and in the details, as far as they are there."""
        details = self._details
        if details is not None:
            job = self._table.job(details.job.id) or details.job
            details.show(job, self._stories.of(job))
        if self._panel.display:
            current = self._table.current_job
            self._panel.show(current, self._stories.of(current))

    def take_story(self, message: JobStory) -> None:
        """Keep a story, and the job as it was read with it."""
        job = message.job
        self._stories.grow(job.id, message.story)
        if self._table.job(job.id) is not None:
            self._table.put_job(job)
        self.show()

    def take_trouble(self, job_id: str, trouble: str) -> None:
        """Keep why a story did not come; it is asked for again with the next news of the list."""
        self._stories.keep_trouble(job_id, trouble)
        if self._opened is not None and self._opened[0] == job_id:
            self.turn_anew()
        self.show()

    def take_events(self, message: JobEvents) -> None:
        """Keep events that follow on those that are known."""
        self._stories.add_events(message.job_id, message.events)
        self.show()

    def catch_up(self, job_id: str) -> None:
        """Ask for events that were missed, if it is of the job that is still in view."""
        job = self.job
        story = self._stories.of(job)
        if job is not None and job.id == job_id and story is not None:
            utils_of(self._panel).job_feed.load_story(job, story, only_events=True)
