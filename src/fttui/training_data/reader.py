"""SHA-256 and MD5 of a stream of blocks, taken by threads beside the work on the blocks."""

import contextlib
import hashlib
import os
import sys
import threading
from collections.abc import Callable
from queue import Queue

_WAITING = 2
_NICE = 5


class Digests:
    """Hashes what is given to `update`, in order; both algorithms let other threads run.

    MD5 takes twice as long as SHA-256 and is only needed where an upload may follow.
    """

    def __init__(self, *, md5: bool = True) -> None:
        self._sha256 = hashlib.sha256()
        self._md5 = hashlib.md5(usedforsecurity=False) if md5 else None
        self._threads = [_HashThread(self._sha256.update)]
        if self._md5 is not None:
            self._threads.append(_HashThread(self._md5.update))

    def update(self, data: bytes) -> None:
        """Hash a block, which is kept until both are done with it; waits if they lag behind."""
        for thread in self._threads:
            thread.blocks.put(data)

    def finish(self) -> tuple[str, str]:
        """Wait for the last block; SHA-256 and MD5 in hexadecimal, MD5 empty if not wanted."""
        for thread in self._threads:
            thread.blocks.put(None)
        for thread in self._threads:
            thread.join()
        return self._sha256.hexdigest(), self._md5.hexdigest() if self._md5 else ""


class _HashThread(threading.Thread):
    """Feeds one hash from a short queue until it takes out None."""

    def __init__(self, update: Callable[[bytes], None]) -> None:
        super().__init__(name="fttui-hash", daemon=True)
        self.blocks: Queue[bytes | None] = Queue(_WAITING)
        self._update = update
        self.start()

    def run(self) -> None:
        """Hash until the end; on Linux a thread has a priority of its own."""
        if sys.platform == "linux":
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
        while (block := self.blocks.get()) is not None:
            self._update(block)
