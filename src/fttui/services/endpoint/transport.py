"""One call over the wire: once, within a deadline, read as capped raw bytes, failures explained."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from fttui.services.answers import read_body
from fttui.services.departure import departure
from fttui.services.endpoint.error_mapping import explain, explain_client, plain
from fttui.services.endpoint.errors import UnreadableAnswerError
from fttui.services.endpoint.models import Page
from fttui.services.endpoint.reading import parse_json
from fttui.services.endpoint.upload_body import MultipartForm
from fttui.services.retrying import FIRST_PAUSE, TRIES, RetryNotice, with_retries

if TYPE_CHECKING:
    from openai import AsyncOpenAI

T = TypeVar("T")
Call = Callable[["AsyncOpenAI"], AbstractAsyncContextManager[Any]]

_PARSED_AT_ONCE = 65_536
SLOWEST_UPLOAD = 50_000  # bytes a second; slower than this counts as stuck


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds that calls may take in all, connecting included, and how often reads are tried.

    `write` is for calls that change something, plus time by size for uploads; `join` for turning
    parts into a file; `file_read` for one read of a local file. Reads that fail are tried `tries`
    times in all, with pauses from `first_pause` on.
    """

    read: float = 30.0
    write: float = 60.0
    join: float = 300.0
    file_read: float = 30.0
    tries: int = TRIES
    first_pause: float = FIRST_PAUSE

    def upload(self, size: int) -> float:
        """The deadline of a call that carries `size` bytes."""
        return self.write + size / SLOWEST_UPLOAD


class Transport:
    """Sends calls with the client that `connect` makes at the first of them.

    Everything it raises is a `ServiceError`. Only reads are tried again, with `on_retry` told
    before each wait; all other calls go out once. `proxy` names the proxy in between, or is "".
    """

    def __init__(
        self,
        host: str,
        connect: Callable[[], AsyncOpenAI],
        *,
        patience: Patience | None = None,
        on_retry: Callable[[RetryNotice], None] | None = None,
        proxy: Callable[[], str] = str,
    ) -> None:
        self.patience = patience or Patience()
        self.on_retry = on_retry
        self._host = host
        self._connect = connect
        self._proxy = proxy
        self._client: AsyncOpenAI | None = None

    async def read(self, call: Call) -> object:
        """The JSON that a read answers with."""
        return await with_retries(
            lambda: self.call(call, self.patience.read),
            self.on_retry,
            tries=self.patience.tries,
            first_pause=self.patience.first_pause,
        )

    async def read_page(self, call: Call, read_item: Callable[[object], T | None]) -> Page[T]:
        """One page of a list."""
        answer = await self.read(call)
        if not isinstance(answer, dict):
            raise self._not_the_api()
        return await asyncio.to_thread(Page.read, answer, read_item)

    async def call(self, call: Call, deadline: float) -> object:
        """The JSON that one attempt of `call` is answered with."""
        body = await self.send(call, deadline)
        try:
            if len(body) < _PARSED_AT_ONCE:
                return parse_json(body)
            return await asyncio.to_thread(parse_json, body)
        except ValueError as error:
            raise self._not_the_api(body) from error

    async def send(self, call: Call, deadline: float, cap: int | None = None) -> bytes:
        """The bytes that one attempt of `call` is answered with, refused past `cap`."""
        with departure() as call_out:
            try:
                async with asyncio.timeout(deadline), call(self.client()) as response:
                    return await read_body(response, cap)
            except Exception as error:
                raise explain(
                    error, self._host, self._proxy(), has_left=call_out.has_left
                ) from error

    def client(self) -> AsyncOpenAI:
        """The client, made at the first use.

        Raises NotSentError when it cannot be made, which is a matter of this machine: a file of
        certificates, a proxy, a header.
        """
        if self._client is None:
            try:
                self._client = self._connect()
            except Exception as error:
                raise explain_client(error) from error
        return self._client

    async def close(self) -> None:
        """Close the connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    def _not_the_api(self, body: bytes = b"") -> UnreadableAnswerError:
        kind = "a web page" if b"<html" in body[:2000].lower() else "not the API's"
        return UnreadableAnswerError(
            f"The answer of {self._host} is {kind if body else 'empty or not a list'}.",
            "Check the base URL; a proxy or a login page may stand in between.",
            code="unreadable_answer",
            detail=plain(repr(body[:200])),
        )


@asynccontextmanager
async def posted(client: AsyncOpenAI, path: str, form: MultipartForm) -> AsyncIterator[Any]:
    """POST a form as a stream; the SDK's own file arguments would read it on the event loop."""
    response: Any = await client.post(
        path,
        cast_to=object,
        content=form,
        options={"headers": {**form.headers, "X-Stainless-Raw-Response": "stream"}},
    )
    try:
        yield response
    finally:
        await response.close()
