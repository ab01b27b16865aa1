"""What a block of lines is searched for in its bytes, all of it in one pass."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from ahocorasick_rs import BytesAhoCorasick, MatchKind

from fttui.training_data import mojibake
from fttui.training_data.secrets import KINDS

CONTROL_ESCAPE = re.compile(rb"\\u00(?:0[0-8befBEF]|1[0-9a-fA-F]|7[fF])")
SEPARATORS = (b"\xe2\x80\xa8", b"\xe2\x80\xa9")
"""U+2028 and U+2029, which end a line for some programs."""

_CONTROLS = (b"\\u000", b"\\u001", b"\\u007")
_QUOTE = b"\\u0022"
_CRLF = b"\r\n"
_NOTHING = (b"null", b"[]")
_REPLACEMENTS = ("\ufffd".encode(), b"\\ufffd", b"\\uFFFD")
_NEEDLES = (
    *(kind.needle for kind in KINDS),
    *_CONTROLS,
    *SEPARATORS,
    *_REPLACEMENTS,
    *mojibake.NEEDLES,
    *_NOTHING,
    _QUOTE,
    _CRLF,
)
_FIRST_CONTROL = len(KINDS)
_FIRST_SEPARATOR = _FIRST_CONTROL + len(_CONTROLS)
_FIRST_REPLACEMENT = _FIRST_SEPARATOR + len(SEPARATORS)
_FIRST_MOJIBAKE = _FIRST_REPLACEMENT + len(_REPLACEMENTS)
_FIRST_NOTHING = _FIRST_MOJIBAKE + len(mojibake.NEEDLES)
_AT_QUOTE = _NEEDLES.index(_QUOTE)
_AT_CRLF = _NEEDLES.index(_CRLF)

# The library's search for leftmost matches looks at many bytes at a time; that for all matches
# looks at each. They are the same here: no needle begins within another.
_find = BytesAhoCorasick(_NEEDLES, matchkind=MatchKind.LeftmostFirst).find_matches_as_indexes


_WINDOW = 1 << 21
"""Bytes that are searched at once: each match is held, and a long line may hold millions."""
_OVERLAP = max(map(len, _NEEDLES)) - 1


class Found(NamedTuple):
    """What is in a block."""

    secrets: list[tuple[int, str]]
    """Where each secret begins, and its kind."""
    may_be_odd: bool
    """A line may hold an escaped control character or a raw line separator."""
    has_escaped_quotes: bool
    """A quote may be written as an escape of its number."""
    crlf: int
    """Lines that end in a carriage return and a line feed."""
    mojibake: list[int]
    """Where UTF-8 stands that was read as another encoding: the first place of each line."""
    replaced: list[int]
    """Where U+FFFD stands: the first place of each line."""
    may_hold_nulls: bool
    """A key may hold nothing: null or an empty list is written somewhere."""


def search(data: bytes) -> Found:
    """Look for everything at once."""
    secrets: list[tuple[int, str]] = []
    ends = [0] * len(KINDS)
    may_be_odd = has_escaped_quotes = may_hold_nulls = False
    crlf = 0
    wrong = _Lines(data)
    replaced = _Lines(data)
    for which, start in _matches(data):
        if which == _AT_CRLF:
            crlf += 1
        elif which == _AT_QUOTE:
            has_escaped_quotes = True
        elif which >= _FIRST_NOTHING:
            may_hold_nulls = True
        elif which >= _FIRST_MOJIBAKE:
            if start >= wrong.end and mojibake.is_at(data, start):
                wrong.add(start)
        elif which >= _FIRST_REPLACEMENT:
            if start >= replaced.end and mojibake.is_character(data, start):
                replaced.add(start)
        elif which >= _FIRST_SEPARATOR:
            may_be_odd = True
        elif which >= _FIRST_CONTROL:
            may_be_odd = may_be_odd or CONTROL_ESCAPE.match(data, start) is not None
        elif start >= ends[which] and (span := KINDS[which].around(data, start)) is not None:
            secrets.append((span[0], KINDS[which].name))
            ends[which] = span[1]
    return Found(
        secrets=sorted(secrets),
        may_be_odd=may_be_odd,
        has_escaped_quotes=has_escaped_quotes,
        crlf=crlf,
        mojibake=wrong.places,
        replaced=replaced.places,
        may_hold_nulls=may_hold_nulls,
    )


def _matches(data: bytes) -> Iterator[tuple[int, int]]:
    """Each needle that is there, by its number, and where it begins."""
    if len(data) <= _WINDOW:
        for which, start, _end in _find(data):
            yield which, start
        return
    for at in range(0, len(data), _WINDOW):
        for which, start, _end in _find(data[at : at + _WINDOW + _OVERLAP]):
            if start < _WINDOW:
                yield which, at + start


class _Lines:
    """The first place of each line with something in it."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.places: list[int] = []
        self.end = 0
        """Where the line ends of which nothing more is wanted."""

    def add(self, place: int) -> None:
        """Note what is at byte `place`; nothing more is wanted of its line."""
        self.places.append(place)
        end = self._data.find(b"\n", place)
        self.end = end if end >= 0 else len(self._data)
