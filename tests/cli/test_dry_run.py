"""`fttui create --dry-run`: what would be sent, and the options by the API's own names."""

from __future__ import annotations

import json
from functools import partialmethod

import pytest
from tests.cli.conftest import MODEL, Run

from faults.proxy import Fault, FaultProxy
from fttui.server import SandboxServer
from fttui.services.submission.create_call import SendOptions
from fttui.storage.folders import state_folder


@pytest.fixture
def proxy(sandbox: SandboxServer, fault_proxy: FaultProxy, monkeypatch, run: Run) -> FaultProxy:
    """Counts what the commands ask of a sandbox whose time stands still."""
    monkeypatch.setenv("OPENAI_BASE_URL", fault_proxy.base_url)
    return fault_proxy


def changes(proxy: FaultProxy) -> list[str]:
    """What was asked for that may change something."""
    return [request for request in proxy.seen if not request.startswith("GET ")]


def test_the_request_is_printed_with_the_file_as_a_path_and_nothing_is_sent(
    run: Run, proxy: FaultProxy, training_file
) -> None:
    command = ("create", "--training-file", training_file, "--model", MODEL, "--dry-run")
    done = run(*command, "--n-epochs", 2, "--learning_rate_multiplier", "0.5", "--json")
    assert done.status == 0, done.err
    assert done.document == {
        "model": MODEL,
        "training_file": str(training_file),
        "method": {
            "type": "supervised",
            "supervised": {"hyperparameters": {"n_epochs": 2, "learning_rate_multiplier": 0.5}},
        },
    }
    assert "Billable tokens" in done.err and "nothing was sent" in done.err
    shown = run(*command).out
    assert shown.startswith(f"POST {proxy.base_url}/fine_tuning/jobs\n")
    assert json.loads(shown.partition("\n")[2])["training_file"] == str(training_file)
    assert changes(proxy) == []
    assert run("recover", "--json").document == []


def test_the_cost_on_a_stored_file_is_told_by_what_was_counted_here_or_said_not_to_be_known(
    run: Run, proxy: FaultProxy, training_file
) -> None:
    file_id = run("files", "upload", training_file, "--json").document["id"]
    command = ("create", "--training-file", file_id, "--model", MODEL, "--dry-run")
    local = ("create", "--training-file", training_file, "--model", MODEL, "--dry-run")

    def told(*options: object, of: tuple[object, ...] = command) -> dict[str, str]:
        lines = run(*of, "--n-epochs", 3, *options).err.splitlines()
        return dict(line.strip().split("  ", 1) for line in lines if line.startswith("  "))

    known, same = told(), told(of=local)
    assert known["Cost"] == same["Cost"] and known["Billable tokens"] == same["Billable tokens"]
    assert known["Counted"].strip().startswith("train.jsonl on 20")
    (kept,) = (state_folder() / "counted").glob("*.json")
    kept.write_text(kept.read_text().replace('"examples":24', '"examples":2'))
    assert told()["Cost"].strip() == "not known: the tokens were not counted"
    kept.unlink()
    assert told()["Counted"].strip().startswith("not on this machine")
    assert told()["Billable tokens"].strip() == told()["Cost"].strip()[:9] == "not known"


def test_a_file_with_errors_fails_a_dry_run(run: Run, proxy: FaultProxy, tmp_path) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_text("no JSON\n" * 12)
    done = run("create", "--training_file", bad, "--model", MODEL, "--dry-run")
    assert (done.status, done.out) == (1, "")


def test_a_sweep_is_shown_with_the_rows_that_are_still_to_be_paid_for(
    run: Run, proxy: FaultProxy, training_file
) -> None:
    made = run(
        *("create", "--training-file", training_file, "--model", MODEL, "--suffix", "desk"),
        *("--yes", "--detach", "--json"),
    ).document
    proxy.calm()
    swept = ("create", "--from", made["id"], "--n_epochs", "2,3", "--dry-run")
    done = run(*swept, "--json")
    assert done.status == 0, done.err
    hyperparameters = [one["method"]["supervised"]["hyperparameters"] for one in done.document]
    assert hyperparameters == [{"n_epochs": 2}, {"n_epochs": 3}]
    assert {one["training_file"] for one in done.document} == {made["training_file"]}
    assert {one["suffix"] for one in done.document} == {"desk"}
    assert "Cost of 2 jobs in all" in done.err
    assert run(*swept).out.count("POST ") == 2
    assert changes(proxy) == []


def test_an_unanswered_call_for_the_same_file_is_told_before_and_not_looked_up(
    run: Run, proxy: FaultProxy, training_file, monkeypatch
) -> None:
    hasty = partialmethod(SendOptions.__init__, look_after=(0.0,))
    monkeypatch.setattr(SendOptions, "__init__", hasty)
    proxy.script("POST /fine_tuning/jobs$", Fault("reset", commit=False))
    command = ("create", "--training-file", training_file, "--model", MODEL)
    assert run(*command, "--yes", "--detach").status == 3
    proxy.calm()
    done = run(*command, "--dry-run")
    assert done.status == 0 and "Its job is looked for before anything is sent" in done.err
    assert changes(proxy) == []
    assert "Its job" not in run(*command, "--dry-run", "--again").err


def test_the_names_of_the_api_are_options_and_stand_in_no_usage(run: Run) -> None:
    helped = run("create", "--help").out
    usage, _options, rest = helped.partition("options:")
    assert "--n-epochs" not in usage and "also --n-epochs" in " ".join(rest.split())
    checked = run("check", "--n_epochs", "x", "train.jsonl")
    assert checked.status == 2 and "epochs" in checked.err
