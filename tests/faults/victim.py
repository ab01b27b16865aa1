"""A process that submits a draft and is killed with SIGKILL, at a chosen step or from outside."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import Any

from faults.harness import draft_of, hasty, outcome_of
from fttui.services.endpoint.models import Job
from fttui.services.session import Session
from fttui.storage.journal import Journal


def submit(
    environ: Mapping[str, str],
    journal: Path,
    training: Path,
    submission_id: str,
    die_at: tuple[int, str] | None,
    upload: Mapping[str, Any],
    begun: Connection | None = None,
) -> None:
    """Submit `training`; `die_at` names the journal's n-th entry, and "before" or "after" it.

    `begun` gets a byte after the first entry.
    """
    os.environ["XDG_STATE_HOME"] = str(journal.parent / "state")
    if die_at:
        step, moment = die_at
        at_entry(step, lambda: os.kill(os.getpid(), signal.SIGKILL), before=moment == "before")
    if begun:
        at_entry(0, lambda: begun.send_bytes(b"1"))
    session = Session.open(environ=environ, options=hasty(journal, **upload))
    with draft_of(training, id=submission_id) as draft:
        told = outcome_of(session, draft)
    session.close()
    os._exit(0 if isinstance(told, Job) else 1)


def at_entry(step: int, act: Callable[[], None], *, before: bool = False) -> None:
    """Make the journal do `act` around its entry number `step`, counted from 0."""
    append, count = Journal.append, 0

    def watched(self: Journal, *args: Any, **values: Any) -> None:
        nonlocal count
        mine, count = count, count + 1
        if mine == step and before:
            act()
        append(self, *args, **values)
        if mine == step and not before:
            act()

    Journal.append = watched  # type: ignore[method-assign]


def fork_server() -> ForkServerContext:
    """A context whose processes start with everything loaded, in some milliseconds."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["faults.victim", "faults.payer", "openai"])
    return context


def start(context: ForkServerContext, *arguments: Any) -> ForkServerProcess:
    """Start a process that runs `submit` with `arguments`."""
    process = context.Process(target=submit, args=arguments, daemon=True)
    process.start()
    return process
