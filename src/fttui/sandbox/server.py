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
from typing import TextIO, TypeVar

import uvicorn

from .app import build_app
from .config import SandboxConfig
from .landing import PLAINLY
from .samples.jobs import fill
from .state import Sandbox

log = logging.getLogger("fttui.sandbox")

T = TypeVar("T")


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
        for _ in range(200):
            if not self.server_state.connections and not self.server_state.tasks:
                break
            await asyncio.sleep(0.005)
        for task in self.server_state.tasks:
            task.cancel("the sandbox ends")


def _make_server(sandbox: Sandbox) -> _Server:
    return _Server(
        uvicorn.Config(
            build_app(sandbox),
            http="auto",
            ws="none",
            loop="asyncio",
            lifespan="off",
            log_config=None,
            log_level=logging.WARNING,
            access_log=False,
            server_header=False,
            timeout_keep_alive=60,
        )
    )


def _listen(config: SandboxConfig) -> socket.socket:
    if config.listener is not None:
        return socket.socket(fileno=config.listener)
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    # asyncio turns Nagle's algorithm off only where it sees that the protocol is TCP; with it on,
    # every small answer waits 40 ms for the client's delayed acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((config.host, config.port))
        listener.listen(256)
    except BaseException:
        listener.close()
        raise
    return listener


def _base_url(config: SandboxConfig, listener: socket.socket) -> str:
    host = f"[{config.host}]" if ":" in config.host else config.host
    return f"http://{host}:{listener.getsockname()[1]}/v1"


class SandboxServer:
    """A sandbox in a thread of its own; any number may run in one process.

    `with SandboxServer(SandboxConfig()) as server:` serves at `server.base_url` until the block
    ends.
    """

    def __init__(self, config: SandboxConfig | None = None) -> None:
        self.config = config or SandboxConfig()
        self._thread: threading.Thread | None = None
        self._server: _Server | None = None
        self._sandbox: Sandbox | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._base_url = ""

    @property
    def base_url(self) -> str:
        """`http://HOST:PORT/v1`, known once started."""
        return self._base_url

    @property
    def api_key(self) -> str:
        """The only key it accepts, the admin key aside."""
        return self.config.api_key

    @property
    def admin_api_key(self) -> str:
        """The key that may also manage checkpoint permissions."""
        return self.config.admin_api_key

    def start(self) -> SandboxServer:
        """Returns once connections are accepted; raises OSError if the port is taken."""
        if self._thread is not None:
            raise RuntimeError("the sandbox is already running")
        listener = _listen(self.config)
        try:
            self._sandbox = Sandbox(self.config)
        except BaseException:
            listener.close()
            raise
        self._base_url = _base_url(self.config, listener)
        self._server = _make_server(self._sandbox)
        ready: Future[asyncio.AbstractEventLoop] = Future()
        self._thread = threading.Thread(
            target=self._run, args=(self._server, listener, ready), name="sandbox", daemon=True
        )
        self._thread.start()
        # The socket listens already: a connection made before the loop turns waits in its queue.
        self._loop = ready.result()
        log.info("%s Serving at %s.", PLAINLY, self._base_url)
        return self

    @staticmethod
    def _run(
        server: _Server, listener: socket.socket, ready: Future[asyncio.AbstractEventLoop]
    ) -> None:
        async def serve() -> None:
            ready.set_result(asyncio.get_running_loop())
            await server.serve(sockets=[listener])

        with listener:
            asyncio.run(serve())

    def call(self, function: Callable[[Sandbox], T]) -> T:
        """Runs a function on the sandbox's state, between two requests, and returns its result."""
        if self._loop is None or self._sandbox is None:
            raise RuntimeError("the sandbox is not running")
        sandbox = self._sandbox

        async def run() -> T:
            return function(sandbox)

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result()

    def stop(self) -> None:
        """Ends the server and waits for its thread; harmless when it is not running."""
        if self._thread is None or self._server is None or self._sandbox is None:
            return
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._server.end)
        self._thread.join()
        self._sandbox.close()
        self._thread = self._server = self._sandbox = self._loop = None

    def __enter__(self) -> SandboxServer:
        return self if self._thread is not None else self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


def run(config: SandboxConfig, *, json: bool, out: TextIO, samples: bool = False) -> int:
    """Serves until SIGINT or SIGTERM and returns 0; the first lines on `out` say where.

    With `json` there is one line, `{"base_url": ..., "api_key": ...}`. `samples` fills an empty
    sandbox with sample jobs first. Raises OSError if the port is taken, DataInUseError if another
    sandbox has the data folder.
    """
    listener = _listen(config)
    with listener:
        sandbox = Sandbox(config)
        try:
            if samples:
                fill(sandbox)
            base_url = _base_url(config, listener)
            out.write(_announcement(config, base_url, json=json))
            out.flush()
            log.info("%s Serving at %s.", PLAINLY, base_url)
            asyncio.run(_serve_until_signal(_make_server(sandbox), listener))
        finally:
            sandbox.close()
    return 0


def _announcement(config: SandboxConfig, base_url: str, *, json: bool) -> str:
    if json:
        return json_module.dumps({"base_url": base_url, "api_key": config.api_key}) + "\n"
    kept = f"Kept in {config.data_dir}." if config.data_dir else "Nothing is kept after it ends."
    return (
        f"{PLAINLY}\n{kept}\n\n"
        f"  OPENAI_BASE_URL={base_url}\n  OPENAI_API_KEY={config.api_key}\n\n"
        "Press ctrl+c to end it.\n"
    )


async def _serve_until_signal(server: _Server, listener: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, server.end)
        except NotImplementedError:
            # Windows: its event loop has no signal handlers of its own.
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(server.end))
    await server.serve(sockets=[listener])
