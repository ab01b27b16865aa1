"""An archive that is killed at any instant goes on where it was, to what an unbroken run saves."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable
from functools import partial
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest

from archiving import save, timeless
from faults.proxy import Fault, FaultProxy
from faults.victim import fork_server
from fttui.server import SandboxServer, seed_many_jobs
from fttui.services.endpoint.transport import Timeouts
from fttui.services.session import Session, SessionOptions
from waiting import wait_until

JOBS = 5
KILLS = 3


@pytest.fixture(scope="session")
def context() -> ForkServerContext:
    return fork_server()


def run(environ: dict[str, str], folder: Path) -> None:
    """What the victim does."""
    os.environ.update(environ)
    options = SessionOptions(timeouts=Timeouts(first_pause=0.01))
    session = Session.open(environ=os.environ, options=options)
    save(session, folder)


def test_kills_at_any_request_leave_what_an_unbroken_run_saves(
    context: ForkServerContext,
    sandbox: SandboxServer,
    fault_proxy: FaultProxy,
    open_session: Callable[..., Session],
    tmp_path: Path,
) -> None:
    seed_many_jobs(sandbox, JOBS)
    session = open_session(fault_proxy.base_url)
    save(session, tmp_path / "unbroken")
    requests = sum(fault_proxy.seen.values())
    environ = {
        **{name: value for name, value in os.environ.items() if name.startswith("XDG_")},
        "OPENAI_API_KEY": sandbox.api_key,
        "OPENAI_BASE_URL": fault_proxy.base_url,
    }
    for at in random.Random(5).sample(range(2, requests), KILLS):
        folder = tmp_path / f"killed-at-{at}"
        fault_proxy.calm()
        fault_proxy.script("/", *[None] * at, *[Fault("held", commit=False)] * 8)
        victim = context.Process(target=run, args=(environ, folder))
        victim.start()
        wait_until(partial(_more_than, fault_proxy, at), f"request {at}")
        assert victim.pid is not None
        os.kill(victim.pid, signal.SIGKILL)
        victim.join()
        fault_proxy.calm()
        assert (folder / "unfinished.json").exists()
        assert not (folder / "index.json").exists()
        assert save(session, folder).is_whole
        assert timeless(folder) == timeless(tmp_path / "unbroken"), at


def _more_than(proxy: FaultProxy, count: int) -> bool:
    return sum(proxy.seen.values()) > count
