"""The thread that owns all network and journal work.

The screen's event loop stops while a terminal stalls, and a closed screen cancels what it awaits.
Neither may touch a paid call or an upload, so those run on a loop of their own, here.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import queue
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any, ParamSpec, TypeVar

from fttui.terminal.signals import leave_signals_to_others

P = ParamSpec("P")
T = TypeVar("T")

_LIMIT = 32


class DaemonExecutor(ThreadPoolExecutor):
    """A pool of at most 32 daemon threads, for `asyncio`'s default executor."""

    def __init__(self) -> None:
        super().__init__(max_workers=1)
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._count_lock = threading.Lock()
        self._idle = 0
        self._threads_made = 0
        self._closed = False
        self._unfinished: set[Future[Any]] = set()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run `fn` in one of the threads; RuntimeError after `shutdown`, or without a thread."""
        future: Future[T] = Future()

        def job() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(fn(*args, **kwargs))
            except BaseException as error:  # noqa: BLE001 - the future carries it to its waiter
                future.set_exception(error)

        with self._count_lock:
            if self._closed:
                raise RuntimeError("cannot start work after shutdown")
            if self._idle > 0:
                self._idle -= 1
            elif self._threads_made < _LIMIT:
                self._make_thread()
            self._unfinished.add(future)
            self._jobs.put(job)
        future.add_done_callback(self._finished)
        return future

    def wait(self, seconds: float) -> bool:
        """Wait so long for what was begun; True where all of it is done. For any thread."""
        with self._count_lock:
            unfinished = set(self._unfinished)
        return not concurrent.futures.wait(unfinished, seconds).not_done

    def _finished(self, future: Future[Any]) -> None:
        with self._count_lock:
            self._unfinished.discard(future)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Let the threads end when they are done; never waits for one that hangs."""
        with self._count_lock:
            self._closed = True
            for _ in range(self._threads_made):
                self._jobs.put(None)

    def _make_thread(self) -> None:
        """One more thread; where the system gives none, those that there are do the work."""
        try:
            threading.Thread(target=self._work, name="fttui-worker", daemon=True).start()
        except RuntimeError:
            if not self._threads_made:
                raise
        else:
            self._threads_made += 1

    def _work(self) -> None:
        leave_signals_to_others()
        while True:
            job: Callable[[], Any] | None = self._jobs.get()
            if job is None:
                return
            job()
            with self._count_lock:
                self._idle += 1


class ServiceThread:
    """An event loop in a daemon thread; started by the first use."""

    def __init__(self, name: str = "fttui-service") -> None:
        self._name = name
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self.around_wait: Callable[[], AbstractContextManager[object]] = contextlib.nullcontext
        """Makes what `wait` waits in; the command line sets it, to say what is waited for."""

    @property
    def is_running(self) -> bool:
        """True between the first use and `stop`."""
        return self._loop is not None

    def start(self, coroutine: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T]:
        """Run `coroutine` on the service loop; its future may be waited for from any thread."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._running_loop())

    async def read(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Await `coroutine` from another loop; cancelling the caller cancels the work too."""
        return await asyncio.wrap_future(self.start(coroutine))

    async def write(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Await `coroutine` from another loop; the work goes on when the caller is cancelled."""
        return await asyncio.shield(asyncio.wrap_future(self.start(coroutine)))

    def wait(self, coroutine: Coroutine[Any, Any, T], timeout: float | None = None) -> T:
        """Block until `coroutine` is done, for the command line; Ctrl+C cancels it."""
        future = self.start(coroutine)
        try:
            with self.around_wait():
                return future.result(timeout)
        except KeyboardInterrupt:
            future.cancel()
            raise

    def stop(self, grace: float = 3.0) -> bool:
        """Cancel what still runs and end the loop; False when it did not end within `grace` s."""
        with self._lock:
            loop, thread = self._loop, self._thread
            self._loop = self._thread = None
        if loop is None or thread is None:
            return True
        with contextlib.suppress(RuntimeError):
            asyncio.run_coroutine_threadsafe(_cancel_everything(loop), loop)
        thread.join(grace)
        return not thread.is_alive()

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                ready = threading.Event()
                loop = asyncio.new_event_loop()
                thread = threading.Thread(
                    target=_serve, args=(loop, ready), name=self._name, daemon=True
                )
                try:
                    thread.start()
                except RuntimeError:  # the system gives no more threads
                    loop.close()
                    raise
                ready.wait()
                self._loop, self._thread = loop, thread
            return self._loop


def _serve(loop: asyncio.AbstractEventLoop, ready: threading.Event) -> None:
    leave_signals_to_others()
    asyncio.set_event_loop(loop)
    loop.set_default_executor(DaemonExecutor())
    loop.call_soon(ready.set)
    try:
        loop.run_forever()
    finally:
        loop.close()


async def _cancel_everything(loop: asyncio.AbstractEventLoop) -> None:
    me = asyncio.current_task()
    # Once is not always enough: a library may take a cancellation for a timeout of its own.
    while tasks := [task for task in asyncio.all_tasks(loop) if task is not me]:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=0.2)
    await loop.shutdown_asyncgens()
    loop.stop()
