"""The app shown in a browser: what says that it is, and the packets that it is shown by.

`textual serve` starts a process for each page, and passes on what stands in packets: a letter for
the kind, the length in four bytes, then the content. `D` is what a terminal would get or send; `M`
is JSON about the page, such as its size.
"""

from __future__ import annotations

import json
import os
import select
import time
from collections.abc import Iterator, Mapping

DRIVER_VARIABLE = "TEXTUAL_DRIVER"
"""Set by `textual serve`, in the place of a terminal."""

GREETING = b"__GANGLION__\n"
"""What `textual serve` waits for before it passes anything on."""

_WEB_DRIVER = "textual.drivers.web_driver:WebDriver"
_HEAD = 5
_LARGEST = 1 << 24


class PageGone(Exception):  # noqa: N818 - reads as what happened
    """The page was closed, or what serves it has ended."""


def in_browser(environ: Mapping[str, str]) -> bool:
    """True where a browser shows the app in the place of a terminal."""
    return environ.get(DRIVER_VARIABLE) == _WEB_DRIVER


def packet(kind: bytes, content: bytes) -> bytes:
    """One packet, as it is written and read."""
    return kind + len(content).to_bytes(4, "big") + content


def packets(descriptor: int, seconds: float) -> Iterator[tuple[bytes, bytes]]:
    """Kind and content of each packet that comes; not a byte more is read than that of one.

    Raises PageGone at the end of the input, when `seconds` have passed, and at one of over 16 MB.
    """
    end = time.monotonic() + seconds
    while True:
        head = _exactly(descriptor, _HEAD, end)
        size = int.from_bytes(head[1:], "big")
        if size > _LARGEST:
            raise PageGone
        yield head[:1], _exactly(descriptor, size, end)


def _exactly(descriptor: int, count: int, end: float) -> bytes:
    parts = []
    while count:
        if not select.select([descriptor], [], [], max(end - time.monotonic(), 0))[0]:
            raise PageGone
        part = os.read(descriptor, count)
        if not part:
            raise PageGone
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def about(content: bytes) -> dict[str, object]:
    """What an `M` packet tells; empty where that is no JSON object."""
    try:
        told = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}
