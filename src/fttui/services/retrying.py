"""Trying a read again, where the user can see it. Writes never come here."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from fttui.services.endpoint.errors import Outcome, ServiceError

T = TypeVar("T")

TRIES = 3
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 8.0


@dataclass(frozen=True, slots=True)
class RetryNotice:
    """A read failed and is tried again after `pause` seconds; `attempt` counts from 1."""

    error: ServiceError
    attempt: int
    tries: int
    pause: float


async def with_retries(
    read: Callable[[], Awaitable[T]],
    on_retry: Callable[[RetryNotice], None] | None = None,
    *,
    tries: int = TRIES,
    first_pause: float = FIRST_PAUSE,
) -> T:
    """The result of `read`, tried up to `tries` times with a growing, jittered pause.

    A pause that the endpoint asks for is kept, up to its bound of 120 s; cancelling ends it.

    Raises:
        ServiceError: what the last try said.
    """
    for attempt in range(1, tries + 1):
        try:
            return await read()
        except ServiceError as error:
            if attempt == tries or not error.retryable or error.outcome is Outcome.REFUSED:
                raise
            pause = error.retry_after
            if pause is None:
                pause = min(first_pause * 2 ** (attempt - 1), LONGEST_PAUSE)
                pause *= 0.75 + random.random() / 2  # noqa: S311 - jitter needs no secrecy
            if on_retry:
                on_retry(RetryNotice(error, attempt, tries, pause))
            await asyncio.sleep(pause)
    raise AssertionError("unreachable")
