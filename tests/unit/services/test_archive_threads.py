"""Writing in a thread: nobody goes on before it has ended."""

from __future__ import annotations

import asyncio
import threading

import pytest

from fttui.services.archive.threads import in_thread


async def test_a_caller_that_is_cancelled_waits_for_what_is_being_written() -> None:
    begun, may_end, ended = threading.Event(), threading.Event(), threading.Event()

    def write() -> None:
        begun.set()
        may_end.wait()
        ended.set()

    task = asyncio.create_task(in_thread(write))
    await asyncio.to_thread(begun.wait)
    task.cancel()
    await asyncio.sleep(0)
    assert not task.done()
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()


async def test_what_the_work_gives_or_raises_is_the_callers() -> None:
    assert await in_thread(lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        await in_thread(lambda: 1 // 0)
