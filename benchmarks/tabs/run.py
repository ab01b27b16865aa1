"""What the tabs of files, models and answers cost: at the start, with many rows, in a stream.

    python benchmarks/tabs/run.py first --before PYTHON [--runs N]
    python benchmarks/tabs/run.py files [--count N]
    python benchmarks/tabs/run.py stream

first   first frame, and a letter that was typed at once, of this version and of the one that the
        interpreter PYTHON has, by turns
files   10,000 files: from F4 to the first rows, until all are there, CPU meanwhile, and the worst
        answer to a key that moves, sorts, filters and marks, while they come and then
stream  bytes a second that an answer of 40 pieces a second sends to the terminal, and CPU, at two
        sizes, with one model and with two side by side

On a pseudo-terminal; times are medians and worst, compare only within one run.
"""

import argparse
import re
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parent
sys.path.append(str(HERE.parent / "screen"))

from pty_run import KEY, LETTER, NOWHERE, PYTHON, PtyRun, environment, start  # noqa: E402

FTTUI = [PYTHON, "-m", "fttui"]
WIDE, SMALL = (120, 40), (80, 24)
F4, F6, REPAINT = b"\x1bOS", b"\x1b[17~", b"\x0c"
PIECES, RATE = 400, 40.0


@contextmanager
def endpoint(script: str, *arguments: object):
    """Address and key of an endpoint in a process of its own."""
    command = [PYTHON, str(HERE / script), *map(str, arguments)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield process.stdout.readline().split()
    finally:
        process.kill()
        process.wait()


def measure_first(before: str, runs: int) -> None:
    """Print the start of two versions, by turns."""
    starts = {
        (name, what): ([python, "-m", "fttui"], mark, keys)
        for name, python in (("before", before), ("now", PYTHON))
        for what, mark, keys in (("first frame", "Learning rate", ""), ("letter", LETTER, LETTER))
    }
    found = {name: [] for name in starts}
    with environment(NOWHERE, KEY) as env:
        for turn in range(runs + 1):
            for name, (command, mark, keys) in starts.items():
                figures = start(command, mark, keys, env)
                if turn:  # the first start compiles
                    found[name].append(figures)
    for name, figures in found.items():
        wall, cpu = zip(*figures, strict=True)
        print(
            f"{' '.join(name):<22} wall {statistics.median(wall) * 1000:4.0f} ms (least"
            f" {min(wall) * 1000:.0f}), CPU {statistics.median(cpu) * 1000:4.0f} ms (least"
            f" {min(cpu) * 1000:.0f}); {runs} runs by turns"
        )


def keys(run: PtyRun, label: str, *pressed: bytes, times: int = 20) -> None:
    """Print median and worst wait for the first byte after each key, and CPU for each of them."""
    run.settle(0.4)
    waits, cpu = [], run.cpu_seconds()
    for _ in range(times):
        for key in pressed:
            waits.append(run.latency(key))
            time.sleep(0.05)
    used = (run.cpu_seconds() - cpu) / len(waits)
    print(
        f"  {label:<26} median {statistics.median(waits) * 1000:4.0f} ms, worst"
        f" {max(waits) * 1000:4.0f} ms, CPU {used * 1000:.0f} ms each ({len(waits)} keys)"
    )


def measure_files(count: int) -> None:
    """Print what a long list of files costs until it is there, and then for each key."""
    with endpoint("serve_files.py", count) as (url, key), environment(url, key) as env:
        run = PtyRun(FTTUI, env, WIDE)
        run.wait_for("Create Fine-Tuning Job")
        run.settle(1.5)
        opened, cpu, since = time.perf_counter() - run.began, run.cpu_seconds(), len(run.arrivals)
        run.press(F4)
        rows = run.wait_for(".jsonl", since=since) - opened
        print(f"{count} files at {WIDE}: first rows {rows * 1000:.0f} ms after F4")
        waits = []
        while time.perf_counter() - run.began < opened + 120:
            waits.append(run.latency(b"j"))
            waits.append(run.latency(b"k"))
            time.sleep(0.05)
            if len(waits) % 20 == 0 and _told(run) >= count:
                break
        there = time.perf_counter() - run.began - opened
        print(
            f"  all after {there:.1f} s, CPU {run.cpu_seconds() - cpu:.1f} s; a key meanwhile:"
            f" median {statistics.median(waits) * 1000:.0f} ms, worst {max(waits) * 1000:.0f} ms"
            f" ({len(waits)} keys)"
        )
        run.settle(1.5)
        keys(run, "j, k", b"j", b"k")
        keys(run, "G, g", b"G", b"g", times=8)
        keys(run, "s: sorting", b"s", times=8)
        keys(run, "Space: marking", b" ", times=8)
        run.press(b"/")
        keys(run, "a letter of the filter", b"t", b"\x7f", times=8)
        run.end()


def _told(run: PtyRun) -> int:
    """How many files the title tells of, painted anew for it."""
    since = len(run.arrivals)
    run.press(REPAINT)
    run.settle(0.1)
    shown = b"".join(data for _when, data in list(run.arrivals)[since:]).decode(errors="replace")
    found = re.search(r"Files ([\d,]+)", shown)
    return int(found[1].replace(",", "")) if found else 0


def measure_stream() -> None:
    """Print what an answer sends to the terminal while it comes."""
    with endpoint("serve_answers.py", PIECES, RATE) as (url, key), environment(url, key) as env:
        for size in (WIDE, SMALL):
            for label, more in (("default theme", {}), ("ansi, over SSH", {"SSH_TTY": "x"})):
                _one_stream(label, env | more, size)


def _one_stream(label, env, size) -> None:
    run = PtyRun(FTTUI, env, size)
    run.wait_for("Learning rate")
    run.settle(1.5)
    run.press(F6)
    run.wait_for("Write a prompt")
    run.settle(1.0)
    run.press(b"Where is my parcel?")
    run.settle(1.0)
    run.press(b"\x13")
    run.wait_for("parcel left", timeout=20, since=len(run.arrivals))
    before, cpu, began = run.total, run.cpu_seconds(), time.perf_counter()
    time.sleep(0.8 * PIECES / RATE)
    seconds = time.perf_counter() - began
    sent, used = run.total - before, run.cpu_seconds() - cpu
    run.end()
    print(
        f"{size[0]}x{size[1]}, {label:<15} {sent / seconds:6.0f} B/s,"
        f" CPU {used / seconds * 1000:.0f} ms a second, {RATE:.0f} pieces a second"
    )


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description="what the tabs cost")
    parser.add_argument("what", choices=["first", "files", "stream"])
    parser.add_argument("--before", default=PYTHON)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--count", type=int, default=10_000)
    args = parser.parse_args()
    if args.what == "first":
        measure_first(args.before, args.runs)
    elif args.what == "files":
        measure_files(args.count)
    else:
        measure_stream()


if __name__ == "__main__":
    main()
