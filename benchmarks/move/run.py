"""200 jobs moved between two sandboxes, the moving process killed at random instants.

    python benchmarks/move/run.py [JOBS] [KILLS]

The old endpoint is a plain sandbox, the new one `--like nebius`, which keeps no metadata. The same
command is started again after each SIGKILL until it ends by itself; then what is really there is
held against what was asked. Writes RESULTS.md beside this file for 200 jobs.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
KEY = "sk-of-the-benchmark"
SERVER = """
import sys
from fttui.server import SandboxConfig, SandboxServer
like = sys.argv[1] or None
with SandboxServer(SandboxConfig(api_key="sk-of-the-benchmark", like=like, speed=1e6)) as server:
    print(server.base_url, flush=True)
    sys.stdin.read()
"""
MODELS = ("gpt-4.1-mini-2025-04-14", "gpt-4.1-2025-04-14")
EPOCHS = 5
SEED = 20261127


@contextlib.contextmanager
def sandbox(like: str) -> Iterator[str]:
    """The base URL of a sandbox in a process of its own."""
    command = [sys.executable, "-c", SERVER, like]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout and process.stdin
        yield process.stdout.readline().decode().strip()
        process.stdin.close()


def call(url: str, body: bytes | None = None, kind: str = "application/json") -> bytes:
    """One request with the key."""
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": kind}
    request = urllib.request.Request(url, body, headers)
    with urllib.request.urlopen(request) as answer:
        content: bytes = answer.read()
    return content


def rows_of(number: int) -> bytes:
    """A training file of 12 examples, another for each number."""
    pairs = ((f"file {number} question {n}", f"answer {n}") for n in range(12))
    return b"".join(
        json.dumps(
            {"messages": [{"role": "user", "content": q}, {"role": "assistant", "content": a}]}
        ).encode()
        + b"\n"
        for q, a in pairs
    )


def upload(base_url: str, name: str, content: bytes) -> str:
    """The id of a file that was uploaded."""
    edge = "edge-of-the-benchmark"
    head = (
        f'--{edge}\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nfine-tune\r\n'
        f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    )
    body = head.encode() + content + f"\r\n--{edge}--\r\n".encode()
    kind = f"multipart/form-data; boundary={edge}"
    told = json.loads(call(f"{base_url}/files", body, kind))
    return str(told["id"])


def fill(base_url: str, jobs: int) -> set[tuple[str, str, int]]:
    """Make the jobs of the old endpoint; what each asks for: content, model, epochs."""
    asked: set[tuple[str, str, int]] = set()
    number = 0
    while len(asked) < jobs:
        content = rows_of(number)
        file_id = upload(base_url, f"train-{number}.jsonl", content)
        for model in MODELS:
            for epochs in range(1, EPOCHS + 1):
                if len(asked) == jobs:
                    break
                settings = {"hyperparameters": {"n_epochs": epochs}}
                body = {
                    "model": model,
                    "training_file": file_id,
                    "method": {"type": "supervised", "supervised": settings},
                }
                call(f"{base_url}/fine_tuning/jobs", json.dumps(body).encode())
                asked.add((hashlib.sha256(content).hexdigest(), model, epochs))
        number += 1
    return asked


def all_jobs(base_url: str) -> list[dict[str, Any]]:
    """Every job of an endpoint."""
    found: list[dict[str, Any]] = []
    after = ""
    while True:
        page = json.loads(call(f"{base_url}/fine_tuning/jobs?limit=100{after}"))
        found += page["data"]
        if not page["has_more"]:
            return found
        after = f"&after={found[-1]['id']}"


def made(base_url: str) -> Counter[tuple[str, str, int]]:
    """What is really there at the new endpoint, as `fill` tells what was asked."""
    names = {"8B": MODELS[0], "70B": MODELS[1]}
    contents: dict[str, str] = {}
    found: Counter[tuple[str, str, int]] = Counter()
    for job in all_jobs(base_url):
        file_id = job["training_file"]
        if file_id not in contents:
            content = call(f"{base_url}/files/{file_id}/content")
            contents[file_id] = hashlib.sha256(content).hexdigest()
        model = next(old for part, old in names.items() if part in job["model"])
        epochs = job["method"]["supervised"]["hyperparameters"]["n_epochs"]
        found[contents[file_id], model, int(epochs)] += 1
    return found


def move(home: Path, old: str, *options: str) -> subprocess.Popen[bytes]:
    """A run of `fttui move`; what it says goes to files, for nobody reads it while it runs."""
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith("OPENAI")},
        "OPENAI_API_KEY": KEY,
        "OPENAI_BASE_URL": old,
        "THERE_KEY": KEY,
        **{f"XDG_{kind}_HOME": str(home / kind.lower()) for kind in ("STATE", "CONFIG", "DATA")},
    }
    command = [sys.executable, "-m", "fttui", "move", "--to", "there", "--all", "--yes", "--json"]
    command += options
    with (home / "out").open("wb") as out, (home / "err").open("wb") as err:
        return subprocess.Popen(command, env=environ, stdout=out, stderr=err)


def said(home: Path, process: subprocess.Popen[bytes]) -> tuple[bytes, bytes]:
    """What a run has said, once it has ended."""
    process.wait()
    return (home / "out").read_bytes(), (home / "err").read_bytes()


def wait_a_while(process: subprocess.Popen[bytes], new: str, chance: random.Random) -> None:
    """Wait for some seconds, or for some more jobs and then a moment: planning takes longest."""
    if chance.random() < 0.3:
        time.sleep(chance.uniform(0.3, 8.0))
        return
    wanted = len(all_jobs(new)) + chance.randint(1, 16)
    while len(all_jobs(new)) < wanted and process.poll() is None:
        time.sleep(0.02)
    time.sleep(chance.uniform(0.0, 0.3))


def main() -> None:
    """Move, kill, move on, and count."""
    jobs = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    most_kills = int(sys.argv[2]) if len(sys.argv) > 2 else 20
    chance = random.Random(SEED)
    with sandbox("") as old, sandbox("nebius") as new, tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "config" / "fttui").mkdir(parents=True)
        profile = f'[profiles.there]\nbase_url = "{new}"\napi_key_env = "THERE_KEY"\n'
        profile += 'lacks = ["metadata", "learning_rate_multiplier"]\n'
        (home / "config" / "fttui" / "config.toml").write_text(profile)
        asked = fill(old, jobs)
        time.sleep(2)
        print(f"{len(asked)} jobs at the old endpoint", flush=True)
        began, kills, runs, out, err = time.monotonic(), 0, 0, b"", b""
        while not out:
            runs += 1
            process = move(home, old)
            if kills < most_kills:
                wait_a_while(process, new, chance)
                process.send_signal(signal.SIGKILL)
                process.wait()
                kills += process.returncode == -signal.SIGKILL
                print(f"kill {kills}: {len(all_jobs(new))} jobs there", flush=True)
            else:
                out, err = said(home, process)
        unknown = 0
        if process.returncode == 3:  # killed between the word that a call leaves and the call
            unknown = json.loads(out)["counts"]["unknown"]
            process = move(home, old, "--again")
            out, err = said(home, process)
        wall = time.monotonic() - began
        found = made(new)
        twice = sum(count - 1 for count in found.values())
        lost = len(asked - found.keys())
        foreign = len(found.keys() - asked)
        left = list((home / "state").rglob("moving"))
        told = json.loads(out) if out else {}
        print(err.decode()[-600:])
        print(
            f"exit {process.returncode}, {runs} runs, {kills} kills, {wall:.0f} s: "
            f"{sum(found.values())} jobs there, {unknown} not known, {twice} twice, {lost} lost, "
            f"{foreign} not asked, files left {len(left)}, {told.get('counts')}"
        )
    if jobs == 200:
        cells = (jobs, kills, runs, f"{wall:.0f}", twice, lost, unknown, foreign)
        (HERE / "RESULTS.md").write_text(
            f"# A move that is killed\n\n`python benchmarks/move/run.py {jobs} {most_kills}`, "
            f"{date.today()}, two cores that others used, too.\n\n"
            "| jobs | kills | runs | seconds | made twice | lost | not known | not asked for |\n"
            "|---|---|---|---|---|---|---|---|\n"
            f"| {' | '.join(map(str, cells))} |\n\n"
            "From a plain sandbox to one `--like nebius`, which keeps no metadata by which a job\n"
            "could be found again. After each SIGKILL the same command was started again. A job\n"
            "is not known when the kill came between the word in the journal that its call\n"
            "leaves, and the call: nothing is sent again by itself, the exit is 3, and `--again`\n"
            "asks anew.\n"
        )


if __name__ == "__main__":
    main()
