"""Keys and tokens that have no place in training data."""

import re
from dataclasses import dataclass

from fttui.terminal.language import _

_LONGEST = 200


@dataclass(frozen=True, slots=True)
class SecretKind:
    """A kind of secret: a few bytes to look for quickly, and the pattern that makes sure."""

    name: str
    needle: bytes
    pattern: re.Pattern[bytes]
    reach: int = 0
    """Bytes before the needle at which the pattern may begin."""

    def around(self, data: bytes, at: int) -> tuple[int, int] | None:
        """Where the secret begins and ends whose needle is at `at`, if it is one."""
        end = at + len(self.needle) + _LONGEST
        found = self.pattern.search(data, max(0, at - self.reach), end)
        return found.span() if found is not None and found.start() <= at < found.end() else None


KINDS = (
    SecretKind(
        _("an API key (sk-…)"),
        b"sk-",
        re.compile(rb"(?<![A-Za-z0-9_-])sk-(?=[A-Za-z_-]*[0-9])[A-Za-z0-9_-]{16,}"),
    ),
    SecretKind(
        _("a private key (PEM)"),
        b"PRIVATE KEY",
        re.compile(rb"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----"),
        reach=40,
    ),
    SecretKind(_("an AWS access key"), b"AKIA", re.compile(rb"(?<![A-Za-z0-9])AKIA[A-Z0-9]{16}")),
    SecretKind(_("a GitHub token"), b"ghp_", re.compile(rb"(?<![A-Za-z0-9_])ghp_[A-Za-z0-9]{36}")),
    SecretKind(
        _("a Google API key"),
        b"AIza",
        re.compile(rb"(?<![A-Za-z0-9_-])AIza[A-Za-z0-9_-]{35}"),
    ),
)
"""What is looked for, the most common first."""
