"""Plain signs for a terminal or a file whose encoding, ASCII for example, has no others."""

from __future__ import annotations

import codecs
import unicodedata
from functools import lru_cache

_SAME = {
    "-": "─━╌╍╴╶╸╺═–—‐‑−▔",
    "|": "│┃║▌▍▎▏▐",
    "+": "┌┐└┘├┤┬┴┼╭╮╯╰╔╗╚╝┏┓┗┛✓",
    "x": "✗×",
    "*": "●•",
    "o": "○◌◐◑◒◓",
    ".": "·∙",
    "~": "≈…",
    ">": "▸»›→",
    "<": "‹«⏎",
    "v": "▼↓",
    "^": "▲↑",
    "#": "█▇▆▅",
    "_": "▄▃▂▁",
    "'": "‘’",
    '"': "“”",
}
_SIGNS = {sign: plain for plain, signs in _SAME.items() for sign in signs}
ERRORS = "fttui-plain-signs"
"""Name of the error handler for streams: our signs become plain ones, all else its number."""


def _handle(error: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    sign = error.object[error.start]
    if sign in _SIGNS:
        return _SIGNS[sign], error.start + 1
    one = UnicodeEncodeError(error.encoding, error.object, error.start, error.start + 1, "")
    return codecs.backslashreplace_errors(one)


codecs.register_error(ERRORS, _handle)


def has_all_signs(encoding: str) -> bool:
    """True of an encoding that every character can be written in."""
    return "utf" in encoding.lower()


@lru_cache(4096)
def with_plain_signs(text: str, encoding: str) -> str:
    """`text` in characters that `encoding` has, in as many cells of the terminal as before."""
    try:
        text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return "".join(_plain(sign, encoding) for sign in text)
    return text


def _plain(sign: str, encoding: str) -> str:
    for known in (sign, _SIGNS.get(sign, ""), unicodedata.normalize("NFKD", sign)[0]):
        if known and known.isprintable():
            try:
                known.encode(encoding)
            except (UnicodeEncodeError, LookupError):
                continue
            return (known + " ")[: _cells(sign)]
    if "\u2800" <= sign <= "\u28ff":  # the dots of a curve
        return " " if sign == "\u2800" else "."
    return "?" * _cells(sign)


def _cells(sign: str) -> int:
    if unicodedata.category(sign) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(sign) in {"W", "F"} else 1
