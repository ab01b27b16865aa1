"""The bytes of an upload, read from an open descriptor and counted as they leave."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from typing import Protocol

READ_SIZE = 1024 * 1024


class UploadSource(Protocol):
    """An open, checked file: `name` is the one sent, `size` in bytes, `fd` stays open."""

    @property
    def fd(self) -> int:
        """The open descriptor; reads do not move its position."""

    @property
    def name(self) -> str:
        """The file name that the endpoint is told."""

    @property
    def size(self) -> int:
        """Size in bytes when it was checked."""


class CountingReader(io.RawIOBase):
    """`size` bytes of `fd` from `start`, in reads of 1 MiB.

    It has no `fileno`, and its reads are large: both decide how fast the HTTP client sends it.
    Several readers may share one descriptor, since each reads by position.
    """

    def __init__(
        self, fd: int, start: int, size: int, on_progress: Callable[[int], None] | None = None
    ) -> None:
        super().__init__()
        self._fd = fd
        self._start = start
        self._size = size
        self._position = 0
        self._on_progress = on_progress

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes, at most 1 MiB whatever `size` says (but never more than asked for).

        Raises:
            OSError: the file ends before the bytes that were announced.
        """
        left = self._size - self._position
        want = min(left, READ_SIZE) if size < 0 else min(left, max(size, READ_SIZE))
        if want <= 0:
            return b""
        chunk = os.pread(self._fd, want, self._start + self._position)
        if not chunk:
            raise OSError("the file became shorter while it was sent")
        self._position += len(chunk)
        if self._on_progress:
            self._on_progress(self._position)
        return chunk

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Move within the announced bytes."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(0, min(base + offset, self._size))
        return self._position

    def tell(self) -> int:
        """Bytes handed over so far."""
        return self._position

    def readable(self) -> bool:
        """Always true."""
        return True

    def seekable(self) -> bool:
        """Always true: the client asks for the length by seeking."""
        return True
