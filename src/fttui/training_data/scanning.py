"""Finding a few bytes in a block quickly."""

from collections.abc import Iterator

_RARE = 1_000
_SOON = 500_000


def places(data: bytes, needle: bytes, rare: int) -> Iterator[int]:
    """The positions of `needle`, by way of its byte number `rare`, which seldom occurs in text.

    The C library finds one byte many times faster than Python finds several. Where that byte
    turns out to be common, the needle itself is looked for.
    """
    byte = needle[rare : rare + 1]
    find = data.find
    hits = 0
    at = find(byte)
    while at >= 0:
        if at >= rare and data.startswith(needle, at - rare):
            yield at - rare
        hits += 1
        if hits == _RARE and at < _SOON:
            break
        at = find(byte, at + 1)
    while at >= 0:
        at = find(needle, at + 1)
        if at >= 0:
            yield at


def contains(data: bytes, needle: bytes, rare: int) -> bool:
    """Tell whether `needle` is in `data`; its byte number `rare` is rare in text."""
    return next(places(data, needle, rare), None) is not None
