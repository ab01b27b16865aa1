"""Keys and tokens that have no place in training data."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_LONGEST = 200
_RARE_SHARE = 500


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of secret: a few bytes to look for quickly, and the pattern that makes sure."""

    name: str
    needle: bytes
    rare: bytes
    """The byte of the needle that is rarest in prose: the C library finds one byte fastest."""
    pattern: re.Pattern[bytes]
    reach: int = 0
    """Bytes before the needle at which the pattern may begin."""


KINDS = (
    Kind(
        "an API key (sk-…)",
        b"sk-",
        b"",
        re.compile(rb"(?<![A-Za-z0-9_-])sk-(?=[A-Za-z_-]*[0-9])[A-Za-z0-9_-]{16,}"),
    ),
    Kind(
        "a private key (PEM)",
        b"PRIVATE KEY",
        b"K",
        re.compile(rb"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----"),
        reach=40,
    ),
    Kind("an AWS access key", b"AKIA", b"K", re.compile(rb"(?<![A-Za-z0-9])AKIA[A-Z0-9]{16}")),
    Kind("a GitHub token", b"ghp_", b"", re.compile(rb"(?<![A-Za-z0-9_])ghp_[A-Za-z0-9]{36}")),
    Kind(
        "a Google API key",
        b"AIza",
        b"z",
        re.compile(rb"(?<![A-Za-z0-9_-])AIza[A-Za-z0-9_-]{35}"),
    ),
)
"""What is looked for, the most common first."""


def find_secrets(data: bytes) -> Iterator[tuple[int, str]]:
    """Yield the position and the kind of each secret in `data`, kind by kind."""
    for kind in KINDS:
        end = 0
        for at in _places(data, kind):
            if at < end:
                continue
            start = max(0, at - kind.reach)
            found = kind.pattern.search(data, start, at + len(kind.needle) + _LONGEST)
            if found is not None and found.start() <= at < found.end():
                yield found.start(), kind.name
                end = found.end()


def _places(data: bytes, kind: Kind) -> Iterator[int]:
    """The positions of a needle, by way of its rarest byte where that is rare in `data`."""
    rare = kind.rare
    if not rare or data.count(rare) * _RARE_SHARE > len(data):
        at = data.find(kind.needle)
        while at >= 0:
            yield at
            at = data.find(kind.needle, at + 1)
        return
    before = kind.needle.index(rare)
    at = data.find(rare)
    while at >= 0:
        if data.startswith(kind.needle, at - before) and at >= before:
            yield at - before
        at = data.find(rare, at + 1)
