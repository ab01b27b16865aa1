"""Waiting for the app instead of for the wall clock: its timers' clock, and when it is settled."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import threading
import time
from collections.abc import Callable, Collection
from typing import Any

import pytest
from textual.events import Key
from textual.keys import _character_to_key, key_to_character
from textual.pilot import Pilot
from textual.screen import Screen
from textual.worker import WorkerState

from fttui.interface.guard.app import SafeApp
from fttui.interface.guard.typing_ahead import is_at_work
from fttui.interface.screens.preview import ExamplePreview

FRAME = 1 / 50
"""A timer that is due within so many seconds belongs to what is going on now, as a repaint does."""

_PATIENCE = 60.0
_MOST_TURNS = 200
_THREADS = ("check", "list-folder", "plan-copy", "repair")


class AppClock:
    """The clock of all timers and events of the apps in a test: it moves when it is told to."""

    def __init__(self) -> None:
        self.now = 1_000_000.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._count = itertools.count()

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Put it in the place of the clock that Textual asks."""
        monkeypatch.setattr("textual._time.get_time", lambda: self.now)
        monkeypatch.setattr("textual.timer.sleep", self.sleep)

    async def sleep(self, seconds: float) -> None:
        """What a timer waits with."""
        if seconds > 0:
            future = asyncio.get_running_loop().create_future()
            heapq.heappush(self._sleepers, (self.now + seconds, next(self._count), future))
            await future

    @property
    def next_due(self) -> float | None:
        """When the next timer is due; None when there is none."""
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)
        return self._sleepers[0][0] if self._sleepers else None

    def advance_to(self, when: float) -> None:
        """Make it `when`, and let the timers go that are due by then."""
        self.now = max(self.now, when)
        while (due := self.next_due) is not None and due <= self.now + 1e-9:
            heapq.heappop(self._sleepers)[2].set_result(None)


_clocks: list[AppClock] = []


@pytest.fixture(autouse=True)
def app_clock(monkeypatch: pytest.MonkeyPatch) -> AppClock:
    """The clock of the apps in this test."""
    clock = AppClock()
    clock.install(monkeypatch)
    _clocks[:] = [clock]
    return clock


async def settled(pilot: Pilot[Any], besides: Collection[str] = ()) -> None:
    """Wait until nothing is at work: no worker, thread, message or key, and no timer is due.

    Workers of the groups and threads of the names `besides` may go on: they last, or hang.
    """
    app, clock, end, quiet = pilot.app, _clocks[0], time.monotonic() + _PATIENCE, 0
    assert isinstance(app, SafeApp)
    while quiet < 3 and app.is_running:
        await _others_first()
        at_work = _what_works(app, besides)
        if time.monotonic() > end:
            raise AssertionError(f"never settled: {at_work} on {app.screen!r}")
        if at_work:
            quiet = 0
            await (_turns() if at_work == "messages" else asyncio.sleep(0.001))
        elif (due := clock.next_due) is not None and due <= clock.now + FRAME:
            quiet = 0
            clock.advance_to(due)
            await _turns()
        else:
            quiet += 1
            await _turns()


async def later(pilot: Pilot[Any], seconds: float, besides: Collection[str] = ()) -> None:
    """Let time pass for the app, timer by timer, and wait until it is settled each time."""
    clock = _clocks[0]
    end = clock.now + seconds
    await settled(pilot, besides)
    while (due := clock.next_due) is not None and due <= end:
        clock.advance_to(due)
        await _turns()
        await settled(pilot, besides)
    clock.advance_to(end)
    await settled(pilot, besides)


async def press(
    pilot: Pilot[Any], *keys: str, gap: float = 0.1, besides: Collection[str] = ()
) -> None:
    """Press keys as a person does, `gap` seconds apart, each when the last one is done."""
    for key in keys:
        await later(pilot, gap, besides)
        pilot.app.post_message(key_event(key))
        await settled(pilot, besides)


def press_at_once(pilot: Pilot[Any], *keys: str) -> None:
    """Hand all of `keys` to the app before it handles the first."""
    for key in keys:
        pilot.app.post_message(key_event(key))


def key_event(key: str) -> Key:
    """The event of a key, by its name or as the letter that it types."""
    if len(key) == 1:
        return Key(_character_to_key(key) if not key.isalnum() else key, key)
    return Key(key, key_to_character(key))


async def until(
    pilot: Pilot[Any], holds: Callable[[], object], besides: Collection[str] = ()
) -> None:
    """Let the app work, and time pass for it, until `holds`; other threads may bring it about."""
    clock, end = _clocks[0], time.monotonic() + _PATIENCE
    await settled(pilot, besides)
    while not holds():
        if time.monotonic() > end:
            raise AssertionError(f"it never came on {pilot.app.screen!r}")
        if (due := clock.next_due) is not None:
            clock.advance_to(due)
        await asyncio.sleep(0.002)
        await settled(pilot, besides)


async def _turns() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


async def _others_first() -> None:
    """Let all act that are to act now: to look through the widgets meanwhile would be in vain."""
    loop: Any = asyncio.get_running_loop()
    for _ in range(_MOST_TURNS):
        if not loop._ready:
            return
        await asyncio.sleep(0)


def _is_reading(screen: Screen[Any]) -> bool:
    return isinstance(screen, ExamplePreview) and screen.is_reading


def _what_works(app: SafeApp[Any], besides: Collection[str]) -> str:
    """What is not done yet, "" when nothing is."""
    if not app.screen_stack or not all(screen.is_mounted for screen in app.screen_stack):
        return "a screen"
    waiting = {WorkerState.PENDING, WorkerState.RUNNING}
    working = {each.group for each in app.workers if each.state in waiting} - set(besides)
    if working:
        return f"workers {sorted(working)}"
    names = tuple(name for name in _THREADS if name not in besides)
    threads = [each.name for each in threading.enumerate() if each.name.startswith(names)]
    if threads:
        return f"threads {threads}"
    if is_at_work(app):  # the longest look is the last
        return "messages"
    if not app.keys.is_empty and not app.keys.is_held:
        return "keys"
    if "preview" not in besides and any(map(_is_reading, app.screen_stack)):
        return "the preview"
    return ""
