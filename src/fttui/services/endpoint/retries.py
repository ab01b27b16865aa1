"""Trying a read again: how often, after which pause, and when it is no use."""

from __future__ import annotations

import asyncio
import math
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
    call: Callable[[], Awaitable[T]],
    on_retry: Callable[[RetryNotice], None] | None = None,
    *,
    tries: int = TRIES,
    first_pause: float = FIRST_PAUSE,
    longest_pause: float = LONGEST_PAUSE,
    also_unknown: bool = False,
    silence: float = math.inf,
) -> T:
    """The result of `call`, tried up to `tries` times with a growing, jittered pause.

    A pause that the endpoint asks for is kept, up to its bound of 120 s; cancelling ends it.
    With `also_unknown` a lost or senseless answer is a reason to try again too. After `silence`
    seconds without an answer there is no further try.

    Raises:
        ServiceError: what the last try said.
    """
    clock = asyncio.get_running_loop().time
    began = clock()
    for attempt in range(1, tries + 1):
        try:
            return await call()
        except ServiceError as error:
            is_silent = error.code == "timeout" and clock() - began >= silence
            if (
                attempt == tries
                or is_silent
                or not is_worth_retrying(error, also_unknown=also_unknown)
            ):
                raise
            pause = pause_after(error, attempt, first_pause, longest_pause)
            if on_retry:
                on_retry(RetryNotice(error, attempt, tries, pause))
            await asyncio.sleep(pause)
    raise AssertionError("unreachable")


def is_worth_retrying(error: ServiceError, *, also_unknown: bool = False) -> bool:
    """True when the same call may succeed later; `also_unknown` as in `with_retries`."""
    if error.outcome is Outcome.REFUSED:
        return False
    return error.retryable or (also_unknown and error.outcome is Outcome.UNKNOWN)


def pause_after(
    error: ServiceError, attempt: int, first_pause: float, longest_pause: float
) -> float:
    """Seconds to wait after try number `attempt`: as the endpoint asks, else doubled each time."""
    if error.retry_after is not None:
        return error.retry_after
    pause: float = min(first_pause * 2 ** (attempt - 1), longest_pause)
    return pause * (0.75 + random.random() / 2)  # noqa: S311 - jitter needs no secrecy
