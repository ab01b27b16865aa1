"""The bytes of an upload: read ahead from an open descriptor, and hashed while they are sent.

A read that hangs (a dead network mount) must not stop the loop that every other call runs on, so
reads happen in threads with a watch-dog. Each reads by position, which leaves the descriptor alone,
and hashes what it has read, while the loop sends what was read before.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections import deque
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Protocol

from fttui.disk.reading import why
from fttui.services.endpoint.errors import Outcome, ServiceError
from fttui.terminal.language import _

if TYPE_CHECKING:
    from hashlib import _Hash

READ_SIZE = 1024 * 1024
_AT_ONCE = 2 * READ_SIZE
_MOST_AHEAD = 3
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


class Mark:
    """A place in a source, and the hashes of all before it; MD5 only where it is wanted."""

    def __init__(self, position: int, *hashes: _Hash) -> None:
        self.position = position
        self._hashes = hashes

    @classmethod
    def beginning(cls, *, md5: bool) -> Mark:
        """The mark before the first byte."""
        wanted = [hashlib.sha256()] + [hashlib.md5(usedforsecurity=False)] * md5
        return cls(0, *wanted)

    @property
    def sha256(self) -> str:
        """SHA-256 in hex."""
        return self._hashes[0].hexdigest()

    @property
    def md5(self) -> str:
        """MD5 in hex, "" where it is not wanted."""
        return self._hashes[1].hexdigest() if len(self._hashes) > 1 else ""

    def behind(self, piece: bytes) -> Mark:
        """The mark behind `piece`, which comes next; this one stays where it is."""
        hashes = [found.copy() for found in self._hashes]
        for found in hashes:
            found.update(piece)
        return Mark(self.position + len(piece), *hashes)


class SourceReader:
    """Reads a source once and in order, and hashes every byte that it gives out.

    A thread reads and hashes what comes next while what `read` gave is being used; at most 12 MiB
    are in memory. With `part_size` no reading goes over the end of a part. It begins at `start`,
    a mark of another reader, or at the first byte.

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
        start = start or Mark.beginning(md5=md5)
        self.source = source
        self.timeout = timeout
        self.part_size = part_size or max(source.size, 1)
        self.position = start.position
        """How many bytes of the source have been given out."""
        self._read_to = start
        self._marks = {start.position: start}
        self._read_ahead: asyncio.Queue[list[bytes] | ServiceError] = asyncio.Queue(_MOST_AHEAD)
        self._reading: asyncio.Task[None] | None = None

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
        if self._reading is None:
            self._reading = asyncio.create_task(self._read_on())
        found = await self._read_ahead.get()
        if isinstance(found, ServiceError):
            self._read_ahead.put_nowait(found)  # for whoever reads on all the same
            raise found
        self.position += sum(map(len, found))
        return found

    def mark(self, position: int) -> Mark:
        """The mark at `position`: the start, or an end of a part up to which it has read."""
        return self._marks[position]

    def end(self) -> Mark:
        """The mark at the end, once everything has been read."""
        return self.mark(self.source.size)

    def close(self) -> None:
        """Read on no more; nothing waits for the thread of a read that hangs."""
        if self._reading is not None:
            self._reading.cancel()

    async def _read_on(self) -> None:
        try:
            while self._read_to.position < self.source.size:
                await self._read_ahead.put(await self._next())
        except ServiceError as error:
            await self._read_ahead.put(error)

    async def _next(self) -> list[bytes]:
        name, position = self.source.upload_name, self._read_to.position
        left_of_part = self.part_size - position % self.part_size
        size = min(_AT_ONCE, left_of_part, self.source.size - position)
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
        if size == left_of_part or self._read_to.position == self.source.size:
            self._marks[self._read_to.position] = self._read_to
        return pieces

    def _read(self, size: int) -> list[bytes]:
        """Read on in a thread, and hash each piece while the processor still has it at hand."""
        pieces: list[bytes] = []
        mark = self._read_to
        end = mark.position + size
        while mark.position < end:
            piece = os.pread(self.source.fd, min(end - mark.position, READ_SIZE), mark.position)
            if not piece:
                break
            mark = mark.behind(piece)
            pieces.append(piece)
        self._read_to = mark
        return pieces


class Room:
    """Memory for bytes that are read and not sent yet: about `most` of them at one time."""

    def __init__(self, most: int) -> None:
        self._left = most
        self._is_there = asyncio.Event()

    async def take(self, size: int) -> None:
        """Wait until there is any room left, and take `size` bytes."""
        while self._left <= 0:
            self._is_there.clear()
            await self._is_there.wait()
        self._left -= size

    def give(self, size: int) -> None:
        """Give `size` bytes back."""
        self._left += size
        self._is_there.set()


class SourcePart:
    """The next part of what `reader` reads; it waits in `room` to be sent the first time.

    For each other time it is read anew, so that nothing is kept while an answer is waited for.
    """

    def __init__(self, reader: SourceReader, room: Room) -> None:
        self._reader = reader
        self._room = room
        self._start = reader.position
        self._end = min(self._start + reader.part_size, reader.source.size)
        self._kept: deque[bytes] = deque()
        self._is_kept = True
        self._has_more = asyncio.Event()
        self._is_read = asyncio.Event()

    @property
    def size(self) -> int:
        """Bytes of the part."""
        return self._end - self._start

    async def read(self) -> None:
        """Read it, and keep it for `content` unless that was let go.

        Raises:
            SourceChangedError: as `SourceReader.read`.
            SourceUnreadableError: likewise.
        """
        while self._reader.position < self._end:
            for piece in await self._reader.read():
                if self._is_kept:
                    await self._room.take(len(piece))
                    self._kept.append(piece)
                    self._has_more.set()
            if not self._is_kept:
                self.let_go()  # of what has come since
        self._is_read.set()
        self._has_more.set()

    def let_go(self) -> None:
        """Keep nothing of it any more; what is sent of it from now on is read anew."""
        self._is_kept = False
        while self._kept:
            self._room.give(len(self._kept.popleft()))

    async def sha256(self) -> str:
        """SHA-256, in hex, of everything in the source up to the part's end, once that is read."""
        await self._is_read.wait()
        return self._reader.mark(self._end).sha256

    async def content(self) -> AsyncIterator[bytes]:
        """The bytes of the part in pieces of 1 MiB; another time only such as the first time.

        Raises:
            SourceChangedError: the file ends earlier, or is not what it was the first time.
            SourceUnreadableError: as `SourceReader.read`.
        """
        async for piece in self._as_read() if self._is_kept else self._anew():
            yield piece

    async def _as_read(self) -> AsyncIterator[bytes]:
        while self._kept or not self._is_read.is_set():
            if self._kept:
                piece = self._kept.popleft()
                self._room.give(len(piece))
                yield piece
            else:
                self._has_more.clear()
                await self._has_more.wait()

    async def _anew(self) -> AsyncIterator[bytes]:
        first = self._reader
        start = first.mark(self._start)
        again = SourceReader(first.source, first.timeout, part_size=first.part_size, start=start)
        try:
            while again.position < self._end:
                pieces = await again.read()
                is_last = again.position == self._end
                if is_last and again.mark(self._end).sha256 != await self.sha256():
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
            if is_last and sha256 and reader.end().sha256 != sha256:
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
        return reader.end().sha256
    finally:
        reader.close()
