"""Ray's Jobs REST API as a cluster of one machine would serve it, as far as an engine uses it.

Jobs run as Ray runs them: the working_dir is unpacked, and the entrypoint is given to a shell in
it, in a session of its own. What is due is done whenever something is asked.
"""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import threading
import zipfile
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

ENDED = ("STOPPED", "SUCCEEDED", "FAILED")


@dataclass
class StubJob:
    order: dict[str, Any]
    log: Path
    status: str = "PENDING"
    message: str = "Job has not started yet."
    error_type: str | None = None
    asked_to_stop: bool = False
    process: subprocess.Popen[bytes] | None = None


@dataclass
class RayStub:
    """`room`: how many jobs run at a time. `cuts`: paths whose requests are done, not answered.

    `held`: nothing is answered before it is set. `answers`: what begins so is answered so.
    """

    root: Path
    token: str | None = None
    room: int = 1
    port: int = 0
    padding: ClassVar[str] = ""
    held: threading.Event | None = None
    cuts: set[str] = field(default_factory=set)
    answers: dict[str, tuple[int, str]] = field(default_factory=dict)
    packages: dict[str, bytes] = field(default_factory=dict)
    jobs: dict[str, StubJob] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    environ: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._lock = threading.RLock()
        self._server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def up(self) -> None:
        stub = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                pass

            def answer(self) -> None:
                length = int(self.headers.get("content-length") or 0)
                status, body = stub.answer(
                    self.command, self.path, self.headers.get("authorization"),
                    self.rfile.read(length),
                )  # fmt: skip
                if f"{self.command} {self.path}" in stub.cuts:
                    self.close_connection = True
                    return
                self.send_response(status)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PUT = do_DELETE = answer

        ThreadingHTTPServer.allow_reuse_address = True
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def down(self) -> None:
        """Nobody listens; what runs goes on."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def forget(self) -> None:
        """As a cluster that was started anew: nothing runs, nothing is known."""
        with self._lock:
            for job in self.jobs.values():
                _kill(job)
            self.jobs.clear()
            self.packages.clear()

    def end(self) -> None:
        self.down()
        self.forget()

    def only(self) -> StubJob:
        [job] = self.jobs.values()
        return job

    def answer(self, method: str, path: str, shown: str | None, body: bytes) -> tuple[int, bytes]:
        self.asked.append(f"{method} {path}")
        if self.held is not None:
            self.held.wait()
        with self._lock:
            if self.token is not None and shown is None:
                return 401, b"Unauthorized: Missing authentication token"
            if self.token is not None and shown != f"Bearer {self.token}":
                return 403, b"Forbidden: Invalid authentication token"
            for beginning, (status, text) in self.answers.items():
                if f"{method} {path}".startswith(beginning):
                    return status, text.encode()
            self._go_on()
            status, told = self._route(method, path.strip("/").split("/")[1:], body)
            return status, told.encode() if isinstance(told, str) else json.dumps(told).encode()

    def _route(self, method: str, path: list[str], body: bytes) -> tuple[int, Any]:
        match method, path:
            case "GET", ["version"]:
                return 200, {"version": "4", "ray_version": "2.60.0", "session_name": "s"}
            case "GET", ["packages", "gcs", name]:
                return (200, "") if name in self.packages else (404, "does not exist")
            case "PUT", ["packages", "gcs", name]:
                self.packages[name] = body
                return 200, ""
            case "POST", ["jobs"]:
                return self._submit(json.loads(body))
            case _, ["jobs", name, *_] if name not in self.jobs:
                return 404, f"Job {name} does not exist"
            case "GET", ["jobs", name]:
                job = self.jobs[name]
                told = {"type": "SUBMISSION", "submission_id": name, "status": job.status}
                return 200, told | {"message": job.message, "error_type": job.error_type}
            case "GET", ["jobs", name, "logs"]:
                log = self.jobs[name].log
                return 200, {"logs": (log.read_text() if log.exists() else "") + self.padding}
            case "POST", ["jobs", name, "stop"]:
                job = self.jobs[name]
                job.asked_to_stop = True
                self._go_on()
                return 200, {"stopped": job.status not in ENDED}
        return 405, "no such call"

    def _submit(self, order: dict[str, Any]) -> tuple[int, Any]:
        name = order["submission_id"]
        if name in self.jobs:
            said = f"RuntimeError: Request failed: Job with submission_id {name} already exists. "
            return 500, f"Traceback (most recent call last):\n  File\n{said}\nmore."
        self.jobs[name] = StubJob(order, self.root / f"{name}.log")
        self._go_on()
        return 200, {"job_id": name, "submission_id": name}

    def _go_on(self) -> None:
        for job in self.jobs.values():
            if job.status == "RUNNING":
                self._look(job)
        for job in self.jobs.values():
            running = sum(each.status == "RUNNING" for each in self.jobs.values())
            if job.status == "PENDING" and running < self.room:
                if job.asked_to_stop:
                    job.status = "STOPPED"
                else:
                    self._begin(job)

    def _look(self, job: StubJob) -> None:
        assert job.process is not None
        if job.asked_to_stop:
            _kill(job)
            job.status = "STOPPED"
        elif (code := job.process.poll()) is not None:
            job.status = "FAILED" if code else "SUCCEEDED"
            if code:
                job.error_type = "JOB_ENTRYPOINT_COMMAND_ERROR"
                job.message = (
                    f"Job entrypoint command failed with exit code {code}, last available logs "
                    f"(truncated to 20,000 chars):\n{job.log.read_text()}"
                )

    def _begin(self, job: StubJob) -> None:
        env = job.order["runtime_env"]
        package = env["working_dir"].removeprefix("gcs://")
        folder = self.root / package.removesuffix(".zip")
        if not folder.exists():
            zipfile.ZipFile(io.BytesIO(self.packages[package])).extractall(folder)
        with job.log.open("ab") as log:
            log.write(f"Running entrypoint for job x: {job.order['entrypoint']}\n".encode())
            log.flush()
            job.process = subprocess.Popen(
                job.order["entrypoint"], shell=True, cwd=folder, stdout=log, stderr=log,
                start_new_session=True, env=os.environ | self.environ | env["env_vars"],
            )  # fmt: skip
        job.status, job.message = "RUNNING", "Job is currently running."


def _kill(job: StubJob) -> None:
    if job.process is not None and job.process.poll() is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(job.process.pid, signal.SIGKILL)
        job.process.wait()
