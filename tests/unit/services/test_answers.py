"""No body that an endpoint sends is read without a bound."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator

import httpx2
import pytest

from fttui.services.endpoint.errors import UnreadableAnswerError
from fttui.services.endpoint.reading import (
    ANSWER_CAP,
    ERROR_CAP,
    PACKED_ERROR_CAP,
    cap_answer,
    read_body,
)

KB = 1024


class Stream(httpx2.AsyncByteStream):
    """A megabyte in pieces that fit no bound; `read` counts those that were asked for."""

    def __init__(self) -> None:
        self.read = 0
        self.closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for _ in range(1000):
            self.read += 1
            yield b"x" * 1000

    async def aclose(self) -> None:
        self.closed = True


def capped(status: int, headers: dict[str, str]) -> tuple[int, Stream]:
    """How many bytes of the stream are handed on, and the stream."""
    stream = Stream()
    response = httpx2.Response(status, headers=headers, stream=stream)

    async def read() -> int:
        await cap_answer(response)
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        size = sum([len(chunk) async for chunk in response.stream])
        await response.stream.aclose()
        return size

    return asyncio.run(read()), stream


@pytest.mark.parametrize(
    ("status", "headers", "size"),
    [
        (500, {}, ERROR_CAP),
        (300, {}, ERROR_CAP),
        (400, {"content-encoding": "gzip"}, PACKED_ERROR_CAP),
        (299, {}, 1_000_000),
        (200, {"content-encoding": "gzip"}, 1_000_000),
    ],
)
def test_an_error_ends_early_and_a_packed_one_earlier(
    status: int, headers: dict[str, str], size: int
) -> None:
    read, stream = capped(status, headers)
    assert read == size
    assert stream.read == math.ceil(size / 1000) and stream.closed


def test_the_bounds_are_such_that_nothing_grows_past_the_memory() -> None:
    assert PACKED_ERROR_CAP == 16 * KB < ERROR_CAP == 256 * KB < ANSWER_CAP == 64 * KB * KB


class _Answer:
    def __init__(self, *chunks: bytes) -> None:
        self._chunks = chunks

    async def aiter_bytes(self) -> AsyncIterator[bytes]:
        for chunk in self._chunks:
            yield chunk


def test_an_answer_up_to_the_cap_is_read_and_a_larger_one_refused() -> None:
    whole = asyncio.run(read_body(_Answer(b"ab", b"cd"), cap=4))
    assert whole == b"abcd"
    with pytest.raises(UnreadableAnswerError) as refused:
        asyncio.run(read_body(_Answer(b"ab", b"cde"), cap=4))
    assert refused.value.code == "answer_too_large"
