"""Run alone in a network namespace: a true Ray cluster of one machine, with loopback alone.

    python real_ray.py RAY_PROGRAM FOLDER

Prints what it saw as one line of JSON. Ray listens on every interface and runs what it is told:
that is why it is started nowhere else.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import struct
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.service.serve.conftest import Place
from tests.service.serve.test_serve_ray import TOKEN, make_trainer

from fttui.server.engines.ray import RayEngine
from fttui.server.engines.ray_api import RayApi
from waiting import wait_until

URL = "http://127.0.0.1:8265"


def only_loopback() -> None:
    """Sets the one interface up; ends the program where there is another one."""
    assert [name for _, name in socket.if_nameindex()] == ["lo"], "not in a namespace of its own"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        name_and_flags = struct.pack("16sh14x", b"lo", 0x1 | 0x40)  # up, running
        fcntl.ioctl(asked, 0x8914, name_and_flags)


class Cluster:
    def __init__(self, program: str, folder: Path) -> None:
        self.program, self.folder = program, folder
        names = ("PATH", "HOME", "LANG")
        self.environ = {name: os.environ[name] for name in names if name in os.environ} | {
            "RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": TOKEN, "RAY_USAGE_STATS_ENABLED": "0",
            "SECRET_OF_THE_CLUSTER": "x",
        }  # fmt: skip

    def run(self, *arguments: str) -> None:
        done = subprocess.run(
            [self.program, *arguments], env=self.environ, capture_output=True, text=True,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr

    def start(self) -> None:
        self.run(
            "start", "--head", "--node-ip-address=127.0.0.1", "--dashboard-host=127.0.0.1",
            "--num-cpus=1", "--num-gpus=0", "--object-store-memory=80000000",
            f"--temp-dir={self.folder}", "--disable-usage-stats",
        )  # fmt: skip

    def stop(self) -> None:
        self.run("stop", "--force")


class RealPlace(Place):
    def start(self, **changed: Any) -> Any:
        self.api = RayApi(URL, TOKEN, pause=0.0)
        return super().start(
            engine=lambda runs: RayEngine(runs, self.api, sys.executable, trainer=self.trainer)
        )


def try_all(place: RealPlace, cluster: Cluster) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    client = place.start()
    jobs = client.fine_tuning.jobs
    seen["version"] = place.api.version()

    began = time.monotonic()
    place.script(allowed=3)
    first, second = place.create(), place.create()
    place.until_said(first.id, "Step 3/6")
    seen["seconds_to_step"] = round(time.monotonic() - began, 1)
    place.turn()
    seen["second_waits"] = (place.job(second.id).status, place.api.job(f"{second.id}-1").status)
    jobs.pause(first.id)
    place.until(first.id, "paused")
    place.script()
    jobs.resume(first.id)
    place.until(first.id, "succeeded")
    seen["steps"] = place.steps(first.id)
    place.until(second.id, "succeeded")
    log = place.folder(first.id) / "log.txt"
    wait_until(lambda: place.turn() or (log.exists() and "environment" in log.read_text()), "log")
    environ = json.loads(log.read_text().split("environment ")[1].splitlines()[0])
    seen["secrets"] = sorted(name for name in environ if "SECRET" in name or "RAY" in name)

    place.script(allowed=2)
    cancelled, waiting = place.create(), place.create()
    place.until_said(cancelled.id, "Step 2/6")
    place.turn()
    jobs.pause(waiting.id)
    place.turn()
    seen["paused_in_ray"] = place.job(waiting.id).status
    jobs.cancel(cancelled.id)
    ended = lambda name: place.turn() or getattr(place.api.job(name), "ended", False)  # noqa: E731
    wait_until(lambda: ended(f"{cancelled.id}-1"), "it was not ended")
    seen["cancelled"] = place.api.job(f"{cancelled.id}-1").status
    place.script()
    jobs.resume(waiting.id)
    place.until(waiting.id, "succeeded")
    seen["resumed_steps"] = place.steps(waiting.id)

    place.script(dies_at=2)
    seen["death"] = place.until(place.create().id, "failed").error.message

    place.script(allowed=2)
    restarted = place.create()
    place.until_said(restarted.id, "Step 2/6")
    place.stop()
    place.script(allowed=3)
    place.start()
    place.until_said(restarted.id, "Step 3/6")
    seen["after_restart"] = place.job(restarted.id).status
    cluster.stop()
    place.turn()
    seen["ray_away"] = (place.job(restarted.id).status, place.messages(restarted.id)[-1])
    cluster.start()
    seen["forgotten"] = place.until(restarted.id, "failed").error.message
    place.script()
    seen["after_ray_restart"] = place.until(place.create().id, "succeeded").status
    return seen


def main(program: str, folder: Path) -> None:
    only_loopback()
    cluster = Cluster(program, folder / "ray")
    cluster.start()
    try:
        with ExitStack() as stack:
            root = folder / "it's a place"
            root.mkdir()
            place = RealPlace(root, stack)
            place.trainer = make_trainer(root / "trainer")
            print(json.dumps(try_all(place, cluster)), flush=True)
    finally:
        cluster.stop()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
