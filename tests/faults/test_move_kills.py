"""A move whose process dies at any instant: the same command ends with each job made once."""

from __future__ import annotations

import os
import signal
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest

from faults.harness import drop_metadata, requests
from faults.proxy import FaultProxy
from faults.victim import at_entry, fork_server
from fttui.server import SandboxConfig, SandboxServer
from fttui.storage.journal import Journal
from move_bench import MoveBench, bench
from sandbox_key import SANDBOX_KEY
from waiting import PATIENCE

EPOCHS = (2, 3)
SENDING = 4
KILLS = ["fetched", "begun", 1, 3, SENDING, 7]
"""When a file has come, when all rows are on record, or after so many entries of the rows."""


@pytest.fixture(scope="module")
def context() -> ForkServerContext:
    return fork_server()


def die(folder: Path, old: str, new: str, step: int | str) -> None:
    """Move in a process that is killed."""
    os.environ["XDG_STATE_HOME"] = str(folder / "home" / "state")

    def kill() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    with bench(folder, old, new) as place:
        if step == "fetched":
            place.plan()
            kill()
        plan = place.plan()
        if step == "begun":
            begin = Journal.begin_all

            def begun(self: Journal, *args: object) -> None:
                begin(self, *args)  # type: ignore[arg-type]
                kill()

            Journal.begin_all = begun  # type: ignore[method-assign,assignment]
        elif isinstance(step, int):
            at_entry(step, kill)
        place.carry_out(plan)
    os._exit(0)


def make(place: MoveBench) -> None:
    for epochs in EPOCHS:
        place.make(place.file("one"), hyperparameters={"n_epochs": epochs})


@pytest.mark.parametrize("keeps_metadata", [True, False])
def test_a_move_that_is_killed_anywhere_makes_no_job_twice_and_loses_none(
    context: ForkServerContext,
    sandbox: SandboxServer,
    fault_proxy: FaultProxy,
    tmp_path: Path,
    keeps_metadata: bool,
) -> None:
    kills = KILLS if keeps_metadata else [3]
    with SandboxServer(SandboxConfig(api_key=SANDBOX_KEY, speed=1e7)) as old:
        addresses = (old.base_url, fault_proxy.base_url)
        with bench(tmp_path, *addresses) as place:
            make(place)
        if not keeps_metadata:
            drop_metadata(fault_proxy)
        earlier: set[str] = set()
        for step in kills:
            fault_proxy.calm()
            folder = tmp_path / f"{step}"
            victim = context.Process(target=die, args=(folder, *addresses, step))
            victim.start()
            victim.join(PATIENCE)
            assert victim.exitcode == -signal.SIGKILL, step
            os.environ["XDG_STATE_HOME"] = str(folder / "home" / "state")
            with bench(folder, *addresses) as place:
                outcomes = place.move()
                jobs = {job.raw_id: job for job in place.jobs() if job.raw_id not in earlier}
                made = [one.job_id for one in outcomes if one.job_id]
                lost = [one for one in outcomes if one.is_unknown]
                assert sorted(made) == sorted(jobs) and len(outcomes) == len(EPOCHS), step
                epochs = {jobs[each].hyperparameters.n_epochs for each in made}
                assert len(epochs) == len(made) and len(made) + len(lost) == len(EPOCHS), step
                assert len(lost) == (step == SENDING), step  # nobody can know whether it left
                assert requests(fault_proxy, "POST /fine_tuning/jobs") <= len(EPOCHS), step
                assert place.left_behind() == [], step
                earlier |= jobs.keys()
