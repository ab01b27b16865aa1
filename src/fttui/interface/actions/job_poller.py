"""The watch of the endpoint's jobs, as messages to the panes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fttui.interface.actions.differences import tell_differences
from fttui.interface.messages import (
    JobChanged,
    JobEvents,
    JobEventsMissed,
    JobHistoryFailed,
    JobMissing,
    JobsFailed,
    JobsRecovered,
)
from fttui.services import watching
from fttui.services.endpoint.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from concurrent.futures import Future
    from datetime import datetime

    from fttui.interface.host import FeedHost
    from fttui.services.endpoint.models import Job, JobEvent


class JobPoller:
    """Turns what the watcher sees into messages; its callbacks come from the service thread."""

    def __init__(
        self,
        host: FeedHost,
        recovered: Callable[[], None],
        see: Callable[[watching.Change], None],
    ) -> None:
        self._host = host
        self._see = see
        self._recovered = recovered
        self._watcher: watching.Watcher | None = None
        self._watch: Future[None] | None = None
        self._early: tuple[Job, ...] = ()
        self._early_events: tuple[Job, Sequence[JobEvent]] | None = None
        self._in_view: Job | None = None
        self._rows: list[str] = []
        self._focused = True

    def begin(self) -> None:
        """Watch all jobs of the session's endpoint; a watch that goes on is left alone.

        Without a key there is nothing to watch with.
        """
        session = self._host.session
        goes_on = self._watch is not None and not self._watch.done()
        if goes_on or session.credential is None:
            return
        known = self._watcher.jobs.values() if self._watcher else ()
        self._watcher = session.watcher()
        self._watcher.remember([*known, *self._early])
        self._early = ()
        self._watcher.set_focused(self._focused)
        self._watcher.show_rows(self._rows)
        if known:
            self._watcher.expect_recovery()  # so that the job in view is followed again
        if self._early_events is not None:
            self.follow(*self._early_events)
            self._early_events = None
        self._watch = session.thread.start(self._watcher.run(self._on_change))
        self._watch.add_done_callback(self._ended)

    def remember(self, jobs: tuple[Job, ...]) -> None:
        """Take jobs that a full load brought as known."""
        if self._watcher:
            self._watcher.remember(jobs)
        else:
            self._early += jobs

    def learn(self, job: Job) -> None:
        """Watch a job that an action made or changed, from now on; from any thread."""
        self.remember((job,))
        if self._watcher:
            self._watcher.look_now()
        if self._watch is None or self._watch.done():
            self._host.call_later(self.begin)

    def look_at(self, job: Job) -> None:
        """`job` is in view now; its events are told once it is followed."""
        if self._in_view is not None and self._in_view.raw_id != job.raw_id:
            self.look_away()
        self._in_view = job

    def look_away(self) -> None:
        """No job is in view: ask for no events."""
        self._in_view = None
        if self._watcher:
            self._watcher.follow_events_of([])

    def show_rows(self, jobs: Iterable[Job]) -> None:
        """`jobs` are on screen; where none in view asks for events, they tell how far they are."""
        rows = [job.raw_id for job in jobs if job.can_be_acted_on]
        if rows != self._rows:
            self._rows = rows
            if self._watcher:
                self._watcher.show_rows(rows)

    def follow(self, job: Job, events: Sequence[JobEvent]) -> None:
        """Keep the job's events coming in after these, newest first, while it is in view.

        The watcher knows how long the events of a job that has ended may still come.
        """
        in_view = self._in_view
        if self._watcher is None:
            self._early_events = job, events
        elif in_view is not None and in_view.raw_id == job.raw_id:
            # What was read just now need not be read again before the next look is due, but that
            # may be far when nothing can change any more except for late events of this job.
            at_once = job.status.is_final
            self._watcher.follow_events_of([job.raw_id], tuple(reversed(events)), at_once=at_once)

    def expect_recovery(self) -> None:
        """Tell JobsRecovered as soon as the endpoint gives a good answer."""
        if self._watcher:
            self._watcher.expect_recovery()

    def set_focused(self, focused: bool) -> None:
        """Poll rarely while the terminal is not looked at."""
        self._focused = focused
        if self._watcher:
            self._watcher.set_focused(focused)

    def _on_change(self, change: watching.Change) -> None:
        self._see(change)
        if isinstance(change, watching.JobUpdate):
            self._host.post(JobChanged(change.job))
            if change.previous is not None:
                self._host.call_later(tell_differences, self._host, change.job, change.previous)
        elif isinstance(change, watching.NewEvents):
            self._post_events(change)
        elif isinstance(change, watching.EventsMissed):
            job = self._viewed(change.job_id)
            if job is not None:
                self._host.post(JobEventsMissed(job.key))
        elif isinstance(change, watching.PollFailed):
            self._post_error(change.error, change.as_of)
        elif isinstance(change, watching.Recovered):
            self._host.post(JobsRecovered())
            self._host.show_error("")
            self._host.call_later(self._recovered)
        elif isinstance(change, watching.EventsFailed):
            job = self._viewed(change.job_id)
            if job is not None:
                self._host.post(JobHistoryFailed(job.key, change.error))
        else:
            self._host.post(JobMissing(change.job_id))

    def _post_events(self, change: watching.NewEvents) -> None:
        job = self._viewed(change.job_id)
        if job is not None:
            self._host.post(JobEvents(job.key, tuple(reversed(change.events))))

    def _viewed(self, raw_id: str) -> Job | None:
        """The job in view, if it is this one."""
        job = self._in_view
        return job if job is not None and job.raw_id == raw_id else None

    def _ended(self, watch: Future[None]) -> None:
        """Tell that the endpoint refuses to be watched; the next load that works begins anew."""
        error = None if watch.cancelled() else watch.exception()
        if isinstance(error, ServiceError):
            self._post_error(error)

    def _post_error(self, error: ServiceError, as_of: datetime | None = None) -> None:
        self._host.post(JobsFailed(error, as_of))
        self._host.show_error(error.sentence)
