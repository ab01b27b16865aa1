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
_OTHERS = (
    *("â€", "â\u0080", "â„¢", "â‚¬", "ðŸ", "ð\u009f", "ï¿½", "ï»¿"),
    *("Å¡", "Å¾", "Å¼", "Åº", "Ä±"),
)
"""Beginnings of which every one is wrong."""
_BEFORE = 12

NEEDLES = (
    *(letter.encode() for letter in _LEADS),
    "Ð".encode() + b"\xc2",
    *(each.encode() for each in _OTHERS),
    *(rb"\u00%x" % ord(letter) for letter in _LEADS),
    *(rb"\u00%X" % ord(letter) for letter in _LEADS),
    rb"\u00e2\u20ac",
    rb"\u00e2\u20AC",
    rb"\u00E2\u20AC",
    rb"\u00e2\u0080",
    rb"\u00E2\u0080",
)
"""Bytes with which all of it begins that `is_at` is sure of, raw and as the escapes of JSON."""

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
    before = data[max(0, start - _BEFORE) : start].decode("utf-8", "ignore")
    last = "" if before[-2:-1] == "\\" else before[-1:]
    third = _character(data, after)[0]
    return letter in _LEADS and (last.islower() or last.isdigit() or third.islower())


def is_character(data: bytes, start: int) -> bool:
    """Tell whether what stands at `start` is no escape that is itself escaped: `\\\\u00c3`."""
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
