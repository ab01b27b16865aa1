"""How fast a training file is checked, side by side with what a user would take instead.

    nice -n 10 .venv/bin/python benchmarks/check/run.py            everything, about 40 minutes
    nice -n 10 .venv/bin/python benchmarks/check/run.py --mb 40 --runs 3 --skip-large

Needs `uv`: the peers (together's check_file, and tiktoken with a vocabulary for the cookbook's
algorithm) get an environment of their own in the temporary folder. All times are seconds from the
start of a process to its exit, medians of the runs, taken by turns; memory is the largest sum of
resident sizes over all processes of a run (pages that they share count for each of them). Before
each run it waits, for 20 seconds at most, until the processors are idle. The files are made by
data.py and deleted at the end. Results go to RESULTS.md beside this file.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import data
import peers
import small_programs
from measuring import Run, Timings, interleaved, run

FTTUI = str(Path(sys.executable).with_name("fttui"))
HERE = Path(__file__).resolve().parent
COOKBOOK, TOGETHER, LIMIT = "cookbook's algorithm", "together check_file", "orjson loop"
WITH, WITHOUT, BASE = "fttui check", "fttui check --no-tokens", "base check"
# From the second start on Python takes its compiled modules, if it may write them.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
Program = Callable[[], Run]


def ours(path: Path, *options: str, program: str = FTTUI) -> Program:
    return lambda: run([program, "check", "--json", str(path), *options], ENVIRONMENT)


def theirs(path: Path) -> dict[str, Program]:
    python, environment = str(peers.python()), peers.environment()
    cookbook = [python, str(HERE / "cookbook.py"), str(path)]
    together = [python, "-c", small_programs.TOGETHER, str(path)]
    limit = [sys.executable, "-c", small_programs.LIMIT, str(path)]
    return {
        COOKBOOK: lambda: run(cookbook, environment),
        TOGETHER: lambda: run(together, environment),
        LIMIT: lambda: run(limit),
    }


def table(title: str, path: Path, timings: dict[str, Timings]) -> list[str]:
    size = path.stat().st_size / 1e6
    lines = [f"### {title} ({size:,.0f} MB)", ""]
    lines += [
        "| program | seconds | all runs | CPU s | MB/s | peak MB |",
        "|---|---|---|---|---|---|",
    ]
    for name, timing in timings.items():
        runs = " ".join(f"{seconds:.2f}" for seconds in sorted(timing.seconds))
        speed = size / timing.median
        lines.append(
            f"| {name} | {timing.median:.2f} | {runs} | {median(timing.cpu):.2f} | {speed:,.0f} "
            f"| {timing.peak:,.0f} |"
        )
    return [*lines, ""]


def ratio(timings: dict[str, Timings], slow: str, fast: str) -> str:
    return f"{timings[slow].median / timings[fast].median:.1f}x"


def processor_ratio(timings: dict[str, Timings], slow: str, fast: str) -> str:
    return f"{median(timings[slow].cpu) / median(timings[fast].cpu):.1f}x"


def compare(
    path: Path, runs: int, peer_runs: int, base: str
) -> tuple[list[str], dict[str, Timings]]:
    """All programs on one chat file; the cookbook's, which takes minutes, less often."""
    other = theirs(path)
    quick = {name: other[name] for name in (TOGETHER, LIMIT)}
    if base:
        quick |= {BASE: ours(path, program=base)}
        quick |= {f"{BASE} --no-tokens": ours(path, "--no-tokens", program=base)}
    timings = interleaved({WITH: ours(path), WITHOUT: ours(path, "--no-tokens"), **quick}, runs)
    slow = {COOKBOOK: other[COOKBOOK], f"{WITH} (in turn with it)": ours(path)}
    timings |= interleaved(slow, peer_runs)
    lines = table("Chat file", path, timings)
    lines += [
        f"- with tokens against the cookbook's algorithm: {ratio(timings, COOKBOOK, WITH)}, "
        f"or {ratio(timings, COOKBOOK, f'{WITH} (in turn with it)')} of the runs in turn with it",
        f"- without tokens against together: {ratio(timings, TOGETHER, WITHOUT)}",
        f"- CPU seconds without tokens against an orjson loop's: "
        f"{processor_ratio(timings, WITHOUT, LIMIT)}",
    ]
    if base:
        lines += [
            f"- the base: {ratio(timings, COOKBOOK, BASE)} the cookbook, "
            f"{ratio(timings, TOGETHER, f'{BASE} --no-tokens')} together, "
            f"{processor_ratio(timings, f'{BASE} --no-tokens', LIMIT)} the CPU of an orjson loop",
        ]
    return [*lines, ""], timings


def kinds(folder: Path, megabytes: int, runs: int, base: str) -> list[str]:
    """Clean, rich and bad files of one size, and a file of a million short rows."""
    paths = {
        kind: data.write(folder / f"{kind}.jsonl", megabytes, kind)
        for kind in ("chat", "rich", "bad")
    }
    programs = {kind: ours(path, "--no-tokens") for kind, path in paths.items()}
    if base:
        programs |= {
            f"{kind}, the base": ours(path, "--no-tokens", program=base)
            for kind, path in paths.items()
        }
    timings = interleaved(programs, runs)
    lines = table("Kinds of files, without tokens", paths["chat"], timings)
    for kind in ("rich", "bad"):
        share = timings["chat"].median / timings[kind].median
        lines.append(f"- {kind} lines: {share:.2f} of the speed of the clean file")
        if base:
            lines.append(
                f"- {kind} lines against the base: {ratio(timings, f'{kind}, the base', kind)}"
            )
    return [*lines, "", *short_rows(folder, runs, base)]


def short_rows(folder: Path, runs: int, base: str) -> list[str]:
    """A million short rows against together."""
    path = data.write(folder / "short.jsonl", 105, "short")
    programs = {WITHOUT: ours(path, "--no-tokens"), TOGETHER: theirs(path)[TOGETHER]}
    if base:
        programs |= {f"{BASE} --no-tokens": ours(path, "--no-tokens", program=base)}
    timings = interleaved(programs, runs)
    return [
        *table("A million short rows", path, timings),
        f"- against together: {ratio(timings, TOGETHER, WITHOUT)}",
        "",
    ]


def hostile() -> list[str]:
    """Seconds for hostile texts of one and of two megabytes: twice the length, twice the time."""
    from token_corpus import runs as hostile_runs

    from fttui.training_data.tokens import TokenCounter

    lines = [
        "### Hostile texts, o200k_base",
        "",
        "| text | ms for 1 MB | for 2 MB |",
        "|---|---|---|",
    ]
    counter = TokenCounter("o200k_base")

    def milliseconds(text: str) -> float:
        started = time.perf_counter()
        counter.count(text)
        return (time.perf_counter() - started) * 1000

    short, long = hostile_runs(1_000_000), hostile_runs(2_000_000)
    for name in short:
        lines.append(
            f"| {name} | {milliseconds(short[name]):.0f} | {milliseconds(long[name]):.0f} |"
        )
    return [*lines, ""]


def small(folder: Path, runs: int) -> list[str]:
    lines: list[str] = []
    for megabytes in (1, 5):
        path = data.write(folder / f"small-{megabytes}.jsonl", megabytes)
        timings = interleaved({WITH: ours(path), COOKBOOK: theirs(path)[COOKBOOK]}, runs)
        lines += table("Small file, from a cold start", path, timings)
        lines += [f"- against the cookbook's algorithm: {ratio(timings, COOKBOOK, WITH)}", ""]
    return lines


_STALLS = """
import sys, threading, time
from fttui.training_data.check import check_file
done = threading.Event()
def run():
    check_file(sys.argv[1])
    done.set()
threading.Thread(target=run).start()
worst = 0.0
late = []
while not done.is_set():
    before = time.perf_counter()
    time.sleep(0.01)
    late.append(time.perf_counter() - before - 0.01)
late.sort()
print(f"{late[-1] * 1000:.0f} {late[len(late) * 99 // 100] * 1000:.1f} {len(late)}")
"""


def stalls(path: Path) -> list[str]:
    """How late a timer of 10 ms fires in the main thread while another thread checks a file."""
    done = subprocess.run(
        [sys.executable, "-c", _STALLS, str(path)], capture_output=True, text=True, check=True
    )
    worst, usual, count = done.stdout.split()
    size = path.stat().st_size / 1e6
    return [
        f"- a 10 ms timer of the main thread while a thread checks {size:,.0f} MB with tokens: "
        f"at worst {worst} ms late, 99 in 100 times less than {usual} ms ({count} times)"
    ]


def machine() -> str:
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    cores = len(os.sched_getaffinity(0))
    when = datetime.now(UTC).strftime("%Y-%m-%d")
    return f"{when}, Python {platform.python_version()}, {cores} cores ({model})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mb", type=int, default=200)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--cookbook-runs", type=int, default=3)
    parser.add_argument("--skip-large", action="store_true")
    parser.add_argument("--base", default="", help="an earlier fttui to run beside this one")
    parser.add_argument("--out", type=Path, default=HERE / "RESULTS.md")
    args = parser.parse_args()
    lines = ["# Checking training files", "", machine(), "", *(__doc__ or "").split("\n\n", 2)[2:]]
    with tempfile.TemporaryDirectory(prefix="fttui-benchmark-") as name:
        folder = Path(name)
        lines += small(folder, args.runs)
        path = data.write(folder / "chat.jsonl", args.mb)
        found, usual = compare(path, args.runs, args.cookbook_runs, args.base)
        lines += [*found, *stalls(path), "", *kinds(folder, args.mb, args.runs, args.base)]
        lines += hostile()
        if not args.skip_large:
            for done in folder.iterdir():
                done.unlink()
            path = data.write(folder / "large.jsonl", args.mb * 5)
            found, large = compare(path, args.runs, 1, "")
            lines += found + stalls(path)
            for which in (WITH, WITHOUT):
                change = large[which].peak / usual[which].peak
                lines.append(f"- peak memory of `{which}`, large to usual file: {change:.2f}")
    args.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
