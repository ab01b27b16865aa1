"""Reads are tried again where it can help, and no list goes on for ever."""

from __future__ import annotations

import asyncio

import pytest

from fttui.services.endpoint.errors import Outcome, RefusedError, ServerFailedError, ServiceError
from fttui.services.endpoint.models import Page
from fttui.services.endpoint.retries import RetryNotice, pause_after, with_retries
from fttui.services.endpoint.transport import MAX_PAGES, all_pages


class Flaky:
    """A read that fails some times before it answers."""

    def __init__(self, *errors: ServiceError) -> None:
        self.errors = list(errors)
        self.calls = 0

    async def __call__(self) -> str:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return "answer"


def _failed(after: float | None = 0.0) -> ServiceError:
    return ServerFailedError("it failed", retryable=True, retry_after=after)


async def test_a_read_that_fails_twice_is_answered_and_each_wait_is_told() -> None:
    told: list[RetryNotice] = []
    read = Flaky(_failed(), _failed())
    assert await with_retries(read, told.append) == "answer"
    assert [(notice.attempt, notice.tries) for notice in told] == [(1, 3), (2, 3)]


async def test_a_third_failure_is_told_as_it_is() -> None:
    read = Flaky(_failed(), _failed(), _failed())
    with pytest.raises(ServerFailedError, match="it failed"):
        await with_retries(read)
    assert read.calls == 3


async def test_a_refusal_is_not_tried_again() -> None:
    read = Flaky(RefusedError("no", outcome=Outcome.REFUSED))
    with pytest.raises(RefusedError):
        await with_retries(read)
    assert read.calls == 1


async def test_pauses_grow_with_jitter_when_the_endpoint_names_none() -> None:
    told: list[RetryNotice] = []
    await with_retries(Flaky(_failed(None), _failed(None)), told.append, first_pause=0.01)
    assert 0.0075 <= told[0].pause <= 0.0125
    assert 0.015 <= told[1].pause <= 0.025


async def test_pauses_stop_growing_and_the_endpoints_own_is_kept() -> None:
    assert pause_after(_failed(None), 1, 1.0, 30.0) <= 1.25
    assert 22.5 <= pause_after(_failed(None), 9, 1.0, 30.0) <= 37.5
    assert pause_after(_failed(90.0), 1, 1.0, 30.0) == 90.0


async def test_an_answer_that_says_nothing_is_tried_again_where_that_is_safe() -> None:
    unknown = ServiceError("what?", outcome=Outcome.UNKNOWN)
    with pytest.raises(ServiceError):
        await with_retries(Flaky(unknown), first_pause=0.0)
    assert await with_retries(Flaky(unknown), first_pause=0.0, also_unknown=True) == "answer"
    refused = RefusedError("no", outcome=Outcome.REFUSED, retryable=True)
    with pytest.raises(RefusedError):
        await with_retries(Flaky(refused), first_pause=0.0, also_unknown=True)


async def test_cancelling_ends_a_long_wait_at_once() -> None:
    waiting = asyncio.Event()
    task = asyncio.create_task(with_retries(Flaky(_failed(120.0)), lambda _: waiting.set()))
    await waiting.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def _walk(pages: list[Page[int]]) -> list[str | None]:
    asked: list[str | None] = []

    async def fetch(after: str | None) -> Page[int]:
        asked.append(after)
        return pages[min(len(asked), len(pages)) - 1]

    async for _ in all_pages(fetch):
        pass
    return asked


async def test_pages_are_asked_for_until_there_are_no_more() -> None:
    pages = [Page((1,), has_more=True, cursor="a"), Page((2,), cursor="b")]
    assert await _walk(pages) == [None, "a"]


async def test_a_repeated_cursor_or_a_circle_of_cursors_ends_the_walk() -> None:
    assert await _walk([Page((1,), has_more=True, cursor="a")]) == [None, "a"]
    circle = [Page((1,), has_more=True, cursor=c) for c in ("a", "b", "a")]
    assert await _walk(circle) == [None, "a", "b"]


async def test_more_than_a_thousand_pages_are_not_walked() -> None:
    pages = [Page((n,), has_more=True, cursor=str(n)) for n in range(MAX_PAGES + 50)]
    assert len(await _walk(pages)) == MAX_PAGES
