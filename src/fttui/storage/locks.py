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
        descriptor = os.open(self._path, _FLAGS, 0o600)
        try:
            taken = _lock(descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        if not taken:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

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


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
