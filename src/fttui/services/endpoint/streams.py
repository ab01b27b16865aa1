"""Server-sent events where a list was asked for: what came of them, within bounds."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from fttui.services.endpoint.reading import parse_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx2

_MOST_BYTES = 4 * 1024 * 1024
_MOST_SILENCE = 1.5
"""Seconds without a byte after which a stream that has told something has told all for now."""
_STREAMS = frozenset(
    {
        "text/event-stream",
        "application/x-ndjson",
        "application/ndjson",
        "application/jsonl",
        "application/x-jsonlines",
    }
)
_DONE = b"[DONE]"
_FIELDS = (b"data:", b"event:", b"id:", b"retry:", b":")


def is_stream(headers: Mapping[str, str]) -> bool:
    """True when an answer says that it is a stream of events, or of lines of JSON."""
    return headers.get("content-type", "").partition(";")[0].strip().lower() in _STREAMS


async def read_stream(response: httpx2.Response, seconds: float) -> bytes:
    """What comes of a stream within so many seconds, that ends by itself or not."""
    body = b""
    chunks = response.aiter_bytes()
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while len(body) < _MOST_BYTES and _DONE not in body[-64:]:
        left = end - loop.time()
        try:
            async with asyncio.timeout(min(left, _MOST_SILENCE) if body else left):
                body += await anext(chunks)
        except (TimeoutError, StopAsyncIteration):
            break
        except Exception:
            if not body:
                raise
            break
    return body


def looks_streamed(body: bytes) -> bool:
    """True for a body in the form of server-sent events."""
    return body.lstrip().startswith(_FIELDS)


def page_of_stream(body: bytes) -> dict[str, object]:
    """The objects of a stream as a page of a list, the newest first; an unfinished one is left."""
    found: list[dict[str, object]] = []
    for block in body.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n\n"):
        lines = block.split(b"\n")
        data = b"\n".join(
            line[5:].removeprefix(b" ") for line in lines if line.startswith(b"data:")
        )
        try:
            told = parse_json(data)
        except ValueError:
            continue
        if isinstance(told, dict):
            inner = told.get("data")
            entries = inner if isinstance(inner, list) else [told]
            found += [one for one in entries if isinstance(one, dict)]
    return _page(found)


def page_of_lines(body: bytes) -> dict[str, object] | None:
    """JSON objects, one a line, as a page of a list, the newest first; None for anything else.

    A last line that is not whole is left.
    """
    lines = [line for line in body.splitlines() if line.strip()]
    found: list[dict[str, object]] = []
    for at, line in enumerate(lines):
        try:
            told = parse_json(line)
        except ValueError:
            told = None
        if isinstance(told, dict):
            found.append(told)
        elif at == 0 or at < len(lines) - 1:
            return None
    return _page(found) if len(lines) > 1 else None


def _page(found: list[dict[str, object]]) -> dict[str, object]:
    if not _is_newest_first(found):
        found.reverse()
    return {"object": "list", "data": found, "has_more": False}


def _is_newest_first(found: list[dict[str, object]]) -> bool:
    if len(found) < 2:
        return True
    first, last = found[0].get("created_at"), found[-1].get("created_at")
    if isinstance(first, int | float) and isinstance(last, int | float):
        return first > last
    if isinstance(first, str) and isinstance(last, str):
        return first > last
    return first is last is None  # as told: who reads it knows what that means
