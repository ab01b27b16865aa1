"""One glyph for each status, the same in the app and on the command line."""

from __future__ import annotations

from fttui.services.endpoint.models import Status

_GLYPHS = {
    "succeeded": "✓",
    "failed": "✗",
    "cancelled": "-",
    "running": "●",
    "resuming": "●",
    "validating_files": "◌",
    "queued": "○",
    "pending": "○",
    "created": "○",
    "paused": "=",
    "pausing": "=",
    "notRunning": "=",
}
_UNKNOWN = "·"


def glyph_of(status: Status) -> str:
    """A glyph one cell wide; statuses that nobody knows yet share a neutral one."""
    return _GLYPHS.get(status.word, _UNKNOWN)
