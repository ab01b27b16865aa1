"""What watching costs over SSH: bytes, requests and CPU, beside instructor's `jobs list`.

    python benchmarks/watch/run.py --instructor ENV/bin/instructor [--seconds 60]

A sandbox runs five jobs of many hundred steps. Each program watches them on a pseudo-terminal of
120x40, and what it writes there and asks of the server is counted once its first screen has come to
rest: fttui's list, its details with the live curves of one job, `fttui watch`, and instructor's
table (`pip install instructor`, 5 jobs every 5 seconds, which are its defaults).
"""

import argparse
import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

sys.path.insert(0, str(Path(__file__).parents[1] / "screen"))

from pty_run import PYTHON, PtyRun, environment

SIZE = (120, 40)
SPEED = "0.05"
FTTUI = [PYTHON, "-m", "fttui"]


class Relay(ThreadingHTTPServer):
    """Passes each request on to `target`, and counts them by their path."""

    daemon_threads = True

    def __init__(self, target: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.target = target.removesuffix("/v1")
        self.asked: list[str] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def base_url(self) -> str:
        """What a client is given."""
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: Relay

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Pass it on."""
        self.server.asked.append(f"{self.command} {self.path}")
        length = int(self.headers.get("Content-Length") or 0)
        headers = {
            name: self.headers[name]
            for name in ("Authorization", "Content-Type")
            if self.headers[name]
        }
        request = Request(
            self.server.target + self.path,
            data=self.rfile.read(length) if length else None,
            headers=headers,
            method=self.command,
        )
        try:
            answer = urlopen(request, timeout=30)
        except HTTPError as error:
            answer = error
        with answer:
            body, status = answer.read(), answer.status
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815


def serve(folder: Path):
    """A sandbox in a process of its own: (process, base URL, key)."""
    process = subprocess.Popen(
        [*FTTUI, "sandbox", "--json", "--speed", SPEED, "--data", str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    told = json.loads(process.stdout.readline())
    return process, told["base_url"], told["api_key"]


def make_jobs(env: dict[str, str], folder: Path, count: int = 5) -> list[str]:
    """Create them, and wait until all are running; their ids."""
    lines = [
        json.dumps(
            {
                "messages": [
                    {"role": "user", "content": f"question {number}"},
                    {"role": "assistant", "content": f"answer {number}"},
                ]
            }
        )
        for number in range(200)
    ]
    path = folder / "train.jsonl"
    path.write_text("\n".join(lines))
    ids = []
    for number in range(count):
        made = subprocess.run(
            [*FTTUI, "create", "--training-file", str(path), "--model", "gpt-4o-mini-2024-07-18",
             "--epochs", "5", "--batch-size", "1", "--suffix", f"desk-{number}",
             "--yes", "--again", "--detach", "--json"],
            env=env, capture_output=True, text=True, check=True,
        )  # fmt: skip
        ids.append(json.loads(made.stdout)["id"])
    while True:
        told = subprocess.run(
            [*FTTUI, "jobs", "--json"], env=env, capture_output=True, text=True, check=True
        )
        if all(job["status"] == "running" for job in json.loads(told.stdout)):
            return ids
        time.sleep(2)


def cpu_of(pid: int) -> float:
    """CPU seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(name, command, env, relay, seconds, keys=()):
    """Run it, press `keys`, wait for rest, and count for so long."""
    run = PtyRun(command, env, SIZE)
    time.sleep(6)
    for key in keys:
        run.press(key)
        time.sleep(1.5)
    time.sleep(6)
    at, asked, cpu = run.total, len(relay.asked), cpu_of(run.pid)
    time.sleep(seconds)
    written, requests = run.total - at, relay.asked[asked:]
    cpu = cpu_of(run.pid) - cpu
    run.end()
    kinds: dict[str, int] = {}
    for one in requests:
        path = one.partition("?")[0]
        kind = "events" if "events" in path else "list" if path.endswith("/jobs") else path
        kinds[kind] = kinds.get(kind, 0) + 1
    minute = 60 / seconds
    print(
        f"{name:32} {written / seconds:7.0f} B/s  {len(requests) * minute:5.1f} requests/min "
        f"{ {kind: round(count * minute, 1) for kind, count in kinds.items()} }  "
        f"{cpu * minute:5.2f} CPU s/min",
        flush=True,
    )


def main() -> None:
    """Measure all of them by turns."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--instructor", default="")
    parser.add_argument("--seconds", type=float, default=60)
    options = parser.parse_args()
    with environment() as env, contextlib.ExitStack() as stack:
        folder = Path(env["XDG_DATA_HOME"])
        server, base_url, key = serve(folder / "sandbox")
        stack.callback(server.kill)
        relay = Relay(base_url)
        env |= {"OPENAI_BASE_URL": relay.base_url, "OPENAI_API_KEY": key}
        ids = make_jobs(env, folder)
        everything = [
            ("fttui, list", FTTUI, (b"\x1bOR",)),
            ("fttui, details with live curves", FTTUI, (b"\x1bOR", b"\r", b"4")),
            ("fttui watch, 5 jobs", [*FTTUI, "watch", *ids], ()),
        ]
        if options.instructor:
            everything.append(("instructor jobs list", [options.instructor, "jobs", "list"], ()))
        for name, command, keys in everything:
            measure(name, command, env, relay, options.seconds, keys)


if __name__ == "__main__":
    main()
