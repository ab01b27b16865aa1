"""What stands on the terminal before the app has it: a picture, on the screen for full-screen apps.

The app paints over it, without a blank screen between. Where it does not come to that, the terminal
is as it was. A terminal that takes nothing holds nobody up for long.
"""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from fttui.terminal.typed_early import attributes_before

ENTER = "\x1b[?1049h"
"""Turns to the other screen; most terminals clear it, also where it is there already."""

_HIDE_CURSOR = "\x1b[?25l"
_LEAVE = "\x1b[?25h\x1b[?1049l"
_LONGEST_WRITE = 0.3

_shown = ""


@contextmanager
def shown_early(picture: str) -> Iterator[None]:
    """Show `picture`, if the terminal is ours; at the end, leave it if no app has taken it over."""
    global _shown
    # A file in the place of the terminal, or a job in the background, gets no picture.
    is_ours = picture and attributes_before() is not None and sys.stderr.isatty()
    before = _hear_stops() if is_ours else None
    try:
        if is_ours:
            _shown = picture
            _write(ENTER + _HIDE_CURSOR + picture)
        yield
    finally:
        if take_over():  # nobody else has
            _write(_LEAVE)
        if before is not None:
            with suppress(ValueError, OSError):
                signal.signal(signal.SIGTSTP, before)


def keep_for_next(picture: str = " ") -> None:
    """To be called by an app that leaves the terminal to the next one as it is, its screen too."""
    global _shown
    _shown = picture


def take_over() -> bool:
    """To be called by the app when it takes the terminal; True if a picture stands there."""
    global _shown
    was_shown, _shown = bool(_shown), ""
    return was_shown


def _hear_stops() -> Any:
    """Let Ctrl+Z give the terminal back until the process goes on; what heard it before."""
    with suppress(ValueError, OSError):  # not in the main thread
        return signal.signal(signal.SIGTSTP, _stopped)
    return None


def _stopped(*_: object) -> None:
    if _shown:
        _write(_LEAVE)
    os.kill(os.getpid(), signal.SIGSTOP)
    if _shown:
        _write(ENTER + _HIDE_CURSOR + _shown)


def _write(text: str) -> None:
    """Write to the terminal, in a thread of its own: a link that stalls must not end in a hang."""
    writing = threading.Thread(target=_write_all, args=(text,), daemon=True)
    writing.start()
    writing.join(_LONGEST_WRITE)


def _write_all(text: str) -> None:
    left = text.encode(sys.stderr.encoding or "utf-8", "replace")
    with suppress(OSError, ValueError):
        while left:
            left = left[os.write(sys.stderr.fileno(), left) :]
