"""Keys and tokens that have no place in training data."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from fttui.terminal.language import _

_LONGEST = 200

_HITS = 64
_DENSE = _HITS * 24
_STRETCH = 16_384


@dataclass(frozen=True, slots=True)
class SecretKind:
    """A kind of secret: a few bytes to look for quickly, and the pattern that makes sure."""

    name: str
    needle: bytes
    rare: int
    """Which byte of the needle is rarest in prose."""
    pattern: re.Pattern[bytes]
    reach: int = 0
    """Bytes before the needle at which the pattern may begin."""


KINDS = (
    SecretKind(
        _("an API key (sk-…)"),
        b"sk-",
        2,
        re.compile(rb"(?<![A-Za-z0-9_-])sk-(?=[A-Za-z_-]*[0-9])[A-Za-z0-9_-]{16,}"),
    ),
    SecretKind(
        _("a private key (PEM)"),
        b"PRIVATE KEY",
        8,
        re.compile(rb"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----"),
        reach=40,
    ),
    SecretKind(
        _("an AWS access key"), b"AKIA", 1, re.compile(rb"(?<![A-Za-z0-9])AKIA[A-Z0-9]{16}")
    ),
    SecretKind(
        _("a GitHub token"), b"ghp_", 3, re.compile(rb"(?<![A-Za-z0-9_])ghp_[A-Za-z0-9]{36}")
    ),
    SecretKind(
        _("a Google API key"),
        b"AIza",
        2,
        re.compile(rb"(?<![A-Za-z0-9_-])AIza[A-Za-z0-9_-]{35}"),
    ),
)
"""What is looked for, the most common first."""


def find_secrets(data: bytes) -> Iterator[tuple[int, str]]:
    """Yield the position and the kind of each secret in `data`, kind by kind."""
    for kind in KINDS:
        end = 0
        for at in places(data, kind.needle, kind.rare):
            if at < end:
                continue
            start = max(0, at - kind.reach)
            found = kind.pattern.search(data, start, at + len(kind.needle) + _LONGEST)
            if found is not None and found.start() <= at < found.end():
                yield found.start(), kind.name
                end = found.end()


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
