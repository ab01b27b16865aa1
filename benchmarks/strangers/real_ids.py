"""A relay in front of a sandbox that puts real ids where a generated test has made-up ones.

The tests of the openai package call `jobs.retrieve("ft-AF1Wo...")` and expect a job. For each
request this makes the file, upload, job, model or permission that it is about, and replaces what
no server could take: bodies that name all methods at once, parts and projects called "string".
Answers pass through unchanged.
"""

from __future__ import annotations

import json
import re
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import quote, unquote

import httpx2

ROW = {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}
ROWS = ("".join(json.dumps(ROW) + "\n" for _ in range(40))).encode()
MODEL = "gpt-4o-mini-2024-07-18"
MODELS = 12
"""Jobs that are trained beforehand; each leaves three models to be looked at and deleted."""


class Makes:
    """Makes what a request is about, in the sandbox at `base_url`."""

    def __init__(self, base_url: str, key: str) -> None:
        admin = "sk-admin-" + key.removeprefix("sk-")
        self.http = httpx2.Client(
            base_url=base_url, headers={"Authorization": f"Bearer {admin}"}, timeout=60
        )
        self._lock = Lock()
        jobs = [self.job() for _ in range(MODELS)]
        while any(self._get(f"/fine_tuning/jobs/{job}")["status"] != "succeeded" for job in jobs):
            time.sleep(0.2)
        self.models = [each["id"] for each in self._get("/models")["data"] if ":" in each["id"]]

    def _get(self, path: str) -> Any:
        return self.http.get(path).raise_for_status().json()

    def _post(self, path: str, **content: Any) -> Any:
        return self.http.post(path, **content).raise_for_status().json()

    def file(self) -> str:
        """A new training file."""
        form = {"data": {"purpose": "fine-tune"}, "files": {"file": ("t.jsonl", ROWS)}}
        return str(self._post("/files", **form)["id"])

    def job(self, **asked: Any) -> str:
        """A new job."""
        body = {"model": MODEL, "training_file": self.file(), **asked}
        return str(self._post("/fine_tuning/jobs", json=body)["id"])

    def upload(self) -> str:
        """A new upload without parts."""
        asked = {"bytes": len(ROWS), "filename": "t.jsonl", "purpose": "fine-tune",
                 "mime_type": "application/jsonl"}  # fmt: skip
        return str(self._post("/uploads", json=asked)["id"])

    def part(self, upload: str) -> str:
        """A new part that has all bytes of an upload."""
        return str(self._post(f"/uploads/{upload}/parts", files={"data": ROWS})["id"])

    def model(self) -> str:
        """One of the fine-tuned models, that nobody else gets."""
        with self._lock:
            return str(self.models.pop())

    def permission(self, model: str) -> str:
        """A permission for the model."""
        path = f"/fine_tuning/checkpoints/{quote(model)}/permissions"
        return str(self._post(path, json={"project_ids": ["proj_a"]})["data"][0]["id"])


def real(makes: Makes, method: str, target: str, body: bytes) -> tuple[str, bytes]:
    """The target and body with real things in them."""
    path, _, query = unquote(target).partition("?")
    query = re.sub(r"(^|&)after=[^&]*", "", query).removeprefix("&").replace("limit=0", "limit=1")
    if found := re.fullmatch(r"/fine_tuning/jobs/[^/]+(/\w+)?", path):
        job = makes.job()
        if found[1] == "/resume":
            makes._post(f"/fine_tuning/jobs/{job}/pause", json={})
        path = f"/fine_tuning/jobs/{job}{found[1] or ''}"
    elif found := re.fullmatch(r"/fine_tuning/checkpoints/[^/]+/permissions(/[^/]+)?", path):
        model = makes.models[0]
        path = f"/fine_tuning/checkpoints/{model}/permissions"
        path += f"/{makes.permission(model)}" if found[1] else ""
    elif found := re.fullmatch(r"/files/[^/]+(/content)?", path):
        path = f"/files/{makes.file()}{found[1] or ''}"
    elif found := re.fullmatch(r"/uploads/[^/]+/(\w+)", path):
        upload = makes.upload()
        path = f"/uploads/{upload}/{found[1]}"
        if found[1] == "complete":
            body = json.dumps({"part_ids": [makes.part(upload)]}).encode()
    elif path.startswith("/models/"):
        path = f"/models/{makes.model() if method == 'DELETE' else makes.models[0]}"
    if (method, path) == ("POST", "/fine_tuning/jobs"):
        body = _job_body(makes, json.loads(body))
    elif path.endswith("/permissions") and method == "POST":
        body = json.dumps({"project_ids": ["proj_a"]}).encode()
    elif (method, path) == ("POST", "/uploads"):
        asked = json.loads(body) | {"bytes": max(1, json.loads(body)["bytes"])}
        asked["mime_type"] = "application/jsonl"
        body = json.dumps(asked).encode()
    elif "graders" in path:
        body = body.replace(b'"input":"input"', b'"input":"{{sample.output_text}}"')
    return quote(path) + (f"?{query}" if query else ""), body


def _job_body(makes: Makes, asked: dict[str, Any]) -> bytes:
    asked["training_file"] = makes.file()
    if asked.get("validation_file"):
        asked["validation_file"] = makes.file()
    if method := asked.get("method"):
        kind = method["type"]
        asked["method"] = {"type": kind, kind: method[kind]}
        asked.pop("hyperparameters", None)
    return json.dumps(asked).encode()


def serve(makes: Makes) -> str:
    """Starts the relay on a port of its own and returns its base URL."""

    class Relay(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            target, body = real(makes, self.command, self.path, body)
            kept = {"content-type"} & {name.lower() for name in self.headers}
            headers = {name: str(self.headers[name]) for name in kept}
            given = makes.http.request(self.command, target, content=body, headers=headers)
            self.send_response(given.status_code)
            self.send_header("Content-Type", given.headers.get("content-type", ""))
            self.send_header("Content-Length", str(len(given.content)))
            self.end_headers()
            self.wfile.write(given.content)

        do_GET = do_POST = do_DELETE = _answer  # noqa: N815 - names that http.server asks for

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Relay)
    Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"
