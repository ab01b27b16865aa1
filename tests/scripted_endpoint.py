"""An endpoint on a loopback port that lists just the jobs and files that a test puts there."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from fttui.services.endpoint.address import Endpoint
from fttui.services.endpoint.fine_tuning_handle import FineTuningHandle
from fttui.services.endpoint.transport import Timeouts
from fttui.storage.secrets import Secret
from fttui.storage.settings import Profile


@dataclass
class ScriptedEndpoint:
    """`jobs` and `files` are told as they are, newest first, in pages; `contents` are by file id.

    `refusals` are statuses by what is asked for: "marked" (jobs by their metadata), "jobs",
    "files" or "content". `answers` are whole answers by the last name of a path, such as "jobs"
    or "events". With `filters` False the metadata that are asked for are ignored. `requests` are
    what was asked for, in order.
    """

    jobs: list[dict[str, Any]] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)
    contents: dict[str, bytes] = field(default_factory=dict)
    refusals: dict[str, int] = field(default_factory=dict)
    answers: dict[str, object] = field(default_factory=dict)
    filters: bool = True
    requests: list[str] = field(default_factory=list)
    base_url: str = ""

    def handle(self) -> FineTuningHandle:
        """A handle on it that tries nothing twice."""
        endpoint = Endpoint(
            Profile(base_url=self.base_url),
            self.base_url,
            "the test",
            is_profiles=True,
            is_environments=False,
        )
        return FineTuningHandle(endpoint, Secret("sk-of-the-test"), timeouts=Timeouts(tries=1))

    def answer(self, target: str) -> tuple[int, bytes]:
        """Status and body for a GET of `target`."""
        url = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        what, _, rest = url.path.removeprefix("/v1/").removeprefix("fine_tuning/").partition("/")
        mark = {name[9:-1]: value for name, value in query.items() if name.startswith("metadata[")}
        what = "content" if rest.endswith("/content") else "marked" if mark else what
        self.requests.append(what)
        if status := self.refusals.get(what):
            error = {"message": "scripted", "type": "x", "code": None, "param": None}
            return status, json.dumps({"error": error}).encode()
        if (name := rest.rpartition("/")[2] or what) in self.answers:
            return 200, json.dumps(self.answers[name]).encode()
        if what == "content":
            return 200, self.contents[rest.partition("/")[0]]
        items = {"files": self.files, "models": []}.get(what, self.jobs)
        if mark and self.filters:
            items = [job for job in items if mark.items() <= job.get("metadata", {}).items()]
        ids = [item.get("id") for item in items]
        start = ids.index(query["after"]) + 1 if "after" in query else 0
        end = start + int(query.get("limit", 1000))
        page = {"object": "list", "data": items[start:end], "has_more": end < len(items)}
        return 200, json.dumps(page).encode()


class _Server(ThreadingHTTPServer):
    endpoint: ScriptedEndpoint


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        status, body = self.server.endpoint.answer(self.path)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep the output of the tests clean."""


@contextmanager
def scripted_endpoint() -> Iterator[ScriptedEndpoint]:
    """Serve an empty one."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.endpoint = ScriptedEndpoint(base_url=f"http://127.0.0.1:{server.server_port}/v1")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server.endpoint
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
