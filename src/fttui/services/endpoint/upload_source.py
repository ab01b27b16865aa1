"""The bytes of an upload: read ahead from an open descriptor, and hashed while they are sent.

A read that hangs (a dead network mount) must not stop the loop that every other call runs on, so
reads happen in threads with a watch-dog. Each reads by position, which leaves the descriptor alone.
The hashes are taken in a thread beside them, so that disk, hash and network work at one time.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from fttui.disk.reading import why
from fttui.services.endpoint.errors import Outcome, ServiceError
from fttui.terminal.language import _

if TYPE_CHECKING:
    from hashlib import _Hash

T = TypeVar("T")

READ_SIZE = 1024 * 1024
_AHEAD = 2 * READ_SIZE
_MOST_UNHASHED = 4  # readings that wait for the hash, besides those that wait to be sent
READ_TIMEOUT = 30.0


class UploadSource(Protocol):
    """An open file: `upload_name` is the one sent, `size` in bytes, `fd` stays open meanwhile."""

    @property
    def fd(self) -> int:
        """The open descriptor."""

    @property
    def upload_name(self) -> str:
        """The file name that the endpoint is told."""

    @property
    def size(self) -> int:
        """Size in bytes when it was checked."""


class SourceChangedError(ServiceError):
    """The file is not the one that was checked; nothing of it is used."""

    def __init__(self, name: str) -> None:
        super().__init__(
            _(
                "{name} changed after it was checked, so the upload was stopped and no job "
                "created.",
                name=name,
            ),
            _("Check the file again and send it once more."),
            outcome=Outcome.REFUSED,
            code="source_changed",
        )


class SourceUnreadableError(ServiceError):
    """The disk or the mount of the file failed or does not answer; the upload can go on later."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(
            _(
                "{name} cannot be read ({reason}), so the upload stopped where it was.",
                name=name,
                reason=reason,
            ),
            _("Make its disk or mount available again, then resume the upload."),
            outcome=Outcome.NOT_SENT,
            retryable=True,
            code="source_unreadable",
        )


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a source, and the hashes of all before it; MD5 only where it is wanted."""

    position: int
    hashes: tuple[_Hash, ...]

    @property
    def sha256(self) -> str:
        """SHA-256 in hex."""
        return self.hashes[0].hexdigest()

    @property
    def md5(self) -> str:
        """MD5 in hex, "" where it is not wanted."""
        return self.hashes[1].hexdigest() if len(self.hashes) > 1 else ""


def _beginning(*, md5: bool) -> Mark:
    sha256 = hashlib.sha256()
    return Mark(0, (sha256, hashlib.md5(usedforsecurity=False)) if md5 else (sha256,))


class SourceReader:
    """Reads a source once and in order, and hashes every byte that it gives out.

    While what `read` gave is being used, the next bytes are read and those before are hashed; at
    most 12 MiB are in memory. With `part_size` no reading goes over the end of a part. It begins
    at `start`, a mark of another reader, or at the first byte.

    SHA-256 because processors compute it in hardware: it costs half of what MD5 does, which is
    taken too where it is wanted.
    """

    def __init__(
        self,
        source: UploadSource,
        timeout: float = READ_TIMEOUT,
        *,
        part_size: int = 0,
        md5: bool = False,
        start: Mark | None = None,
    ) -> None:
        start = start or _beginning(md5=md5)
        self.source = source
        self.timeout = timeout
        self.part_size = part_size or max(source.size, 1)
        self.position = start.position
        """How many bytes of the source have been given out."""
        self._read_to = start.position
        self._hashes = tuple(found.copy() for found in start.hashes)
        self._ahead: asyncio.Task[list[bytes]] | None = None
        self._hashing: asyncio.Task[Any] | None = None
        self._unhashed: deque[asyncio.Task[Any]] = deque()
        self._marks: dict[int, asyncio.Future[Mark]] = {}
        self._marks[start.position] = asyncio.get_running_loop().create_future()
        self._marks[start.position].set_result(start)

    @property
    def at_end(self) -> bool:
        """True when everything that was there at the check has been given out."""
        return self.position >= self.source.size

    async def read(self) -> list[bytes]:
        """The next bytes, in two pieces of 1 MiB, fewer at the end of a part; none at the end.

        Raises:
            SourceChangedError: the file ends earlier than at the check.
            SourceUnreadableError: the system refuses the read, or does not answer in time.
        """
        if self.at_end:
            return []
        if self._ahead is None:
            self._ahead = _started(self._read_on())
        pieces = await asyncio.shield(self._ahead)  # a call that is given up loses no bytes
        self.position += sum(map(len, pieces))
        self._ahead = None if self.at_end else _started(self._read_on())
        return pieces

    async def mark(self, position: int) -> Mark:
        """The mark at `position`: the start, or an end of a part up to which it has read."""
        return await asyncio.shield(self._marks[position])

    async def end(self) -> Mark:
        """The mark at the end, once everything has been read."""
        return await self.mark(self.source.size)

    def close(self) -> None:
        """Read on no more; nothing waits for the thread of a read that hangs."""
        if self._ahead is not None:
            self._ahead.cancel()

    async def _read_on(self) -> list[bytes]:
        """Read, and leave what was read to the hashes, which must not fall back too far."""
        left_of_part = self.part_size - self._read_to % self.part_size
        size = min(_AHEAD, left_of_part, self.source.size - self._read_to)
        while len(self._unhashed) >= _MOST_UNHASHED:
            await asyncio.wait({self._unhashed.popleft()})
        pieces = await self._from_disk(size)
        self._unhashed.append(self._then(partial(_update, self._hashes, pieces)))
        self._read_to += size
        if size == left_of_part or self._read_to == self.source.size:
            self._marks[self._read_to] = self._then(self._mark_here(self._read_to))
        return pieces

    async def _from_disk(self, size: int) -> list[bytes]:
        name = self.source.upload_name
        try:
            async with asyncio.timeout(self.timeout):
                pieces = await asyncio.to_thread(self._read, size)
        except TimeoutError:
            raise SourceUnreadableError(
                name, _("no answer for {timeout:.0f} s", timeout=self.timeout)
            ) from None
        except OSError as error:
            raise SourceUnreadableError(name, why(error)) from error
        if sum(map(len, pieces)) < size:
            raise SourceChangedError(name)
        return pieces

    def _read(self, size: int) -> list[bytes]:
        pieces: list[bytes] = []
        left, position = size, self._read_to
        while left > 0:
            piece = os.pread(self.source.fd, min(left, READ_SIZE), position)
            if not piece:
                break
            pieces.append(piece)
            left -= len(piece)
            position += len(piece)
        return pieces

    def _mark_here(self, position: int) -> Callable[[], Mark]:
        return lambda: Mark(position, tuple(found.copy() for found in self._hashes))

    def _then(self, work: Callable[[], T]) -> asyncio.Task[T]:
        """`work` in a thread, after all the work that was given here before."""
        before = self._hashing

        async def in_turn() -> T:
            if before is not None:
                await asyncio.wait({before})
            return await asyncio.to_thread(work)

        self._hashing = task = _started(in_turn())
        return task


def _update(hashes: tuple[_Hash, ...], pieces: list[bytes]) -> None:
    for found in hashes:
        for piece in pieces:
            found.update(piece)


def _started(work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """A task whose failure is told to whoever asks for its result, and to nobody else."""
    task = asyncio.create_task(work)
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    return task


class SourcePart:
    """The next part of what `reader` reads: taken in its turn, and read anew each time after.

    So parts on their way at one time need no memory, and all that leaves in turn is hashed once.
    """

    def __init__(self, reader: SourceReader) -> None:
        self._reader = reader
        self._start = reader.position
        self._end = min(self._start + reader.part_size, reader.source.size)
        self._is_begun = False
        self._is_read = asyncio.Event()
        self.has_passed = asyncio.Event()
        """To be set when it failed; the next part may begin then, or when all of it is taken."""

    @property
    def size(self) -> int:
        """Bytes of the part."""
        return self._end - self._start

    async def sha256(self) -> str:
        """SHA-256, in hex, of everything in the source up to the part's end, once that is read."""
        await self._is_read.wait()
        return (await self._reader.mark(self._end)).sha256

    async def content(self) -> AsyncIterator[bytes]:
        """The bytes of the part in pieces of 1 MiB; another time only such as the first time.

        Raises:
            SourceChangedError: the file ends earlier, or is not what it was the first time.
            SourceUnreadableError: as `SourceReader.read`.
        """
        pieces = self._anew() if self._is_begun else self._in_turn()
        self._is_begun = True
        async for piece in pieces:
            yield piece

    async def pass_over(self) -> None:
        """Read to the end of the part what `content` has left of it. Raises as `content`."""
        while self._reader.position < self._end:
            await self._reader.read()
        self._is_read.set()

    async def _in_turn(self) -> AsyncIterator[bytes]:
        while self._reader.position < self._end and not self.has_passed.is_set():
            pieces = await self._reader.read()
            if self._reader.position == self._end:
                self._is_read.set()
                self.has_passed.set()
            for piece in pieces:
                yield piece

    async def _anew(self) -> AsyncIterator[bytes]:
        first = self._reader
        start = await first.mark(self._start)
        again = SourceReader(first.source, first.timeout, part_size=first.part_size, start=start)
        try:
            while again.position < self._end:
                pieces = await again.read()
                if again.position == self._end:
                    found = await again.mark(self._end)
                    if found.sha256 != await self.sha256():
                        raise SourceChangedError(first.source.upload_name)
                for piece in pieces:
                    yield piece
        finally:
            again.close()


async def whole_source(
    source: UploadSource, sha256: str, timeout: float = READ_TIMEOUT
) -> AsyncIterator[bytes]:
    """All bytes of `source` in pieces of 1 MiB; the last are held back unless all hash to `sha256`.

    Without its last pieces a request is never complete, so a file that changed never gets stored.
    An empty `sha256` stands for "any".

    Raises:
        SourceChangedError: the content is not the one with `sha256`.
        SourceUnreadableError: as `SourceReader.read`.
    """
    reader = SourceReader(source, timeout)
    try:
        is_last = False
        while not is_last:
            pieces = await reader.read()
            is_last = reader.at_end
            if is_last and sha256 and (await reader.end()).sha256 != sha256:
                raise SourceChangedError(source.upload_name)
            for piece in pieces:
                yield piece
    finally:
        reader.close()


async def sha256_of(source: UploadSource) -> str:
    """SHA-256 of a file, in hex. Raises as `SourceReader.read`."""
    reader = SourceReader(source)
    try:
        while not reader.at_end:
            await reader.read()
        return (await reader.end()).sha256
    finally:
        reader.close()
