"""How sizes, durations, moments, counts and progress are written, and text is cut to columns.

The app and the command line say them by these functions alone. Nothing here knows of jobs.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime, timedelta

from fttui.terminal.language import _, day_text, in_both, localized, marked, plural, short

NOTHING = "–"
"""Stands for what nobody has told."""

_UNITS = (marked("kB"), marked("MB"), marked("GB"), marked("TB"))
_DAY = 86_400
_LONGEST_LEFT = 1e6
_WORDS = re.compile(r"[^ \t\n\r\f\v]+").findall
"""Words with the spaces in them that no line may be broken at."""
_ELLIPSIS = "…"


def counted(count: int, one: str, many: str = "") -> str:
    """A count with its noun: `1 example`, `2,000 examples`."""
    shown = f"{localized(f'{count:,}')} {plural(count, one, many)}"
    return in_both(shown, lambda: f"{count:,} {one if count == 1 else many or f'{one}s'}")


def count_text(count: int | None) -> str:
    """A count with its thousands apart."""
    return NOTHING if count is None else localized(f"{count:,}")


def number_text(number: float | None) -> str:
    """A whole number with its thousands apart; a loss or a rate in about four figures."""
    if number is None or isinstance(number, int):
        return count_text(number)
    size = abs(number)
    if size >= 1e6 or 0 < size < 1e-4:
        return localized(f"{number:.2e}")
    return localized(f"{number:.4g}" if size >= 1000 else f"{number:.4f}")


def dollars_text(dollars: float) -> str:
    """US dollars to the cent; less than one is `under $0.01`, and nothing at all `$0.00`."""
    return _("under $0.01") if 0 < dollars < 0.01 else _("${dollars:,.2f}", dollars=dollars)


def cents_text(dollars: float) -> str:
    """A price of many tokens, in US dollars and cents."""
    return _("${dollars:,.2f}", dollars=dollars)


def rate_text(dollars: float) -> str:
    """A price in US dollars with as many digits as it has: `$8`, `$0.4`."""
    return _("${number}", number=localized(f"{dollars:g}"))


def as_of_text(day: str, *, brief: bool = False) -> str:
    """The day that a price is of, where it is written as `2026-11-22`; else the text as it is."""
    try:
        found = date.fromisoformat(day)
    except ValueError:
        return day
    return brief_day(found) if brief else day_text(found)


def brief_day(day: date) -> str:
    """A day in figures alone, as a table has it: `2026-11-22`."""
    return day.strftime(short("%Y-%m-%d"))


def exact_dollars_text(dollars: float, *, up: bool = False) -> str:
    """US dollars to three figures below one, as calls cost them: `$0.00042`, `$0.0123`, `$1.25`.

    With `up` it is never less than `dollars`.
    """
    if dollars <= 0:
        return _("${dollars:,.2f}", dollars=0.0)
    if dollars < 1e-6:
        return _("under $0.000001")
    digits = 2 if dollars >= 1 else min(max(2, 2 - math.floor(math.log10(dollars))), 6)
    if up:
        dollars = math.ceil(round(dollars * 10**digits, 6)) / 10**digits
    whole, _unused, cents = f"{dollars:,.{digits}f}".partition(".")
    number = localized(f"{whole}.{cents.rstrip('0'):0<2}")
    return _("${number}", number=number)


def size_text(count: int | None) -> str:
    """`812 B`, `1.3 MB`: decimal units, as the endpoint's limits are told in."""
    if count is None or count < 0:
        return NOTHING
    if count < 1000:
        return _("{count} B", count=count)
    power = 1
    while count >= 999.95 * 1000**power and power < len(_UNITS):
        power += 1
    return f"{localized(f'{count / 1000**power:.1f}')} {_(_UNITS[power - 1])}"


def span_text(span: timedelta | None) -> str:
    """A duration in few columns: `48s`, `5m 03s`, `2h 05m`, `3d 04h`."""
    if span is None:
        return NOTHING
    seconds = max(int(span.total_seconds()), 0)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        told = _("{days}d {hours:02}h", days=days, hours=hours)
        return told if days < 1000 else _("{days}d", days=days)
    if hours:
        return _("{hours}h {minutes:02}m", hours=hours, minutes=minutes)
    if minutes:
        return _("{minutes}m {seconds:02}s", minutes=minutes, seconds=seconds)
    return _("{seconds}s", seconds=seconds)


def longest_span() -> int:
    """The columns that `span_text` takes for up to a hundred days."""
    spans = (timedelta(minutes=59), timedelta(hours=23), timedelta(days=99, hours=23))
    return max(width_of(span_text(span)) for span in spans)


def left_text(seconds: float | None) -> str:
    """`40 s left`, `3 min left`, or "" while nobody can tell."""
    if seconds is None or not 0 <= seconds < _LONGEST_LEFT:
        return ""
    if seconds < 100:
        return _("{max} s left", max=max(round(seconds), 1))
    if seconds < 6000:
        return _("{seconds} min left", seconds=round(seconds / 60))
    return _("{seconds:.1f} h left", seconds=seconds / 3600)


def age_text(seconds: float) -> str:
    """`now`, `12 min`, `5 h`, `3 days`, `2 months`, `4 years`: how long ago, in one unit."""
    if seconds < 60:
        return _("now")
    if seconds < 3_600:
        return _("{minutes} min", minutes=int(seconds / 60))
    if seconds < _DAY:
        return _("{hours} h", hours=int(seconds / 3_600))
    if seconds < 60 * _DAY:
        return counted(int(seconds / _DAY), "day")
    if seconds < 730 * _DAY:
        return counted(int(seconds / (30 * _DAY)), "month")
    return _("{seconds} years", seconds=int(seconds / (365 * _DAY)))


def moment_text(moment: datetime | None) -> str:
    """`2026-11-22 14:05` in local time."""
    # Translators: a date of 16 columns at most, as strftime writes it; without names of months.
    return moment.astimezone().strftime(_("%Y-%m-%d %H:%M")) if moment else NOTHING


def full_moment_text(moment: datetime | None) -> str:
    """`2026-11-22 14:05:09` in local time."""
    return moment.astimezone().strftime(_("%Y-%m-%d %H:%M:%S")) if moment else NOTHING


def clock_text(moment: datetime | None) -> str:
    """`14:05:09` in local time."""
    return f"{moment.astimezone():%H:%M:%S}" if moment else "--:--:--"


def progress_text(done: int, total: int, rate: float | None, left: float | None) -> str:
    """`25 % of 12.0 MB, 1.2 MB/s, 8 s left`; what is not known is left out."""
    share = (
        _("{share_of} % of {size_text}", share_of=share_of(done, total), size_text=size_text(total))
        if total > 0
        else size_text(done)
    )
    rate_text = _("{size}/s", size=size_text(int(rate))) if rate else ""
    still = left_text(left) if total <= 0 or done < total else ""
    return ", ".join(part for part in (share, rate_text, still) if part)


def share_of(done: int, total: int) -> int:
    """How much of `total` is done, in whole percent from 0 to 100."""
    return min(max(done * 100 // total, 0), 100) if total > 0 else 0


def bar_text(done: int, total: int, width: int) -> str:
    """A bar of `width` columns, readable without colour."""
    filled = min(done * width // total, width) if total > 0 else 0
    return "━" * filled + "─" * (width - filled)


def width_of(text: str) -> int:
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
    """`text` in at most `columns` columns; what is left out at the end becomes `…`."""
    if columns <= 0:
        return ""
    if width_of(text) <= columns:
        return text
    kept, used = "", 0
    for character in text:
        used += width_of(character)
        if used >= columns:
            break
        kept += character
    return kept.rstrip() + _ELLIPSIS


def wrap(
    text: str,
    columns: int,
    *,
    measure: Callable[[str], int] = width_of,
    chop: Callable[[str, int], list[str]] | None = None,
) -> list[str]:
    """`text` in lines of at most `columns` columns, broken at spaces where there are any.

    `measure` tells the columns of a text, `chop` breaks a word that is longer than a line.
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in _WORDS(paragraph):
            longer = f"{line} {word}" if line else word
            if measure(longer) <= columns:
                line = longer
                continue
            if line:
                lines.append(line)
            *whole, line = (chop or _chop)(word, max(columns, 2))
            lines.extend(whole)
        lines.append(line)
    return lines


def _chop(word: str, columns: int) -> list[str]:
    """`word` in pieces of at most `columns` columns; a piece has a character at least."""
    pieces, used = [""], 0
    for character in word:
        width = width_of(character)
        if used + width > columns and pieces[-1]:
            pieces.append("")
            used = 0
        pieces[-1] += character
        used += width
    return pieces
