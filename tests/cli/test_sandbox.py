"""The sandbox and the demo as commands: they say where they are, and end when they should."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.cli.conftest import FTTUI, MODEL, Run
from tests.terminal.pty_harness import Terminal, plain_environment

from fttui.sandbox import SandboxConfig, SandboxServer
from waiting import PATIENCE, hear_signals, wait_until

F3 = "\x1bOR"


@contextmanager
def sandbox_process(*arguments: object) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    """The command, its base URL and its key."""
    process = subprocess.Popen(
        [FTTUI, "sandbox", "--json", *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=hear_signals,
    )
    try:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        yield process, told["base_url"], told["api_key"]
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_a_signal_ends_it(run: Run, monkeypatch, number: int) -> None:
    with sandbox_process() as (process, base_url, key):
        monkeypatch.setenv("OPENAI_BASE_URL", base_url)
        monkeypatch.setenv("OPENAI_API_KEY", key)
        assert run("jobs", "--json").document == []
        process.send_signal(number)
        assert process.wait(PATIENCE) == 0


def test_with_data_everything_survives_sigkill(
    run: Run, training_file, tmp_path: Path, monkeypatch
) -> None:
    created = {}
    for life in range(2):
        with sandbox_process("--data", tmp_path / "data") as (process, base_url, key):
            monkeypatch.setenv("OPENAI_BASE_URL", base_url)
            monkeypatch.setenv("OPENAI_API_KEY", key)
            if life == 0:
                arguments = ("--training-file", training_file, "--model", MODEL, "--yes")
                created = run("create", *arguments, "--json").document
                process.kill()
                process.wait()
            else:
                assert [job["id"] for job in run("jobs", "--json").document] == [created["id"]]


def test_a_port_that_is_taken_is_a_sentence(run: Run, server) -> None:
    port = server.base_url.split(":")[2].split("/")[0]
    result = run("sandbox", "--port", port)
    assert result.status == 1
    assert f"127.0.0.1:{port}" in result.err


def children_of(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in text.split()]


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@contextmanager
def demo(tmp_path: Path, *arguments: object) -> Iterator[Terminal]:
    """The demo on a terminal, of a user with a key and an endpoint of their own."""
    temporary = tmp_path / "tmp"
    temporary.mkdir(exist_ok=True)
    env = plain_environment(
        OPENAI_API_KEY="sk-the-users-own-key-1234",
        OPENAI_BASE_URL="https://example.invalid/v1",
        FTTUI_PROFILE="nonesuch",
        TMPDIR=str(temporary),
        XDG_STATE_HOME=str(tmp_path / "state"),
        XDG_CONFIG_HOME=str(tmp_path / "config"),
    )
    env["TMPDIR"] = str(temporary)
    with Terminal([FTTUI, "demo", *map(str, arguments)], env=env, columns=120) as terminal:
        yield terminal


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes in /proc")
def test_the_demo_shows_samples_and_leaves_nothing(tmp_path: Path) -> None:
    with demo(tmp_path, "--speed", "50") as terminal:
        terminal.wait_for("Create Fine-Tuning Job")
        terminal.send(F3)
        terminal.wait_for("desk-v3")
        assert "example.invalid" not in terminal.text
        children = children_of(terminal.process.pid)
        assert children
        terminal.press("q")
        assert terminal.wait_exit() == 0
        assert terminal.left_behind() == []
    assert not any(runs(child) for child in children)
    assert list((tmp_path / "tmp").iterdir()) == []
    assert not (tmp_path / "state").exists()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes in /proc")
def test_an_empty_demo_has_no_jobs_and_its_sandbox_ends_when_it_is_killed(tmp_path: Path) -> None:
    with demo(tmp_path, "--empty") as terminal:
        terminal.wait_for("Create Fine-Tuning Job")
        terminal.send(F3)
        terminal.wait_for("No fine-tuning jobs yet")
        assert "desk" not in terminal.text
        (child,) = children_of(terminal.process.pid)
        os.kill(terminal.process.pid, signal.SIGKILL)
        terminal.wait_exit()
    wait_until(lambda: not runs(child), "the sandbox outlived its demo")
    wait_until(lambda: not list((tmp_path / "tmp").iterdir()), "the folder was left behind")


def test_a_demo_with_data_keeps_it_for_the_next_time(run: Run, tmp_path: Path, monkeypatch) -> None:
    kept = tmp_path / "kept"
    with demo(tmp_path, "--data", kept) as terminal:
        terminal.wait_for("Create Fine-Tuning Job")
        terminal.send(F3)
        terminal.wait_for("desk-v3")
        terminal.press("q")
        assert terminal.wait_exit() == 0
    assert (kept / "files" / "support-desk-train.jsonl").exists()
    with SandboxServer(SandboxConfig(data_dir=kept / "sandbox")) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        monkeypatch.setenv("OPENAI_API_KEY", server.api_key)
        assert len(run("jobs", "--json").document) == 14


def test_a_person_without_a_key_can_go_on_to_the_demo(tmp_path: Path) -> None:
    env = plain_environment(
        TMPDIR=str(tmp_path),
        XDG_STATE_HOME=str(tmp_path / "state"),
        XDG_CONFIG_HOME=str(tmp_path / "config"),
    )
    with Terminal([FTTUI], env=env, columns=120) as terminal:
        terminal.wait_for("Try the sandbox")
        terminal.press("t")
        terminal.wait_for("trains nothing")
        terminal.signal(signal.SIGTERM)
        assert terminal.wait_exit() == 143
        assert terminal.left_behind() == []
    assert not list(tmp_path.glob("fttui-demo-*"))
