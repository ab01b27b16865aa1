"""Reading an answer's bytes with a bound, so that no answer can fill the memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fttui.services.endpoint.errors import UnreadableAnswerError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx2

ANSWER_CAP = 64 * 1024 * 1024
ERROR_CAP = 256 * 1024
PACKED_ERROR_CAP = 16 * 1024


async def read_body(response: Any, cap: int | None = None) -> bytes:
    """The decoded body of a streamed SDK response.

    Raises:
        UnreadableAnswerError: the body is larger than `cap` bytes (64 MiB unless told).
    """
    bound = ANSWER_CAP if cap is None else cap
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.iter_bytes():
        size += len(chunk)
        if size > bound:
            raise UnreadableAnswerError(
                f"The answer is larger than {bound // (1024 * 1024)} MB, so it was not read.",
                "Ask for less at a time, or check that the base URL is right.",
                code="answer_too_large",
            )
        chunks.append(chunk)
    return b"".join(chunks)


async def cap_answer(response: httpx2.Response) -> None:
    """A response hook: error bodies, which the SDK reads whole, end after 256 KiB.

    Compressed ones end after 16 KiB, because they may grow a thousandfold.
    """
    if response.status_code >= 300:
        packed = "content-encoding" in response.headers
        cap = PACKED_ERROR_CAP if packed else ERROR_CAP
        response.stream = _capped(response.stream, cap)


def _capped(inner: Any, cap: int) -> httpx2.AsyncByteStream:
    """The first `cap` bytes of another stream."""
    import httpx2

    class CappedStream(httpx2.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            left = cap
            async for chunk in inner:
                yield chunk[:left]
                left -= len(chunk)
                if left <= 0:
                    return

        async def aclose(self) -> None:
            await inner.aclose()

    return CappedStream()
