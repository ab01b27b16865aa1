"""Cancelling, pausing and resuming: asked for on a terminal, safe to ask for twice."""

from __future__ import annotations

import pytest
from tests.cli.conftest import FTTUI, MODEL, Run
from tests.terminal.pty_harness import Terminal, plain_environment

from fttui.sandbox import SandboxServer


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


def test_a_job_that_has_ended_cannot_be_cancelled(run: Run, job_ids) -> None:
    result = run("cancel", job_ids["succeeded"], "--yes")
    assert result.status == 1
    assert job_ids["succeeded"] in result.err


def test_one_unknown_job_does_not_keep_the_others(run: Run, slow_job: str) -> None:
    result = run("cancel", "ftjob-unknown", slow_job, "--yes", "--json")
    assert result.status == 1
    unknown, cancelled = result.document
    assert (unknown["id"], unknown["error"]["status"]) == ("ftjob-unknown", 404)
    assert cancelled["status"] == "cancelled"


def test_a_job_is_paused_and_resumed(run: Run, slow_job: str, clock) -> None:
    clock.advance(7)
    paused = run("pause", slow_job, "--json")
    assert (paused.status, paused.document[0]["status"]) == (0, "paused")
    resumed = run("resume", slow_job)
    assert resumed.status == 0
    assert run("show", slow_job, "--json").document["status"] != "paused"


def test_on_a_terminal_the_question_names_the_job_and_the_host(
    sandbox: SandboxServer, run: Run, slow_job: str, fttui_home
) -> None:
    env = plain_environment(
        OPENAI_BASE_URL=sandbox.base_url,
        OPENAI_API_KEY=sandbox.api_key,
        XDG_STATE_HOME=str(fttui_home / "state"),
        XDG_CONFIG_HOME=str(fttui_home / "config"),
        COLUMNS="100",
    )
    with Terminal([FTTUI, "cancel", slow_job], env=env, columns=100) as terminal:
        terminal.wait_for("[yes/no]")
        assert slow_job in terminal.text
        assert sandbox.base_url.split("/")[2] in terminal.text
        terminal.send("yes\r")
        assert terminal.wait_exit() == 0
    assert run("show", slow_job, "--json").document["status"] == "cancelled"
