"""Bytes and requests a minute of the list with five running jobs, on a pseudo-terminal.

    python benchmarks/screen/running.py [SECONDS]

The list stands at 80x24, where no job is in view, and at 120x40 with the first one beside it.
"""

import asyncio
import sys
import threading
import time
from urllib.parse import urlsplit

from pty_run import PYTHON, PtyRun, environment

from fttui.server import SandboxConfig, SandboxServer, write_sample_training_file
from fttui.services.job_form import JobRequest
from fttui.services.session import Session
from fttui.training_data.files import open_checked

MODEL = "gpt-4.1-mini-2025-04-14"
SPEED = 0.5
EXAMPLES = 2000


class Counter:
    """Passes bytes on to the server, and counts the requests in them."""

    def __init__(self, port: int) -> None:
        self.requests = 0
        self._target = port
        self.port = 0
        ready = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self._serve(ready)), daemon=True).start()
        ready.wait()

    async def _serve(self, ready: threading.Event) -> None:
        server = await asyncio.start_server(self._pass_on, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await server.serve_forever()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._target)

        async def answers() -> None:
            while data := await there.read(1 << 16):
                writer.write(data)
            writer.close()

        task = asyncio.create_task(answers())
        while data := await reader.read(1 << 16):
            self.requests += data.count(b" HTTP/1.1\r\n")
            back.write(data)
        back.close()
        await task


async def create(session: Session, folder: str) -> None:
    """Five jobs that train."""
    path = write_sample_training_file(f"{folder}/train.jsonl", EXAMPLES)
    with open_checked(path) as file:
        stored = await session.handle.upload_training_file(file)
    numbers = {"n_epochs": 3, "batch_size": 1}
    for number in range(5):
        request = JobRequest(MODEL, stored.raw_id, suffix=f"run-{number}", hyperparameters=numbers)
        await session.handle.create_fine_tuning_job(request)


def measure(seconds: float, size: tuple[int, int]) -> None:
    """Print what the list costs while nobody presses a key."""
    with SandboxServer(SandboxConfig(speed=SPEED)) as server:
        counter = Counter(urlsplit(server.base_url).port or 0)
        url = f"http://127.0.0.1:{counter.port}/v1"
        with environment(url, server.api_key) as env:
            session = Session.open(environ=env)
            session.thread.wait(create(session, env["XDG_STATE_HOME"]))
            session.close()
            run = PtyRun([PYTHON, "-m", "fttui"], env | {"SSH_TTY": "x"}, size)
            run.wait_for("Create")
            run.press(b"\x1bOR")
            run.wait_for("5 active")
            time.sleep(20)  # until every row has its figures
            bytes_before, requests_before = run.total, counter.requests
            time.sleep(seconds)
            sent = (run.total - bytes_before) / seconds
            asked = (counter.requests - requests_before) / seconds * 60
            print(f"{size}: {sent:.0f} B/s, {asked:.0f} requests a minute")
            run.end()


if __name__ == "__main__":
    for size in ((80, 24), (120, 40)):
        measure(float(sys.argv[1]) if len(sys.argv) > 1 else 60.0, size)
