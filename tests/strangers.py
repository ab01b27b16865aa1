"""Servers in the shapes of others: what a table of answers says, word for word, and no more."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, TypeVar

import pytest

from fttui.services.endpoint.address import Endpoint
from fttui.services.endpoint.errors import ServiceError
from fttui.services.endpoint.fine_tuning_handle import FineTuningHandle
from fttui.services.endpoint.transport import Timeouts
from fttui.storage.secrets import Secret
from fttui.storage.settings import Profile

T = TypeVar("T")
KEY = "sk-of-the-strangers"
FASTAPI_404 = (404, {"detail": "Not Found"})
GRPC_404 = (404, {"code": 5, "message": "Not Found", "details": []})
AIMOCK_404 = (404, {"error": {"message": "Not found", "type": "invalid_request_error"}})
KONG_404 = (404, {"message": "no Route matched with those values"})
HTML_404 = (404, "<!doctype html><html>Not here</html>")


@dataclass
class Stranger:
    """`answers` by "METHOD path" (a pattern of the whole), each a status and a body.

    A list of them is told one after the other, the last one for ever. A text is sent as it is, as
    a stream of events where it begins with `data:`, and of lines after `lines:`; one that ends with
    `…` never ends. Everything else is answered with `missing`. `seen` is what was asked for, in
    order.
    """

    answers: dict[str, Any] = field(default_factory=dict)
    missing: tuple[int, Any] = FASTAPI_404
    seen: list[str] = field(default_factory=list)
    base_url: str = ""
    over: threading.Event = field(default_factory=threading.Event)

    def answer(self, asked: str) -> tuple[int, Any]:
        """What is told to "METHOD path"."""
        self.seen.append(asked)
        for pattern, told in self.answers.items():
            if re.fullmatch(pattern, asked):
                if isinstance(told, list):
                    told = told.pop(0) if len(told) > 1 else told[0]
                return told if isinstance(told, tuple) else (200, told)
        return self.missing

    def handle(self, **timeouts: float) -> FineTuningHandle:
        """A handle on it that tries nothing twice and waits for no part of a job for long."""
        endpoint = Endpoint(
            Profile(base_url=self.base_url),
            self.base_url,
            "the test",
            is_profiles=True,
            is_environments=False,
        )
        quick: Mapping[str, Any] = {"tries": 1, "stream": 0.3, "part": 2.0, **timeouts}
        return FineTuningHandle(endpoint, Secret(KEY), timeouts=Timeouts(**quick))


class _Handler(BaseHTTPRequestHandler):
    place: ClassVar[Stranger]

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = self.path.partition("?")[0].removeprefix("/v1")
        status, told = self.place.answer(f"{self.command} {path}")
        text = told if isinstance(told, str) else json.dumps(told)
        kind = "text/event-stream" if text.startswith("data:") else "application/json"
        kind = "text/html" if text.startswith("<") else kind
        if text.startswith("lines:"):
            kind, text = "application/x-ndjson", text.removeprefix("lines:")
        body = text.removesuffix("…").encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if not text.endswith("…"):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        if text.endswith("…"):
            self.wfile.flush()
            self.place.over.wait()

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        """Keep the output of the tests clean."""


@contextmanager
def stranger(
    answers: Mapping[str, Any], missing: tuple[int, Any] = FASTAPI_404
) -> Iterator[Stranger]:
    """Serve these answers on a loopback port until the block ends."""
    place = Stranger(dict(answers), missing)
    handler = type("Handler", (_Handler,), {"place": place})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    place.base_url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield place
    finally:
        place.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def ask(place: Stranger, call: Callable[[FineTuningHandle], Awaitable[T]], **timeouts: float) -> T:
    """What one call of a fresh handle gives."""

    async def asked() -> T:
        handle = place.handle(**timeouts)
        try:
            return await call(handle)
        finally:
            await handle.close()

    return asyncio.run(asked())


def refused(place: Stranger, call: Callable[[FineTuningHandle], Awaitable[object]]) -> ServiceError:
    """What one call of a fresh handle raises."""
    with pytest.raises(ServiceError) as problem:
        ask(place, call)
    return problem.value


def job(status: object, **told: Any) -> dict[str, Any]:
    """A job `j1` in a status."""
    return {"id": "j1", "model": "tiny", "status": status, "created_at": 1_790_000_000, **told}


JOBS = "GET /fine_tuning/jobs"
JOB = f"{JOBS}/j1"
EVENTS = f"{JOB}/events"
CHECKPOINTS = f"{JOB}/checkpoints"


def listed(*jobs: dict[str, Any]) -> dict[str, Any]:
    """A list in OpenAI's shape."""
    return {"object": "list", "data": list(jobs), "has_more": False}
