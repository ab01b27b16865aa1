"""Uploaded bytes on disk, in pieces that never change once they are stored."""

from __future__ import annotations

import asyncio
import hashlib
import io
import logging
import os
import re
import secrets
import stat
import threading
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from . import errors
from .data_folder import private_folder

if TYPE_CHECKING:
    from hashlib import _Hash


log = logging.getLogger("fttui.server")

READ_SIZE = 1 << 20
_NAME = re.compile(r"[0-9a-f]{32}", re.ASCII)
_PART = ".part"
_HEAD_SIZE = 4096


class BlobStore:
    """A folder of pieces with random names; which piece belongs to what is in the database.

    A piece that no record names yet, or soon no longer, has `.part` after its name. So what a
    crash left behind can be told from pieces whose records are lost, which are never deleted.
    """

    def __init__(self, folder: Path, *, durable: bool) -> None:
        """Makes the folder; raises StartError when it is no folder, or a link."""
        private_folder(folder)
        self._folder = folder
        self._durable = durable

    def path(self, name: str) -> Path:
        """Where a piece lies."""
        return self._folder / name

    def _part(self, name: str) -> Path:
        return self._folder / f"{name}{_PART}"

    def writer(self) -> BlobWriter:
        """A new piece to be written from the start."""
        name = secrets.token_hex(16)
        return BlobWriter(name, self._part(name), durable=self._durable)

    def open(self, names: Sequence[str]) -> BinaryIO:
        """Reads pieces one after the other, as if they were one file."""
        raw = _Chain([self.path(name) for name in names])
        return cast("BinaryIO", io.BufferedReader(raw, READ_SIZE))

    def check(self, names: Iterable[str]) -> None:
        """Raises FileNotFoundError if the bytes of a piece are gone."""
        for name in names:
            self.path(name).stat()

    async def stream(self, names: Sequence[str]) -> AsyncIterator[bytes]:
        """The bytes of the pieces in blocks of at most 1 MiB, read off the event loop."""
        with self.open(names) as source:
            while block := await asyncio.to_thread(source.read, READ_SIZE):
                yield block

    @contextmanager
    def keeping(self, names: Iterable[str]) -> Iterator[None]:
        """Around the transaction that records stored pieces; they are kept if it succeeds."""
        yield
        for name in names:
            try:
                self._part(name).rename(self.path(name))
            except OSError:
                # It is recorded, so it must not be discarded: the next start renames it.
                log.warning("The piece %s could not be renamed.", self._part(name))

    @contextmanager
    def dropping(self, names: Iterable[str]) -> Iterator[None]:
        """Around the transaction that forgets pieces; they are deleted if it succeeds."""
        dropped = []
        try:
            for name in names:
                with suppress(FileNotFoundError):
                    self.path(name).rename(self._part(name))
                    dropped.append(name)
            yield
        except BaseException:
            for name in dropped:
                self._part(name).rename(self.path(name))
            raise
        for name in dropped:
            self._part(name).unlink(missing_ok=True)

    def settle(self, recorded: set[str], *, sweep: bool) -> int:
        """Ends what a crash interrupted, and returns how many pieces no record names.

        Recorded pieces are kept; with `sweep`, the others that were in the making are removed.
        """
        unknown = 0
        for path in list(self._folder.iterdir()):
            name = path.name.removesuffix(_PART)
            if not _NAME.fullmatch(name) or not stat.S_ISREG(path.lstat().st_mode):
                continue
            in_the_making = name != path.name
            if name not in recorded:
                unknown += not in_the_making
                if sweep and in_the_making:
                    path.unlink(missing_ok=True)
            elif in_the_making and not self.path(name).exists():
                path.rename(self.path(name))
        return unknown


class BlobWriter:
    """One piece while it arrives; it is kept only once its name, from `store`, is recorded.

    Bytes are written by a helper thread while the next ones are received; `drain` keeps what
    waits in memory to about 2 MiB.
    """

    def __init__(self, name: str, path: Path, *, durable: bool) -> None:
        self._name = name
        self._path = path
        self._durable = durable
        self._fd = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        self._disk = threading.Lock()
        self._waiting: list[bytes | memoryview] = []
        self._waiting_size = 0
        self._writing: asyncio.Future[None] | None = None
        self.size = 0
        self.head = b""

    def write(self, data: bytes | memoryview) -> None:
        """Takes the next bytes, which must not change any more.

        The first ones are also kept in `head`, for a look at the beginning.
        """
        if len(self.head) < _HEAD_SIZE:
            self.head += bytes(data[: _HEAD_SIZE - len(self.head)])
        self.size += len(data)
        self._waiting.append(data)
        self._waiting_size += len(data)

    async def drain(self) -> None:
        """Hands over what waits once it is worth a write, after the one before has ended."""
        if self._waiting_size < READ_SIZE:
            return
        if self._writing is not None:
            await self._writing
        chunks = self._take()
        self._writing = asyncio.ensure_future(asyncio.to_thread(self._put, chunks))

    async def store(self) -> str:
        """Completes the piece and returns its name; waits for the disk if the store is durable."""
        if self._writing is not None:
            await self._writing
        if self._durable or self._waiting_size > READ_SIZE:
            return await asyncio.to_thread(self.store_now)
        return self.store_now()

    def store_now(self) -> str:
        """The same, blocking; only for a writer that was never drained."""
        try:
            self._put(self._take())
            if self._durable:
                self._flush()
        finally:
            self._close()
        return self._name

    def discard(self) -> None:
        """Removes the piece; harmless after it was kept, or before any byte came."""
        if self._writing is not None:
            # Looked at, or asyncio tells the log that nobody did.
            self._writing.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._close()
        self._path.unlink(missing_ok=True)

    def _take(self) -> list[bytes | memoryview]:
        chunks, self._waiting, self._waiting_size = self._waiting, [], 0
        return chunks

    def _put(self, chunks: list[bytes | memoryview]) -> None:
        with self._disk:
            for chunk in chunks:
                view = memoryview(chunk)
                while view and self._fd >= 0:
                    view = view[os.write(self._fd, view) :]

    def _flush(self) -> None:
        os.fsync(self._fd)
        # The new name must survive too, and it lives in the folder.
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _close(self) -> None:
        # Under the lock: a write in flight must not go to a number that is somebody else's by then.
        with self._disk:
            if self._fd >= 0:
                os.close(self._fd)
                self._fd = -1


class _Chain(io.RawIOBase):
    """Several files read one after the other."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = list(paths)
        self._current: io.FileIO | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while True:
            if self._current is None:
                if not self._paths:
                    return 0
                self._current = io.FileIO(self._paths.pop(0))
            count = self._current.readinto(buffer)
            if count:
                return count
            self._current.close()
            self._current = None

    def close(self) -> None:
        if self._current is not None:
            self._current.close()
        super().close()


def _new_hash() -> _Hash:
    return hashlib.md5(usedforsecurity=False)


@dataclass
class _Line:
    """The parts of one upload by their place in the line; None for one that still arrives."""

    parts: dict[int, str | None] = field(default_factory=dict)
    next_place: int = 0
    hashed: list[str] = field(default_factory=list)
    digest: _Hash = field(default_factory=_new_hash)
    task: asyncio.Task[None] | None = None


class Checksums:
    """The running hashes of all pending uploads; they are lost with the process, at no harm."""

    def __init__(self, blobs: BlobStore, ending: threading.Event) -> None:
        """Once `ending` is set, nothing more is hashed."""
        self._blobs = blobs
        self._ending = ending
        self._lines: dict[str, _Line] = {}

    def begin(self, upload_id: str) -> int:
        """Gives a part that begins to arrive its place in the line."""
        line = self._lines.setdefault(upload_id, _Line())
        place = line.next_place
        line.next_place += 1
        line.parts[place] = None
        return place

    def stored(self, upload_id: str, place: int, blob: str) -> None:
        """Tells that a part is on disk, so that it can be hashed once its turn comes."""
        line = self._lines.get(upload_id)
        if line is None:
            return
        line.parts[place] = blob
        if line.task is None or line.task.done():
            line.task = asyncio.create_task(self._advance(line))

    def failed(self, upload_id: str, place: int) -> None:
        """Takes a part that will not come out of the line."""
        line = self._lines.get(upload_id)
        if line is not None:
            line.parts.pop(place, None)

    async def md5(self, upload_id: str, blobs: Sequence[str]) -> str:
        """The hash of the pieces in this order, in hexadecimal; raises ApiError when all ends."""
        line = self._lines.get(upload_id)
        if line is not None and line.task is not None:
            await line.task
        digest = _new_hash()
        rest = list(blobs)
        if line is not None and rest[: len(line.hashed)] == line.hashed:
            digest = line.digest.copy()
            rest = rest[len(line.hashed) :]
        await asyncio.to_thread(self._feed, digest, rest)
        if self._ending.is_set():
            raise errors.ending()
        return digest.hexdigest()

    def forget(self, upload_id: str) -> None:
        """Drops what is kept of an upload that has ended."""
        self._lines.pop(upload_id, None)

    async def _advance(self, line: _Line) -> None:
        while line.parts and (blob := line.parts[min(line.parts)]) is not None:
            digest = line.digest.copy()
            try:
                await asyncio.to_thread(self._feed, digest, [blob])
            except OSError:
                # The upload has ended and its parts are gone, or a fault that `md5` meets itself
                # if it lasts.
                return
            line.digest = digest
            line.hashed.append(blob)
            del line.parts[min(line.parts)]

    def _feed(self, digest: _Hash, blobs: Sequence[str]) -> None:
        with self._blobs.open(blobs) as source:
            while not self._ending.is_set() and (block := source.read(READ_SIZE)):
                digest.update(block)
