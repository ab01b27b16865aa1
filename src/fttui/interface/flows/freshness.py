"""Keeping the list and the job in view up to date while jobs are active."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fttui.interface.messages import (
    JobChanged,
    JobEvents,
    JobEventsMissed,
    JobsFailed,
    JobsRecovered,
    JobVanished,
)
from fttui.services import watching
from fttui.services.endpoint.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future

    from fttui.interface.interface_utils import OpenAiInterfaceUtils
    from fttui.services.endpoint.models import Job, JobEvent


class Freshness:
    """Turns what the watcher sees into messages; its callbacks come from the service thread."""

    def __init__(self, utils: OpenAiInterfaceUtils) -> None:
        self._utils = utils
        self._watcher: watching.Watcher | None = None
        self._watch: Future[None] | None = None
        self._in_view: Job | None = None
        self._focused = True

    def begin(self) -> None:
        """Watch all jobs of the session's endpoint; a watch that goes on is left alone."""
        if self._watch is not None and not self._watch.done():
            return
        session = self._utils.app.session
        known = self._watcher.jobs.values() if self._watcher else ()
        self._watcher = session.watcher()
        self._watcher.remember(known)
        self._watcher.set_focused(self._focused)
        if known:
            self._watcher.expect_recovery()  # so that the job in view is followed again
        self._watch = session.thread.start(self._watcher.run(self._told))
        self._watch.add_done_callback(self._ended)

    def remember(self, jobs: tuple[Job, ...]) -> None:
        """Take jobs that a full load brought as known."""
        if self._watcher:
            self._watcher.remember(jobs)

    def learn(self, job: Job) -> None:
        """Watch a job that an action made or changed, from now on; from any thread."""
        if self._watcher:
            self._watcher.remember([job])
            self._watcher.look_now()
        if self._watch is not None and self._watch.done():
            self._utils.app.call_later(self.begin)

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

    def follow(self, job: Job, events: Sequence[JobEvent]) -> None:
        """Keep the job's events coming in after these, newest first, while it is in view.

        The watcher knows how long the events of a job that has ended may still come.
        """
        in_view = self._in_view
        if self._watcher and in_view is not None and in_view.raw_id == job.raw_id:
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

    def _told(self, change: watching.Change) -> None:
        if isinstance(change, watching.JobChanged):
            self._utils.tell(JobChanged(change.job))
        elif isinstance(change, watching.NewEvents):
            self._tell_events(change)
        elif isinstance(change, watching.EventsMissed):
            job = self._viewed(change.job_id)
            if job is not None:
                self._utils.tell(JobEventsMissed(job.id))
        elif isinstance(change, watching.Trouble):
            self._tell_trouble(change.error)
        elif isinstance(change, watching.Recovered):
            self._utils.tell(JobsRecovered())
            self._utils.show_trouble("")
            self._utils.app.call_later(self._utils.listing.load_what_is_missing)
        else:
            self._utils.tell(JobVanished(change.job_id))

    def _tell_events(self, change: watching.NewEvents) -> None:
        job = self._viewed(change.job_id)
        if job is not None:
            self._utils.tell(JobEvents(job.id, tuple(reversed(change.events))))

    def _viewed(self, raw_id: str) -> Job | None:
        """The job in view, if it is this one."""
        job = self._in_view
        return job if job is not None and job.raw_id == raw_id else None

    def _ended(self, watch: Future[None]) -> None:
        """Tell that the endpoint refuses to be watched; the next load that works begins anew."""
        error = None if watch.cancelled() else watch.exception()
        if isinstance(error, ServiceError):
            self._tell_trouble(error)

    def _tell_trouble(self, error: ServiceError) -> None:
        self._utils.tell(JobsFailed(error))
        self._utils.show_trouble(error.sentence)
