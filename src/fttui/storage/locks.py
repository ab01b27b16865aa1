"""Locks between processes that vanish with the process that holds them."""

import contextlib
import fcntl
import os
from pathlib import Path

_FLAGS = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW


class FileLock:
    """An exclusive lock on a file of its own; the system frees it at once when a process dies."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = -1

    def acquire(self) -> bool:
        """Take the lock and return True, or return False when another holder has it.

        Raises OSError when the lock's file cannot be made.
        """
        if self._descriptor >= 0:
            return False
        while (descriptor := _locked(self._path)) is not None:
            if _is_at(self._path, descriptor):
                self._descriptor = descriptor
                return True
            os.close(descriptor)  # its holder has removed it meanwhile, and others lock a new one
        return False

    def __del__(self) -> None:
        """Free a lock that nobody holds on to any more."""
        self.release()

    def release(self, *, remove: bool = False) -> None:
        """Free the lock; `remove` deletes its file, for a lock that nobody needs any more."""
        if self._descriptor < 0:
            return
        descriptor, self._descriptor = self._descriptor, -1
        if remove:
            with contextlib.suppress(OSError):
                self._path.unlink()
        os.close(descriptor)


class ProcessLock(FileLock):
    """A lock that holds within this process only, for when no file can be written."""

    _held: set[str] = set()  # noqa: RUF012 - shared on purpose

    def __init__(self, name: str) -> None:
        super().__init__(Path(name))
        self._name = name
        self._is_mine = False

    def acquire(self) -> bool:
        """Take the lock and return True, or return False when this process already holds it."""
        if self._name in self._held:
            return False
        self._held.add(self._name)
        self._is_mine = True
        return True

    def release(self, *, remove: bool = False) -> None:
        """Free the lock, if it is held by this object."""
        if self._is_mine:
            self._is_mine = False
            self._held.discard(self._name)


def _is_at(path: Path, descriptor: int) -> bool:
    """Whether the open file is still the one of this path."""
    try:
        return os.path.samestat(path.lstat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _locked(path: Path) -> int | None:
    """The open file at `path`, once it is locked; None where another has the lock."""
    descriptor = os.open(path, _FLAGS, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BaseException as error:
        os.close(descriptor)
        if isinstance(error, BlockingIOError):
            return None
        raise
    return descriptor
