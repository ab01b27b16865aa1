"""Work on the disk beside the service loop: a slow disk must not hold up a paid call."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager, suppress
from contextvars import copy_context
from functools import partial
from typing import Generic, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")

_PATIENCE = 2.0
"""Seconds that a cancelled caller waits for the disk: one that hangs ends by itself, or never."""


class Aside(Generic[T]):
    """Calls of one thing on the disk, in threads and never two at a time."""

    def __init__(self, manager: AbstractContextManager[T], patience: float | None) -> None:
        self._manager = manager
        self._patience = patience
        self._turn = threading.Lock()
        self._has_begun = False
        self._is_over = False

    async def do(self, work: Callable[P, R], *arguments: P.args, **more: P.kwargs) -> R:
        """The result of `work`, which is done after all that was asked for before."""
        return await asyncio.to_thread(self._in_turn, partial(work, *arguments, **more))

    async def begin(self) -> T:
        """Enter the context."""
        return await self.do(self._enter)

    async def end(self, error: BaseException | None) -> None:
        """Leave the context, after what may still be at work in it; raises what leaving raises."""
        # No task: whoever cancels all tasks of the loop must not lose sight of the disk.
        leave = partial(copy_context().run, self._leave, error)
        leaving = asyncio.get_running_loop().run_in_executor(None, leave)
        if not isinstance(error, asyncio.CancelledError):
            try:
                await asyncio.shield(leaving)
            except asyncio.CancelledError:
                await self._wait_for(leaving)
                raise
        else:
            await self._wait_for(leaving)

    async def _wait_for(self, leaving: asyncio.Future[None]) -> None:
        """Wait as long as a cancelled caller does, however often it is cancelled meanwhile."""
        leaving.add_done_callback(lambda done: done.cancelled() or done.exception())
        loop = asyncio.get_running_loop()
        ends = None if self._patience is None else loop.time() + self._patience
        while not leaving.done():
            left = None if ends is None else ends - loop.time()
            if left is not None and left <= 0:
                return
            with suppress(asyncio.CancelledError):
                await asyncio.wait([leaving], timeout=left)

    def _in_turn(self, work: Callable[[], R]) -> R:
        with self._turn:
            if self._is_over:  # whoever asked for it is gone
                raise InterruptedError
            return work()

    def _enter(self) -> T:
        value = self._manager.__enter__()
        self._has_begun = True
        return value

    def _leave(self, error: BaseException | None) -> None:
        with self._turn:
            self._is_over = True
            if not self._has_begun:
                return
            if error is None:
                self._manager.__exit__(None, None, None)
            else:
                self._manager.__exit__(type(error), error, error.__traceback__)


@asynccontextmanager
async def aside(
    manager: AbstractContextManager[T], *, patience: float | None = _PATIENCE
) -> AsyncIterator[tuple[T, Aside[T]]]:
    """Enter and leave `manager` in threads; what `do` of the second is given runs in between.

    It is left before the caller goes on, unless that is cancelled and the disk hangs for longer
    than `patience`, in seconds; None is for ever.
    """
    work = Aside(manager, patience)
    try:
        yield await work.begin(), work
    except BaseException as error:
        await work.end(error)
        raise
    await work.end(None)
