"""Whose a job is, where the endpoint keeps no metadata: never that of another row or command."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from faults.harness import MODEL, draft_of, drop_metadata
from faults.proxy import Fault, FaultProxy
from faults.sweep_bench import Bench
from fttui.server import SandboxServer
from fttui.services.endpoint.errors import Outcome, ServiceError
from fttui.services.job_form import JobRequest

CREATE = "POST /fine_tuning/jobs$"
LIST = "GET /fine_tuning/jobs$"
EMPTY = Fault("answer", False, 200, b'{"object": "list", "data": [], "has_more": false}')


@pytest.fixture
def bench(sandbox: SandboxServer, fault_proxy: FaultProxy, tmp_path: Path) -> Iterator[Bench]:
    made = Bench(sandbox, fault_proxy, tmp_path)
    drop_metadata(fault_proxy)
    yield made
    made.close()


def _single(bench: Bench, epochs: int) -> ServiceError:
    request = JobRequest(MODEL, hyperparameters={"n_epochs": epochs})
    with draft_of(bench.file, request=request) as draft, pytest.raises(ServiceError) as failed:
        bench.session.thread.wait(bench.session.submissions.submit(draft))
    return failed.value


def test_an_answer_with_the_job_of_another_row_is_not_taken_though_the_list_is_late(
    bench: Bench,
) -> None:
    bench.proxy.always(LIST, EMPTY)
    first = bench.run(2)[0].job_id
    job = next(job for job in bench.truth.jobs() if job.raw_id == first)
    told = json.dumps(
        {
            "id": first,
            "object": "fine_tuning.job",
            "status": "queued",
            "model": job.model,
            "training_file": bench.file,
            "created_at": 1,
            "metadata": {},
        }
    ).encode()
    bench.proxy.script(CREATE, Fault("answer", True, 200, told))
    (outcome,) = bench.run(3, key="o" * 64)
    assert outcome.is_unknown and not outcome.job_id
    assert bench.made() == [2, 3]


def test_a_single_job_that_is_looked_for_is_not_the_lost_one_of_a_row(bench: Bench) -> None:
    bench.proxy.script(CREATE, Fault("reset", commit=False), Fault("reset", commit=True))
    assert _single(bench, 2).outcome is Outcome.UNKNOWN
    assert bench.run(3)[0].is_unknown
    (item,) = (
        one for one in bench.session.submissions.unfinished_items() if not one.submission.sweep
    )
    with pytest.raises(ServiceError) as failed:
        bench.session.thread.wait(bench.session.submissions.recover(item.submission_id, "look_up"))
    assert failed.value.outcome is Outcome.UNKNOWN
    assert bench.made() == [3]
