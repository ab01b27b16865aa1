"""A sandbox with five running jobs whose time stands still; prints its address and key, serves."""

import json
import signal
import tempfile
import time
import urllib.request
import uuid
from pathlib import Path

from fttui.server import ManualClock, SandboxConfig, SandboxServer, write_sample_training_file

JOBS = 5


def ask(server, path, body=None, kind="application/json"):
    """The answer to a GET, or to a POST of `body`."""
    headers = {"Authorization": f"Bearer {server.api_key}", "Content-Type": kind}
    request = urllib.request.Request(f"{server.base_url}/{path}", body, headers)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def upload(server):
    """The id of a training file on the server."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "train.jsonl"
        write_sample_training_file(path)
        content = path.read_bytes()
    mark = uuid.uuid4().hex
    head = f'--{mark}\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nfine-tune\r\n'
    part = f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="a.jsonl"\r\n\r\n'
    body = (head + part).encode() + content + f"\r\n--{mark}--\r\n".encode()
    return ask(server, "files", body, f"multipart/form-data; boundary={mark}")["id"]


def main():
    """Start five jobs, let them run, and stop the clock."""
    clock = ManualClock(start=time.time())
    with SandboxServer(SandboxConfig(clock=clock)) as server:
        request = {"model": "gpt-4.1-mini-2025-04-14", "training_file": upload(server)}
        for number in range(JOBS):
            named = request | {"suffix": f"running-{number}"}
            ask(server, "fine_tuning/jobs", json.dumps(named).encode())
        for _ in range(600):
            jobs = ask(server, "fine_tuning/jobs")["data"]
            if all(job["status"] == "running" for job in jobs):
                break
            clock.advance(1)
        print(server.base_url, server.api_key, flush=True)
        signal.pause()


if __name__ == "__main__":
    main()
