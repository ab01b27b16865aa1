"""The one place where a command ends: every failure becomes a sentence and an exit status."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

BROKEN_PIPE = 128 + 13


class Interrupted(KeyboardInterrupt):
    """The process was asked to end by `number`, as by Ctrl+C."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


def guarded(action: Callable[[], int], *, json: bool = False) -> int:
    """Run `action` and return an exit status, whatever it raises; never prints a traceback.

    With `json`, a failure is also told as one JSON document on stdout.
    """
    try:
        with _signals_raised():
            _write_what_cannot_be_encoded()
            status = _status_of(action)
            sys.stdout.flush()
            return status
    except Interrupted as interrupted:
        return 128 + interrupted.number
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except BrokenPipeError:
        _close_stdout()
        return BROKEN_PIPE
    except Exception as error:  # noqa: BLE001 - the last resort before a traceback
        return _report(error, json=json)


def _status_of(action: Callable[[], int]) -> int:
    """What `action` returns, or leaves with as argparse does after `--help`."""
    try:
        return action()
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 0


def _report(error: Exception, *, json: bool) -> int:
    from fttui.cli.failures import tell

    status = 1
    try:
        status = tell(error, json=json)
        sys.stdout.flush()
    except OSError:  # stdout or stderr is full or closed: there is nobody to tell
        _close_stdout()
    return status


@contextmanager
def _signals_raised() -> Iterator[None]:
    """SIGTERM and SIGHUP end the command like Ctrl+C, so that what is open is closed."""

    def leave(number: int, _frame: FrameType | None) -> None:
        raise Interrupted(number)

    previous = {}
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            with suppress(ValueError):  # not in the main thread
                previous[number] = signal.signal(number, leave)
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _write_what_cannot_be_encoded() -> None:
    """Let a terminal without UTF-8 get a backslash and a number instead of an error."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _close_stdout() -> None:
    """Point stdout nowhere, so that the interpreter's last flush does not complain."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
