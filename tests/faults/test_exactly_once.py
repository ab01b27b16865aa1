"""Whatever the network does, a submission makes at most one job, and what is told is true."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from faults.catalogue import (
    AFTER_COMMIT,
    BEFORE_COMMIT,
    CERTAIN_STATUSES,
    ODD_STATUSES,
    READ_FAULTS,
    REDIRECT,
)
from faults.harness import Truth, draft_of, hasty, outcome_of, skip_silence, write_rows
from faults.proxy import Fault, FaultProxy, error_answer
from fttui.server import SandboxConfig, SandboxServer
from fttui.services.endpoint.errors import Outcome, ServiceError
from fttui.services.endpoint.models import Job
from fttui.services.session import Session

CREATE = "POST /fine_tuning/jobs$"
LIST_JOBS = "GET /fine_tuning/jobs$"


@dataclass
class Bench:
    """One sandbox behind one proxy, and a session that no silence keeps waiting."""

    proxy: FaultProxy
    session: Session
    truth: Truth
    file_id: str
    folder: Path


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        folder = Path(name)
        for kind in ("CONFIG", "STATE", "CACHE"):
            patch.setenv(f"XDG_{kind}_HOME", str(folder / kind))
        with SandboxServer(SandboxConfig()) as sandbox, FaultProxy(sandbox.base_url) as proxy:
            environ = {"OPENAI_API_KEY": sandbox.api_key, "OPENAI_BASE_URL": proxy.base_url}
            session = Session.open(environ=environ, options=hasty(folder / "journal"))
            skip_silence(proxy, session)
            truth = Truth(sandbox)
            with draft_of(write_rows(folder / "train.jsonl")) as draft:
                first = outcome_of(session, draft)
            assert isinstance(first, Job) and first.training_file
            yield Bench(proxy, session, truth, first.training_file, folder)
            session.close()
            truth.close()


def _check_truth(bench: Bench, told: Job | ServiceError, submission_id: str) -> int:
    """Compare what was told with what is there; the number of jobs that are there."""
    jobs = bench.truth.jobs(submission_id)
    assert len(jobs) <= 1
    if isinstance(told, Job):
        assert [job.id for job in jobs] == [told.id]
    elif told.outcome is not Outcome.UNKNOWN:
        assert jobs == [], f"told {told.sentence!r}, but there is a job"
    return len(jobs)


def _settle(bench: Bench, submission_id: str, present: int) -> None:
    """Recover on a calm network: what is there is found, and only consent sends again."""
    bench.proxy.calm()
    recover = bench.session.submissions.recover
    if present:
        job = bench.session.thread.wait(recover(submission_id, "look_up"))
        assert job is not None
        assert bench.proxy.seen["POST /fine_tuning/jobs"] == 0
    else:
        with pytest.raises(ServiceError) as refused:
            bench.session.thread.wait(recover(submission_id, "look_up"))
        assert refused.value.outcome is Outcome.UNKNOWN
        with pytest.raises(ServiceError) as unasked:
            bench.session.thread.wait(recover(submission_id, "resend"))
        assert unasked.value.code == "consent_needed"
        assert bench.truth.jobs(submission_id) == []
        job = bench.session.thread.wait(recover(submission_id, "resend", consent=True))
        assert job is not None
    assert [found.id for found in bench.truth.jobs(submission_id)] == [job.id]
    assert all(
        i.submission_id != submission_id for i in bench.session.submissions.unfinished_items()
    )


@pytest.mark.parametrize("fault", AFTER_COMMIT, ids=str)
def test_a_job_whose_answer_is_lost_or_broken_is_found_and_not_made_twice(
    bench: Bench, fault: Fault
) -> None:
    bench.proxy.calm()
    bench.proxy.script(CREATE, fault)
    with draft_of(bench.file_id) as draft:
        told = outcome_of(bench.session, draft)
    assert isinstance(told, Job), told
    assert _check_truth(bench, told, draft.id) == 1
    assert bench.proxy.seen["POST /fine_tuning/jobs"] == 1


@pytest.mark.parametrize("fault", BEFORE_COMMIT, ids=str)
def test_a_call_that_did_not_arrive_or_was_refused_is_never_repeated_by_itself(
    bench: Bench, fault: Fault
) -> None:
    bench.proxy.calm()
    bench.proxy.script(CREATE, fault)
    with draft_of(bench.file_id) as draft:
        told = outcome_of(bench.session, draft)
    assert isinstance(told, ServiceError)
    assert told.sentence and told.hint
    assert bench.proxy.seen["POST /fine_tuning/jobs"] == 1
    assert _check_truth(bench, told, draft.id) == 0
    if fault.status in CERTAIN_STATUSES:
        assert told.outcome is Outcome.REFUSED
    if told.outcome is Outcome.UNKNOWN:
        _settle(bench, draft.id, 0)


@pytest.mark.parametrize("status", ODD_STATUSES)
@pytest.mark.parametrize("look", [*READ_FAULTS[:4], *map(Fault, ["reset", "drip"])], ids=str)
def test_a_refusal_that_may_be_a_gateways_stands_by_no_look_that_was_lost(
    bench: Bench, status: int, look: Fault
) -> None:
    bench.proxy.calm()
    bench.proxy.script(CREATE, error_answer(status, commit=True, headers=REDIRECT))
    bench.proxy.always("GET /fine_tuning/jobs", look)
    with draft_of(bench.file_id) as draft:
        told = outcome_of(bench.session, draft)
    assert isinstance(told, ServiceError) and told.outcome is Outcome.UNKNOWN, told
    _settle(bench, draft.id, _check_truth(bench, told, draft.id))


_NUMBERS = itertools.count()


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    create=st.lists(st.sampled_from([None, *AFTER_COMMIT, *BEFORE_COMMIT]), min_size=1, max_size=2),
    looks=st.lists(st.sampled_from([None, *READ_FAULTS]), max_size=6),
    uploads=st.lists(st.sampled_from([None, *AFTER_COMMIT, *BEFORE_COMMIT]), max_size=2),
    listings=st.lists(st.sampled_from([None, *READ_FAULTS]), max_size=3),
    fresh_file=st.booleans(),
)
def test_any_sequence_of_faults_leaves_at_most_one_job_and_a_true_report(
    bench: Bench,
    create: list[Fault | None],
    looks: list[Fault | None],
    uploads: list[Fault | None],
    listings: list[Fault | None],
    fresh_file: bool,
) -> None:
    bench.proxy.calm()
    bench.proxy.script(CREATE, *create)
    bench.proxy.script(LIST_JOBS, *looks)
    bench.proxy.script("POST /files$", *uploads)
    bench.proxy.script("GET /files", *listings)
    number = next(_NUMBERS)
    path = write_rows(bench.folder / f"train-{number}.jsonl", mark=str(number))
    with draft_of(path if fresh_file else bench.file_id) as draft:
        told = outcome_of(bench.session, draft)
    assert bench.proxy.seen["POST /fine_tuning/jobs"] <= 1
    present = _check_truth(bench, told, draft.id)
    if isinstance(told, ServiceError) and told.outcome is Outcome.UNKNOWN:
        _settle(bench, draft.id, present)
