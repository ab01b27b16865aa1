"""The terminal, held in a steady hand: lost links, signals and stops end well.

Everything here that reaches into Textual's driver is pinned by a test on its version.
"""

import contextlib
import os
import queue
import signal
import sys
import termios
import threading
import time
import tty
from collections import deque
from collections.abc import Iterator
from functools import partial
from types import FrameType
from typing import IO, Any

from textual import events
from textual.app import App
from textual.drivers import linux_driver
from textual.drivers._writer_thread import WriterThread
from textual.geometry import Size
from textual.message import Message

from fttui.interface.guard.fixed_columns import with_fixed_columns
from fttui.interface.guard.lending import LendingDriver, looks_until, restore_line
from fttui.interface.guard.painting import with_few_looks
from fttui.interface.guard.terminal_input import InputDecoder, ResilientParser
from fttui.interface.guard.terminal_input import read_number as read_number  # for all who hear keys
from fttui.interface.guard.typing_ahead import let_overtake
from fttui.terminal.early_screen import ENTER, keep_for_next, take_over
from fttui.terminal.language import _
from fttui.terminal.served import DRIVER_VARIABLE
from fttui.terminal.signals import ending_signals, has_shell
from fttui.terminal.title import GIVE_BACK_TITLE, WindowTitle
from fttui.terminal.typed_early import attributes_before, take_cooked
from fttui.terminal.window import terminal_size

_LAST_RESORT_SECONDS = 2.5
_LEAVE_SEQUENCES = (
    b"\x1b[?2004l\x1b[?7h\x1b[?1000l\x1b[?1003l\x1b[<u\x1b[?1049l\x1b[?25h\x1b[?1004l"
)
_ENTER_SEQUENCES = "\x1b[?1049h\x1b[?25l\x1b[?1004h\x1b[?2004h\x1b[?7l"
_CLEAR = "\x1b[m\x1b[H\x1b[2J"
_END_OF_KITTY = "\x1b[<u"


def terminal_problem() -> str:
    """Why the app cannot be shown here, as a sentence with the remedy; empty if it can.

    What `TEXTUAL_DRIVER` names shows it without a terminal.
    """
    if os.environ.get(DRIVER_VARIABLE):
        return ""
    if sys.__stdin__ is None or not sys.__stdin__.isatty():
        return _("fttui needs a terminal to read keys from. Over SSH use: ssh -t HOST fttui")
    if sys.__stderr__ is None or not sys.__stderr__.isatty():
        return _(
            "fttui draws on stderr, which is not a terminal here. Leave out the redirection 2>."
        )
    return ""


def forbid_core_dumps() -> None:
    """Keep the memory of this process, keys included, out of core files; where there are any."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


@contextlib.contextmanager
def terminal_restored() -> Iterator[None]:
    """Put the line discipline back at the end, and who hears signals, whatever happened."""
    before = _attributes()
    heard = {number: signal.getsignal(number) for number in ending_signals()}
    try:
        yield
    finally:
        for number, handler in heard.items():
            with contextlib.suppress(ValueError, OSError, TypeError):  # not in the main thread
                signal.signal(number, handler)
        if before is not None:
            restore_line(before)


def _attributes() -> list[Any] | None:
    """What the terminal on stdin has to get back at the end, if it is one."""
    if (before := attributes_before()) is not None:
        return before
    try:
        return termios.tcgetattr(sys.__stdin__.fileno())  # type: ignore[union-attr]
    except (termios.error, OSError, ValueError, AttributeError):
        return None


class LastResort:
    """A thread that ends the process 2.5 seconds after it was told to, if it still runs.

    It waits on a pipe, because a signal handler must not touch a lock.
    """

    handed_over: "LastResort | None" = None
    """That of an app which left the terminal to the next one: a process needs no second thread."""

    def __init__(self, attributes: list[Any] | None, title: WindowTitle) -> None:
        self._attributes = attributes
        self.title = title
        self._listening, self._reporting = os.pipe()
        threading.Thread(target=self._wait, name="last-resort", daemon=True).start()

    @classmethod
    def of(cls, attributes: list[Any] | None, title: WindowTitle) -> "LastResort":
        """The one that was handed over, else a new one."""
        kept, cls.handed_over = cls.handed_over, None
        if kept is None:
            return cls(attributes, title)
        kept.title = title
        return kept

    def report(self, status: int) -> None:
        """Start the countdown; `status` becomes the exit status."""
        os.write(self._reporting, bytes([status]))

    def _wait(self) -> None:
        status = os.read(self._listening, 1)[0]
        time.sleep(_LAST_RESORT_SECONDS)
        title = GIVE_BACK_TITLE.encode() if self.title.shown else b""
        writing = threading.Thread(target=_write_leave_sequences, args=(title,), daemon=True)
        writing.start()
        writing.join(0.2)
        if self._attributes is not None:
            restore_line(self._attributes)
        os._exit(status)


def _write_leave_sequences(title: bytes) -> None:
    """Leave the alternate screen and all modes; blocks on a terminal that takes no output."""
    with contextlib.suppress(OSError):
        os.write(2, title + _LEAVE_SEQUENCES)


class _Stamped:
    """A file that notes when it took what was written: from each write to the flush after it."""

    def __init__(self, file: IO[str], taken: deque[tuple[float, float]]) -> None:
        self._file = file
        self._put = file.write
        self._taken = taken
        self._begun: list[float] = []

    def write(self, text: str) -> int:
        """Write; a terminal that takes nothing holds this up."""
        self._begun.append(time.monotonic())
        return self._put(text)

    def flush(self) -> None:
        """Flush, and note it."""
        self._file.flush()
        end = time.monotonic()
        self._taken.extend((begin, end) for begin in self._begun)
        self._begun.clear()

    def fileno(self) -> int:
        """The file's own number."""
        return self._file.fileno()


class ResilientWriter(WriterThread):
    """Textual's output thread, which here survives a lost terminal and never blocks the exit."""

    def __init__(self, file: IO[str], driver: "ResilientDriver") -> None:
        super().__init__(file)
        self._driver = driver
        self._file = _Stamped(file, driver.written)  # type: ignore[assignment]

    def write(self, text: str) -> None:
        """Queue text, waiting for room; while the app is ending, without waiting.

        A picture that stands there is painted over, and not cleared away before that.
        """
        if self._driver.keeps_picture and text == ENTER:
            return
        text = with_fixed_columns(with_few_looks(text))
        while not self._driver.leaving or not self._queue.full():
            with contextlib.suppress(queue.Full):
                self._queue.put(text, timeout=0.02)
                return

    def run(self) -> None:
        """Write until the end; when the terminal is gone, what follows goes nowhere."""
        while True:
            try:
                super().run()
            except BlockingIOError:  # another program made the shared terminal non-blocking
                os.set_blocking(self.fileno(), True)
            except (OSError, ValueError):
                _point_nowhere(self.fileno())
                self._driver.terminal_gone()
            else:
                return

    def stop(self) -> None:
        """End the thread; one that hangs in a stalled terminal is left behind."""
        if not self._driver.leaving:
            super().stop()
            return
        with contextlib.suppress(queue.Full):
            self._queue.put(None, timeout=0.5)
        self.join(0.5)


def _point_nowhere(file: int) -> None:
    """Let writes to `file` succeed, so that no last flush fails on a terminal that is gone."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, file)
        os.close(nowhere)


class ResilientDriver(LendingDriver):
    """Textual's terminal driver, which here outlives odd bytes, SIGSTOP and a lost terminal."""

    def __init__(self, app: App[Any], **options: Any) -> None:
        super().__init__(app, **options)
        # Start and end of the last times at which the terminal took what was painted.
        self.written: deque[tuple[float, float]] = deque(maxlen=256)
        self._attrs_at_start = _attributes()
        self._in_application_mode = self.keeps_picture = False
        self._size = self._size or self._get_terminal_size()
        owner: Any = app
        self._title: WindowTitle = owner.window_title
        self._last_resort = LastResort.of(self._attrs_at_start, self._title)
        self._is_handed_over = False

    def start_application_mode(self) -> None:
        """Take the terminal over; a second time only what another program changed meanwhile."""
        if self._in_application_mode:
            self._take_terminal_back()
            return
        self._hear_signals()
        self._replace_parts_of_textual()
        self.keeps_picture = take_over()
        super().start_application_mode()  # type: ignore[no-untyped-call]
        self.keeps_picture = False
        signal.signal(signal.SIGWINCH, self._sigwinch_application)
        self._in_application_mode = self._key_thread is not None and self._key_thread.is_alive()
        if self._attrs_at_start is not None:
            self.attrs_before = self._attrs_at_start

    def _hear_signals(self) -> None:
        """Let signals and a lost terminal end the app, with status 128 + n.

        If the loop does not get to it (a terminal that takes no output blocks it), the process
        ends after 2.5 seconds all the same, with the terminal put back. A signal that was ignored
        when fttui started stays ignored (`nohup`).
        """
        for number in ending_signals():
            with contextlib.suppress(ValueError, OSError):  # one that this system keeps for itself
                signal.signal(number, self.handle_signal)

    def resume_application_mode(self) -> None:
        """Take the terminal over again and send every cell, whatever is on the screen now."""
        super().resume_application_mode()
        self._title.take_again()
        if self._in_application_mode:
            self._fill_window()

    def stop_application_mode(self) -> None:
        """Give the terminal back as it was when fttui started, its title too."""
        self._title.give_back()
        if self._is_handed_over:
            self.write(_END_OF_KITTY)  # the next app begins it anew
            self.flush()
        else:
            super().stop_application_mode()
        self._in_application_mode = False

    def hand_over(self) -> None:
        """Read no key any more, and leave the terminal as it is when the app ends.

        The next app of this process has it then: its screen, and what is typed from now on.
        """
        if self.leaving or not self._in_application_mode:
            return
        self._is_handed_over = True
        self._stop_listening()
        signal.signal(signal.SIGTSTP, signal.SIG_IGN)  # nobody would put the screen away
        LastResort.handed_over = self._last_resort
        keep_for_next()

    def _replace_parts_of_textual(self) -> None:
        """The one place that puts parts of ours into Textual's driver module."""
        vars(linux_driver).update(
            getincrementaldecoder=lambda _name: partial(InputDecoder, take_cooked()),
            XTermParser=ResilientParser,
            WriterThread=lambda file: ResilientWriter(file, self),
            selectors=looks_until(self.exit_event),
        )

    def _take_terminal_back(self) -> None:
        """Another program has drawn over the screen, set its own modes."""
        with contextlib.suppress(termios.error):
            attributes = termios.tcgetattr(self.fileno)
            attributes[tty.IFLAG] = self._patch_iflag(attributes[tty.IFLAG])
            attributes[tty.LFLAG] = self._patch_lflag(attributes[tty.LFLAG])
            termios.tcsetattr(self.fileno, termios.TCSANOW, attributes)
        self.write(_ENTER_SEQUENCES + _CLEAR)
        self._enable_mouse_support()

    def _fill_window(self) -> None:
        """Tell the app its size and let it send every cell.

        Also when the size is the same: a window that became small and large again is empty.
        """
        if not self._in_band_window_resize:
            size = Size(*self._get_terminal_size())
            self._app.call_later(self._app.post_message, events.Resize(size, size))
        self._app.call_later(self._app.refresh, layout=True)

    def _get_terminal_size(self) -> tuple[int, int]:
        return terminal_size(self._file)

    # What follows runs as signal handlers, which could interrupt the queue of the writer while
    # it is locked. So they only ask the loop.

    def handle_signal(self, number: int, _frame: FrameType | None = None) -> None:
        """End the app because of a signal."""
        if self.leaving:
            return
        self.leaving = True
        self._last_resort.report(128 + number)
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._app.exit, None, 128 + number)

    def _sigwinch_application(self, *_: Any) -> None:
        self._loop.call_soon_threadsafe(self._fill_window)

    def _sigtstp_application(self, *_: Any) -> None:
        self._loop.call_soon_threadsafe(self._suspend)

    def _sigcont_application(self, *_: Any) -> None:
        if self._auto_restart:
            self._loop.call_soon_threadsafe(self.resume_application_mode)

    def _suspend(self) -> None:
        if self.is_lent and not has_shell():
            return  # nobody would let it go on
        if self._auto_restart:
            self.suspend_application_mode()
            self._must_signal_resume = True
        os.kill(os.getpid(), signal.SIGSTOP)

    def send_message(self, message: Message) -> None:
        """Hand a message of the input thread to the app; Ctrl+Q at once, whatever waits there."""
        if not let_overtake(self._app, self._loop, message):
            super().send_message(message)

    def _run_input_thread(self) -> None:
        """Read keys until the end; a terminal that is gone ends the app, not with a traceback."""
        try:
            self.run_input_thread()
        except OSError:
            self.terminal_gone()
        except Exception as error:  # noqa: BLE001 - the app reports it
            self._app.call_later(self._app._handle_exception, error)

    def terminal_gone(self) -> None:
        """End the app as SIGHUP does, also where that signal is ignored. For any thread."""
        self.handle_signal(signal.SIGHUP)
