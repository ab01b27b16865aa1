"""The archive of a sandbox measured: requests, bytes, seconds, memory, and kills.

    python benchmarks/archive/run.py [size] [kills]    (both without a name)

size    1,000 and 10,000 jobs: requests, bytes, seconds, peak memory; the same again a second time
kills   SIGKILL at 25 random instants of a run over 60 jobs, each gone on with, and compared byte
        for byte (times apart) with an unbroken run
Writes RESULTS.md beside this file when both run.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from archiving import timeless  # noqa: E402

SERVER = """
import sys, time
from fttui.server import ManualClock, SandboxConfig, SandboxServer, seed_many_jobs
with SandboxServer(SandboxConfig(api_key="sk-of-the-benchmark")) as server:
    seed_many_jobs(server, int(sys.argv[1]))
    print(server.base_url, flush=True)
    sys.stdin.read()
"""
KILLS = 25
JOBS_KILLED = 60


@contextlib.contextmanager
def account(jobs: int) -> Iterator[str]:
    """The base URL of a sandbox process with this many ended jobs."""
    command = [sys.executable, "-c", SERVER, str(jobs)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout and process.stdin
        yield process.stdout.readline().decode().strip()
        process.stdin.close()


def start(base_url: str, folder: Path) -> subprocess.Popen[bytes]:
    """A run of `fttui archive`."""
    home = folder.parent / "home"
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith("OPENAI")},
        "OPENAI_API_KEY": "sk-of-the-benchmark",
        "OPENAI_BASE_URL": base_url,
        **{f"XDG_{kind}_HOME": str(home / kind.lower()) for kind in ("STATE", "CONFIG", "DATA")},
    }
    command = [sys.executable, "-m", "fttui", "archive", "--to", str(folder), "--json"]
    return subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


def measured(base_url: str, folder: Path) -> dict[str, float]:
    """One run: requests, bytes of the archive, seconds, CPU seconds, peak memory in MB."""
    began = time.perf_counter()
    process = start(base_url, folder)
    assert process.stdout
    told = json.loads(process.stdout.read())
    _pid, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, told
    return {
        "requests": told["requests"],
        "MB": told["bytes"] / 1e6,
        "s": time.perf_counter() - began,
        "CPU s": usage.ru_utime + usage.ru_stime,
        "peak MB": usage.ru_maxrss / 1024,
    }


def size() -> list[str]:
    """1,000 and 10,000 jobs, each saved twice."""
    lines = [
        "| jobs | run | requests | MB | s | CPU s | peak MB |",
        "|---|---|---|---|---|---|---|",
    ]
    for jobs in (1_000, 10_000):
        with tempfile.TemporaryDirectory() as place, account(jobs) as base_url:
            folder = Path(place) / "archive"
            for run in ("first", "second"):
                found = measured(base_url, folder)
                cells = [f"{value:,.1f}" if value % 1 else f"{value:,}" for value in found.values()]
                lines.append(f"| {jobs:,} | {run} | {' | '.join(cells)} |")
                print(lines[-1], flush=True)
            check = subprocess.run(
                [sys.executable, "-m", "fttui", "archive", "verify", str(folder)],
                capture_output=True, check=False, text=True,
            )  # fmt: skip
            print(check.stdout.strip(), flush=True)
            assert check.returncode == 0
    return lines


def kills() -> list[str]:
    """Kill runs at random instants, go on with each, and compare with an unbroken one."""
    differed = killed = 0
    chance = random.Random(7)
    with tempfile.TemporaryDirectory() as place, account(JOBS_KILLED) as base_url:
        whole = Path(place) / "whole"
        lasted = measured(base_url, whole)["s"]
        wanted = timeless(whole)
        while killed < KILLS:
            folder = Path(place) / "killed"
            shutil.rmtree(folder, ignore_errors=True)
            process = start(base_url, folder)
            time.sleep(chance.uniform(0.2, lasted))
            process.send_signal(signal.SIGKILL)
            if process.wait() == 0:
                continue
            killed += 1
            measured(base_url, folder)
            differed += timeless(folder) != wanted
            print(f"kill {killed}: {differed} differed", flush=True)
    return [f"{killed} runs killed at random instants and gone on with: **{differed} differed**."]


if __name__ == "__main__":
    asked = sys.argv[1:] or ["size", "kills"]
    parts = {name: {"size": size, "kills": kills}[name]() for name in asked}
    if len(parts) == 2:
        load = os.getloadavg()[0]
        text = [
            "# The archive", "", f"Measured {date.today()} by run.py on 2 cores (load {load:.1f}), "
            "the sandbox on the same machine.", "", "## Size", "", *parts["size"], "",
            f"## Kills, {JOBS_KILLED} jobs", "", *parts["kills"], "",
        ]  # fmt: skip
        (HERE / "RESULTS.md").write_text("\n".join(text))
