"""Sweeps: one yes for several jobs, each created exactly once, whatever is lost on the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from faults.harness import MODEL, draft_of, drop_metadata, hasty, requests, write_rows
from faults.proxy import Fault, FaultProxy, error_answer
from faults.sweep_bench import KEY, Bench
from fttui.server import SandboxServer
from fttui.services.endpoint.errors import Outcome, ServiceError
from fttui.services.job_form import JobRequest
from fttui.services.session import Session
from fttui.services.submission.state import Stage
from fttui.services.submission.submissions import Draft
from fttui.services.submission.sweeps import (
    MOST_ROWS,
    RowOutcome,
    SweepRefusedError,
    Sweeps,
    as_rows,
)
from fttui.services.submission.types import Consent

CREATE = "POST /fine_tuning/jobs$"


@pytest.fixture
def bench(sandbox: SandboxServer, fault_proxy: FaultProxy, tmp_path: Path) -> Iterator[Bench]:
    made = Bench(sandbox, fault_proxy, tmp_path)
    yield made
    made.close()


def test_each_row_gets_its_job_once_and_all_carry_the_sweeps_label(bench: Bench) -> None:
    outcomes = bench.run(2, 3, 4)
    assert bench.made() == [2, 3, 4]
    labels = {bench.session.annotations.of(one.job_id).labels for one in outcomes}
    assert len(labels) == 1 and labels.pop()[0].startswith("sweep-")
    assert bench.session.submissions.unfinished_items() == []
    assert bench.sweeps().find(KEY) == []
    assert list((bench.folder / "journal" / "locks").glob("sweep-*")) == []


def test_without_a_journal_on_the_disk_no_row_is_sent(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "none" / "journal.db").mkdir(parents=True)
    session = Session.open(environ=bench.environ, options=hasty(tmp_path / "none"))
    sweeps = Sweeps(session.submissions, session.annotations)
    with pytest.raises(ServiceError) as refused:
        session.thread.wait(sweeps.carry_out(KEY, bench.rows(2, 3), [], lambda _: None))
    assert refused.value.outcome is Outcome.NOT_SENT
    assert bench.made() == [] and sweeps.find(KEY) == []
    session.close()


def test_the_same_command_goes_on_with_what_is_left_and_pays_no_row_twice(bench: Bench) -> None:
    bench.proxy.script(CREATE, None, error_answer(401, commit=False))
    first = bench.run(2, 3, 4)
    assert [bool(one.job_id) for one in first] == [True, False]  # the next would be refused, too
    bench.proxy.calm()
    second = bench.run(2, 3, 4)
    assert second[0].job_id == first[0].job_id
    assert requests(bench.proxy, "POST /fine_tuning/jobs") == 2
    assert bench.made() == [2, 3, 4]
    bench.run(2, 3, 4)  # all were told, so this is another sweep
    assert bench.made() == [2, 2, 3, 3, 4, 4]


def test_a_row_that_is_refused_lets_the_others_go_on_and_keeps_the_sweep_open(
    bench: Bench,
) -> None:
    bench.proxy.script(CREATE, error_answer(400, commit=False))
    outcomes = bench.run(2, 3)
    assert [one.error is not None for one in outcomes] == [True, False]
    assert bench.made() == [3]
    assert [row.stage for row in bench.sweeps().find(KEY)] == [Stage.REFUSED, Stage.CREATED]
    (item,) = bench.session.submissions.unfinished_items()
    assert "row 1 of 2" in item.sentence and "create" in item.actions


@pytest.mark.parametrize("keeps_metadata", [True, False])
@pytest.mark.parametrize("commit", [True, False])
def test_a_row_whose_answer_is_lost_is_found_or_stays_unknown_and_is_never_sent_again(
    bench: Bench, commit: bool, keeps_metadata: bool
) -> None:
    if not keeps_metadata:
        drop_metadata(bench.proxy)
    bench.proxy.script(CREATE, None, Fault("reset", commit=commit))
    outcomes = bench.run(2, 3, 4)
    assert [one.is_unknown for one in outcomes] == [False, not commit, False]
    again = bench.run(2, 3, 4) if not commit else outcomes
    assert bench.made() == ([2, 3, 4] if commit else [2, 4])
    for one in again:
        told = {job.raw_id: job.hyperparameters.n_epochs for job in bench.truth.jobs()}
        if one.job_id:
            assert told[one.job_id] == one.row.request.hyperparameters["n_epochs"]


def test_a_job_that_is_known_for_another_row_is_never_taken_for_a_lost_one(bench: Bench) -> None:
    drop_metadata(bench.proxy)
    bench.proxy.script(CREATE, Fault("reset", commit=False))
    outcomes = bench.run(2, 3)
    assert outcomes[0].is_unknown and outcomes[1].job_id
    again = bench.run(2, 3)
    assert again[0].is_unknown and again[1].job_id == outcomes[1].job_id


def test_an_unknown_row_stops_the_same_row_of_another_sweep_and_no_other(bench: Bench) -> None:
    bench.proxy.script(CREATE, Fault("reset", commit=False))
    assert bench.run(2, 3)[0].is_unknown
    outcomes = bench.run(2, 5, key="o" * 64)
    assert [one.is_unknown for one in outcomes] == [True, False]
    assert outcomes[0].error is not None and outcomes[0].error.code == "earlier_call"
    assert bench.made() == [3, 5]
    agreed = bench.run(2, 6, key="p" * 64, consent=Consent(again=True))
    assert not any(one.error for one in agreed)


def test_a_single_job_is_still_held_up_by_an_unknown_row_for_its_file_and_model(
    bench: Bench,
) -> None:
    bench.proxy.script(CREATE, Fault("reset", commit=False))
    bench.run(2)
    request = JobRequest(MODEL, hyperparameters={"n_epochs": 7})
    with draft_of(bench.file, request=request) as draft, pytest.raises(ServiceError) as refused:
        bench.session.thread.wait(bench.session.submissions.submit(draft))
    assert refused.value.outcome is Outcome.UNKNOWN and refused.value.code == "earlier_call"
    assert bench.made() == []


def test_two_at_once_make_one_sweep(bench: Bench) -> None:
    other = bench.open()
    theirs = Sweeps(other.submissions, other.annotations)
    told: list[str] = []

    def meanwhile(_: RowOutcome) -> None:
        drafts = bench.rows(2, 3)
        with pytest.raises(ServiceError) as refused:
            other.thread.wait(theirs.carry_out(KEY, drafts, [], lambda _: None))
        told.append(refused.value.code or "")

    work = bench.sweeps().carry_out(KEY, bench.rows(2, 3), [], meanwhile)
    bench.session.thread.wait(work)
    with pytest.raises(ServiceError) as late:  # it was agreed to as a new one
        other.thread.wait(theirs.carry_out(KEY, bench.rows(2, 3), [], lambda _: None))
    other.close()
    assert told == ["busy", "busy"] and late.value.code == "stale"
    assert bench.made() == [2, 3]


def test_rows_that_ask_for_the_same_and_too_many_are_refused(bench: Bench) -> None:
    with pytest.raises(SweepRefusedError, match="1 and 3"):
        bench.rows(2, 3, 2)
    with pytest.raises(SweepRefusedError, match=str(MOST_ROWS)):
        bench.rows(*range(MOST_ROWS + 1))


def test_a_file_of_this_machine_is_uploaded_once_for_all_rows(bench: Bench, tmp_path: Path) -> None:
    path = write_rows(tmp_path / "new.jsonl", mark="new")
    with draft_of(path) as draft:
        drafts = [
            replace(draft, id=f"row-{each}", request=JobRequest(MODEL, seed=each))
            for each in (1, 2)
        ]
        rows = as_rows(drafts, KEY, [None, None])
        work = bench.sweeps().carry_out(KEY, rows, [], lambda _: None)
        outcomes = bench.session.thread.wait(work)
    assert all(one.job_id for one in outcomes)
    assert requests(bench.proxy, "POST /files") == 1


def test_a_refused_row_stays_listed_although_another_row_uses_its_file(
    bench: Bench, tmp_path: Path
) -> None:
    bench.proxy.script(CREATE, error_answer(400, commit=False))
    path = write_rows(tmp_path / "new.jsonl", mark="new")
    with draft_of(path) as draft:
        requests_ = [JobRequest(MODEL, seed=each) for each in (1, 2)]
        drafts = [replace(draft, id=f"row-{one.seed}", request=one) for one in requests_]
        work = bench.sweeps().carry_out(KEY, as_rows(drafts, KEY, [None, None]), [], lambda _: None)
        outcomes = bench.session.thread.wait(work)
    assert [bool(one.job_id) for one in outcomes] == [False, True]
    kinds = {item.kind: item.actions for item in bench.session.submissions.unfinished_items()}
    assert kinds["file"] == ("create", "forget")  # to delete the file would take it from the other


def test_a_row_with_another_validation_file_is_another_row(bench: Bench) -> None:
    request = JobRequest(MODEL, hyperparameters={"n_epochs": 2})
    plain = Draft(request, bench.file)
    held_out = replace(plain, id="held-out", validation=bench.file)
    bench.proxy.script(CREATE, Fault("reset", commit=False))
    first, second = (
        bench.session.thread.wait(
            bench.sweeps().carry_out(key, as_rows([one], key, [None]), [], lambda _: None)
        )
        for key, one in ((KEY, plain), ("o" * 64, held_out))
    )
    assert first[0].is_unknown and second[0].job_id
