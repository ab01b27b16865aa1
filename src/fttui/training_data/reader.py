"""Reading a file once, in blocks of whole lines, while threads hash the same bytes."""

import contextlib
import hashlib
import os
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from queue import Queue

from fttui.disk.reading import why
from fttui.terminal.language import _

_WAITING = 2
_NICE = 5

BLOCK = 1 << 20
"""Bytes of a block, unless one line is longer."""

BOM = b"\xef\xbb\xbf"


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


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines, the last one with a line feed even at the end of the file.

    `data` is None for a line over the limit: it was passed over, not kept.
    """

    data: bytes | None
    offset: int


class Reader:
    """Yields the blocks of an open file, from byte 0 to the size that it had when opened.

    Memory is bounded by the longest line that is allowed. Every byte that is yielded or passed
    over has gone to `digests` before. The last `nuls` bytes are passed over: they are no lines.
    """

    def __init__(self, fd: int, size: int, max_line: int, digests: Digests, nuls: int = 0) -> None:
        self._fd = fd
        self._size = size - nuls
        self._nuls = nuls
        self._max_line = max_line
        self._digests = digests
        self.read = 0
        """Bytes read and hashed so far."""
        self.problem = ""
        """Why the file could not be read to its end, as a clause."""
        self.has_bom = False

    def blocks(self) -> Iterator[Block]:
        """Read on; stops early, with `problem` set, if the file is cut or the disk fails."""
        while self.read < self._size and not self.problem:
            data = self._read_lines(BLOCK)
            if data is None:
                offset = self.read
                self._skip_line()
                yield Block(None, offset)
            elif data:
                offset = self.read
                self._take(data)
                if offset == 0 and data.startswith(BOM):
                    self.has_bom = True
                    data, offset = data[len(BOM) :], len(BOM)
                if data:
                    yield Block(data if data.endswith(b"\n") else data + b"\n", offset)
        while self._nuls and not self.problem:
            data = self._pread(min(BLOCK, self._nuls))
            self._take(data)
            self._nuls -= len(data)

    def _read_lines(self, wanted: int) -> bytes | None:
        """Whole lines from here on, None if the first one is over the limit, empty on failure."""
        while True:
            data = self._pread(min(wanted, self._size - self.read))
            if not data or self.problem or self.read + len(data) >= self._size:
                return data if len(data) <= self._max_line or b"\n" in data else None
            end = data.rfind(b"\n") + 1
            if end:
                return data[:end]
            if wanted > self._max_line:
                return None
            wanted = min(wanted * 4, self._max_line + 1)

    def _skip_line(self) -> None:
        while data := self._pread(min(BLOCK, self._size - self.read)):
            end = data.find(b"\n") + 1
            self._take(data[:end] if end else data)
            if end:
                return

    def _take(self, data: bytes) -> None:
        self._digests.update(data)
        self.read += len(data)

    def _pread(self, wanted: int) -> bytes:
        """Read `wanted` bytes from here, fewer only at the end of what the file still holds."""
        pieces: list[bytes] = []
        at = self.read
        while wanted > 0:
            try:
                piece = os.pread(self._fd, wanted, at)
            except OSError as error:
                self.problem = _("it could not be read to its end ({why})", why=why(error))
                return b""
            if not piece:
                self.problem = _("it became shorter while it was read")
                break
            pieces.append(piece)
            wanted -= len(piece)
            at += len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)
