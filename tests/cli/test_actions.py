"""Cancelling, pausing and resuming: asked for on a terminal, safe to ask for twice."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from tests.cli.conftest import FTTUI, MODEL, Run
from tests.terminal.pty_harness import Terminal, plain_environment

from fttui.server import SandboxServer
from fttui.services.endpoint.models import Job, Status
from fttui.services.job_words import ACTIONS, refusal


@pytest.fixture
def slow_job(sandbox: SandboxServer, run: Run, training_file, monkeypatch) -> str:
    """A job on a sandbox of its own, where time stands still."""
    monkeypatch.setenv("OPENAI_BASE_URL", sandbox.base_url)
    created = run("create", "--training-file", training_file, "--model", MODEL, "--yes", "--json")
    return created.document["id"]


def test_cancelling_twice_is_no_failure(run: Run, slow_job: str) -> None:
    first = run("cancel", slow_job, "--yes", "--json")
    assert (first.status, first.document[0]["status"]) == (0, "cancelled")
    again = run("cancel", slow_job, "--yes")
    assert (again.status, again.out) == (0, f"{slow_job}  - cancelled\n")


def test_cancelling_without_a_terminal_needs_yes(run: Run, slow_job: str) -> None:
    result = run("cancel", slow_job)
    assert result.status == 2
    assert "--yes" in result.err
    assert run("show", slow_job, "--json").document["status"] != "cancelled"


@pytest.mark.parametrize("action", ["cancel", "pause", "resume"])
def test_a_job_that_has_ended_is_refused_in_the_words_of_the_app(
    run: Run, job_ids: dict[str, str], action: str
) -> None:
    job_id = job_ids["succeeded"]
    yes = ["--yes"] if action == "cancel" else []
    result = run(action, job_id, *yes)
    job = Job(id=job_id, raw_id=job_id, status=Status("succeeded"))
    assert (result.status, result.err) == (1, f"{job_id}: {refusal(action, job)}\n")
    error = run(action, job_id, *yes, "--json").document[0]["error"]
    assert (error["message"], error["code"]) == (refusal(action, job), "cannot_change")


def test_nothing_is_asked_about_jobs_of_which_none_can_be_cancelled(
    run: Run, job_ids: dict[str, str]
) -> None:
    result = run("cancel", job_ids["succeeded"], job_ids["failed"])
    assert result.status == 1
    assert "None of these 2 jobs can be cancelled: " in result.err
    assert "--yes" not in result.err


def test_one_unknown_job_does_not_keep_the_others(run: Run, slow_job: str) -> None:
    result = run("cancel", "ftjob-unknown", "nope", slow_job[-6:], "--yes", "--json")
    assert result.status == 1
    *unknown, cancelled = result.document
    assert [one["id"] for one in unknown] == ["ftjob-unknown", "nope"]
    assert {one["error"]["status"] for one in unknown} == {404}
    assert (cancelled["id"], cancelled["status"]) == (slow_job, "cancelled")
    assert run("label", "nope", "--add", "desk").status == 1


def test_a_job_is_paused_and_resumed(run: Run, slow_job: str, clock) -> None:
    clock.advance(7)
    paused = run("pause", slow_job, "--json")
    assert (paused.status, paused.document[0]["status"]) == (0, "paused")
    resumed = run("resume", slow_job)
    assert resumed.status == 0
    assert run("show", slow_job, "--json").document["status"] != "paused"


@pytest.fixture
def terminal_environment(sandbox: SandboxServer, fttui_home) -> Mapping[str, str]:
    """The environment of a command on a terminal of its own."""
    return plain_environment(
        OPENAI_BASE_URL=sandbox.base_url,
        OPENAI_API_KEY=sandbox.api_key,
        XDG_STATE_HOME=str(fttui_home / "state"),
        XDG_CONFIG_HOME=str(fttui_home / "config"),
        COLUMNS="100",
    )


def test_resuming_off_a_terminal_wants_a_whole_id_or_a_yes(run: Run, slow_job: str, clock) -> None:
    clock.advance(7)
    assert run("pause", "@last").status == 0  # it costs nothing, and off a terminal nobody is asked
    for word in ("@last", slow_job[-5:]):
        refused = run("resume", word)
        assert (refused.status, "--yes" in refused.err) == (2, True), refused.err
    assert run("show", slow_job, "--json").document["status"] == "paused"
    assert run("resume", "@last", "--yes").status == 0
    assert run("show", slow_job, "--json").document["status"] != "paused"


def test_on_a_terminal_a_job_goes_on_only_after_a_yes(
    run: Run, slow_job: str, clock, terminal_environment
) -> None:
    clock.advance(7)
    assert run("pause", slow_job).status == 0
    for answer, status in (("no", 1), ("yes", 0)):
        command = [FTTUI, "resume", slow_job[-6:]]
        with Terminal(command, env=terminal_environment, columns=100) as terminal:
            terminal.wait_for("[yes/no]")
            assert slow_job in terminal.text and "is billed" in terminal.text
            terminal.send(f"{answer}\r")
            assert terminal.wait_exit() == status
        is_paused = run("show", slow_job, "--json").document["status"] == "paused"
        assert is_paused is (answer == "no")
    with Terminal([FTTUI, "resume", slow_job], env=terminal_environment, columns=100) as terminal:
        assert terminal.wait_exit() == 0  # it goes on already, so there is nothing to ask


def test_on_a_terminal_the_question_names_the_job_and_the_host(
    sandbox: SandboxServer, run: Run, slow_job: str, terminal_environment
) -> None:
    with Terminal([FTTUI, "cancel", slow_job], env=terminal_environment, columns=100) as terminal:
        terminal.wait_for("[yes/no]")
        assert slow_job in terminal.text
        assert sandbox.base_url.split("/")[2] in terminal.text
        terminal.send("yes\r")
        assert terminal.wait_exit() == 0
    assert run("show", slow_job, "--json").document["status"] == "cancelled"


def test_several_jobs_are_cancelled_only_once_their_number_is_typed(
    run: Run, slow_job: str, training_file, terminal_environment
) -> None:
    made = run("create", "--training-file", training_file, "--model", MODEL, "--yes", "--json")
    other, env = made.document["id"], terminal_environment
    for answer, status, word in (("yes", 1, "validating_files"), ("2", 0, "cancelled")):
        with Terminal([FTTUI, "cancel", slow_job, other], env=env, columns=100) as terminal:
            terminal.wait_for("Type 2 to allow it:")
            assert ACTIONS["cancel"].asks(2) in terminal.text
            terminal.send(f"{answer}\r")
            assert terminal.wait_exit() == status
        for job_id in (slow_job, other):
            assert run("show", job_id, "--json").document["status"] == word
