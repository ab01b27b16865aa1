"""What was told of the jobs that were looked at last."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from fttui.services.endpoint.models import Job, JobEvent
from fttui.services.job_history import JobHistory

_KEPT, _EVENTS_KEPT = 64, 150_000
_LONG_OVER = timedelta(minutes=2)


class HistoryCache:
    """The histories last used, by job id: 64 at most, and of very long ones fewer."""

    def __init__(self) -> None:
        self._histories: OrderedDict[str, JobHistory] = OrderedDict()

    def of(self, job: Job | None) -> JobHistory | None:
        """What is known of `job`; None when its history must come yet."""
        if job is None or not job.can_be_acted_on:
            return JobHistory()
        return self._histories.get(job.key)

    def grow(self, job_id: str, news: JobHistory) -> None:
        """Add what the endpoint told anew of this job; what it told before stays."""
        self._keep(job_id, self._histories.get(job_id, JobHistory()).grown_by(news))

    def add_events(self, job_id: str, events: Sequence[JobEvent]) -> None:
        """Add events, newest first, to a history that is known."""
        if job_id in self._histories:
            self._keep(job_id, self._histories[job_id].with_events(events))

    def keep_error(self, job_id: str, error_text: str) -> None:
        """Note why the latest history did not come, beside what was known before."""
        self._keep(
            job_id, replace(self._histories.get(job_id, JobHistory()), error_text=error_text)
        )

    def is_settled(self, job: Job, now: datetime) -> bool:
        """True when nothing new can come: events go on for a moment after a job has ended."""
        history = self._histories.get(job.key)
        if (
            history is None
            or history.error_text
            or not job.status.is_final
            or job.finished_at is None
        ):
            return not job.can_be_acted_on
        return now - job.finished_at > _LONG_OVER

    def _keep(self, job_id: str, history: JobHistory) -> None:
        self._histories[job_id] = history
        self._histories.move_to_end(job_id)
        events = sum(len(one.events) for one in self._histories.values())
        while len(self._histories) > _KEPT or (events > _EVENTS_KEPT and len(self._histories) > 1):
            events -= len(self._histories.popitem(last=False)[1].events)
