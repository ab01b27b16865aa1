"""A sweep whose process dies at any instant: the same command ends with one job for each row."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Mapping
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest

from faults.harness import MODEL, Truth, draft_of, drop_metadata, hasty, requests, write_rows
from faults.proxy import FaultProxy
from faults.victim import at_entry, fork_server
from fttui.server import SandboxServer
from fttui.services.job_form import JobRequest
from fttui.services.session import Session
from fttui.services.submission.sweeps import RowOutcome, Sweeps, as_rows
from fttui.services.submission.types import Draft
from fttui.storage.journal import Journal
from waiting import PATIENCE

KEY = "k" * 64
EPOCHS = (2, 3)
KILLS = [
    ("begin", "after"),
    *((step, "after") for step in (1, 2, 6)),
    *((step, "before") for step in (3, 7, 8)),
]
"""Of each row: 0 uploaded, 1 intent, 2 sending, 3 created; and from 8 on, that jobs were told."""


@pytest.fixture(scope="module")
def context() -> ForkServerContext:
    return fork_server()


def run(session: Session, file_id: str) -> list[RowOutcome]:
    """What `fttui create --from JOB --epochs 2,3` does when it is typed, once or again."""
    sweeps = Sweeps(session.submissions, session.annotations)
    known = sweeps.find(KEY)
    drafts = [
        Draft(JobRequest(MODEL, hyperparameters={"n_epochs": each}), file_id) for each in EPOCHS
    ]
    rows = [] if known else as_rows(drafts, KEY, [None] * len(drafts))
    outcomes = session.thread.wait(sweeps.carry_out(KEY, rows, known, lambda _: None))
    for one in outcomes:
        if one.job:
            session.thread.wait(session.submissions.note_reported(one.job))
    return outcomes


def die(
    environ: Mapping[str, str], journal: Path, file_id: str, step: int | str, when: str
) -> None:
    """Run the sweep in a process that is killed before or after an entry of the journal."""
    os.environ["XDG_STATE_HOME"] = str(journal.parent / "state")

    def kill() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    if isinstance(step, int):
        at_entry(step, kill, before=when == "before")
    else:
        begin = Journal.begin_all

        def watched(self: Journal, *args: object) -> None:
            if when == "after":
                begin(self, *args)  # type: ignore[arg-type]
            kill()

        Journal.begin_all = watched  # type: ignore[method-assign,assignment]
    run(Session.open(environ=environ, options=hasty(journal)), file_id)
    os._exit(0)


@pytest.mark.parametrize("keeps_metadata", [True, False])
def test_a_sweep_that_is_killed_anywhere_pays_for_no_row_twice(
    context: ForkServerContext,
    sandbox: SandboxServer,
    fault_proxy: FaultProxy,
    tmp_path: Path,
    keeps_metadata: bool,
) -> None:
    if not keeps_metadata:
        drop_metadata(fault_proxy)
    environ = {"OPENAI_API_KEY": sandbox.api_key, "OPENAI_BASE_URL": fault_proxy.base_url}
    session = Session.open(environ=environ, options=hasty(tmp_path / "first"))
    with draft_of(write_rows(tmp_path / "train.jsonl")) as draft:
        file_id = session.thread.wait(session.submissions.submit(draft)).training_file or ""
    session.close()
    truth = Truth(sandbox)
    kills = KILLS if keeps_metadata else [(2, "after"), (3, "before"), (7, "before")]
    for number, (step, when) in enumerate(kills):
        before = {job.raw_id for job in truth.jobs()}
        fault_proxy.calm()
        journal = tmp_path / f"journal-{number}"
        victim = context.Process(target=die, args=(environ, journal, file_id, step, when))
        victim.start()
        victim.join(PATIENCE)
        assert victim.exitcode == -signal.SIGKILL, (step, when)
        session = Session.open(environ=environ, options=hasty(journal))
        outcomes = run(session, file_id)
        session.close()
        made = {
            job.raw_id: job.hyperparameters.n_epochs
            for job in truth.jobs()
            if job.raw_id not in before
        }
        assert max(Counter(made.values()).values(), default=0) <= 1, (step, when)
        assert requests(fault_proxy, "POST /fine_tuning/jobs") <= len(EPOCHS), (step, when)
        for one in outcomes:
            epochs = one.row.request.hyperparameters["n_epochs"]
            assert made[one.job_id] == epochs if one.job_id else one.is_unknown, (step, when)
        assert len(outcomes) == len(EPOCHS)
    truth.close()
