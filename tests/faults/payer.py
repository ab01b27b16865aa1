"""A process that runs `fttui create` as a user would, and meets what it is told to meet."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from faults.harness import hasty
from faults.victim import at_entry

DEADLINE = 3.0  # seconds; an answer that comes later is a lost one, which is a fault like others


@dataclass(frozen=True)
class Mishap:
    """What goes wrong on this machine.

    `dies_at` is the number of the journal's entry, from 0, after which the process is killed;
    `room` is how many bytes the largest file may have; `stdout` is a path, or "" for a closed one.
    """

    dies_at: int | None = None
    room: int | None = None
    stdout: str = "file"


def pay(environ: Mapping[str, str], arguments: Sequence[str], folder: Path, mishap: Mishap) -> None:
    """Run the command; its streams go to files in `folder`, and its status is the process's."""
    os.environ.clear()
    os.environ.update(environ)
    _redirect(folder, mishap.stdout)
    if mishap.dies_at is not None:
        at_entry(mishap.dies_at, lambda: os.kill(os.getpid(), signal.SIGKILL))
    if mishap.room is not None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (mishap.room, mishap.room))
    _be_hasty()

    from fttui.cli import main

    os._exit(main(list(arguments)))


def _redirect(folder: Path, stdout: str) -> None:
    path = folder / "out" if stdout == "file" else Path(stdout or os.devnull)
    for number, target in ((1, path), (2, folder / "err")):
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(descriptor, number)
        os.close(descriptor)
    if not stdout:
        os.close(1)


def _be_hasty() -> None:
    """Have the session that the command opens wait for fractions of a second."""
    from fttui.services import session
    from fttui.storage import journal, journal_file

    opened = session.Session.open

    def open_hastily(**values: Any) -> session.Session:
        options = hasty(deadline=DEADLINE, tries=1)
        return opened(**{**values, "options": options})

    session.Session.open = open_hastily  # type: ignore[method-assign,assignment]
    journal.OPEN_SECONDS = 0.05
    for name in ("BUSY_SECONDS", "_READ_SECONDS"):
        setattr(journal_file, name, 0.05)
    with contextlib.suppress(ImportError):
        import openai  # noqa: F401
