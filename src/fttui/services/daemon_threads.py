"""Threads that never keep the program alive.

Python waits at its end for the threads of an ordinary pool. One that hangs in a dead network mount
or in a name server's silence would hold the exit; these do not.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

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
            self._jobs.put(job)
        return future

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
        while True:
            job: Callable[[], Any] | None = self._jobs.get()
            if job is None:
                return
            job()
            with self._count_lock:
                self._idle += 1
