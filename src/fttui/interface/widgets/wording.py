"""How times, durations, counts and progress are written in the list and its panels."""

from __future__ import annotations

from datetime import datetime, timedelta

from fttui.services.endpoint.models import Job

NOTHING = "–"


def moment_text(moment: datetime | None) -> str:
    """`2026-11-22 14:05` in local time."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M}" if moment else NOTHING


def clock_text(moment: datetime | None) -> str:
    """`14:05:09` in local time."""
    return f"{moment.astimezone():%H:%M:%S}" if moment else "--:--:--"


def full_moment_text(moment: datetime | None) -> str:
    """`2026-11-22 14:05:09` in local time."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S}" if moment else NOTHING


def span_text(span: timedelta | None) -> str:
    """A duration in at most seven cells: `48s`, `5m 03s`, `2h 05m`, `3d 04h`."""
    if span is None:
        return NOTHING
    seconds = max(int(span.total_seconds()), 0)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days}d {hours:02}h" if days < 1000 else f"{days}d"
    if hours:
        return f"{hours}h {minutes:02}m"
    return f"{minutes}m {seconds:02}s" if minutes else f"{seconds}s"


def span_of(job: Job, now: datetime) -> timedelta | None:
    """How long a job took, or has been going on at `now`; None when the endpoint does not tell."""
    if job.created_at is None:
        return None
    if job.finished_at is not None:
        return job.finished_at - job.created_at
    return None if job.status.is_final else now - job.created_at


def count_text(count: int | None) -> str:
    """A count with its thousands apart."""
    return NOTHING if count is None else f"{count:,}"


def number_text(number: float) -> str:
    """A loss or a rate in about four figures."""
    size = abs(number)
    if size >= 1e6 or 0 < size < 1e-4:
        return f"{number:.2e}"
    return f"{number:.4g}" if size >= 1000 else f"{number:.4f}"


def short_name(job: Job) -> str:
    """What a person called the job: its suffix, else its fine-tuned model's name."""
    return job.suffix or job.fine_tuned_model or NOTHING


def short_status(job: Job) -> str:
    """The status in at most ten letters for the list; the panel has the whole word."""
    word = job.status.word
    return {"validating_files": "validating", "notRunning": "notRunning"}.get(word, word)


def fraction_done(job: Job) -> float | None:
    """The part of its steps that a job has behind it, from 0 to 1; None when not told."""
    if job.step is None or not job.total_steps or job.total_steps < 0:
        return None
    return min(max(job.step / job.total_steps, 0.0), 1.0)
