"""Reads multipart forms as they arrive: the file goes straight to disk, never into memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from . import errors
from .blobs import BlobStore, BlobWriter
from .errors import ApiError
from .parameters import whole_number

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks
    from starlette.requests import Request

_MAX_FIELD = 64 * 1024
_MAX_FRAME = 1024 * 1024
"""What the fields, headers and boundaries around a file may take."""


@dataclass
class Form:
    """The small fields of a form, and the one file that came with it."""

    fields: dict[str, str] = field(default_factory=dict)
    filename: str = ""
    file: BlobWriter | None = None


class _Reader:
    """Follows the parser: which part is being read, and where its bytes go."""

    def __init__(self, blobs: BlobStore, file_field: str, max_bytes: int) -> None:
        self.form = Form()
        self.finished = False
        self._blobs = blobs
        self._file_field = file_field
        self._max_bytes = max_bytes
        self._header_name = b""
        self._header_value = b""
        self._disposition = b""
        self._name = ""
        self._text: bytearray | None = None

    def callbacks(self) -> MultipartCallbacks:
        return {
            "on_part_begin": self.on_part_begin,
            "on_header_field": self.on_header_field,
            "on_header_value": self.on_header_value,
            "on_header_end": self.on_header_end,
            "on_headers_finished": self.on_headers_finished,
            "on_part_data": self.on_part_data,
            "on_part_end": self.on_part_end,
            "on_end": self.on_end,
        }

    def on_part_begin(self) -> None:
        self._disposition = b""

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def on_header_end(self) -> None:
        if self._header_name.lower() == b"content-disposition":
            self._disposition = self._header_value
        self._header_name = self._header_value = b""

    def on_headers_finished(self) -> None:
        _, options = parse_options_header(self._disposition)
        self._name = options.get(b"name", b"").decode("utf-8", "replace")
        if self._name != self._file_field:
            self._text = bytearray()
            return
        if self.form.file is not None:
            raise ApiError(400, f"'{self._name}' was sent twice.", param=self._name)
        self._text = None
        self.form.filename = options.get(b"filename", b"").decode("utf-8", "replace")
        self.form.file = self._blobs.writer()

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._text is not None:
            self._text += data[start:end]
            if len(self._text) > _MAX_FIELD:
                raise errors.too_large(_MAX_FIELD)
            return
        assert self.form.file is not None
        if self.form.file.size + end - start > self._max_bytes:
            raise errors.too_large(self._max_bytes)
        self.form.file.write(memoryview(data)[start:end])

    def on_part_end(self) -> None:
        if self._text is not None:
            self.form.fields[self._name] = self._text.decode("utf-8", "replace")

    def on_end(self) -> None:
        self.finished = True

    def check_frame(self, received: int) -> None:
        """Refuses a form of which too much is not the file: all of that is kept in memory."""
        if received - (self.form.file.size if self.form.file else 0) > _MAX_FRAME:
            raise errors.too_large(_MAX_FRAME)

    def check_complete(self) -> None:
        """Raises ApiError 400 for a form that is cut off, or has no file."""
        if not self.finished:
            raise ApiError(400, "The form ended before its last boundary.")
        if self.form.file is None:
            raise errors.missing(self._file_field)


async def read_form(request: Request, blobs: BlobStore, *, file_field: str, max_bytes: int) -> Form:
    """Reads a whole form; the caller owns `form.file` and must store or discard it.

    Raises ApiError 400 for a body that is no complete form or has no file, 413 for a file over
    `max_bytes`.
    """
    content_type, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary")
    if content_type != b"multipart/form-data" or not boundary:
        raise ApiError(400, "The request must be a form: Content-Type multipart/form-data.")
    announced = whole_number(request.headers.get("content-length", ""))
    if announced is not None and announced > max_bytes + _MAX_FRAME:
        raise errors.too_large(max_bytes)
    reader = _Reader(blobs, file_field, max_bytes)
    received = 0
    try:
        parser = MultipartParser(boundary, reader.callbacks())
        async for block in request.stream():
            received += len(block)
            parser.write(block)
            reader.check_frame(received)
            if reader.form.file is not None:
                await reader.form.file.drain()
        reader.check_complete()
    except FormParserError as error:
        _discard(reader.form)
        raise ApiError(400, f"The form could not be read: {error}.") from None
    except BaseException:
        _discard(reader.form)
        raise
    return reader.form


def _discard(form: Form) -> None:
    if form.file is not None:
        form.file.discard()
