"""The bytes of an upload: read in threads from an open descriptor, hashed, wrapped as a form.

A read that hangs (a dead network mount) must not stop the loop that every other call runs on, so
reads happen in threads with a watch-dog. Each reads by position, which leaves the descriptor alone.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
from collections.abc import (
    AsyncIterable,
    AsyncIterator,
    Callable,
    Mapping,
    MutableMapping,
    Sequence,
)
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from fttui.disk.reading import why
from fttui.services.endpoint.errors import Outcome, ServiceError
from fttui.services.endpoint.models import TrainingFile
from fttui.services.endpoint.reading import as_name, as_time, raw_text
from fttui.terminal.language import _

READ_SIZE = 1024 * 1024
_AHEAD = 2 * READ_SIZE
READ_TIMEOUT = 30.0
FORM_TYPE_HEADER = "X-Fttui-Content-Type"
"""Carries the form's type past the SDK, which lets no stream be a form; never goes out."""


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


class SourceReader:
    """Reads a source from its first byte to its last, once, with the SHA-256 of what was read.

    SHA-256 because processors compute it in hardware: it costs half of what MD5 does, which is
    taken too where it is wanted.
    """

    def __init__(
        self, source: UploadSource, timeout: float = READ_TIMEOUT, *, md5: bool = False
    ) -> None:
        self._source = source
        self._timeout = timeout
        self._sha256 = hashlib.sha256()
        self._md5 = hashlib.md5(usedforsecurity=False) if md5 else None
        self.position = 0

    @property
    def sha256(self) -> str:
        """Hex digest of everything up to `position`."""
        return self._sha256.hexdigest()

    @property
    def md5(self) -> str:
        """Hex digest of everything up to `position`, "" where it is not wanted."""
        return self._md5.hexdigest() if self._md5 else ""

    @property
    def at_end(self) -> bool:
        """True when everything that was there at the check has been read."""
        return self.position >= self._source.size

    async def read(self, size: int) -> list[bytes]:
        """The next `size` bytes in pieces of 1 MiB, fewer only at the end that was checked.

        Raises:
            SourceChangedError: the file ends earlier.
            SourceUnreadableError: the system refuses the read, or does not answer in time.
        """
        want = min(size, self._source.size - self.position)
        name = self._source.upload_name
        try:
            async with asyncio.timeout(self._timeout):
                pieces = await asyncio.to_thread(self._read, want)
        except TimeoutError:
            raise SourceUnreadableError(
                name, _("no answer for {timeout:.0f} s", timeout=self._timeout)
            ) from None
        except OSError as error:
            raise SourceUnreadableError(name, why(error)) from error
        if sum(map(len, pieces)) < want:
            raise SourceChangedError(name)
        self.position += want
        return pieces

    def _read(self, size: int) -> list[bytes]:
        pieces: list[bytes] = []
        left, position = size, self.position
        while left > 0:
            piece = os.pread(self._source.fd, min(left, READ_SIZE), position)
            if not piece:
                break
            self._sha256.update(piece)
            if self._md5:
                self._md5.update(piece)
            pieces.append(piece)
            left -= len(piece)
            position += len(piece)
        return pieces


async def whole_source(
    source: UploadSource,
    sha256: str,
    on_progress: Callable[[int], None] | None = None,
    timeout: float = READ_TIMEOUT,
) -> AsyncIterator[bytes]:
    """All bytes of `source` in pieces of 1 MiB; the last are held back unless all hash to `sha256`.

    Without its last pieces a request is never complete, so a file that changed never gets stored.
    An empty `sha256` stands for "any". `on_progress` gets the bytes handed over so far.

    Raises:
        SourceChangedError: the content is not the one with `sha256`.
        SourceUnreadableError: as `SourceReader.read`.
    """
    reader = SourceReader(source, timeout)
    handed_over = 0
    ahead: asyncio.Task[list[bytes]] | None = asyncio.create_task(reader.read(_AHEAD))
    try:
        while ahead is not None:
            pieces = await ahead
            if reader.at_end and sha256 and reader.sha256 != sha256:
                raise SourceChangedError(source.upload_name)
            # The disk and the hash work while the network does.
            ahead = None if reader.at_end else asyncio.create_task(reader.read(_AHEAD))
            for piece in pieces:
                yield piece
                handed_over += len(piece)
                if on_progress:
                    on_progress(handed_over)
    finally:
        if ahead is not None:
            ahead.cancel()


async def pieces_of(
    content: Sequence[bytes], on_progress: Callable[[int], None] | None = None
) -> AsyncIterator[bytes]:
    """`content`, piece by piece; `on_progress` gets the bytes handed over so far."""
    handed_over = 0
    for piece in content:
        yield piece
        handed_over += len(piece)
        if on_progress:
            on_progress(handed_over)


def restore_form_type(headers: MutableMapping[str, str]) -> None:
    """Turn `FORM_TYPE_HEADER`, if there is one, into the request's Content-Type."""
    if FORM_TYPE_HEADER in headers:
        headers["Content-Type"] = headers.pop(FORM_TYPE_HEADER)


class MultipartForm:
    """A form with plain fields and one file, sent as a stream of known length.

    `headers` must go with it. `name` is a harmless file name (see `UploadSource.upload_name`).
    """

    def __init__(
        self,
        fields: Mapping[str, str],
        field: str,
        name: str,
        content: AsyncIterable[bytes],
        size: int,
    ) -> None:
        boundary = secrets.token_hex(16)
        lines = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
            for key, value in fields.items()
        ]
        lines.append(
            f"--{boundary}\r\nContent-Disposition: form-data; "
            f'name="{field}"; filename="{name}"\r\nContent-Type: application/jsonl\r\n\r\n'
        )
        self._head = "".join(lines).encode()
        self._tail = f"\r\n--{boundary}--\r\n".encode()
        self._content = content
        self.headers = {
            FORM_TYPE_HEADER: f"multipart/form-data; boundary={boundary}",
            "Content-Length": str(len(self._head) + size + len(self._tail)),
        }

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._head
        async for chunk in self._content:
            yield chunk
        yield self._tail


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload; `file` is there once it is completed. It dies at `expires_at`."""

    raw_id: str
    status: str | None = None
    expires_at: datetime | None = None
    file: TrainingFile | None = None

    @classmethod
    def read(cls, value: object) -> Upload | None:
        """Read one upload; None when `value` is not an object at all."""
        if not isinstance(value, dict):
            return None
        return cls(
            raw_id=raw_text(value.get("id")),
            status=as_name(value.get("status"), 40),
            expires_at=as_time(value.get("expires_at")),
            file=TrainingFile.read(value.get("file")),
        )


@dataclass(frozen=True, slots=True)
class UploadPart:
    """One acknowledged part of an upload."""

    raw_id: str

    @classmethod
    def read(cls, value: object) -> UploadPart | None:
        """Read one part; None when `value` is not an object at all."""
        return cls(raw_text(value.get("id"))) if isinstance(value, dict) else None
