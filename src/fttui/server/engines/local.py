"""Runs on this machine, each in a process of its own that outlives the server."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..data_folder import write_new
from . import STOP, TRAINER, End, EngineUnavailable
from .environment import child_environment
from .processes import start_mark

LOG = "log.txt"
_PROCESS = "process.json"
_AFTER_A_WORD = 'umask 077 && read -r word && exec "$@" </dev/null'
"""Begins once it is told to: by then its number is on the disk. A server that is killed before
that says nothing, and nothing begins. What it makes is this user's alone."""


class LocalEngine:
    """Trainers in processes of this machine; `places` at a time."""

    name = "local"
    here = True
    queues = False

    def __init__(
        self, runs: Path, python: str, *, places: int = 1, threads: int | None = None
    ) -> None:
        self.places: int | None = places
        self._runs = runs
        self._python = python
        self._threads = threads
        self._started: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, folder: Path) -> None:
        """Starts the trainer on the folder; raises EngineUnavailable."""
        if shutil.which(self._python) is None:
            raise EngineUnavailable(f"There is no program {self._python} that can be run.")
        (folder / STOP).unlink(missing_ok=True)
        environ = child_environment(os.environ, threads=self._threads)
        with open(folder / LOG, "ab", opener=open_privately) as log:
            try:
                process = subprocess.Popen(  # noqa: S603 - the user's own interpreter
                    ["/bin/sh", "-c", _AFTER_A_WORD, "sh", self._python, str(TRAINER), str(folder)],
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=log,
                    cwd=folder,
                    env=environ,
                    start_new_session=True,
                )
            except OSError as error:
                raise EngineUnavailable(
                    f"The trainer cannot be started: {error.strerror or error}."
                ) from None
        self._started[name] = process
        assert process.stdin is not None
        with process.stdin as word:
            self._note(folder, process.pid)
            with suppress(BrokenPipeError):
                word.write(b"begin\n")

    def _note(self, folder: Path, pid: int) -> None:
        draft = folder / f"{_PROCESS}.new"
        draft.unlink(missing_ok=True)
        write_new(draft, json.dumps({"pid": pid, "mark": start_mark(pid)}).encode())
        draft.replace(folder / _PROCESS)

    def stop(self, name: str) -> None:
        """Asks for a checkpoint and an end."""
        if (self._runs / name).is_dir():
            (self._runs / name / STOP).touch(mode=0o600)

    def kill(self, name: str) -> None:
        """Ends the process and all that it has started."""
        pid = self._pid(name)
        if pid is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)
        if name in self._started:
            self._started.pop(name).wait()

    def alive(self, name: str) -> bool:
        """Whether its process runs."""
        process = self._started.get(name)
        if process is not None and process.poll() is not None:
            del self._started[name]
        return self._pid(name) is not None

    def ending(self, name: str) -> End:
        """Nobody knows more than that it has ended."""
        return End()

    def _pid(self, name: str) -> int | None:
        """The number of its process, if that still runs and is no other's by now."""
        try:
            known: dict[str, Any] = json.loads((self._runs / name / _PROCESS).read_bytes())
            pid, mark = int(known["pid"]), known["mark"]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return pid if mark is not None and start_mark(pid) == mark else None


def open_privately(path: str, flags: int) -> int:
    """For `open`: a new file is this user's alone, and a link is not followed."""
    return os.open(path, flags | os.O_NOFOLLOW, 0o600)
