"""Going on with a file of lines that an earlier run has begun: what is there stays as it is."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from fttui.disk.writing import NotWritten, add_line, not_written, require_free, write_all
from fttui.terminal.language import _
from fttui.terminal.text import safe_path

_THERE = os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_BLOCK = 1 << 20
_LONG = b"\0"
_NO_LOCKS = {errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES}


@dataclass
class LinesThere:
    """The lines of a file, and how it was when they were read.

    `sound` is where the last whole line ends. What stands behind that was cut off in writing.
    """

    path: Path
    state: tuple[int, ...] = ()
    sound: int = 0

    @property
    def is_torn(self) -> bool:
        """Whether the last line has no end."""
        return bool(self.state) and self.sound < self.state[2]

    def read(self, longest: int) -> Iterator[bytes]:
        """Each line without its end, the torn one last; a NUL for one of more than `longest` bytes.

        Lines with nothing in them are left out.

        Raises NotWritten where it is no file that can be gone on with, or another run is at it.
        """
        with _opened(self.path, fcntl.LOCK_SH) as file:
            self.state = _state(file)
            pieces: list[bytes] = []
            size = offset = 0

            def line() -> bytes:
                return b"".join(pieces) if size <= longest else _LONG

            while block := _read(file, self.path):
                last = block.rfind(b"\n")
                if last >= 0:
                    self.sound = offset + last + 1
                offset += len(block)
                for number, piece in enumerate(block.split(b"\n")):
                    if number:
                        if size:
                            yield line()
                        pieces, size = [], 0
                    size += len(piece)
                    pieces = [*pieces, piece] if size <= longest else []
            if self.is_torn:
                yield line()


@contextmanager
def more_lines(
    path: Path, state: tuple[int, ...], sound: int, mend: Callable[[bytes], bytes]
) -> Iterator[Callable[[bytes], None]]:
    """What adds lines to the file that was read in this `state`; each is there whatever follows.

    A last line that was cut off is written anew as `mend` has it, which must be as long at least.
    Raises NotWritten if the file is not as it was, or is written by another run, or cannot be.
    """
    try:
        with _opened(path, fcntl.LOCK_EX) as file:
            if _state(file) != state:
                shown = safe_path(path)
                raise NotWritten(
                    _("{shown} has changed since it was read, so nothing was sent.", shown=shown)
                    + " "
                    + _("Ask for it again.")
                )
            if sound < state[2]:
                _mend(file, path, sound, mend)
            yield lambda line: add_line(file, line, path)
    except OSError as error:  # some disks tell only in the end that there was no room
        raise not_written(path, error) from None


def _mend(file: IO[bytes], path: Path, sound: int, mend: Callable[[bytes], bytes]) -> None:
    try:
        file.seek(sound)
        torn = file.read()
    except OSError as error:
        raise not_written(path, error) from None
    try:
        file.seek(sound)
        write_all(file, mend(torn) + b"\n")
    except OSError as error:
        with suppress(OSError):
            os.pwrite(file.fileno(), torn, sound)
            file.truncate(sound + len(torn))
        raise not_written(path, error) from None


@contextmanager
def _opened(path: Path, lock: int) -> Iterator[IO[bytes]]:
    try:
        descriptor = os.open(path, _THERE)
    except ValueError:
        raise NotWritten(
            _("{shown} cannot be a file's name. Choose another.", shown=safe_path(path))
        ) from None
    except OSError as error:
        if path.is_symlink() or path.is_dir():
            require_free(path)  # which says what it is
        raise not_written(path, error) from None
    with os.fdopen(descriptor, "r+b", 0) as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            require_free(path)
        try:
            fcntl.flock(descriptor, lock | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in _NO_LOCKS:
                shown = safe_path(path)
                raise NotWritten(
                    _("{shown} is being written by another run. Wait for it.", shown=shown)
                ) from None
        yield file


def _read(file: IO[bytes], path: Path) -> bytes:
    try:
        return file.read(_BLOCK)
    except OSError as error:
        raise not_written(path, error) from None


def _state(file: IO[bytes]) -> tuple[int, ...]:
    found = os.fstat(file.fileno())
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
