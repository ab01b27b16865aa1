"""How a job's status is drawn: a glyph and a word, so that colour only ever repeats them."""

from __future__ import annotations

from dataclasses import dataclass

from fttui.services.endpoint.models import Status
from fttui.services.job_words import glyph_of


@dataclass(frozen=True, slots=True)
class StatusLook:
    """A one-cell glyph and the name of the look (see `lines.LOOKS`) it is painted in."""

    glyph: str
    look: str


_LOOKS = {
    "succeeded": "good",
    "failed": "bad",
    "cancelled": "muted",
    "running": "active",
    "resuming": "active",
}
BUSY = StatusLook("…", "waiting")


def look_of(status: Status) -> StatusLook:
    """The look of `status`; a word that nobody knows yet is drawn neutrally."""
    other = "waiting" if status.is_known else "plain"
    return StatusLook(glyph_of(status), _LOOKS.get(status.word, other))
