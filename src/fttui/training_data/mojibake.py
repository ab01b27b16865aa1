"""Text that was UTF-8 and was read as Windows-1252 or Latin-1: `Ã©` for é, `â€™` for an apostrophe.

Each byte of such a character has become a character of its own. The first of them is a letter that
real text has too, so what follows it decides, and for closing quotes what stands before it: `NÃO`,
`Âge` and `“IRMÃ”` are what they seem.
"""

import re

_1252 = {
    byte: character
    for byte in range(0x80, 0xA0)
    if (character := bytes([byte]).decode("cp1252", "ignore"))
}
_FOLLOWING = {*map(chr, range(0x80, 0xC0)), *_1252.values()}
"""What the second byte of a character looks like when it is read alone."""
_PUNCTUATION = frozenset("\u00a0«»“”‘’‚„…–—‹›·™")
"""Among them, what may stand after a letter in real text."""

_LEADS = "ÂÃ"
_BEFORE = 12

NEEDLES = (
    *("Ã".encode() + first for first in (b"\xc2", b"\xc5", b"\xcb", b"\xe2")),
    *(letter.encode() + b"\xc2" for letter in "ÂÐ"),
    *(each.encode() for each in ("â€", "â\u0080", "ðŸ")),
    *(rb"\u00c3", rb"\u00C3", rb"\u00c2", rb"\u00C2", rb"\u00e2\u20ac", rb"\u00E2\u20AC"),
)
"""Bytes with which it begins, raw and as the escapes of JSON; `is_at` makes sure.

With those of `needles` they are 30: of more than 32 the search looks at each byte.
"""

_ESCAPE = re.compile(rb"\\u[0-9a-fA-F]{4}")


def is_at(data: bytes, start: int) -> bool:
    """Tell whether misread text begins at a needle that was found at `start`."""
    if not is_character(data, start):
        return False
    letter, at = _character(data, start)
    second, after = _character(data, at)
    if letter not in "ÂÃÐ":
        return True
    if second not in _FOLLOWING or second not in _PUNCTUATION:
        return second in _FOLLOWING
    last, third = _before(data, start), _character(data, after)[0]
    return letter in _LEADS and (last.islower() or last.isdigit() or third.islower())


def _before(data: bytes, at: int) -> str:
    """The character before a place; none for one that is written with a backslash."""
    if at >= 6 and _ESCAPE.match(data, at - 6):
        return _character(data, at - 6)[0]
    before = data[max(0, at - _BEFORE) : at].decode("utf-8", "ignore")
    return "" if before[-2:-1] == "\\" else before[-1:]


def is_character(data: bytes, start: int) -> bool:
    """Tell whether what stands at `start` is no escape whose backslash is itself escaped."""
    if data[start : start + 1] != b"\\":
        return True
    at = start
    while at > 0 and data[at - 1 : at] == b"\\":
        at -= 1
    return (start - at) % 2 == 0


def _character(data: bytes, at: int) -> tuple[str, int]:
    """The character at a place, raw or escaped, and where the next one begins."""
    if _ESCAPE.match(data, at):
        return chr(int(data[at + 2 : at + 6], 16)), at + 6
    for length in (1, 2, 3, 4):
        try:
            return data[at : at + length].decode(), at + length
        except UnicodeDecodeError:
            continue
    return "", at + 1
