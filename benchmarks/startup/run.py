"""CPU time of starting fttui, side by side with Python itself, and what each import costs.

    uv run python benchmarks/startup/run.py [--runs N] [--imports COMMAND...]

The commands take turns, so that a busy machine is busy for all of them; medians are printed.
`--imports jobs` prints the modules that `fttui jobs --help` loads, by their own time.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
from pathlib import Path

FTTUI = Path(sys.executable).with_name("fttui")
ROUNDS = 30


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


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description="CPU time of starting fttui")
    parser.add_argument("--runs", type=int, default=ROUNDS)
    parser.add_argument("--imports", nargs="+", metavar="COMMAND")
    args = parser.parse_args()
    if args.imports:
        print_imports(args.imports)
    else:
        compare(args.runs)


if __name__ == "__main__":
    main()
