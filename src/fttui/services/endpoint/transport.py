"""One call over the wire: once, within a deadline, read as capped raw bytes, failures explained."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from fttui.services.endpoint.connection import Connection
from fttui.services.endpoint.departures import departure
from fttui.services.endpoint.error_mapping import map_error
from fttui.services.endpoint.errors import (
    ConnectionLostError,
    ServiceError,
    UnreadableAnswerError,
    cause_of,
)
from fttui.services.endpoint.lists import ListKind, NoContent, page_body
from fttui.services.endpoint.pages import Page, PageLink, PageNumber, page_query
from fttui.services.endpoint.reading import parse_json, pieces_of, read_body
from fttui.services.endpoint.refusals import plain, said_in
from fttui.services.endpoint.retries import FIRST_PAUSE, TRIES, RetryNotice, with_retries
from fttui.services.endpoint.streams import (
    is_stream,
    looks_streamed,
    page_of_lines,
    page_of_stream,
    read_stream,
)
from fttui.terminal.language import _

if TYPE_CHECKING:
    import httpx2
    from openai import AsyncOpenAI


T = TypeVar("T")

Call = Callable[["AsyncOpenAI"], AbstractAsyncContextManager[Any]]
Answer = AbstractAsyncContextManager["httpx2.Response"]
Query = Mapping[str, object]
Take = Callable[[bytes], object]
NO_QUERY: Query = {}
_NO_SUCH_PAGE = frozenset({400, 404, 416, 422})

_BLANK = b"\xef\xbb\xbf \t\r\n"
_ANYTHING = "application/binary, */*"
_A_STREAM = "text/event-stream, application/json"

EMPTY_ANSWER = "empty_answer"
_NO_CONTENT = 204
_PARSED_AT_ONCE = 65_536
_PIECE = 1 << 20
_SOON = 0.25
"""Bytes and seconds, after either of which what has come of a file is handed on."""
SLOWEST_UPLOAD = 50_000  # bytes a second; slower than this counts as stuck


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds that calls may take in all, connecting included, and how often reads are tried.

    `write` is for calls that change something, plus time by size for uploads; `join` for turning
    parts into a file; `file_read` for one read of a local file; `stream` for listening to a stream
    of events, and `part` for all that is done to read one part of a job. A chat has `first_answer`
    until something is said, for a model may have to be loaded, and then `answer` for each piece.
    Reads that fail are tried `tries` times in all, with pauses from `first_pause` on.
    """

    read: float = 30.0
    write: float = 60.0
    join: float = 300.0
    file_read: float = 30.0
    stream: float = 5.0
    part: float = 10.0
    first_answer: float = 300.0
    answer: float = 60.0
    tries: int = TRIES
    first_pause: float = FIRST_PAUSE

    def upload(self, size: int) -> float:
        """The deadline of a call that carries `size` bytes."""
        return self.write + size / SLOWEST_UPLOAD


class Transport:
    """Sends calls over a connection, which it closes at the end.

    Everything it raises is a `ServiceError`, but for what `receive` tells. Only `read` and
    `read_page` try again, with `on_retry` told before each wait; all other calls go out once.
    `proxy` names the proxy in between, or is "". `key_advice` says how to give another key.
    """

    def __init__(
        self,
        host: str,
        connection: Connection,
        *,
        timeouts: Timeouts | None = None,
        on_retry: Callable[[RetryNotice], None] | None = None,
        proxy: Callable[[], str] = str,
        key_advice: str = "",
    ) -> None:
        self.timeouts = timeouts or Timeouts()
        self.on_retry = on_retry
        self._host = host
        self._connection = connection
        self._proxy = proxy
        self._key_advice = key_advice

    async def read(self, path: str, query: Query = NO_QUERY, tries: int | None = None) -> object:
        """The JSON that a path answers with, tried so often where that is not the usual.

        A path that is silent is not tried for longer than one read may take.
        """
        return await with_retries(
            lambda: self.get(path, query),
            self.on_retry,
            tries=tries or self.timeouts.tries,
            first_pause=self.timeouts.first_pause,
            silence=self.timeouts.read,
        )

    async def read_page(
        self,
        path: str,
        query: Query,
        kind: ListKind,
        read_item: Callable[[object], T | None],
        tries: int | None = None,
    ) -> Page[T]:
        """One page of a list of this kind; raises UnreadableAnswerError for anything else.

        Whoever refuses a page by its number has no more pages: the list is cut.
        """
        asked = query.get("after")
        try:
            answer = await self.read(path, page_query(query), tries)
        except ServiceError as error:
            if isinstance(asked, PageNumber | PageLink) and error.status in _NO_SUCH_PAGE:
                return Page((), is_cut=True)
            raise
        body = page_body(answer, kind)
        if body is None:
            raise self._no_list(answer, kind)
        return await asyncio.to_thread(Page.read, body, read_item, asked)

    def as_list(self, answer: object) -> object:
        """`answer` if it may be a list of the API; raises UnreadableAnswerError."""
        if not isinstance(answer, dict):
            raise self._not_the_api()
        return answer

    async def get(self, path: str, query: Query = NO_QUERY) -> object:
        """The JSON that one GET of a path is answered with."""
        return await self._json(
            lambda: self._connection.get(path, query, "application/json"), self.timeouts.read
        )

    async def change(self, call: Call, deadline: float) -> object:
        """The JSON that one attempt of a call of the SDK is answered with."""
        sdk = await self._connection.sdk()
        return await self._json(lambda: _plainly(call(sdk)), deadline)

    async def prepare(self) -> None:
        """Make the SDK's client, so that what fails on this machine fails now."""
        await self._connection.sdk()

    async def content(self, path: str, deadline: float, cap: int) -> bytes:
        """The bytes of a file, refused past `cap`; one attempt."""
        async with self._answer(lambda: self._connection.get(path, {}, _ANYTHING), deadline) as got:
            content = await read_body(got, cap)
            self._require_no_web_page(got, content)
            return content

    @asynccontextmanager
    async def posted(
        self, path: str, body: Mapping[str, object], limit: asyncio.Timeout
    ) -> AsyncIterator[httpx2.Response]:
        """The answer to one POST of JSON, to be read as it comes.

        Whoever reads it may move `limit`, which bounds the whole block.
        """
        async with self._answer(
            lambda: self._connection.post(path, body, _A_STREAM), limit
        ) as response:
            yield response

    async def receive(self, path: str, deadline: float, take: Take, cap: int) -> int:
        """Hand the bytes of a file to `take` as they come, in one attempt; their number.

        `take` may be a coroutine; it gets a megabyte at a time, or what has come in a while. An
        OSError of it is raised as it is: the disk is full, and no connection was lost.
        """
        failed: OSError | None = None
        size = 0

        def ask() -> Answer:
            return self._connection.get(path, {}, _ANYTHING)

        try:
            async with self._answer(ask, deadline) as response:
                async for piece in _gathered(pieces_of(response, cap)):
                    if not size:
                        self._require_no_web_page(response, piece)
                    size += len(piece)
                    try:
                        await _taken(take, piece)
                    except OSError as error:
                        failed = error
                        raise
        except ServiceError:
            if failed is not None:
                raise failed from None
            raise
        return size

    def _require_no_web_page(self, response: httpx2.Response, content: bytes) -> None:
        """Raise for the page of a proxy or a login in the place of a file."""
        is_html = "html" in response.headers.get("content-type", "")
        if is_html and content[:200].lstrip(_BLANK).lower().startswith(
            (b"<!doctype html", b"<html")
        ):
            raise self._not_the_api(content)

    async def close(self) -> None:
        """Close the connections."""
        await self._connection.close()

    async def _json(self, ask: Callable[[], Answer], deadline: float) -> object:
        async with self._answer(ask, deadline) as response:
            streamed = is_stream(response.headers)
            seconds = min(self.timeouts.stream, deadline)
            body = await (read_stream(response, seconds) if streamed else read_body(response))
        if response.status_code == _NO_CONTENT and not body:
            return NoContent()
        if looks_streamed(body):
            return page_of_stream(body)
        try:
            if len(body) < _PARSED_AT_ONCE:
                told = parse_json(body)
            else:
                told = await asyncio.to_thread(parse_json, body)
        except ValueError as error:
            page = await asyncio.to_thread(page_of_lines, body)
            if page is None:
                problem = self._not_the_api(body)
                problem.code = problem.code if body.strip() else EMPTY_ANSWER
                raise problem from error
            return page
        is_one_of_a_stream = streamed and isinstance(told, dict) and "data" not in told
        return {"data": [told]} if is_one_of_a_stream else told

    @asynccontextmanager
    async def _answer(
        self, ask: Callable[[], Answer], deadline: float | asyncio.Timeout
    ) -> AsyncIterator[httpx2.Response]:
        before = sys.exc_info()[1]
        limit = deadline if isinstance(deadline, asyncio.Timeout) else asyncio.timeout(deadline)
        with departure() as call_out:
            try:
                async with limit, ask() as response:
                    yield response
            except ServiceError:
                raise
            except Exception as error:  # noqa: BLE001 - raised as what it means
                told = map_error(
                    error,
                    self._host,
                    self._proxy(),
                    has_left=call_out.has_left,
                    key_advice=self._key_advice,
                    before=before,
                )
                raise told from cause_of(told, error)

    def _no_list(self, answer: object, kind: ListKind) -> UnreadableAnswerError:
        if not answer or not isinstance(answer, dict | list):
            return self._not_the_api()
        said = said_in(answer) if isinstance(answer, dict) and answer.get("error") else ""
        return UnreadableAnswerError(
            _(
                "The answer of {host} has no list of {what}{said}.",
                host=self._host,
                what=kind.what,
                said=said,
            ),
            _("Check the base URL: what answers there may speak another API."),
            code="no_list",
            detail=plain(
                ", ".join(map(str, [*answer][:20])) if isinstance(answer, dict) else "[…]"
            ),
        )

    def _not_the_api(self, body: bytes = b"") -> UnreadableAnswerError:
        kind = _("a web page") if b"<html" in body[:2000].lower() else _("not the API's")
        return UnreadableAnswerError(
            _(
                "The answer of {host} is {kind}.",
                host=self._host,
                kind=kind if body else _("empty or not a list"),
            ),
            _("Check the base URL; a proxy or a login page may stand in between."),
            code="unreadable_answer",
            detail=plain(repr(body[:200])),
        )


async def _taken(take: Take, piece: bytes) -> None:
    done = take(piece)
    if isinstance(done, Awaitable):
        await done


async def _gathered(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same bytes in fewer pieces: each is handed to a thread, which takes longer than it."""
    kept, size, since = list[bytes](), 0, time.monotonic()
    async for piece in pieces:
        kept.append(piece)
        size += len(piece)
        if size >= _PIECE or time.monotonic() - since >= _SOON:
            yield b"".join(kept)
            kept, size, since = [], 0, time.monotonic()
    if kept:
        yield b"".join(kept)


@asynccontextmanager
async def within(seconds: float, what: str) -> AsyncIterator[None]:
    """A bound for reading one part of a job, so that no other waits for it any longer.

    Raises ConnectionLostError at the bound; `what` the sentence calls the part.
    """
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise ConnectionLostError(
            _("There was no answer in time for {what}.", what=what),
            _("Try again; everything else was read."),
            retryable=True,
            code="timeout",
        ) from error


@asynccontextmanager
async def _plainly(call: AbstractAsyncContextManager[Any]) -> AsyncIterator[httpx2.Response]:
    """The answer itself, without what the SDK puts around it."""
    async with call as response:
        yield response.http_response


MAX_PAGES = 1_000


async def all_pages(
    fetch: Callable[[str | None], Awaitable[Page[T]]],
) -> AsyncIterator[Page[T]]:
    """Yield pages until the last one, one that repeats another, or 1,000 pages."""
    seen: set[str] = set()
    page: Page[T] | None = await fetch(None)
    for left in reversed(range(MAX_PAGES)):
        if page is None or (page.cursor is not None and page.cursor in seen):
            return
        yield page
        if page.cursor is None or not left:
            return
        seen.add(page.cursor)
        if page.has_more:
            page = await fetch(page.cursor)
        else:
            page = await _probed(fetch, page.probes, seen)


async def _probed(
    fetch: Callable[[str | None], Awaitable[Page[T]]], probes: Sequence[str], seen: Collection[str]
) -> Page[T] | None:
    """What a list has beyond a page that did not say whether it was the last; None for nothing."""
    for probe in probes:
        try:
            page = await fetch(probe)
        except ConnectionLostError:
            raise
        except ServiceError:  # who reads no such question has told all, as far as is known
            continue
        if page.items and page.cursor is not None and page.cursor not in seen:
            return page
    return None
