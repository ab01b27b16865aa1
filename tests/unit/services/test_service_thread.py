"""The thread that owns the network: what it shields from the screen, and how it ends."""

from __future__ import annotations

import asyncio
import concurrent.futures
import subprocess
import sys
import threading

import pytest

from fttui.services.service_thread import DaemonExecutor, ServiceThread
from waiting import PATIENCE


@pytest.fixture
def thread() -> ServiceThread:
    return ServiceThread()


async def _name() -> str:
    return threading.current_thread().name


def test_work_runs_on_one_loop_of_its_own(thread: ServiceThread) -> None:
    assert not thread.is_running
    assert thread.wait(_name()) == "fttui-service"
    assert thread.is_running
    assert thread.stop()
    assert not thread.is_running and thread.stop()


async def test_a_write_goes_on_when_its_waiter_is_cancelled(thread: ServiceThread) -> None:
    begun, finish, done = threading.Event(), asyncio.Event(), threading.Event()

    async def work() -> None:
        begun.set()
        await finish.wait()
        done.set()

    waiter = asyncio.create_task(thread.write(work()))
    await asyncio.to_thread(begun.wait)
    waiter.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiter
    assert not done.is_set()
    thread.wait(_set(finish))
    assert await asyncio.to_thread(done.wait, PATIENCE)
    thread.stop()


async def _set(event: asyncio.Event) -> None:
    event.set()


async def test_a_read_ends_with_its_waiter(thread: ServiceThread) -> None:
    begun, cancelled = threading.Event(), threading.Event()

    async def work() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    waiter = asyncio.create_task(thread.read(work()))
    await asyncio.to_thread(begun.wait)
    waiter.cancel()
    assert await asyncio.to_thread(cancelled.wait, PATIENCE)
    thread.stop()


def test_stopping_cancels_also_what_swallows_a_cancellation(thread: ServiceThread) -> None:
    begun = threading.Event()

    async def stubborn() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.Event().wait()

    future = thread.start(stubborn())
    assert begun.wait(PATIENCE)
    assert thread.stop(PATIENCE)
    assert future.cancelled()


def test_a_blocked_loop_is_left_behind(thread: ServiceThread) -> None:
    release, begun = threading.Event(), threading.Event()

    async def block() -> None:
        begun.set()
        release.wait()

    thread.start(block())
    assert begun.wait(PATIENCE)
    assert not thread.stop(0.05)
    release.set()


def test_errors_reach_whoever_waits(thread: ServiceThread) -> None:
    async def fail() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        thread.wait(fail())
    with pytest.raises((TimeoutError, concurrent.futures.TimeoutError)):
        thread.wait(asyncio.Event().wait(), 0.01)
    thread.stop()


def test_a_hanging_thread_does_not_hold_the_program_s_end() -> None:
    code = (
        "import asyncio, threading\n"
        "from fttui.services.service_thread import ServiceThread\n"
        "thread, begun = ServiceThread(), threading.Event()\n"
        "def hang():\n"
        "    begun.set()\n"
        "    threading.Event().wait()\n"
        "thread.start(asyncio.to_thread(hang))\n"
        "begun.wait()\n"
        "thread.stop(0.5)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=PATIENCE).returncode == 0


def test_without_a_thread_every_use_says_so_and_none_waits_for_ever(
    thread: ServiceThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refuse)
        for _ in range(2):
            with pytest.raises(RuntimeError, match="thread"):
                thread.start(work := _name())
            work.close()
    assert not thread.is_running and thread.stop()
    assert thread.wait(_name()) == "fttui-service"
    thread.stop()


def test_who_waits_for_a_pool_is_told_whether_all_that_was_begun_is_done() -> None:
    executor, hold = DaemonExecutor(), threading.Event()
    assert executor.wait(0)
    executor.submit(hold.wait, PATIENCE)
    assert not executor.wait(0)
    hold.set()
    assert executor.wait(PATIENCE)
    executor.shutdown()


def test_work_goes_on_in_the_threads_that_are_there_when_there_are_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    executor = DaemonExecutor()
    hold, begun = threading.Event(), threading.Event()

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refuse)
        with pytest.raises(RuntimeError, match="thread"):
            executor.submit(int)
    first = executor.submit(lambda: begun.set() or hold.wait(PATIENCE))
    assert begun.wait(PATIENCE)
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refuse)
        second = executor.submit(int)
    hold.set()
    assert first.result(PATIENCE) and second.result(PATIENCE) == 0
    executor.shutdown()
