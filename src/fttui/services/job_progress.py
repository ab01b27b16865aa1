"""How long a job has been going on, and how far it is, as far as its endpoint tells."""

from __future__ import annotations

from datetime import datetime, timedelta

from fttui.services.endpoint.models import Job
from fttui.services.endpoint.status import BEING_CANCELLED
from fttui.terminal.language import _

_WAITING = frozenset({"queued", "pending", "created", "notRunning"})


def span_of(job: Job, now: datetime) -> timedelta | None:
    """How long a job took, or has been going on at `now`; None when the endpoint does not tell."""
    if job.created_at is None:
        return None
    if job.finished_at is not None:
        return job.finished_at - job.created_at
    return None if job.status.is_final else now - job.created_at


def _has_trained(job: Job) -> bool:
    """True of a job that tells of a step, tokens, a model or results."""
    return bool(job.step or job.trained_tokens or job.fine_tuned_model or job.result_files)


def waits(job: Job) -> bool:
    """True of a job that has not begun."""
    return job.status.word in _WAITING


def took(job: Job, now: datetime) -> timedelta | None:
    """`span_of` for a job that is or was at work; None for one that waited, as far as is told."""
    was_stopped = job.status.word in BEING_CANCELLED
    return None if waits(job) or (was_stopped and not _has_trained(job)) else span_of(job, now)


def fraction_done(job: Job) -> float | None:
    """The part of its steps that a job has behind it, from 0 to 1; None when not told."""
    if job.step is None or not job.total_steps or job.total_steps < 0:
        return None
    return min(max(job.step / job.total_steps, 0.0), 1.0)


def share_text(job: Job) -> str:
    """How far a job that goes on is, as `38% trained`; "" where nothing tells."""
    done = fraction_done(job)
    return "" if done is None or job.status.is_final else _("{done:.0%} trained", done=done)


def seconds_left(job: Job, now: datetime) -> float | None:
    """How long a job that trains has still to go: as its endpoint says, else by its last steps."""
    if not job.status.may_train:
        return None
    if job.estimated_finish is not None and job.estimated_finish > now:
        return (job.estimated_finish - now).total_seconds()
    last, pace = job.recent.last, job.recent.pace
    if last is None or pace is None or not job.total_steps:
        return None
    step, seen = last
    left = pace * (job.total_steps - step) - (now - seen).total_seconds()
    return left if left > 0 else None


def left_text(job: Job, now: datetime) -> str:
    """How long a job still has, in at most six columns and no finer than it is known: `12m`."""
    seconds = seconds_left(job, now)
    if seconds is None:
        return ""
    minutes = round(seconds / 60)
    if minutes < 1:
        return _("<1m")
    if minutes < 60:
        return _("{minutes}m", minutes=minutes)
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return _("{hours}h{minutes:02}m", hours=hours, minutes=minutes)
    return _("{days}d", days=min(hours // 24, 999))
