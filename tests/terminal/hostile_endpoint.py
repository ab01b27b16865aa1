"""An endpoint whose every answer is hostile, on a loopback port of the test's own process."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

from tests.terminal.hostile import CORPUS


def _text(number: int) -> str:
    return CORPUS[number % len(CORPUS)].text


def _job(number: int) -> dict[str, Any]:
    """A job that holds a different hostile string in every field that is text."""
    texts = iter(_text(number + step) for step in range(0, 400, 7))
    key = next(texts)
    return {
        "object": "fine_tuning.job",
        "id": f"ftjob-{number}" if number % 2 else f"ftjob-{number}{next(texts)}",
        "model": next(texts),
        "status": next(texts) if number % 3 == 0 else "running",
        "created_at": 1_790_000_000 + number,
        "finished_at": None,
        "estimated_finish": next(texts),
        "fine_tuned_model": next(texts) if number % 4 else None,
        "organization_id": next(texts),
        "training_file": next(texts),
        "validation_file": next(texts),
        "result_files": [next(texts)],
        "hyperparameters": {"n_epochs": next(texts), "batch_size": "auto"},
        "method": {"type": next(texts)},
        "metadata": {key: next(texts)},
        "suffix": next(texts),
        "user_provided_suffix": next(texts),
        "error": {"code": next(texts), "message": next(texts), "param": next(texts)},
        "seed": 1,
        "trained_tokens": None,
    }


def _page(items: list[dict[str, Any]]) -> dict[str, Any]:
    return {"object": "list", "data": items, "has_more": False}


def _events() -> dict[str, Any]:
    return _page(
        [
            {
                "object": "fine_tuning.job.event",
                "id": f"ftevent-{number}",
                "created_at": 1_790_000_000 + number,
                "level": one.text if number % 5 == 0 else "info",
                "message": one.text,
                "type": "message",
                "data": {one.text: one.text},
            }
            for number, one in enumerate(CORPUS)
        ]
    )


def _checkpoints() -> dict[str, Any]:
    return _page(
        [
            {
                "object": "fine_tuning.job.checkpoint",
                "id": one.text,
                "created_at": 1_790_000_000,
                "fine_tuned_model_checkpoint": one.text,
                "step_number": number,
                "metrics": {"train_loss": 1.0 / (number + 1), one.text: 0.5},
            }
            for number, one in enumerate(CORPUS)
        ]
    )


class _Handler(BaseHTTPRequestHandler):
    requests: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path.endswith("/events"):
            self._answer(200, _events())
        elif path.endswith("/checkpoints"):
            self._answer(200, _checkpoints())
        elif path.endswith("/jobs"):
            self._answer(200, _page([_job(number) for number in range(len(CORPUS))]))
        elif path.endswith("/models"):
            self._answer(200, _page([{"id": one.text, "object": "model"} for one in CORPUS]))
        elif "/jobs/" in path:
            number = path.rpartition("ftjob-")[2]
            self._answer(200, _job(int(number) if number.isdigit() else 0))
        else:
            self._refuse()

    def do_POST(self) -> None:
        self._refuse()

    do_DELETE = do_POST

    def _refuse(self) -> None:
        every = "".join(one.text for one in CORPUS if len(one.text) < 200)
        body = {"error": {"message": every, "code": _text(3), "type": _text(5), "param": _text(9)}}
        self._answer(400, body)

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        self.requests.append(f"{self.command} {self.path}")
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("x-request-id", "req_\x1b]52;c;WnE3\x07")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Keep the output of the tests clean."""


@contextmanager
def hostile_endpoint() -> Iterator[tuple[str, list[str]]]:
    """Serve; gives the base URL and the list of requests, which grows."""
    requests: list[str] = []
    handler = type("Handler", (_Handler,), {"requests": requests})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1", requests
    finally:
        server.shutdown()
        server.server_close()
