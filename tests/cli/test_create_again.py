"""`fttui create --from JOB`: one job again, and sweeps."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from functools import partialmethod
from typing import Any

import pytest
from tests.cli.conftest import MODEL, Run

from faults.proxy import Fault, FaultProxy, error_answer
from fttui.server import SandboxServer
from fttui.services.submission.create_call import SendOptions
from fttui.storage.folders import state_folder
from fttui.storage.locks import FileLock

BASE = ("--yes", "--detach")


@pytest.fixture
def faulty(
    sandbox: SandboxServer, fault_proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> FaultProxy:
    """What all commands of a test go through; they look for a lost job once."""
    monkeypatch.setenv("OPENAI_BASE_URL", fault_proxy.base_url)
    monkeypatch.setenv("OPENAI_API_KEY", sandbox.api_key)
    hasty = partialmethod(SendOptions.__init__, look_after=(0.0,))
    monkeypatch.setattr(SendOptions, "__init__", hasty)
    return fault_proxy


@pytest.fixture
def job(run: Run, training_file) -> str:
    result = run(
        "create", "--training-file", training_file, "--model", MODEL, "--epochs", 3,
        "--suffix", "desk", "--seed", 7, "--metadata", "team=desk", *BASE,
    )  # fmt: skip
    assert result.status == 0, result.err
    return result.out.split()[0]


def shown(run: Run, job_id: str) -> dict[str, Any]:
    return run("show", job_id, "--json").document


def test_a_job_is_asked_for_again_as_it_was_and_the_question_tells_what_differs(
    run: Run, job: str
) -> None:
    result = run("create", "--from", job, "--epochs", 4, "--seed", "", *BASE)
    assert result.status == 0, result.err
    assert f"Against {job}  epochs 3 -> 4, seed 7 -> auto" in result.err
    old, new = shown(run, job), shown(run, result.out.split()[0])
    for name in ("model", "training_file", "suffix", "method"):
        assert old[name] == new[name]
    assert new["hyperparameters"]["n_epochs"] == 4
    assert new["metadata"]["team"] == "desk"
    assert new["metadata"]["fttui_submission"] != old["metadata"]["fttui_submission"]


def test_lists_make_each_job_of_their_product_once_and_tell_rows_and_sum(
    run: Run, job: str
) -> None:
    result = run("create", "--from", job, "--epochs", "2,3", "--learning-rate", "0.5,1", *BASE)
    assert result.status == 0, result.err
    made = [line.split()[0] for line in result.out.splitlines()]
    assert len(set(made)) == 4
    assert "Cost of 4 jobs in all" in result.err and "label:sweep-" in result.err
    told = {
        (h["n_epochs"], h["learning_rate_multiplier"])
        for h in (shown(run, each)["hyperparameters"] for each in made)
    }
    assert told == {(2, 0.5), (2, 1), (3, 0.5), (3, 1)}
    assert run("recover", "--json").document == []


def test_a_list_without_from_and_what_is_no_sweep_end_with_2(
    run: Run, job: str, training_file
) -> None:
    for arguments in (
        ("--training-file", training_file, "--model", MODEL, "--epochs", "2,3"),
        ("--from", job, "--epochs", "2,,3"),
        ("--from", job, "--epochs", "2,2"),
        ("--from", job, "--epochs", "2,3", "--without-journal"),
        ("--from", job, "--seed", ",".join(map(str, range(51)))),
        (),
    ):
        result = run("create", *arguments, *BASE)
        assert result.status == 2, (arguments, result.err)
        assert not result.out


def test_a_file_that_is_gone_is_told_before_anything_is_sent(run: Run, job: str) -> None:
    gone = shown(run, job)["training_file"]
    assert run("files", "delete", gone, "--yes").status == 0
    result = run("create", "--from", job, *BASE)
    assert result.status == 1
    assert f"{gone} of {job} is not on the endpoint any more" in result.err


def test_a_lost_row_ends_with_3_and_the_rest_is_finished_by_its_label_without_paying_twice(
    run: Run, faulty: FaultProxy, job: str
) -> None:
    faulty.calm()
    faulty.script("POST /fine_tuning/jobs$", None, Fault("reset", commit=False))
    command = ("create", "--from", job, "--epochs", "2,3", *BASE)
    lost = run(*command, "--json")
    assert lost.status == 3, lost.err
    first, second = lost.document["outcomes"]
    assert first["job_id"] and not second["job_id"] and second["error"]
    label = lost.document["sweep"]
    assert label in run("recover").out
    for again in (command, ("recover", label, "create", "--yes")):
        result = run(*again)
        assert result.status == 3 and first["job_id"] in result.out, result.err
        assert "begun before: 1 of 2" in result.err
    assert faulty.seen["POST /fine_tuning/jobs"] == 2
    assert run("recover", "sweep-none", "create", "--yes").status == 2
    assert run("recover", second["submission_id"], "forget", "--yes").status == 0
    assert run("recover", "--json").document == []


def test_each_of_two_open_sweeps_of_one_command_is_finished_by_its_own_label(
    run: Run, faulty: FaultProxy, job: str
) -> None:
    command = ("create", "--from", job, "--epochs", "2,3", *BASE, "--json")
    no_key = error_answer(401, commit=False)
    faulty.script("POST /fine_tuning/jobs$", None, no_key, no_key)
    labels = [run(*command, *again).document["sweep"] for again in ((), ("--again",))]
    assert len(set(labels)) == 2
    vague = run("recover", "sweep-", "create", "--yes")
    assert vague.status == 2 and "Several" in vague.err
    faulty.calm()
    assert run("recover", labels[0], "create", "--yes", "--without-journal").status == 2
    done = [run("recover", label, "create", "--yes", "--json") for label in labels]
    assert [one.status for one in done] == [0, 0], done
    assert [one.document["sweep"] for one in done] == labels
    assert faulty.seen["POST /fine_tuning/jobs"] == 3
    assert run("recover", "--json").document == []


def _change_journal(statement: str) -> None:
    with closing(sqlite3.connect(state_folder() / "journal.db")) as journal:
        journal.execute(statement)
        journal.commit()


def test_a_sweep_that_has_lost_a_record_is_finished_and_its_jobs_are_named(
    run: Run, faulty: FaultProxy, job: str
) -> None:
    command = ("create", "--from", job, "--epochs", "2,3,4", *BASE, "--json")
    faulty.script("POST /fine_tuning/jobs$", None, None, error_answer(401, commit=False))
    before = run(*command).document["outcomes"]
    _change_journal(
        "UPDATE entries SET data = '{' WHERE kind = 'drafted' AND data LIKE '%\"number\": 1,%'"
    )
    after = run(*command)
    assert after.status == 0, after.err
    told = {one["row"]: (one["asked"], one["job_id"]) for one in after.document["outcomes"]}
    assert told[2] == ("epochs 3", before[1]["job_id"])
    assert told[3][0] == "epochs 4" and told[3][1] and 1 not in told


def test_who_comes_while_another_works_on_the_sweep_is_told_so_with_status_1(
    run: Run, faulty: FaultProxy, job: str
) -> None:
    command = ("create", "--from", job, "--epochs", "2,3", *BASE)
    faulty.script("POST /fine_tuning/jobs$", None, error_answer(401, commit=False))
    assert run(*command).status == 1
    asked = json.loads(
        sqlite3.connect(state_folder() / "journal.db")
        .execute("SELECT data FROM entries WHERE kind = 'drafted' AND data LIKE '%sweep%'")
        .fetchone()[0]
    )["sweep"]["asked"]
    lock = FileLock(state_folder() / "locks" / f"sweep-{asked[:32]}.lock")
    assert lock.acquire()
    busy = run(*command)
    lock.release()
    assert (busy.status, busy.out) == (1, "") and "Another fttui" in busy.err


def test_a_sweep_is_that_of_its_command_whatever_order_its_lists_have(
    run: Run, faulty: FaultProxy, job: str, training_file
) -> None:
    faulty.always("POST /fine_tuning/jobs$", error_answer(401, commit=False))
    asked = ("create", "--from", job, "--seed", "1,2", "--epochs")
    rest = (*BASE, "--json")
    label = run(*asked, "2,3", *rest).document["sweep"]
    again = ("create", "--from", job, "--epochs", "3,2", "--seed", "2,1")
    assert run(*again, *rest).document["sweep"] == label
    others = [
        run(*asked, *more, *rest).document["sweep"]
        for more in (
            ("2,4",),
            ("2,3", "--suffix", "other"),
            ("2,3", "--metadata", "a=1"),
            ("2,3", "--set", "x=1"),
            ("2,3", "--training-file", training_file),
        )
    ]
    assert len({label, *others}) == 6


def test_without_a_journal_on_the_disk_no_sweep_is_asked_for(run: Run, job: str) -> None:
    (state_folder() / "journal.db").unlink()
    (state_folder() / "journal.db").mkdir()
    result = run("create", "--from", job, "--epochs", "2,3", *BASE)
    assert (result.status, result.out) == (1, "")
    assert "journal" in result.err and "Cost of" not in result.err
