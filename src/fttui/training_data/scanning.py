"""Finding a few bytes in a block quickly."""

from collections.abc import Iterator

_HITS = 64
_DENSE = _HITS * 24
_STRETCH = 16_384


def places(data: bytes, needle: bytes, rare: int) -> Iterator[int]:
    """The positions of `needle`, by way of its byte number `rare`, which seldom occurs in text.

    The C library finds one byte many times faster than Python finds several. For a stretch in
    which that byte is common, the needle itself is looked for.
    """
    byte = needle[rare : rare + 1]
    find = data.find
    hits = mark = 0
    at = find(byte, rare)
    while at >= 0:
        if data.startswith(needle, at - rare):
            yield at - rare
        hits += 1
        if hits % _HITS == 0:
            if at - mark < _DENSE:
                end = at + _STRETCH
                found = find(needle, at + 1 - rare, end)
                while found >= 0:
                    yield found
                    found = find(needle, found + 1, end)
                # A needle across the end has its rare byte behind this place.
                at = end - len(needle) + rare
            mark = at
        at = find(byte, at + 1)
