"""Lines on a terminal that are kept up to date in place: only those that have changed are written.

They stand on the terminal's other screen, so that a window of another size, a key or Ctrl+Z leaves
nothing torn, and what was on the first one is there again at the end.
"""

from __future__ import annotations

import os
import re
import signal
import sys
import termios
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import FrameType
from typing import Any

from fttui.terminal.format import cut, width_of
from fttui.terminal.window import terminal_size

_ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l"
"""The other screen, without a cursor, and with lines cut where the window ends."""
_LEAVE = "\x1b[?7h\x1b[?25h\x1b[?1049l"
_CLEAR = "\x1b[H\x1b[2J"
_LFLAG = 3
_SEQUENCE = re.compile(r"(\x1b\[[0-9;]*[A-Za-z])")
_PLAIN = "\x1b[0m"


def can_be_live(environ: dict[str, str] | os._Environ[str]) -> bool:
    """Whether stdout is a terminal that can be written to out of order."""
    return sys.stdout.isatty() and environ.get("TERM", "") not in ("", "dumb")


class LiveScreen:
    """What stands on the terminal; `paint` may be called from any thread.

    `lines_for` makes the lines for a window of so many columns and rows. It is asked by each
    `paint`, and again when the window has changed.
    """

    def __init__(self, lines_for: Callable[[int, int], Sequence[str]]) -> None:
        self._lines_for = lines_for
        self._lock = threading.RLock()  # a signal's handler may come while its own thread paints
        self._size = os.terminal_size((0, 0))
        self._shown: list[str] = []
        self._is_ours = False
        self._before: list[Any] | None = None
        self._previous: dict[int, Any] = {}

    def begin(self) -> None:
        """Take the terminal; `end` gives it back, also where this was interrupted."""
        handlers: dict[int, Callable[[int, FrameType | None], None]] = {
            signal.SIGWINCH: self._resized,
            signal.SIGTSTP: self._stopped,
            signal.SIGCONT: self._continued,
        }
        for number, handler in handlers.items():
            with suppress(ValueError, OSError):  # not in the main thread
                self._previous[number] = signal.getsignal(number)
                signal.signal(number, handler)
        self._take()

    def end(self) -> None:
        """Leave the terminal as it was found."""
        self._give_back()
        for number, handler in self._previous.items():
            with suppress(ValueError, OSError):
                signal.signal(number, handler)

    def paint(self) -> None:
        """Write the lines that are not as they stand there."""
        with self._lock:
            if not self._is_ours:
                return
            size = terminal_size(sys.stdout)
            written = ""
            if size != self._size:
                self._size, self._shown, written = size, [], _CLEAR
            lines = [*self._lines_for(size.columns, size.lines)][: size.lines]
            painted: list[str] = []
            for row in range(max(len(lines), len(self._shown))):
                line = cut_painted(lines[row], size.columns) if row < len(lines) else ""
                if row >= len(self._shown) or self._shown[row] != line:
                    written += f"\x1b[{row + 1};1H\x1b[K{line}"
                painted.append(line)
            self._shown = painted[: len(lines)]
            if written:
                sys.stdout.write(written)
                sys.stdout.flush()

    def _take(self) -> None:
        with self._lock:
            if self._is_ours or not _is_in_front():
                return
            self._is_ours, self._size = True, os.terminal_size((0, 0))
            self._hush()
            sys.stdout.write(_ENTER)
            self.paint()

    def _give_back(self) -> None:
        with self._lock:
            if not self._is_ours:
                return
            self._is_ours = False
            self._speak()
            with suppress(OSError):  # who closed the window needs nothing back
                sys.stdout.write(_LEAVE)
                sys.stdout.flush()

    def _hush(self) -> None:
        """Let the terminal show nothing of what is typed: it would stand among the lines."""
        with suppress(termios.error, OSError, ValueError):
            fileno = sys.stdin.fileno()
            self._before = termios.tcgetattr(fileno)
            quiet = [*self._before]
            quiet[_LFLAG] &= ~termios.ECHO
            termios.tcsetattr(fileno, termios.TCSANOW, quiet)

    def _speak(self) -> None:
        if self._before is not None:
            with suppress(termios.error, OSError, ValueError):
                termios.tcsetattr(sys.stdin.fileno(), termios.TCSANOW, self._before)
            self._before = None

    def _resized(self, _number: int, _frame: FrameType | None) -> None:
        self.paint()

    def _stopped(self, _number: int, _frame: FrameType | None) -> None:
        """Ctrl+Z: the terminal is the shell's until the process is in front again."""
        self._give_back()
        os.kill(os.getpid(), signal.SIGSTOP)

    def _continued(self, _number: int, _frame: FrameType | None) -> None:
        self._take()


def _is_in_front() -> bool:
    """False for a job in the background of a shell, which has the terminal itself."""
    try:
        return os.tcgetpgrp(sys.stdout.fileno()) == os.getpgrp()
    except (OSError, ValueError):  # nobody's shell runs there
        return True


def cut_painted(line: str, columns: int) -> str:
    """A line in at most so many columns, with the colours that it has so far."""
    kept, left = "", columns
    for part in _SEQUENCE.split(line):
        if part.startswith("\x1b"):
            kept += part
            continue
        if width_of(part) > left:
            return f"{kept}{cut(part, left)}{_PLAIN if _SEQUENCE.search(kept) else ''}"
        kept += part
        left -= width_of(part)
    return kept
