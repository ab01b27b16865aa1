"""Timing a program from start to exit, and the memory of it and all its children."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_SAMPLE = 0.01


@dataclass(frozen=True)
class Run:
    """Seconds from start to exit, processor seconds of all processes, and their memory in MB."""

    seconds: float
    cpu: float
    peak: float


@dataclass
class Timings:
    """The runs of one program on one file."""

    name: str
    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    peaks: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """The median of the seconds."""
        return statistics.median(self.seconds)

    @property
    def peak(self) -> float:
        """The largest memory of any run, in MB."""
        return max(self.peaks)


def run(command: Sequence[str], environment: dict[str, str] | None = None) -> Run:
    """Run a program to its end."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=environment,
    )
    watch = _Watch(process.pid)
    _, errors = process.communicate()
    seconds = time.perf_counter() - started
    peak = watch.stop()
    if process.returncode not in (0, 1):
        raise SystemExit(f"{command}: {errors.decode()[-2000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(seconds, cpu, peak)


def interleaved(programs: dict[str, Callable[[], Run]], runs: int) -> dict[str, Timings]:
    """Run the programs by turns, so that a noisy minute of the machine hits all of them."""
    timings = {name: Timings(name) for name in programs}
    for _ in range(runs):
        for name, program in programs.items():
            wait_for_quiet()
            done = program()
            timings[name].seconds.append(done.seconds)
            timings[name].cpu.append(done.cpu)
            timings[name].peaks.append(done.peak)
    return timings


def wait_for_quiet(timeouts: float = 20.0) -> None:
    """Wait until other programs leave the processors nearly alone, but not for ever."""
    deadline = time.monotonic() + timeouts
    while time.monotonic() < deadline:
        idle, total = _processor_ticks()
        time.sleep(0.5)
        idle_after, total_after = _processor_ticks()
        if idle_after - idle > 0.9 * (total_after - total):
            return


def _processor_ticks() -> tuple[int, int]:
    """The ticks in which a processor had nothing to do, and all ticks, since the start."""
    ticks = [int(field) for field in Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]
    return ticks[3] + ticks[4], sum(ticks)


class _Watch(threading.Thread):
    """Adds up the resident memory of a process and its descendants a hundred times a second."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid = pid
        self._done = threading.Event()
        self._peak = 0.0
        self.start()

    def run(self) -> None:
        while not self._done.wait(_SAMPLE):
            self._peak = max(self._peak, sum(map(_resident, _family(self._pid))))

    def stop(self) -> float:
        self._done.set()
        self.join()
        return self._peak


def _family(pid: int) -> list[int]:
    found, waiting = [], [pid]
    while waiting:
        one = waiting.pop()
        found.append(one)
        for task in Path(f"/proc/{one}/task").glob("*/children"):
            try:
                waiting += map(int, task.read_text().split())
            except OSError:
                continue
    return found


def _resident(pid: int) -> float:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
