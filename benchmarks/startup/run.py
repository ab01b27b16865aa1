"""What starting fttui costs, side by side with Python itself and with a Textual hello-world.

    uv run python benchmarks/startup/run.py commands [--runs N]
    uv run python benchmarks/startup/run.py app [--runs N] [--python PYTHON]
    uv run python benchmarks/startup/run.py idle [--seconds N] [--python PYTHON]
    uv run python benchmarks/startup/run.py imports COMMAND...

commands  CPU seconds of commands without a screen; medians of 30 runs
app       on a pseudo-terminal, medians of 5 runs: seconds to the first paint of the hello-world, to
          the first frame of the app with the form's labels, to a letter that was typed at once and
          is seen in its field, and from `fttui demo` to the rows of its list, F3 typed at once
idle      bytes a second that the list sends with five running jobs, and the requests meanwhile
imports   the modules that `fttui COMMAND --help` loads, by their own time

All take turns, so that a busy machine is busy for all of them. `--python` is an interpreter with
another version of fttui, to measure both in the same minutes.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path += [str(HERE.parent / "screen"), str(HERE.parent / "upload")]

from pty_run import KEY, LETTER, NOWHERE, PtyRun, environment, here, start  # noqa: E402
from relay import Relay  # noqa: E402

FTTUI = Path(sys.executable).with_name("fttui")
ROUNDS = 30
F3 = "\x1bOR"


def cpu_seconds(command: list[str]) -> float:
    """User and system time of one run of `command` and its children."""
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, _, used = os.wait4(process.pid, 0)
    return used.ru_utime + used.ru_stime


def compare(rounds: int) -> None:
    """Print the median of each command, and what it takes more than Python itself."""
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "fttui --version": [str(FTTUI), "--version"],
        "fttui jobs --help": [str(FTTUI), "jobs", "--help"],
        "fttui --help": [str(FTTUI), "--help"],
        "python -c 'import openai'": [sys.executable, "-c", "import openai"],
        "python -c 'import textual.app'": [sys.executable, "-c", "import textual.app"],
    }
    found: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            found[name].append(cpu_seconds(command))
    base = statistics.median(found["python -c pass"])
    print(f"{'command':<32} {'median':>9} {'worst':>9} {'over python':>12}   ({rounds} runs)")
    for name, seconds in found.items():
        middle = statistics.median(seconds)
        more = middle - base
        print(f"{name:<32} {middle:8.3f}s {max(seconds):8.3f}s {more:11.3f}s")


def print_imports(arguments: list[str], shown: int = 25) -> None:
    """Print the modules that a command loads, the dearest first."""
    command = [sys.executable, "-X", "importtime", "-m", "fttui", *arguments, "--help"]
    done = subprocess.run(command, capture_output=True, text=True)
    rows = []
    for line in done.stderr.splitlines():
        parts = line.removeprefix("import time:").split("|")
        if len(parts) == 3 and parts[0].strip().isdigit():
            rows.append((int(parts[0]), int(parts[1]), parts[2].strip()))
    print(f"{'own ms':>8} {'with its own imports':>21}  module")
    for own, whole, name in sorted(rows, reverse=True)[:shown]:
        print(f"{own / 1000:8.1f} {whole / 1000:21.1f}  {name}")
    print(f"{sum(own for own, _, _ in rows) / 1000:8.1f} {'':21}  {len(rows)} modules in all")


def measure_app(runs: int, python: str) -> None:
    """Print what a person waits for, and how often longer that is than a hello-world."""
    app = [python, "-m", "fttui"]
    starts = {
        "hello-world, first paint": ([sys.executable, here("hello.py")], "Hello", ""),
        "fttui, first frame": (app, "Learning rate", ""),
        "fttui, a typed letter is seen": (app, LETTER, LETTER),
        "fttui demo, the list is filled": ([*app, "demo"], "desk-v3", F3),
    }
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in starts}
    with environment(NOWHERE, KEY) as env:
        for turn in range(runs + 1):
            for name, (command, mark, keys) in starts.items():
                figures = start(command, mark, keys, env)
                if turn:  # the first start compiles
                    found[name].append(figures)
    base = [
        statistics.median(column) for column in zip(*found["hello-world, first paint"], strict=True)
    ]
    print(f"{'':<32} {'wall':>8} {'CPU':>8} {'of hello':>16}   ({runs} runs by turns)")
    for name, figures in found.items():
        wall, cpu = (statistics.median(column) for column in zip(*figures, strict=True))
        ratios = f"{wall / base[0]:.2f}x {cpu / base[1]:.2f}x"
        print(f"{name:<32} {wall:7.3f}s {cpu:7.3f}s {ratios:>16}")


@contextmanager
def running_jobs() -> Iterator[tuple[Relay, str]]:
    """A relay before a sandbox with five running jobs, and the sandbox's key."""
    process = subprocess.Popen(
        [sys.executable, str(HERE / "serve_running.py")], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        address, key = process.stdout.readline().split()
        yield Relay(int(address.split(":")[2].split("/")[0])), key
    finally:
        process.kill()
        process.wait()


def measure_idle(seconds: float, python: str) -> None:
    """Print what a list costs that nobody touches and in which nothing changes."""
    with (
        running_jobs() as (relay, key),
        environment(f"http://127.0.0.1:{relay.port}/v1", key) as env,
    ):
        run = PtyRun([python, "-m", "fttui"], env)
        run.wait_for("Create Fine-Tuning Job")
        run.press(F3.encode())
        run.wait_for("running-4")
        run.settle(2.0)
        before, sent, cpu = run.total, relay.sent, run.cpu_seconds()
        time.sleep(seconds)
        painted, asked = (run.total - before) / seconds, (relay.sent - sent) / seconds
        used = (run.cpu_seconds() - cpu) / seconds * 1000
        run.end()
    print(
        f"five running jobs, {seconds:.0f} s; a second: {painted:.0f} B to the terminal, ", end=""
    )
    print(f"{asked:.0f} B of requests, {used:.1f} ms of CPU")


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description="what starting fttui costs")
    parser.add_argument("what", choices=["commands", "app", "idle", "imports"])
    parser.add_argument("command", nargs="*", help="of `imports`")
    parser.add_argument("--runs", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--python", default=sys.executable)
    args = parser.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # a start is measured from the second on
    wanted: dict[str, Any] = {
        "commands": lambda: compare(args.runs or ROUNDS),
        "app": lambda: measure_app(args.runs or 5, args.python),
        "idle": lambda: measure_idle(args.seconds, args.python),
        "imports": lambda: print_imports(args.command),
    }
    wanted[args.what]()


if __name__ == "__main__":
    main()
