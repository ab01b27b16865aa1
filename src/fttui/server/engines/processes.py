"""Telling a process that was started earlier from another one that has its number now."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

_PROC = Path("/proc")
_PS_SECONDS = 5.0


def start_mark(pid: int) -> str | None:
    """What tells this process from every other that ever had its number; None: none runs so.

    A process that has ended and waits for its parent to hear of it does not run.
    """
    if pid <= 0:
        return None
    return _mark_in_proc(pid) if (_PROC / "self" / "stat").exists() else _mark_by_ps(pid)


def _mark_in_proc(pid: int) -> str | None:
    try:
        text = (_PROC / str(pid) / "stat").read_bytes().decode("ascii", "replace")
        boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
    except (OSError, ValueError):
        return None
    # The second field is the program's name in brackets, which may hold brackets and blanks.
    state, *rest = text.rpartition(")")[2].split()
    return None if state in "ZX" else f"{boot}/{rest[18]}"


def _mark_by_ps(pid: int) -> str | None:
    done = subprocess.run(  # noqa: S603 - constant arguments and a number
        ["/bin/ps", "-o", "stat=,lstart=", "-p", str(pid)],
        capture_output=True, text=True, timeout=_PS_SECONDS, check=False,
        env={**os.environ, "LC_ALL": "C"},
    )  # fmt: skip
    state, _, started = done.stdout.strip().partition(" ")
    return None if done.returncode or not state or "Z" in state else " ".join(started.split())
