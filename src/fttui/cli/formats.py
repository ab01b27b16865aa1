"""How times, sizes and states read in a terminal."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta

from fttui.services.endpoint.models import Job, JobEvent, Status
from fttui.services.job_words import glyph_of

NONE = "–"
_COLOURS = {"succeeded": "32", "failed": "31", "cancelled": "33", "running": "36"}
_UNITS = ("kB", "MB", "GB", "TB")


def status_text(status: Status) -> str:
    """Glyph and word, for example `✓ succeeded`, as in the app."""
    return f"{glyph_of(status)} {status.word}"


def status_colour(status: Status) -> str:
    """The SGR number of a status, or "" for neutral ones."""
    return _COLOURS.get(status.word, "")


def event_text(event: JobEvent) -> str:
    """The message of an event, after its level where that is not info."""
    return event.message if event.level == "info" else f"{event.level}: {event.message}"


def local_time(moment: datetime | None, *, seconds: bool = False) -> str:
    """A moment in the reader's own time zone."""
    pattern = "%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M"
    return moment.astimezone().strftime(pattern) if moment else NONE


def duration(span: timedelta | None) -> str:
    """`45 s`, `12 min`, `3 h 05 min` or `2 d 4 h`."""
    if span is None or span < timedelta(0):
        return NONE
    seconds = int(span.total_seconds())
    if seconds < 60:
        return f"{seconds} s"
    minutes = seconds // 60
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60:02} min"
    return f"{minutes // 1440} d {minutes % 1440 // 60} h"


def job_duration(job: Job) -> timedelta | None:
    """From creation to the end, or to now while the job is not at its end."""
    if job.created_at is None:
        return None
    end = job.finished_at
    if end is None and job.status.is_final:
        return None
    return (end or datetime.now(UTC)) - job.created_at


def size(count: int | None) -> str:
    """`812 B`, `1.3 MB`: decimal units, as the API counts its limits."""
    if count is None or count < 0:
        return NONE
    if count < 1000:
        return f"{count} B"
    power = 1
    while count >= 999.95 * 1000**power and power < len(_UNITS):
        power += 1
    return f"{count / 1000**power:.1f} {_UNITS[power - 1]}"


def number(value: float | None, digits: int = 4) -> str:
    """A whole number with thousands separators, or a decimal with up to `digits` places."""
    if value is None:
        return NONE
    if isinstance(value, int) or value.is_integer():
        return f"{int(value):,}"
    return f"{value:.{digits}f}"


def width(text: str) -> int:
    """The columns that `text` takes on a terminal."""
    if text.isascii():
        return len(text)
    total = 0
    for character in text:
        if unicodedata.combining(character) or unicodedata.category(character) in {"Mn", "Me"}:
            continue
        total += 2 if unicodedata.east_asian_width(character) in "WF" else 1
    return total


def cut(text: str, columns: int) -> str:
    """`text` in at most `columns` columns, with an ellipsis where something was cut."""
    if width(text) <= columns:
        return text
    kept, used = [], 0
    for character in text:
        used += width(character)
        if used > columns - 1:
            break
        kept.append(character)
    return "".join(kept) + "…"
