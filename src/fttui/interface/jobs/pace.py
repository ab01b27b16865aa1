"""How fast the steps of a job go, and when it will be done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from fttui.services.endpoint.models import Job, JobEvent


def expected_finish(job: Job, events: Sequence[JobEvent], now: datetime) -> datetime | None:
    """When the job will be done: as the endpoint says, else by the pace of its steps so far."""
    if job.status.is_final or not job.status.is_moving:
        return None
    if job.estimated_finish is not None:
        return job.estimated_finish if job.estimated_finish > now else None
    timed = _timed_steps(events)
    pace = pace_of(events)
    if pace is None or not job.total_steps:
        return None
    last, seen = max(timed)
    left = pace * (job.total_steps - last)
    return seen + timedelta(seconds=left) if left > 0 else None


def pace_of(events: Sequence[JobEvent]) -> float | None:
    """Seconds that a step took from the first one known to the last; None for fewer than two."""
    timed = _timed_steps(events)
    if len(timed) < 2:
        return None
    (first, began), (last, seen) = min(timed), max(timed)
    if last <= first or seen <= began:
        return None
    return (seen - began).total_seconds() / (last - first)


def _timed_steps(events: Sequence[JobEvent]) -> list[tuple[int, datetime]]:
    return [
        (event.metrics.step, event.created_at)
        for event in events
        if event.metrics and event.metrics.step is not None and event.created_at
    ]
