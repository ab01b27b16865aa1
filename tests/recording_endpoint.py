"""An endpoint that writes down all that reaches it, and answers as a test wants, in any shape."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qsl, unquote, urlsplit

Answer = tuple[int, object]


@dataclass(frozen=True)
class Recorded:
    """One request; header names are in lower case, the path is as it came."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)

    @property
    def call(self) -> str:
        """Method and path without the base, such as `GET fine_tuning/jobs`."""
        return f"{self.method} {unquote(self.path).partition('/v1/')[2]}"

    def holds(self, text: str) -> bool:
        """True when `text` stands anywhere in it."""
        told = [self.path, *self.query, *self.query.values(), *self.headers.values()]
        return any(text in each for each in told) or text.encode() in self.body


@dataclass
class Recording:
    """`answers` are by call, as `Recorded.call` has it; what is in none is as OpenAI's would be."""

    base_url: str = ""
    requests: list[Recorded] = field(default_factory=list)
    answers: dict[str, Answer | Callable[[Recorded], Answer]] = field(default_factory=dict)

    def calls(self) -> list[str]:
        """All requests in order, by their method and path."""
        return [request.call for request in self.requests]

    def of(self, call: str) -> list[Recorded]:
        """The requests of one call."""
        return [request for request in self.requests if request.call == call]

    def answer(self, request: Recorded) -> Answer:
        """Status and JSON for a request."""
        answer = self.answers.get(request.call)
        if answer is not None:
            return answer(request) if callable(answer) else answer
        method, _, path = request.call.partition(" ")
        if method == "POST" and path == "fine_tuning/jobs":
            return 200, job_of(request)
        if path.startswith("files") and (method == "POST" or path != "files"):
            return 200, a_file(path.removeprefix("files/") if method == "GET" else "file-1")
        if path.startswith("uploads/"):
            return 404, {"error": {"message": "No such Upload object: upload_none"}}
        if path.startswith("fine_tuning/jobs/"):
            return 200, {"object": "fine_tuning.job", "id": path.split("/")[2], "status": "queued"}
        return 200, {"object": "list", "data": [], "has_more": False}


def a_file(file_id: str) -> dict[str, object]:
    """A file's record."""
    record = {"object": "file", "id": file_id, "bytes": 5, "created_at": 1_790_000_000}
    return {**record, "filename": "train.jsonl", "purpose": "fine-tune", "status": "processed"}


def job_of(request: Recorded) -> dict[str, object]:
    """The job that a create call makes."""
    asked = request.json
    return {
        "object": "fine_tuning.job",
        "id": "ftjob-1",
        "status": "queued",
        "created_at": 1_790_000_000,
        **{name: asked.get(name) for name in ("model", "training_file", "metadata")},
    }


class _Handler(BaseHTTPRequestHandler):
    place: ClassVar[Recording]

    def _take(self) -> None:
        parts = urlsplit(self.path)
        request = Recorded(
            self.command,
            parts.path,
            dict(parse_qsl(parts.query, keep_blank_values=True)),
            {name.lower(): value for name, value in self.headers.items()},
            self._body(),
        )
        self.place.requests.append(request)
        status, told = self.place.answer(request)
        body = told if isinstance(told, bytes) else json.dumps(told).encode()
        with suppress(ConnectionError):  # whoever asked for several things may have gone
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        pieces = []
        while size := int(self.rfile.readline(), 16):
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(pieces)

    do_GET = do_POST = do_DELETE = _take

    def log_message(self, *_: object) -> None:
        """Keep the output of the tests clean."""


@contextmanager
def recording_endpoint(tls: ssl.SSLContext | None = None, path: str = "/v1") -> Iterator[Recording]:
    """Serve on a loopback port until the block ends, over TLS where a context is given."""
    place = Recording()
    handler = type("Handler", (_Handler,), {"place": place})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        scheme, host = ("https", "localhost") if tls else ("http", "127.0.0.1")
        place.base_url = f"{scheme}://{host}:{server.server_port}{path}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield place
        finally:
            server.shutdown()
            thread.join()
