"""Keys that are typed before the app is there reach it as they were typed.

Until then the terminal would show them, turn Enter into a line feed, and act itself on Ctrl+S,
Ctrl+R or Ctrl+U. So it gets the app's mode first of all; this imports next to nothing.
"""

import fcntl
import os
import struct
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

_IFLAG, _LFLAG, _CC = 0, 3, 6
_INPUT_FLAGS = termios.IXON | termios.IXOFF | termios.ICRNL | termios.INLCR | termios.IGNCR
# Not ISIG, which is the app's: until it hears keys, Ctrl+C must end a start that takes too long.
_LOCAL_FLAGS = termios.ECHO | termios.ICANON | termios.IEXTEN

_before: list[Any] | None = None
_cooked = 0


@contextmanager
def keys_kept() -> Iterator[None]:
    """Keep what is typed from now on for the app; at the end the terminal is as it was."""
    global _before, _cooked
    try:
        keep_keys()
        yield
    finally:
        if _before is not None:
            with suppress(termios.error, OSError, ValueError):
                termios.tcsetattr(sys.stdin.fileno(), termios.TCSANOW, _before)
        _before, _cooked = None, 0


def keep_keys() -> None:
    """Take the terminal on stdin into the app's mode; does nothing where it is not ours."""
    global _before, _cooked
    try:
        fileno = sys.stdin.fileno()
        if not os.isatty(fileno) or os.tcgetpgrp(fileno) != os.getpgrp():
            return
        found = termios.tcgetattr(fileno)
        _before = _before or found
        termios.tcsetattr(fileno, termios.TCSANOW, _for_keys(found))
        if found[_LFLAG] & termios.ICANON and found[_IFLAG] & termios.ICRNL:
            _cooked += _waiting(fileno)
    except (termios.error, OSError, ValueError, AttributeError):
        return


def attributes_before() -> list[Any] | None:
    """What the terminal has to get back at the end; None where `keep_keys` did not change it."""
    return _before


def take_cooked() -> int:
    """How many bytes wait first in the input in which Enter is a line feed; tells it once."""
    global _cooked
    count, _cooked = _cooked, 0
    return count


def _for_keys(found: list[Any]) -> list[Any]:
    attributes = [*found[:_CC], [*found[_CC]]]
    attributes[_IFLAG] &= ~_INPUT_FLAGS
    attributes[_LFLAG] &= ~_LOCAL_FLAGS
    attributes[_CC][termios.VMIN], attributes[_CC][termios.VTIME] = 1, 0
    return attributes


def _waiting(fileno: int) -> int:
    answer = fcntl.ioctl(fileno, termios.FIONREAD, struct.pack("i", 0))
    count: int = struct.unpack("i", answer)[0]
    return count
