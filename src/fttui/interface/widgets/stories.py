"""What the endpoint told of single jobs, kept for when the cursor comes back to them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from fttui.services.endpoint.models import Job, JobEvent
from fttui.services.story import Story

_KEPT = 64
_LONG_OVER = timedelta(minutes=2)


class Stories:
    """The stories last used, by job id."""

    def __init__(self) -> None:
        self._stories: OrderedDict[str, Story] = OrderedDict()

    def of(self, job: Job | None) -> Story | None:
        """What is known of `job`; None when its story must come yet."""
        if job is None or not job.can_be_acted_on:
            return Story()
        return self._stories.get(job.id)

    def grow(self, job_id: str, news: Story) -> None:
        """Add what the endpoint told anew of this job; what it told before stays."""
        self._keep(job_id, self._stories.get(job_id, Story()).grown_by(news))

    def add_events(self, job_id: str, events: Sequence[JobEvent]) -> None:
        """Add events, newest first, to a story that is known."""
        if job_id in self._stories:
            self._keep(job_id, self._stories[job_id].with_events(events))

    def keep_trouble(self, job_id: str, trouble: str) -> None:
        """Note why the latest story did not come, beside what was known before."""
        self._keep(job_id, replace(self._stories.get(job_id, Story()), trouble=trouble))

    def is_settled(self, job: Job, now: datetime) -> bool:
        """True when nothing new can come: events go on for a moment after a job has ended."""
        story = self._stories.get(job.id)
        if story is None or story.trouble or not job.status.is_final or job.finished_at is None:
            return not job.can_be_acted_on
        return now - job.finished_at > _LONG_OVER

    def _keep(self, job_id: str, story: Story) -> None:
        self._stories[job_id] = story
        self._stories.move_to_end(job_id)
        while len(self._stories) > _KEPT:
            self._stories.popitem(last=False)
