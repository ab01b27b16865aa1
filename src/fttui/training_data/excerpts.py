"""The piece of a line around a problem, and the place in it."""

import json
import re
from typing import Final

from rich.cells import cell_len

from fttui.terminal.text import safe
from fttui.training_data.secrets import KINDS

WIDTH: Final = 60
"""Characters of a line that an excerpt shows, about."""

_PEM = b"PRIVATE KEY"
"""Begins a secret that goes on to the end of its text."""

_BEFORE = 24
_LONGEST_LOOK = 1 << 22
_MARGIN = 200
_STEP = re.compile(r'\.?([A-Za-z_]\w*)|\[(\d+)\]|\["((?:[^"\\]|\\.)*?)"\](?=[.\[]|$)')
_SPACE = re.compile(r"[ \t\r\n]*")
_skip = json.JSONDecoder(strict=False).raw_decode


def excerpt_of(line: bytes, column: int) -> tuple[str, int]:
    """What is to be seen around a column, safe to print, and the cells before the place."""
    begin = max(0, column - 1)
    # A character takes four bytes at most; what is beyond those is not shown.
    text = line[: 4 * (begin + _MARGIN + WIDTH)].decode("utf-8", "replace").rstrip("\r\n")
    start = max(0, begin - _BEFORE)
    text = _without_secrets(text, max(0, start - _MARGIN), begin + WIDTH + _MARGIN)
    end = begin + WIDTH - (begin - start)
    before = safe(text[start:begin], maxlen=4 * WIDTH)[-WIDTH:]
    shown_before = ("…" if start else "") + before
    after = safe(text[begin:end], maxlen=2 * WIDTH)
    return f"{shown_before}{after}{'…' if end < len(text) else ''}", cell_len(shown_before)


def windowed(excerpt: str, caret: int, room: int) -> tuple[str, int]:
    """An excerpt in at most `room` cells with its place in sight, and the cells before that.

    What is left out at either side becomes `…`. No character is parted from its marks.
    """
    if cell_len(excerpt) <= room:
        return excerpt, caret
    wanted, start, dropped = caret - room * 2 // 3, 0, 0
    while start < len(excerpt) and (dropped < wanted or (start and not cell_len(excerpt[start]))):
        dropped += cell_len(excerpt[start])
        start += 1
    if start:
        excerpt, caret = f"…{excerpt[start:]}", caret - dropped + 1
    if cell_len(excerpt) <= room:
        return excerpt, caret
    end, used = 0, 0
    while used + cell_len(excerpt[end]) < room:
        used += cell_len(excerpt[end])
        end += 1
    return f"{excerpt[:end]}…", caret


def _without_secrets(text: str, start: int, end: int) -> str:
    """The text with what looks like a key in this part of it made unreadable."""
    window = text[start:end]
    raw = window.encode("utf-8", "replace")
    for kind in KINDS:
        at = raw.find(kind.needle)
        while at >= 0:
            span = kind.around(raw, at)
            if span is not None:
                first, last = span
                if kind.needle == _PEM:
                    last = max(last, raw.find(b'"', last) % (len(raw) + 1))
                raw = raw[:first] + b"*" * (last - first) + raw[last:]
            at = raw.find(kind.needle, at + 1)
    return text[:start] + raw.decode("utf-8", "replace") + text[end:]


def column_of(line: bytes, path: str) -> int | None:
    """The column, from 1, of the value at a JSON path; of what should hold it if it is missing.

    None if the line cannot be read so far.
    """
    text = line[:_LONGEST_LOOK].decode("utf-8", "replace")
    try:
        return _walk(text, path) + 1
    except (ValueError, IndexError, RecursionError):
        return None


def _walk(text: str, path: str) -> int:
    at = _space(text, 0)
    while path:
        step = _STEP.match(path)
        if step is None:
            break
        name, number, quoted = step.groups()
        key = name if quoted is None else quoted
        inner = _item(text, at, int(number)) if number else _member(text, at, key or "")
        if inner is None:
            break
        at, path = inner, path[step.end() :]
    return at


def _space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _member(text: str, at: int, wanted: str) -> int | None:
    """Where the value of a key begins, the last one if it is repeated."""
    place = None
    if text[at] != "{":
        return None
    at = _space(text, at + 1)
    while text[at] == '"':
        key, at = _skip(text, at)
        at = _space(text, _space(text, at) + 1)
        if key == wanted or safe(key, maxlen=WIDTH) == wanted:
            place = at
        try:
            at = _space(text, _skip(text, at)[1])
        except (ValueError, RecursionError):
            break
        if text[at : at + 1] != ",":
            break
        at = _space(text, at + 1)
    return place


def _item(text: str, at: int, wanted: int) -> int | None:
    if text[at] != "[":
        return None
    at = _space(text, at + 1)
    for _unused in range(wanted):
        at = _space(text, _skip(text, at)[1])
        if text[at : at + 1] != ",":
            return None
        at = _space(text, at + 1)
    return at
