"""Keeping the list and the shown job up to date while jobs are active."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fttui.interface.messages import (
    JobChanged,
    JobsFailed,
    JobsRecovered,
    JobStory,
    JobVanished,
)
from fttui.services import watching

if TYPE_CHECKING:
    from concurrent.futures import Future

    from fttui.interface.interface_utils import OpenAiInterfaceUtils
    from fttui.services.models import Job

MOST_EVENTS = 20_000


class Freshness:
    """Turns what the watcher sees into messages; its callbacks come from the service thread."""

    def __init__(self, utils: OpenAiInterfaceUtils) -> None:
        self._utils = utils
        self._watcher: watching.Watcher | None = None
        self._watch: Future[None] | None = None
        self._story: JobStory | None = None

    def begin(self) -> None:
        """Watch all jobs of the session's endpoint, once."""
        if self._watch is not None and not self._watch.done():
            return
        session = self._utils.app.session
        self._watcher = watching.Watcher(session.handle)
        self._watch = session.thread.start(self._watcher.run(self._told))

    def remember(self, jobs: tuple[Job, ...]) -> None:
        """Take jobs that a full load brought as known."""
        if self._watcher:
            self._watcher.remember(jobs)

    def follow(self, story: JobStory) -> None:
        """Keep this job's events coming in; jobs that have ended need no following."""
        self._story = story
        if self._watcher:
            self._watcher.follow_events_of([] if story.job.status.is_final else [story.job.raw_id])

    def look_now(self) -> None:
        """End the present pause, after an action that changes a job."""
        if self._watcher:
            self._watcher.look_now()

    def set_focused(self, focused: bool) -> None:
        """Poll rarely while the terminal is not looked at."""
        if self._watcher:
            self._watcher.set_focused(focused)

    def _told(self, change: watching.Change) -> None:
        if isinstance(change, watching.JobChanged):
            self._utils.tell(JobChanged(change.job))
            self._refresh_story(change.job)
        elif isinstance(change, watching.NewEvents):
            self._extend_story(change)
        elif isinstance(change, watching.Trouble):
            self._utils.tell(JobsFailed(change.error))
            self._utils.show_trouble(change.error.sentence)
        elif isinstance(change, watching.Recovered):
            self._utils.tell(JobsRecovered())
            self._utils.show_trouble("")
        elif isinstance(change, watching.JobGone):
            self._utils.tell(JobVanished(change.job_id))

    def _refresh_story(self, job: Job) -> None:
        story = self._story
        if story is None or story.job.raw_id != job.raw_id:
            return
        if job.status != story.job.status:
            self._utils.app.call_later(self._utils.show_job, job)

    def _extend_story(self, change: watching.NewEvents) -> None:
        story = self._story
        if story is None or story.job.raw_id != change.job_id:
            return
        known = {event.raw_id for event in story.events if event.raw_id}
        new = tuple(event for event in reversed(change.events) if event.raw_id not in known)
        events = (new + story.events)[:MOST_EVENTS]
        self._story = JobStory(story.job.with_progress(events), events, story.checkpoints)
        self._utils.tell(self._story)
