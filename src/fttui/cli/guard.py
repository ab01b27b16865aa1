"""The one place where a command ends: every failure becomes a sentence and an exit status."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from fttui.cli.streams import OutputLost, ReaderGone, let_go_of_stdout, standard_streams
from fttui.terminal.signals import ending_signals

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
    with standard_streams():
        return _run(action, json=json)


def _run(action: Callable[[], int], *, json: bool) -> int:
    try:
        with _signals_raised():
            return _flushed(_status_of(action))
    except Interrupted as interrupted:
        return 128 + interrupted.number
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except ReaderGone:
        let_go_of_stdout()
        return BROKEN_PIPE
    except Exception as error:  # noqa: BLE001 - the last resort before a traceback
        number = _signal_behind(error)
        return 128 + number if number else _report(error, json=json)


def _signal_behind(error: BaseException | None) -> int:
    """The signal that came while a class was made: Python calls that an error of the class."""
    seen: set[int] = set()
    while error is not None and not isinstance(error, Interrupted) and id(error) not in seen:
        seen.add(id(error))
        error = error.__cause__
    return error.number if isinstance(error, Interrupted) else 0


def _flushed(status: int) -> int:
    """`status`, or what stdout raises; a command that failed keeps the status that says why."""
    try:
        sys.stdout.flush()
    except OutputLost as problem:
        if not status:
            raise
        if not isinstance(problem, ReaderGone):
            _report(problem, json=False)
    return status


def _status_of(action: Callable[[], int]) -> int:
    """What `action` returns, or leaves with as argparse does after `--help`."""
    try:
        return action()
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 0


def _report(error: Exception, *, json: bool) -> int:
    from fttui.cli.failures import describe, print_failure

    failure = describe(error)
    try:
        print_failure(failure, json=json)
    except OSError:  # there is nobody to tell
        let_go_of_stdout()
    return failure.exit_status


@contextmanager
def _signals_raised() -> Iterator[None]:
    """Signals that would end the process end the command like Ctrl+C: what is open is closed."""

    def leave(number: int, _frame: FrameType | None) -> None:
        raise Interrupted(number)

    previous = {}
    for number in ending_signals():
        if number == signal.SIGTERM or signal.getsignal(number) is signal.SIG_DFL:
            with suppress(ValueError, OSError):  # not in the main thread, or not on this system
                previous[number] = signal.signal(number, leave)
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
