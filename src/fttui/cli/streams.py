"""The three standard streams, so that one that is closed, full or gone ends no command badly.

Imports next to nothing: every command begins here.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from fttui.terminal.language import _

_STDIN, _STDOUT, _STDERR = 0, 1, 2
_written = 0


def written() -> int:
    """How often something was written to stdout and stderr, to see whether a command is silent."""
    return _written


class OutputLost(OSError):  # noqa: N818 - reads as what happened
    """Stdout did not take what a command has to say; the text is why, without a full stop."""

    def __init__(self, problem: OSError) -> None:
        super().__init__(problem.errno, self._reason(problem))

    @staticmethod
    def _reason(problem: OSError) -> str:
        if problem.errno == errno.EBADF:
            return _("stdout is closed")
        if problem.errno == errno.EPIPE:
            return _("the program that reads it has ended")
        if problem.errno == errno.ENOSPC:
            return _("no space is left")
        return problem.strerror or str(problem)

    def __str__(self) -> str:
        return str(self.strerror)


class ReaderGone(OutputLost, BrokenPipeError):  # noqa: N818
    """Who reads stdout has enough of it, which is no failure of the command."""


class _Descriptor(io.FileIO):
    """A standard stream's descriptor, which is left open at the end.

    Where another program made it non-blocking, a write waits as it would otherwise. Nothing that
    buffers stands before it but the text stream, which forgets what it hands over: after an
    interrupt in the midst of a write nothing is written twice.
    """

    def __init__(self, fileno: int) -> None:
        super().__init__(fileno, "w", closefd=False)

    def write(self, data: bytes) -> int:  # type: ignore[override]
        """Write all of it."""
        global _written
        _written += 1
        rest = memoryview(data).cast("B")
        while rest:
            taken = super().write(rest)
            if taken is None:
                import select

                select.select([], [self.fileno()], [])
            else:
                rest = rest[taken:]
        return len(data)


class _Stdout(_Descriptor):
    """What was lost once is told again by each flush, so that no later one passes for a success."""

    _lost: OutputLost | None = None

    def write(self, data: bytes) -> int:  # type: ignore[override]
        try:
            return super().write(data)
        except BrokenPipeError as problem:
            self._lost = ReaderGone(problem)
        except OSError as problem:
            self._lost = OutputLost(problem)
        raise self._lost from None

    def flush(self) -> None:
        if self._lost is not None:
            raise self._lost from None


class _Stderr(_Descriptor):
    def write(self, data: bytes) -> int:  # type: ignore[override]
        try:
            return super().write(data)
        except OSError:  # there is nobody to tell; what the command does matters more
            return len(data)


@contextmanager
def standard_streams() -> Iterator[None]:
    """Have three streams in any case, of which stdout raises OutputLost and stderr nothing.

    A stream that tests or another program have put in the place of the real one is left as it is.
    """
    _open_what_is_closed()
    found = out, err = sys.stdout, sys.stderr
    if out is sys.__stdout__:
        sys.stdout = _text_stream(_Stdout(_STDOUT), found[0].encoding)
    if err is sys.__stderr__:
        sys.stderr = _text_stream(_Stderr(_STDERR), found[1].encoding)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=_errors_for(stream.encoding))
    try:
        yield
    finally:
        try:
            sys.stdout.flush()
        except (OSError, ValueError):
            let_go_of_stdout()
        sys.stdout, sys.stderr = found


def _errors_for(encoding: str) -> str:
    """How what `encoding` has no character for is written; in UTF-8 that is what is no text."""
    if "utf" in encoding.lower():
        return "backslashreplace"
    from fttui.terminal.plain_signs import ERRORS

    return ERRORS


def _open_what_is_closed() -> None:
    """Put /dev/null where a descriptor is missing: else the next file would get its number.

    Stdout gets one that refuses what is written, so that nobody takes lost data for written data.
    """
    for fileno, flags in ((_STDIN, os.O_RDONLY), (_STDOUT, os.O_RDONLY), (_STDERR, os.O_WRONLY)):
        try:
            os.fstat(fileno)
        except OSError:
            os.set_inheritable(os.open(os.devnull, flags), True)
    if sys.stdin is None:
        sys.stdin = vars(sys)["__stdin__"] = _reopened(_STDIN, "r")
    if sys.stdout is None:
        sys.stdout = vars(sys)["__stdout__"] = _reopened(_STDOUT, "w")
    if sys.stderr is None:
        sys.stderr = vars(sys)["__stderr__"] = _reopened(_STDERR, "w")


def _reopened(fileno: int, mode: str) -> io.TextIOWrapper:
    raw = io.FileIO(fileno, mode, closefd=False)
    buffer = io.BufferedReader(raw) if mode == "r" else io.BufferedWriter(raw)
    return io.TextIOWrapper(buffer, encoding="utf-8", errors="backslashreplace")


def _text_stream(raw: io.FileIO, encoding: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(
        raw,
        encoding=encoding,
        line_buffering=raw.isatty() or raw.fileno() == _STDERR,
    )


def let_go_of_stdout() -> None:
    """Point stdout nowhere, so that no last flush complains of what it could not write."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
