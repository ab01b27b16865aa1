"""A TCP proxy in front of an endpoint that breaks what it is told to break, where it is told to."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from waiting import PATIENCE, wait_until

HTML = b"<!doctype html><html><body>Please sign in to the network</body></html>"


@dataclass(frozen=True)
class Fault:
    """One broken exchange.

    `commit` says whether the endpoint gets the request. `how` is the way it breaks: "reset",
    "close" or "hang" instead of an answer; "truncate" (half of the body, then a close),
    "unterminated" (chunks without an end), "drip" (some bytes one at a time, and no end), or
    "answer", which sends `status`, `headers` and `body`. "cut" resets after `after` bytes of the
    request's body, "slow" gives the endpoint's own answer `pause` seconds late, and "held" when
    `FaultProxy.let_go` is called.
    """

    how: str
    commit: bool = True
    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = (("content-type", "application/json"),)
    after: int = 0
    pause: float = 0.0

    def __str__(self) -> str:
        what = f"{self.status} {self.body[:20]!r}" if self.how == "answer" else self.how
        return f"{'commit, then ' if self.commit else ''}{what}"


def error_answer(
    status: int,
    *,
    commit: bool,
    code: str = "",
    message: str = "it broke",
    headers: tuple[tuple[str, str], ...] = (),
) -> Fault:
    """An error in OpenAI's shape."""
    body = f'{{"error": {{"message": "{message}", "code": "{code}", "type": "x"}}}}'.encode()
    return Fault("answer", commit, status, body, (("content-type", "application/json"), *headers))


@dataclass
class _Route:
    pattern: re.Pattern[str]
    faults: list[Fault | None] = field(default_factory=list)
    always: Fault | None = None


class FaultProxy:
    """Forwards to the endpoint at `upstream` (a base URL) and breaks exchanges as scripted.

    A context manager; `base_url` is where clients go. `seen` counts requests as "METHOD /path".
    """

    def __init__(self, upstream: str) -> None:
        parts = urlsplit(upstream)
        self._target = (parts.hostname or "", parts.port or 80)
        self._path = parts.path
        self._routes: list[_Route] = []
        self._lock = threading.Lock()
        self._loop = asyncio.new_event_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.seen: Counter[str] = Counter()
        self.body_bytes: Counter[str] = Counter()
        self.base_url = ""
        self.rewrite: Callable[[str, bytes], bytes] = lambda request, body: body
        """May change a request's body before the endpoint gets it; the length must stay."""
        self.on_silence: Callable[[float], None] = lambda share: None
        """Told when a client has got the last that it will get: by "hang" and "unterminated" with
        1.0, by "drip" with a tenth at each of ten bytes."""
        self._go = asyncio.Event()

    def script(self, route: str, *faults: Fault | None) -> None:
        """Break the next requests that match `route`, a pattern of "METHOD /path"; None passes."""
        with self._lock:
            self._routes.append(_Route(re.compile(route), list(faults)))

    def always(self, route: str, fault: Fault) -> None:
        """Break every request that matches `route`."""
        with self._lock:
            self._routes.append(_Route(re.compile(route), always=fault))

    @contextmanager
    def holding(self, route: str, after: int) -> Iterator[None]:
        """Give no answer to requests that match `route` once `after` of them had theirs."""
        held = _Route(re.compile(route), [None] * after, Fault("held"))
        with self._lock:
            self._routes.append(held)
        yield
        with self._lock:
            self._routes.remove(held)

    def wait_until_idle(self) -> None:
        """Wait until all requests are dealt with, also those of clients that are gone by now.

        A client that gave up, or was killed, has left before the endpoint has done what it asked.
        """
        with socket.create_connection(("127.0.0.1", self._port), timeout=PATIENCE) as last:
            last.shutdown(socket.SHUT_WR)
            last.recv(1)  # ends when this connection is taken up, and so all before it are
        wait_until(lambda: not self._tasks, "the proxy is still at work")

    def calm(self) -> None:
        """Forget all scripts, and what was seen."""
        with self._lock:
            self._routes.clear()
            self.seen.clear()
            self.body_bytes.clear()

    def let_go(self) -> None:
        """Send the answers that are held back, and hold none back from now on."""
        self._loop.call_soon_threadsafe(self._go.set)

    def __enter__(self) -> Self:
        self._thread.start()
        self._port = asyncio.run_coroutine_threadsafe(self._start(), self._loop).result()
        self.base_url = f"http://127.0.0.1:{self._port}{self._path}"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _start(self) -> int:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=2**20)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def _stop(self) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            await self._exchange(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    def _next_fault(self, request: str) -> Fault | None:
        with self._lock:
            self.seen[request] += 1
            for route in self._routes:
                if not route.pattern.search(request):
                    continue
                if route.faults:
                    return route.faults.pop(0)
                if route.always is not None:
                    return route.always
        return None

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        method, path, _ = head.split(b"\r\n", 1)[0].decode().split(" ", 2)
        request = f"{method} {path.partition('?')[0].removeprefix(self._path)}"
        fault = self._next_fault(request)
        size = _length(head)
        if fault is not None and fault.how == "cut":
            self.body_bytes[request] += len(await reader.readexactly(min(fault.after, size)))
            _reset(writer)
            return
        body = await reader.readexactly(size)
        self.body_bytes[request] += size
        answer = b""
        if fault is None or fault.commit:
            answer = await self._forward(head, self.rewrite(request, body))
        if fault is not None and fault.how == "slow":
            await asyncio.sleep(fault.pause)
            fault = None
        if fault is not None and fault.how == "held":
            await self._go.wait()
            fault = None
        if fault is None:
            writer.write(answer)
            await writer.drain()
        else:
            await _break(fault, answer, reader, writer, self.on_silence)

    async def _forward(self, head: bytes, body: bytes) -> bytes:
        lines = [
            line
            for line in head.split(b"\r\n")[:-2]
            if not line.lower().startswith((b"connection:", b"accept-encoding:"))
        ]
        request = b"\r\n".join([*lines, b"Connection: close", b"", b""]) + body
        loop = asyncio.get_running_loop()
        with socket.socket() as link:
            link.setblocking(False)
            await loop.sock_connect(link, self._target)
            sending = asyncio.create_task(loop.sock_sendall(link, request))
            answer = b""
            # An endpoint may answer, and close, before it has read the whole request.
            with contextlib.suppress(OSError):
                while piece := await loop.sock_recv(link, 2**16):
                    answer += piece
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            return answer


async def _break(
    fault: Fault,
    answer: bytes,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    on_silence: Callable[[float], None],
) -> None:
    _, _, body = answer.partition(b"\r\n\r\n")
    body = body or b'{"object": "list", "data": []}'
    if fault.how == "reset":
        _reset(writer)
    elif fault.how == "hang":
        on_silence(1.0)
        await reader.read()
    elif fault.how == "truncate":
        writer.write(_head(200, (("content-length", str(len(body))),)) + body[: len(body) // 2])
    elif fault.how == "unterminated":
        chunk = f"{len(body):x}\r\n".encode() + body + b"\r\n"
        writer.write(_head(200, (("transfer-encoding", "chunked"),)) + chunk)
        await writer.drain()
        on_silence(1.0)
        await reader.read()
    elif fault.how == "drip":
        writer.write(_head(200, (("content-length", str(len(body))),)))
        for number in range(10):
            writer.write(body[number : number + 1])
            await writer.drain()
            on_silence(0.1)
        await reader.read()
    elif fault.how == "answer":
        length = () if fault.status == 204 else (("content-length", str(len(fault.body))),)
        writer.write(_head(fault.status, (*fault.headers, *length)) + fault.body)
    if fault.how != "reset":
        await writer.drain()


def _head(status: int, headers: tuple[tuple[str, str], ...]) -> bytes:
    lines = [f"HTTP/1.1 {status} Scripted", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join([*lines, "connection: close", "", ""]).encode()


def _length(head: bytes) -> int:
    found = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
    return int(found[1]) if found else 0


def _reset(writer: asyncio.StreamWriter) -> None:
    link = writer.get_extra_info("socket")
    link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
