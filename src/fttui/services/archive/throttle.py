"""Asking an endpoint for thousands of things politely: few at once, as slowly as it asks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from fttui.services.endpoint.errors import Outcome, ServiceError, UnauthorizedError
from fttui.services.endpoint.retries import (
    FIRST_PAUSE,
    LONGEST_PAUSE,
    is_worth_retrying,
    pause_after,
)

T = TypeVar("T")

AT_ONCE = 4
TRIES = 6
MOST_WAITS = 60
"""How often in a row one call waits because the endpoint asks to."""
MOST_FAILURES = 8
"""Calls in a row that all failed in the end, after which nothing more is asked."""


class GaveUpError(Exception):
    """Nothing more is asked of the endpoint, because of `error`."""

    def __init__(self, error: ServiceError) -> None:
        super().__init__(error.sentence)
        self.error = error


class Throttle:
    """Makes calls, at most `AT_ONCE` at a time and `rate` a second, and repeats those that fail.

    `requests` counts them. When the endpoint asks for a pause, all calls keep it; `on_wait` is
    told its seconds, and why.
    """

    def __init__(
        self,
        rate: float | None = None,
        on_wait: Callable[[float, ServiceError], None] | None = None,
        *,
        first_pause: float = FIRST_PAUSE,
    ) -> None:
        self.requests = 0
        self._step = 1 / rate if rate else 0.0
        self._on_wait = on_wait
        self._first_pause = first_pause
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._next = 0.0
        self._failures = 0

    async def __call__(self, call: Callable[[], Awaitable[T]]) -> T:
        """The result of `call`.

        Raises:
            ServiceError: what its last try said.
            GaveUpError: the key is refused, or nothing has been answered for a long while.
        """
        failed = waited = 0
        while True:
            try:
                result = await self._once(call)
            except ServiceError as error:
                asks_to_wait = error.status == 429 and error.outcome is not Outcome.REFUSED
                waited, failed = waited + asks_to_wait, failed + (not asks_to_wait)
                if not _may_succeed(error):
                    self._note_refusal(error)
                    raise
                if failed >= TRIES or waited >= MOST_WAITS:
                    self._note_failure(error)
                    raise
                await self._wait(error, waited if asks_to_wait else failed)
            else:
                self._failures = 0
                return result

    async def _once(self, call: Callable[[], Awaitable[T]]) -> T:
        async with self._slots:
            await self._my_turn()
            self.requests += 1
            return await call()

    async def _my_turn(self) -> None:
        while (left := self._next - time.monotonic()) > 0:  # noqa: ASYNC110 - a pause can grow
            await asyncio.sleep(left)
        self._next = time.monotonic() + self._step

    async def _wait(self, error: ServiceError, attempt: int) -> None:
        least = self._first_pause if error.status == 429 else 0.0
        pause = max(pause_after(error, attempt, self._first_pause, LONGEST_PAUSE), least)
        if self._on_wait is not None:
            self._on_wait(pause, error)
        if error.status in (429, 503):
            self._next = max(self._next, time.monotonic() + pause)
        await asyncio.sleep(pause)

    def _note_refusal(self, error: ServiceError) -> None:
        if isinstance(error, UnauthorizedError):
            raise GaveUpError(error) from error
        self._failures = 0

    def _note_failure(self, error: ServiceError) -> None:
        self._failures += 1
        if self._failures >= MOST_FAILURES:
            raise GaveUpError(error) from error


def _may_succeed(error: ServiceError) -> bool:
    return is_worth_retrying(error, also_unknown=True) and error.code != "answer_too_large"
