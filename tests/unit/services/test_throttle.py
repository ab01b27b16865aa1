"""How politely an endpoint is asked: few calls at once, in the pace that was asked for."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

from fttui.services.archive import throttle as module
from fttui.services.archive.throttle import AT_ONCE, MOST_FAILURES, TRIES, GaveUpError, Throttle
from fttui.services.endpoint.errors import (
    ConnectionLostError,
    Outcome,
    RateLimitedError,
    RefusedError,
    ServiceError,
    UnauthorizedError,
)


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: found.now))
    own = SimpleNamespace(sleep=found.sleep, Semaphore=asyncio.Semaphore)
    monkeypatch.setattr(module, "asyncio", own)
    return found


def lost() -> ServiceError:
    return ConnectionLostError("lost", retryable=True)


def busy(seconds: float) -> ServiceError:
    return RateLimitedError("busy", status=429, retryable=True, retry_after=seconds)


class Calls:
    """Calls that fail as scripted, and then succeed; `at` tells when each was made."""

    def __init__(self, clock: Clock, *errors: ServiceError) -> None:
        self.clock = clock
        self.errors = list(errors)
        self.at: list[float] = []

    async def __call__(self) -> str:
        self.at.append(self.clock.now)
        if self.errors:
            raise self.errors.pop(0)
        return "done"


async def test_a_rate_is_kept(clock: Clock) -> None:
    throttle, calls = Throttle(rate=4), Calls(clock)
    for _number in range(9):
        await throttle(calls)
    assert calls.at[-1] - calls.at[0] == pytest.approx(2.0)


async def test_without_a_rate_nothing_waits(clock: Clock) -> None:
    throttle, calls = Throttle(), Calls(clock)
    for _number in range(9):
        await throttle(calls)
    assert clock.slept == []
    assert throttle.requests == 9


async def test_no_more_calls_are_out_than_may_be() -> None:
    throttle, out, most = Throttle(), 0, 0

    async def call() -> None:
        nonlocal out, most
        out += 1
        most = max(most, out)
        await asyncio.sleep(0)
        out -= 1

    await asyncio.gather(*(throttle(call) for _number in range(40)))
    assert most == AT_ONCE == 4


async def test_a_pause_that_is_asked_for_is_kept_by_every_call(clock: Clock) -> None:
    throttle, first, other = Throttle(), Calls(clock, busy(7.0)), Calls(clock)
    await throttle(first)
    assert first.at[1] - first.at[0] >= 7.0
    clock.now = first.at[0]
    await throttle(other)
    assert other.at[0] - first.at[0] >= 7.0


async def test_waiting_costs_no_tries(clock: Clock) -> None:
    calls = Calls(clock, *[busy(1.0)] * (TRIES + 5))
    assert await Throttle()(calls) == "done"


async def test_a_lost_call_is_made_again_a_few_times(clock: Clock) -> None:
    assert await Throttle()(Calls(clock, *[lost()] * (TRIES - 1))) == "done"
    with pytest.raises(ConnectionLostError):
        await Throttle()(Calls(clock, *[lost()] * TRIES))


async def test_a_refusal_is_not_asked_again(clock: Clock) -> None:
    calls = Calls(clock, RefusedError("no", status=403, outcome=Outcome.REFUSED))
    with pytest.raises(RefusedError):
        await Throttle()(calls)
    assert len(calls.at) == 1


async def test_an_answer_that_is_too_large_is_not_asked_for_again(clock: Clock) -> None:
    calls = Calls(clock, ServiceError("large", code="answer_too_large"))
    with pytest.raises(ServiceError):
        await Throttle()(calls)
    assert len(calls.at) == 1


async def test_a_key_that_is_refused_ends_everything(clock: Clock) -> None:
    with pytest.raises(GaveUpError):
        await Throttle()(Calls(clock, UnauthorizedError("no", status=401, outcome=Outcome.REFUSED)))


async def test_after_many_failures_in_a_row_nothing_more_is_asked(clock: Clock) -> None:
    throttle = Throttle()
    for _number in range(MOST_FAILURES - 1):
        with pytest.raises(ConnectionLostError):
            await throttle(Calls(clock, *[lost()] * TRIES))
    await throttle(Calls(clock))
    for _number in range(MOST_FAILURES - 1):
        with pytest.raises(ConnectionLostError):
            await throttle(Calls(clock, *[lost()] * TRIES))
    with pytest.raises(GaveUpError):
        await throttle(Calls(clock, *[lost()] * TRIES))


async def test_a_pause_of_no_time_is_one_all_the_same(clock: Clock) -> None:
    calls = Calls(clock, *[busy(0.0)] * 5)
    await Throttle(first_pause=0.5)(calls)
    assert calls.at[-1] - calls.at[0] >= 2.5
