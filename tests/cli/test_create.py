"""Creating a job from the command line: checked, confirmed, and never twice."""

from __future__ import annotations

import json

import pytest
from tests.cli.conftest import FTTUI, MODEL, Run
from tests.terminal.pty_harness import Terminal, plain_environment

from faults.proxy import Fault, FaultProxy
from fttui.server import SandboxServer
from fttui.services.endpoint.transport import Timeouts
from fttui.services.submission.create_call import SendOptions
from fttui.training_data.profile import Limits


@pytest.fixture(autouse=True)
def own_sandbox(sandbox: SandboxServer, environment, monkeypatch) -> None:
    """A sandbox in which every job is one that the test made."""
    monkeypatch.setenv("OPENAI_BASE_URL", sandbox.base_url)


@pytest.fixture
def wanted(training_file) -> tuple[object, ...]:
    """The arguments of a good job."""
    return ("create", "--training-file", training_file, "--model", MODEL)


def test_a_job_is_created_with_what_was_asked_for(run: Run, wanted) -> None:
    options = ("--epochs", "2", "--batch-size", "4", "--learning-rate", "0.5", "--seed", "7")
    more = ("--suffix", "from-script", "--metadata", "team=a=b", "--metadata", "n=1")
    result = run(*wanted, *options, *more, "--yes", "--json")
    assert result.status == 0
    job = result.document
    assert (job["model"], job["suffix"], job["seed"]) == (MODEL, "from-script", 7)
    assert job["hyperparameters"]["n_epochs"] == 2
    assert {"team": "a=b", "n": "1"}.items() <= job["metadata"].items()
    assert [listed["id"] for listed in run("jobs", "--json").document] == [job["id"]]


def test_what_is_sent_where_and_at_what_cost_is_told_first(
    run: Run, wanted, sandbox: SandboxServer
) -> None:
    result = run(*wanted, "--suffix", "told", "--yes", "--detach")
    assert result.status == 0
    for told in (sandbox.base_url.split("/")[2], MODEL, "train.jsonl", "told", "Cost", "$"):
        assert told in result.err
    assert result.out.startswith("ftjob-")
    assert len(result.out.splitlines()) == 1


def test_a_model_that_goes_and_a_file_not_for_it_are_warned_of_a_line_each(
    run: Run, training_file
) -> None:
    result = run(
        "create", "--training-file", training_file, "--model", "davinci-002", "--yes", "--detach"
    )
    warnings = [line for line in result.err.splitlines() if line.startswith("Warning: ")]
    assert warnings == [
        "Warning: davinci-002 was shut down by OpenAI on 2026-10-23.",
        "Warning: davinci-002 is trained with files in completion format; this one is in chat "
        "format.",
    ]


def test_prompts_and_completions_for_a_chat_model_are_not_sent(run: Run, tmp_path) -> None:
    pairs = tmp_path / "pairs.jsonl"
    lines = (f'{{"prompt": "{n}?", "completion": " {n}."}}\n' for n in range(12))
    pairs.write_text("".join(lines))
    result = run("create", "--training-file", pairs, "--model", "gpt-4o-mini", "--yes")
    assert result.status == 1
    assert "gpt-4o-mini is trained with files in chat or preference format" in result.err
    assert "convert a copy to chat messages" in result.err
    assert run("files", "--json").document == []
    made = run("create", "--training-file", pairs, "--model", "davinci-002", "--yes", "--json")
    assert made.status == 0


def test_a_file_is_checked_by_what_its_endpoint_takes(
    run: Run, wanted, sandbox: SandboxServer, monkeypatch
) -> None:
    asked = []

    def limits_of(base_url: str) -> Limits:
        asked.append(base_url)
        return Limits(min_examples=100)

    monkeypatch.setattr("fttui.training_data.endpoints.limits_of", limits_of)
    monkeypatch.setattr("fttui.cli.create.limits_of", limits_of)
    training_file = wanted[2]
    for words in (wanted, ("files", "upload", training_file)):
        result = run(*words, "--yes") if words is wanted else run(*words)
        assert result.status == 1
        assert "at least 100 are needed" in result.err
    assert asked == [sandbox.base_url] * 2


def test_without_a_terminal_it_needs_yes_and_sends_nothing(run: Run, wanted) -> None:
    result = run(*wanted)
    assert result.status == 2
    assert "--yes" in result.err
    assert run("jobs", "--json").document == []
    assert run("files", "--json").document == []


def test_a_file_with_errors_is_not_sent(run: Run, tmp_path) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"messages": [{"role": "asistant", "content": "x"}]}\n' * 12)
    result = run("create", "--training-file", bad, "--model", MODEL, "--yes")
    assert result.status == 1
    assert "line 1" in result.err
    assert "fttui check" in result.err
    assert run("files", "--json").document == []


def test_a_validation_file_that_repeats_the_training_file_is_noticed(
    run: Run, wanted, training_file
) -> None:
    result = run(*wanted, "--validation-file", training_file, "--yes", "--json")
    assert "warning" in result.err
    assert result.document["validation_file"] not in (None, "")


def test_every_wrong_field_is_told_at_once_by_its_option(run: Run, wanted) -> None:
    result = run(*wanted, "--epochs", "51", "--suffix", "a b", "--beta", "1", "--yes")
    assert result.status == 2
    for option in ("--epochs", "--suffix", "--beta"):
        assert option in result.err


@pytest.mark.parametrize("path", ["/nonexistent/train.jsonl", "/", "/dev/null"])
def test_what_is_no_training_file_is_bad_usage(run: Run, path: str) -> None:
    result = run("create", "--training-file", path, "--model", MODEL, "--yes")
    assert result.status == 2
    assert path in result.err


def test_a_file_that_is_on_the_endpoint_is_used_by_its_id(run: Run, wanted) -> None:
    first = run(*wanted, "--yes", "--json").document
    again = run(
        "create", "--training-file", first["training_file"], "--model", MODEL, "--yes", "--json"
    )
    assert again.document["training_file"] == first["training_file"]
    assert len(run("files", "--json").document) == 1


def test_a_refusal_names_the_field_and_keeps_the_upload(run: Run, training_file) -> None:
    result = run(
        "create", "--training-file", training_file, "--model", "no-such-model", "--yes", "--json"
    )
    assert result.status == 1
    assert result.document["error"]["param"] == "model"
    assert "fttui recover" in result.err
    (item,) = run("recover", "--json").document
    assert item["kind"] == "file"
    assert "delete_file" in item["actions"]
    done = run("recover", item["submission_id"][:8], "delete_file", "--yes", "--json")
    assert done.status == 0
    assert run("files", "--json").document == []
    assert run("recover", "--json").document == []


def test_a_lost_answer_is_looked_up_and_not_sent_again(
    run: Run, wanted, fault_proxy: FaultProxy, monkeypatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", fault_proxy.base_url)
    fault_proxy.script(r"POST .*/fine_tuning/jobs$", Fault("reset"))
    result = run(*wanted, "--yes", "--json")
    assert result.status == 0
    assert [job["id"] for job in run("jobs", "--json").document] == [result.document["id"]]


def test_an_unknown_outcome_is_status_3_and_can_be_recovered(
    run: Run, wanted, fault_proxy: FaultProxy, monkeypatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", fault_proxy.base_url)
    # The defaults, which a person waits for, in a hurry.
    options = SendOptions(look_after=(0.0,))
    monkeypatch.setattr("fttui.services.submission.submissions.SendOptions", lambda: options)
    monkeypatch.setattr("fttui.services.endpoint.transport.Timeouts", lambda: Timeouts(tries=1))
    fault_proxy.always(r"POST .*/fine_tuning/jobs$", Fault("reset"))
    fault_proxy.always(r"GET .*/fine_tuning/jobs", Fault("reset", commit=False))
    result = run(*wanted, "--yes", "--json")
    assert result.status == 3
    assert result.document["error"]["outcome"] == "unknown"
    assert "fttui recover" in result.err
    fault_proxy.calm()

    (item,) = run("recover", "--json").document
    assert (item["kind"], item["actions"][0]) == ("unknown", "look_up")
    assert item["submission_id"] == result.document["submission_id"]
    found = run("recover", item["submission_id"], "look_up", "--json")
    assert found.status == 0
    assert [job["id"] for job in run("jobs", "--json").document] == [found.document["job"]["id"]]
    assert run("recover", "--json").document == []


def test_an_item_that_is_not_open_or_an_action_that_does_not_fit_is_bad_usage(run: Run) -> None:
    assert run("recover", "12345678", "forget").status == 2
    assert run("recover", "12345678").status == 2
    assert run("recover", "12345678", "explode").status == 2


@pytest.mark.parametrize("agreed", [True, False])
def test_on_a_terminal_it_asks_and_then_watches(
    run: Run, wanted, sandbox: SandboxServer, clock, fttui_home, agreed
) -> None:
    env = plain_environment(
        OPENAI_BASE_URL=sandbox.base_url,
        OPENAI_API_KEY=sandbox.api_key,
        XDG_STATE_HOME=str(fttui_home / "state"),
        XDG_CONFIG_HOME=str(fttui_home / "config"),
    )
    command = [FTTUI, *map(str, wanted)]
    with Terminal(command, env=env, rows=50, columns=120) as terminal:
        terminal.wait_for("[yes/no]")
        assert sandbox.base_url.split("/")[2] in terminal.text
        assert run("jobs", "--json").document == []
        terminal.send("yes\r" if agreed else "no\r")
        if agreed:
            terminal.wait_for("Created fine-tuning job")
            terminal.press("ctrl+c")
        assert terminal.wait_exit() == (130 if agreed else 1)
        assert "Traceback" not in terminal.text
    jobs = run("jobs", "--json").document
    assert [job["status"] for job in jobs] == (["validating_files"] if agreed else [])
    assert json.dumps(jobs).count("fttui_submission") == len(jobs)
