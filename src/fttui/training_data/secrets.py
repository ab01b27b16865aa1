"""Keys and tokens that have no place in training data."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of secret: a few bytes to look for quickly, and the pattern that makes sure."""

    name: str
    needle: bytes
    pattern: re.Pattern[bytes]
    reach: int
    """Bytes before the needle at which the pattern may begin."""


KINDS = (
    Kind(
        "an API key (sk-…)",
        b"sk-",
        re.compile(rb"(?<![A-Za-z0-9_-])sk-(?=[A-Za-z_-]*[0-9])[A-Za-z0-9_-]{16,}"),
        0,
    ),
    Kind(
        "a private key (PEM)",
        b"PRIVATE KEY",
        re.compile(rb"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----"),
        40,
    ),
    Kind("an AWS access key", b"AKIA", re.compile(rb"(?<![A-Za-z0-9])AKIA[A-Z0-9]{16}"), 0),
    Kind("a GitHub token", b"ghp_", re.compile(rb"(?<![A-Za-z0-9_])ghp_[A-Za-z0-9]{36}"), 0),
    Kind("a Google API key", b"AIza", re.compile(rb"(?<![A-Za-z0-9_-])AIza[A-Za-z0-9_-]{35}"), 0),
)
"""What is looked for, the most common first."""


def find_secrets(data: bytes) -> Iterator[tuple[int, str]]:
    """Yield the position and the kind of each secret in `data`, kind by kind."""
    for kind in KINDS:
        at = data.find(kind.needle)
        while at >= 0:
            after = at + len(kind.needle)
            found = kind.pattern.search(data, max(0, at - kind.reach), after + _LONGEST)
            if found is not None and found.start() <= at < found.end():
                yield found.start(), kind.name
                after = max(after, found.end())
            at = data.find(kind.needle, after)
