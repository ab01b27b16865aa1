"""Runs the sandbox: in a thread beside other code, or alone until a signal ends it."""

from __future__ import annotations

import asyncio
import json as json_module
import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, TextIO, TypeVar

import uvicorn

from .app import Served, build_app, open_served, plainly
from .config import SandboxConfig, shown
from .listening import (
    Connection,
    base_url,
    listen,
    listens_everywhere,
    listens_to_others,
    tell_once_without_descriptors,
)
from .samples.jobs import fill
from .state import Sandbox

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


class Signals:
    """Takes SIGINT, SIGTERM and SIGHUP while it is entered; one that is ignored stays so.

    The first calls `end`; before there is one, it does what it did before, or interrupts. The next
    calls `at_once` and ends the process, whatever is going on in it.
    """

    def __init__(self) -> None:
        self.end: Callable[[], None] | None = None
        self.at_once: Callable[[], None] | None = None
        self._asked = False
        self._previous: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Signals:
        if threading.current_thread() is threading.main_thread():
            for name in _NAMES:
                number = getattr(signal, name, None)
                if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                    self._previous[number] = signal.signal(number, self._hear)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        if self._asked:
            try:
                if self.at_once is not None:
                    self.at_once()
            finally:
                os._exit(128 + number)
        self._asked = True
        if self.end is not None:
            self.end()
            return
        previous = self._previous[signal.Signals(number)]
        if callable(previous):
            previous(number, frame)
        raise KeyboardInterrupt


log = logging.getLogger("fttui.server")

T = TypeVar("T")

_NOT_KEPT = "Nothing is kept after it ends."


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers and without its waits of a tenth of a second."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._ended = asyncio.Event()

    def end(self) -> None:
        """Lets `serve` return; call it on the server's loop."""
        self.should_exit = True
        self._ended.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def main_loop(self) -> None:
        # A tick that is a multiple of ten renews the Date header, which counts seconds.
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), 1.0)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        if await self._until_idle():
            return
        # What is on its way is broken off as if the client had left: nothing of it is kept.
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        if await self._until_idle():
            return
        for task in self.server_state.tasks:
            task.cancel("the sandbox ends")

    async def _until_idle(self) -> bool:
        """Waits a second for all requests to end, and tells whether they did."""
        for _ in range(200):
            if not self.server_state.connections and not self.server_state.tasks:
                return True
            await asyncio.sleep(0.005)
        return False


def _make_server(served: Served, listener: socket.socket) -> _Server:
    return _Server(
        uvicorn.Config(
            build_app(served, any_host=listens_everywhere(listener)),
            http=Connection,
            ws="none",
            loop="asyncio",
            lifespan="off",
            log_config=None,
            log_level=logging.ERROR,  # else it tells of every request that is no HTTP
            access_log=False,
            server_header=False,
            timeout_keep_alive=60,
            workers=1,  # else uvicorn takes another program's WEB_CONCURRENCY
            proxy_headers=False,
        )
    )


async def _serve(server: _Server, listener: socket.socket, served: Served) -> None:
    asyncio.get_running_loop().set_exception_handler(tell_once_without_descriptors())
    beside = None
    if isinstance(served, Sandbox):
        beside = asyncio.create_task(served.run())
    try:
        await server.serve(sockets=[listener])
    finally:
        if beside is not None:
            beside.cancel()
            await asyncio.wait([beside])


class SandboxServer:
    """A sandbox in a thread of its own; any number may run in one process.

    `with SandboxServer(SandboxConfig()) as server:` serves at `server.base_url` until the block
    ends.
    """

    def __init__(self, config: SandboxConfig | None = None) -> None:
        self.config = config or SandboxConfig()
        self._thread: threading.Thread | None = None
        self._server: _Server | None = None
        self._served: Served | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._base_url = ""
        self._api_key = self.config.api_key or ""
        self._admin_api_key = ""

    @property
    def base_url(self) -> str:
        """`http://HOST:PORT/v1`, known once started."""
        return self._base_url

    @property
    def api_key(self) -> str:
        """The only key it accepts, the admin key aside; unless it was given, known once started."""
        return self._api_key

    @property
    def admin_api_key(self) -> str:
        """The key that may also manage checkpoint permissions, known once started."""
        return self._admin_api_key

    def start(self) -> SandboxServer:
        """Returns once connections are accepted; raises ListenError or StartError if it cannot."""
        if self._thread is not None:
            raise RuntimeError("the sandbox is already running")
        listener = listen(self.config)
        try:
            self._served = open_served(self.config)
        except BaseException:
            listener.close()
            raise
        self._api_key = self._served.api_key
        self._admin_api_key = self._served.admin_api_key
        self._base_url = base_url(self.config, listener)
        self._server = _make_server(self._served, listener)
        ready: Future[asyncio.AbstractEventLoop] = Future()
        self._thread = threading.Thread(
            target=self._run,
            args=(self._server, listener, self._served, ready),
            name="sandbox",
            daemon=True,
        )
        self._thread.start()
        # The socket listens already: a connection made before the loop turns waits in its queue.
        self._loop = ready.result()
        log.info("%s Serving at %s.", plainly(self._served), self._base_url)
        return self

    @staticmethod
    def _run(
        server: _Server, listener: socket.socket, served: Served,
        ready: Future[asyncio.AbstractEventLoop],
    ) -> None:  # fmt: skip
        async def serve() -> None:
            ready.set_result(asyncio.get_running_loop())
            await _serve(server, listener, served)

        with listener:
            asyncio.run(serve())

    def call(self, function: Callable[[Sandbox], T]) -> T:
        """Runs a function on the sandbox's state, between two requests, and returns its result.

        Raises RuntimeError if the server is not running, and what `function` raises.
        """
        if self._loop is None or not isinstance(self._served, Sandbox):
            raise RuntimeError("the sandbox is not running")
        sandbox = self._served

        async def run() -> T:
            return function(sandbox)

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result()

    def turn(self) -> None:
        """Has the queue of a server that trains take one turn, and waits for its end.

        Raises RuntimeError if the server is not running.
        """
        if self._loop is None or not isinstance(self._served, Sandbox):
            raise RuntimeError("the server is not running")
        asyncio.run_coroutine_threadsafe(self._served.jobs.turn(), self._loop).result()

    def stop(self) -> None:
        """Ends the server and waits for its thread; harmless when it is not running."""
        if self._thread is None or self._server is None or self._served is None:
            return
        assert self._loop is not None
        self._served.ending.set()
        self._loop.call_soon_threadsafe(self._server.end)
        self._thread.join()
        self._served.close()
        self._thread = self._server = self._served = self._loop = None

    def __enter__(self) -> SandboxServer:
        return self if self._thread is not None else self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


def run(config: SandboxConfig, *, json: bool, out: TextIO, samples: bool = False) -> int:
    """Serves until SIGINT, SIGTERM or SIGHUP and returns 0; the first lines on `out` say where.

    With `json` there is one line, `{"base_url": ..., "api_key": ...}`. `samples` fills an empty
    sandbox with sample jobs first; a server that trains begins one. A second signal ends the
    process at once. Raises ListenError if the port is taken, StartError if the data folder cannot
    be used, OSError if `out` cannot be written.
    """
    listener = listen(config)
    with listener, Signals() as signals:
        served = open_served(config)
        signals.at_once = served.discard
        try:
            if samples and isinstance(served, Sandbox):
                _fill(served)
            # From here on a signal is an end in good order, also before the loop runs.
            signals.end = served.ending.set
            url = base_url(config, listener)
            out.write(_announcement(served, url, json=json))
            out.flush()
            log.info("%s Serving at %s.", plainly(served), url)
            if listens_to_others(listener):
                log.warning(
                    "Other machines can reach the server at %s: whoever has its key can read and "
                    "delete what is uploaded, and the key is sent unencrypted.", url,
                )  # fmt: skip
            asyncio.run(_serve_until_signal(served, listener, signals))
        finally:
            served.close()
    return 0


def _fill(sandbox: Sandbox) -> None:
    if sandbox.config.serve is None:
        fill(sandbox)
        return
    from .samples.training import begin

    begin(sandbox)


def _announcement(served: Served, url: str, *, json: bool) -> str:
    config = served.config
    if json:
        return json_module.dumps({"base_url": url, "api_key": served.api_key}) + "\n"
    kept = f"Kept in {shown(config.data_dir)}." if config.data_dir else _NOT_KEPT
    return (
        f"{plainly(served)}\n{kept}\n\n"
        f"  OPENAI_BASE_URL={url}\n  OPENAI_API_KEY={served.api_key}\n\n"
        "Press ctrl+c to end it.\n"
    )


async def _serve_until_signal(served: Served, listener: socket.socket, signals: Signals) -> None:
    loop = asyncio.get_running_loop()
    server = _make_server(served, listener)

    def end() -> None:
        served.ending.set()
        loop.call_soon_threadsafe(server.end)

    signals.end = end
    if served.ending.is_set():
        server.end()
    await _serve(server, listener, served)
    signals.end = served.ending.set
