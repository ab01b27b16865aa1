"""MD5 of uploads, worked out while later parts are still on their way.

The order of the parts is known only when an upload is completed. Until then it is taken to be
the order in which they began to arrive; where that was wrong, the hash begins anew.
"""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from . import errors
from .blobs import READ_SIZE, BlobStore

if TYPE_CHECKING:
    from hashlib import _Hash


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
