"""Whether anything of a call has left: what fails before has certainly not been sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx2

_FIRST_BYTE = "send_request_headers.started"


@dataclass
class Departure:
    """One call; `has_left` from the moment that the first byte of its request may be out.

    What fails before that has certainly not been sent.
    """

    has_left: bool = False


_current: ContextVar[Departure | None] = ContextVar("departure", default=None)


@contextmanager
def departure() -> Iterator[Departure]:
    """Watch the calls that are made in the block."""
    watched = Departure()
    token = _current.set(watched)
    try:
        yield watched
    finally:
        _current.reset(token)


def watch(request: httpx2.Request) -> None:
    """Have `request` tell the block that it is made in when it leaves."""
    watched = _current.get()
    if watched is None:
        return

    async def trace(event: str, info: Mapping[str, Any]) -> None:
        if event.endswith(_FIRST_BYTE):
            # What goes to a proxy first only asks for a way to the endpoint.
            method = getattr(info.get("request"), "method", b"")
            watched.has_left = watched.has_left or method != b"CONNECT"

    request.extensions["trace"] = trace
