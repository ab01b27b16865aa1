"""How bytes, rates and remaining times are written while something is going on."""

from __future__ import annotations

_UNITS = ("kB", "MB", "GB", "TB")
_DAY = 86_400
_AGES = (
    ("min", 60, 3_600),
    ("h", 3_600, _DAY),
    ("days", _DAY, 60 * _DAY),
    ("months", 30 * _DAY, 730 * _DAY),
)


def size_text(count: int) -> str:
    """`812 B`, `1.3 MB`: decimal units, as the endpoint's limits are told in."""
    if count < 1000:
        return f"{count} B"
    power = 1
    while count >= 999.95 * 1000**power and power < len(_UNITS):
        power += 1
    return f"{count / 1000**power:.1f} {_UNITS[power - 1]}"


def left_text(seconds: float | None) -> str:
    """`40 s left`, `3 min left`, or "" while nobody can tell."""
    if seconds is None or not 0 <= seconds < 1e6:
        return ""
    if seconds < 100:
        return f"{max(round(seconds), 1)} s left"
    if seconds < 6000:
        return f"{round(seconds / 60)} min left"
    return f"{seconds / 3600:.1f} h left"


def progress_text(done: int, total: int, rate: float | None, left: float | None) -> str:
    """`25 % of 12.0 MB, 1.2 MB/s, 8 s left`; what is not known is left out."""
    share = f"{done * 100 // total} % of {size_text(total)}" if total > 0 else size_text(done)
    rate_text = f"{size_text(int(rate))}/s" if rate else ""
    return ", ".join(part for part in (share, rate_text, left_text(left)) if part)


def bar_text(done: int, total: int, width: int) -> str:
    """A bar of `width` cells, readable without colour."""
    filled = min(done * width // total, width) if total > 0 else 0
    return "━" * filled + "─" * (width - filled)


def age_text(seconds: float) -> str:
    """`now`, `12 min`, `5 h`, `3 days`, `2 months`, `4 years`: how long ago, in one unit."""
    if seconds < 60:
        return "now"
    for unit, length, limit in _AGES:
        if seconds < limit:
            count = int(seconds / length)
            return f"{count} {unit if count > 1 else unit.removesuffix('s')}"
    return f"{int(seconds / (365 * _DAY))} years"
