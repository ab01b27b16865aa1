"""What a watch of jobs tells, one thing at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fttui.services.endpoint.errors import NotFoundError, ServiceError
from fttui.services.endpoint.events import JobEvent
from fttui.services.endpoint.models import Job


@dataclass(frozen=True, slots=True)
class JobUpdate:
    """A job is new to the watcher (`previous` is None) or no longer as it was."""

    job: Job
    previous: Job | None = None

    @property
    def status_changed(self) -> bool:
        """True for a new status, and for a job that was not known."""
        return self.previous is None or self.previous.status != self.job.status


@dataclass(frozen=True, slots=True)
class NewEvents:
    """Events of a job that were not told before, oldest first."""

    job_id: str
    events: tuple[JobEvent, ...]


@dataclass(frozen=True, slots=True)
class EventsMissed:
    """A job has told more events than one page holds; whoever follows it has to read them."""

    job_id: str


@dataclass(frozen=True, slots=True)
class EventsFailed:
    """The events of a job cannot be read now; the job itself is followed all the same.

    `is_last` once the job has ended and nothing of it is asked for any more.
    """

    job_id: str
    error: ServiceError
    is_last: bool


@dataclass(frozen=True, slots=True)
class JobNotFound:
    """The endpoint no longer knows a job that was watched."""

    job_id: str
    error: NotFoundError


@dataclass(frozen=True, slots=True)
class PollFailed:
    """A poll failed; the next one comes after `pause` seconds. The last good one was at `as_of`."""

    error: ServiceError
    pause: float
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class Recovered:
    """Polls work again after Trouble, or work for one who asked by `expect_recovery`."""


Change = JobUpdate | NewEvents | EventsMissed | EventsFailed | JobNotFound | PollFailed | Recovered


def is_only_steps(news: Sequence[Change]) -> bool:
    """True where steps are told, none of them the last one, and nothing else.

    Their jobs go on as they were.
    """
    return bool(news) and all(map(_is_of_steps, news))


def _is_of_steps(change: Change) -> bool:
    if isinstance(change, JobUpdate):
        return not change.status_changed
    if not isinstance(change, NewEvents):
        return False
    told = [event.metrics for event in change.events]
    return all(one is not None and one.step is not None for one in told) and not any(
        one.total_steps and one.step and one.step >= one.total_steps for one in told if one
    )
