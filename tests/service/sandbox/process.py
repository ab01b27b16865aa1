"""The sandbox as a process of its own, to be killed."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from openai import OpenAI

from waiting import PATIENCE, hear_signals


class Process:
    """`python -m fttui.server`, on a data folder if there is one."""

    def __init__(self, data: Path | None, *options: str, **popen: Any) -> None:
        kept = [] if data is None else ["--data", str(data)]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "fttui.server", "--json", *kept, *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **{"preexec_fn": hear_signals, **popen},
        )
        assert self.process.stdout is not None
        first = json.loads(self.process.stdout.readline())
        self.base_url, self.api_key = first["base_url"], first["api_key"]

    def client(self) -> OpenAI:
        return OpenAI(base_url=self.base_url, api_key=self.api_key, max_retries=0, timeout=PATIENCE)

    def end(self, number: signal.Signals) -> tuple[int, str]:
        self.process.send_signal(number)
        _, errors = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, errors


@contextmanager
def running(data: Path | None, *options: str, **popen: Any) -> Iterator[Process]:
    """A process that is killed at the end if it still runs."""
    process = Process(data, *options, **popen)
    try:
        yield process
    finally:
        if process.process.poll() is None:
            process.end(signal.SIGKILL)
