"""The form that carries the bytes of an upload, and what the endpoint answers to it."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterable, AsyncIterator, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from datetime import datetime

from fttui.services.endpoint.models import TrainingFile
from fttui.services.endpoint.reading import as_name, as_time, raw_text

FORM_TYPE_HEADER = "X-Fttui-Content-Type"
"""Carries the form's type past the SDK, which lets no stream be a form; never goes out."""


async def counted(
    content: AsyncIterable[bytes], on_progress: Callable[[int], None] | None = None
) -> AsyncIterator[bytes]:
    """`content`, piece by piece; `on_progress` gets the bytes handed over so far."""
    handed_over = 0
    async for piece in content:
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
