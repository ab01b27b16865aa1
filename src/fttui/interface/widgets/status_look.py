"""How a job's status is drawn: a glyph and a word, so that colour only ever repeats them."""

from __future__ import annotations

from dataclasses import dataclass

from fttui.services.models import Status


@dataclass(frozen=True, slots=True)
class StatusLook:
    """A one-cell glyph and the name of the look (see `lines.LOOKS`) it is painted in."""

    glyph: str
    look: str


_LOOKS = {
    "succeeded": StatusLook("✓", "good"),
    "failed": StatusLook("✗", "bad"),
    "cancelled": StatusLook("-", "muted"),
    "running": StatusLook("●", "active"),
    "resuming": StatusLook("●", "active"),
    "validating_files": StatusLook("◌", "waiting"),
    "queued": StatusLook("○", "waiting"),
    "pending": StatusLook("○", "waiting"),
    "created": StatusLook("○", "waiting"),
    "paused": StatusLook("=", "waiting"),
    "pausing": StatusLook("=", "waiting"),
    "notRunning": StatusLook("=", "waiting"),
}
_UNKNOWN = StatusLook("·", "plain")
BUSY = StatusLook("…", "waiting")


def look_of(status: Status) -> StatusLook:
    """The look of `status`; a word that nobody knows yet is drawn neutrally."""
    return _LOOKS.get(status.word, _UNKNOWN)
