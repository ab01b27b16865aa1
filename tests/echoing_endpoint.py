"""An endpoint that writes down what it is sent, and puts the key that it got into every answer."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar


@dataclass
class Echoing:
    """Where it listens and the headers of each request, by lower-case names.

    `form` is how the key is written into answers; `refuse` makes each answer an error.
    """

    base_url: str = ""
    requests: list[dict[str, str]] = field(default_factory=list)
    form: Callable[[str], str] = str
    refuse: bool = False

    def answer(self, path: str, key: str) -> object:
        """What is answered to a request for `path`."""
        said = f"your key {key}, is it?"
        if self.refuse:
            return {"error": {"message": said, "code": key, "param": key, "type": key}}
        if path.endswith("/events"):
            event = {"id": key, "created_at": 1, "level": key, "type": key, "message": said}
            return _page(event | {"object": "fine_tuning.job.event", "data": {"step": 1}})
        if path.endswith("/checkpoints"):
            return _page({"id": key, "fine_tuned_model_checkpoint": key, "step_number": 1})
        if path.endswith("/models"):
            return _page({"id": f"ft:{key}", "owned_by": key, "shutdown_date": key[:10]})
        if path.endswith("/content"):
            return {"messages": [{"role": "user", "content": said}]}
        if "/files" in path:
            names = {"filename": f"{key}.jsonl", "purpose": key, "status": key}
            one = {"id": "file-1", "bytes": 1, "status_details": said, **names}
            return _page(one) if path.endswith("/files") else one
        return _page(_job("ftjob-1", key), _job(key, key)) if _is_list(path) else _job("", key)


def _is_list(path: str) -> bool:
    return path.endswith("/jobs")


def _page(*items: dict[str, Any]) -> dict[str, Any]:
    return {"object": "list", "data": list(items), "has_more": False}


def _job(name: str, key: str) -> dict[str, Any]:
    names = ("model", "fine_tuned_model", "organization_id", "training_file", "validation_file")
    return {
        "object": "fine_tuning.job",
        "id": name or "ftjob-1",
        "status": "failed",
        "created_at": 1_790_000_000,
        "result_files": [key],
        "user_provided_suffix": key,
        "method": {"type": key},
        "hyperparameters": {"n_epochs": key},
        "metadata": {"note": f"{key} is yours", key: "x"},
        "error": {"code": key, "message": f"Bad key {key} in line 3", "param": key},
        **dict.fromkeys(names, key),
    }


class _Handler(BaseHTTPRequestHandler):
    place: ClassVar[Echoing]

    def do_GET(self) -> None:
        place = self.place
        place.requests.append({name.lower(): value for name, value in self.headers.items()})
        key = place.form(self.headers.get("Authorization", "").removeprefix("Bearer "))
        body = json.dumps(place.answer(self.path.partition("?")[0], key)).encode()
        with suppress(ConnectionError):  # whoever asked for several things may have gone
            self.send_response(401 if place.refuse else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("x-request-id", key)
            self.end_headers()
            self.wfile.write(body)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.do_GET()

    do_DELETE = do_GET

    def log_message(self, *_: object) -> None:
        """Keep the output of the tests clean."""


@contextmanager
def echoing_endpoint() -> Iterator[Echoing]:
    """Serve on a loopback port until the block ends."""
    place = Echoing()
    handler = type("Handler", (_Handler,), {"place": place})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        place.base_url = f"http://127.0.0.1:{server.server_port}/v1"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield place
        finally:
            server.shutdown()
            thread.join()
