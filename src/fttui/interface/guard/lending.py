"""The terminal, lent to another program for a while and taken again whole.

The app goes on meanwhile: its workers, its timers, and what it would paint, which goes nowhere.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import selectors
import signal
import sys
import termios
import threading
import tty
from collections.abc import Awaitable, Callable, Iterator, Sequence
from types import FrameType, SimpleNamespace
from typing import TYPE_CHECKING, Any

from textual.app import App
from textual.drivers.linux_driver import LinuxDriver

from fttui.terminal.language import _
from fttui.terminal.title import WindowTitle

if TYPE_CHECKING:
    from fttui.terminal.children import Ended
    from fttui.terminal.foreground import ForegroundProgram

_OF_THE_KEYS = (signal.SIGINT, signal.SIGQUIT)
"""What Ctrl+C and its like send to all programs in front, where no app hears them as keys."""

_AS_NEW = (
    "\x18"  # ends a sequence that was begun
    "\x1b[?1l\x1b>"  # keypad
    "\x1b[4l\x1b[?6l\x1b[?69l\x1b[r"  # insert mode, and where lines begin and end
    "\x0f\x1b(B\x1b)B"  # letters
    "\x1b[?5l\x1b[>4m\x1b[m"  # all reversed, how keys are told, colours
)
"""Takes back what a program that was killed may have left, before anything is painted."""


def restore_line(attributes: list[Any]) -> None:
    """Set the attributes of the terminal on stdin, if it is still there."""
    with contextlib.suppress(termios.error, OSError, ValueError, AttributeError):
        termios.tcsetattr(sys.__stdin__.fileno(), termios.TCSANOW, attributes)  # type: ignore[union-attr]


def _ignore(_number: int, _frame: FrameType | None) -> None:
    """Do nothing; unlike SIG_IGN this does not reach a program that is started meanwhile."""


class _Looks(selectors.SelectSelector):
    """Looks at the terminal, which finds nothing any more from the `end` on."""

    def __init__(self, end: threading.Event) -> None:
        super().__init__()
        self._end = end

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What there is to read, by one look of at most `timeout` seconds."""
        found = super().select(0 if self._end.is_set() else timeout)
        return [] if self._end.is_set() else found


def looks_until(end: threading.Event) -> SimpleNamespace:
    """What stands for the module `selectors` where the terminal is read until `end` is set.

    What is typed after that stays in the terminal, for the program that reads it next.
    """
    return SimpleNamespace(SelectSelector=lambda: _Looks(end), EVENT_READ=selectors.EVENT_READ)


class LendingDriver(LinuxDriver):
    """Textual's terminal driver, which can lend the terminal.

    `leaving` is True when the app is being left for good. What starts later finds `_title` and
    `_attrs_at_start`, the attributes that the terminal has to get back.
    """

    _title: WindowTitle
    _attrs_at_start: list[Any] | None

    def __init__(self, app: App[Any], **options: Any) -> None:
        super().__init__(app, **options)
        self.leaving = self.is_lent = False
        self._for_later: list[str] = []

    def write(self, data: str) -> None:
        """Write to the terminal; nothing while another program has it."""
        if not self.is_lent:
            super().write(data)

    def write_when_ours(self, sequence: str) -> None:
        """Write a sequence now, or when the terminal is given back."""
        if self.is_lent:
            self._for_later.append(sequence)
        else:
            self.write(sequence)

    @contextlib.contextmanager
    def lent(self) -> Iterator[None]:
        """Give the terminal to another program, whole, until the block is left.

        What is typed from now on is that program's. What it leaves unread is thrown away: it was
        not meant for what stands here again.
        """
        heard = {number: signal.getsignal(number) for number in _OF_THE_KEYS}
        for number in heard:
            signal.signal(number, _ignore)
        self._stop_listening()
        with self.no_automatic_restart():
            self.suspend_application_mode()
            self.exit_event.clear()
            self.is_lent = True
            try:
                yield
            finally:
                for number, handler in heard.items():
                    signal.signal(number, handler)
                if not self.leaving:
                    self._take_back()

    def type_again(self, keys: bytes) -> bool:
        """Give the terminal keys to read once more, as they were typed; False where it takes none.

        Many systems forbid it.
        """
        try:
            before = termios.tcgetattr(self.fileno)
            raw = [*before]
            raw[tty.IFLAG], raw[tty.LFLAG] = self._patch_iflag(raw[0]), self._patch_lflag(raw[3])
            termios.tcsetattr(self.fileno, termios.TCSANOW, raw)
            try:
                for number in range(len(keys)):
                    fcntl.ioctl(self.fileno, termios.TIOCSTI, keys[number : number + 1])
            finally:
                termios.tcsetattr(self.fileno, termios.TCSANOW, before)
        except (OSError, termios.error, AttributeError):  # a system without that call
            return False
        return True

    def _stop_listening(self) -> None:
        """Let the input thread end; what it has not read stays for who gets the terminal."""
        signal.signal(signal.SIGWINCH, signal.SIG_DFL)
        self._disable_mouse_support()
        self.exit_event.set()
        if self._key_thread is not None:
            self._key_thread.join()

    def _take_back(self) -> None:
        """The other program is gone, and may have left anything behind."""
        if self._attrs_at_start is not None:
            restore_line(self._attrs_at_start)
        with contextlib.suppress(termios.error, OSError):
            termios.tcflush(self.fileno, termios.TCIFLUSH)
        self.is_lent = False
        self._title.shown = ""
        self.resume_application_mode()
        self.write(_AS_NEW)
        for sequence in self._for_later:
            self.write(sequence)
        self._for_later.clear()


async def run_in_front(
    driver: LendingDriver, words: Sequence[str], begin: Callable[[], Awaitable[None]]
) -> Ended:
    """Run a program on the terminal until it ends, while the app goes on behind it.

    `begin` is awaited before it is started, when nothing is read any more. When the app is left
    meanwhile, the program is told as by a lost terminal.
    """
    from fttui.terminal.children import Ended, not_started
    from fttui.terminal.foreground import ForegroundProgram

    with driver.lent():
        await begin()
        try:
            program = ForegroundProgram(words, os.environ)
        except (OSError, ValueError) as problem:
            return not_started(words, problem)
        try:
            status = await _end_of(program)
        except asyncio.CancelledError:
            program.hang_up()
            raise
    return Ended(status, b"", _ending(words[0], status))


async def _end_of(program: ForegroundProgram) -> int:
    """Wait in a thread that no exit waits for, as it would for one of the loop's own."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[int] = loop.create_future()

    def tell(status: int) -> None:
        if not ended.done():
            ended.set_result(status)

    def wait() -> None:
        status = program.wait()
        with contextlib.suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(tell, status)

    threading.Thread(target=wait, name="in-front", daemon=True).start()
    return await ended


def _ending(command: str, status: int) -> str:
    """What is to say of a program that ended so, without a full stop; "" of a good end."""
    if status < 0:
        name = signal.strsignal(-status) or str(-status)
        return _("{command} was ended by a signal ({name})", command=command, name=name)
    if status:
        return _("{command} ended with status {status}", command=command, status=status)
    return ""
