"""Reads JSON request bodies, with a limit on what is taken into memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import errors
from .parameters import Fields

if TYPE_CHECKING:
    from starlette.requests import Request

MAX_JSON = 16 * 1024 * 1024


async def read_fields(request: Request) -> Fields:
    """The request's body as one JSON object; 400 if it is none, 413 if it is over 16 MiB."""
    body = bytearray()
    async for block in request.stream():
        body += block
        if len(body) > MAX_JSON:
            raise errors.too_large(MAX_JSON)
    return Fields.from_json(bytes(body))
