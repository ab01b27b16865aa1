"""The sandbox and the demo as commands: they say where they are, and end when they should."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import httpx2
import pytest
from tests.cli.conftest import FTTUI, MODEL, Run
from tests.terminal.pty_harness import Terminal, plain_environment

from fttui.cli.demo import GONE_FROM
from fttui.cli.demo_server import DemoFolder
from fttui.server import SandboxConfig, SandboxServer
from waiting import PATIENCE, hear_signals, wait_until

F2, F3 = "\x1bOQ", "\x1bOR"


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


@pytest.mark.parametrize(
    ("options", "path", "names"),
    [
        (("--strict",), "/v1", False),
        (("--like", "nebius"), "/v1", True),
        (("--like", "azure", "--strict"), "/openai/v1", False),
    ],
)
def test_it_can_be_strict_and_like_another_server(
    options: tuple[str, ...], path: str, names: bool
) -> None:
    with sandbox_process(*options) as (_, base_url, key):
        assert base_url.endswith(path)
        answer = httpx2.get(f"{base_url}/models", headers={"api-key": key})
        assert answer.status_code == 200
        assert any(each["id"].startswith("meta-llama/") for each in answer.json()["data"]) == names
        sent = {"purpose": (None, "fine-tune"), "file": ("t.jsonl", b"{}\n")}
        file = httpx2.post(f"{base_url}/files", headers={"api-key": key}, files=sent).json()
        assert ("expires_at" in file) == ("--strict" not in options)


def test_a_server_that_it_cannot_be_like_is_refused(run: Run) -> None:
    refused = run("sandbox", "--like", "openai")
    assert refused.status == 2
    assert "azure, bedrock, llmariner, mistral, nebius" in refused.err.replace("'", "")


def test_a_port_that_is_taken_is_a_sentence(run: Run, server) -> None:
    port = server.base_url.split(":")[2].split("/")[0]
    result = run("sandbox", "--port", port)
    assert result.status == 1
    assert f"127.0.0.1:{port}" in result.err


def told_of(process: subprocess.Popen[str]) -> str:
    """What it says on stderr, once it was ended."""
    process.send_signal(signal.SIGINT)
    return process.communicate(timeout=PATIENCE)[1]


def test_its_key_is_that_of_the_data_folder_or_a_given_one(
    tmp_path: Path, monkeypatch, run: Run
) -> None:
    data, given = tmp_path / "data", tmp_path / "given"
    with sandbox_process("--data", data) as (_, _, key):
        assert (data / "key").read_text() == f"{key}\n"
    given.write_text("sk-from-a-file\n")
    given.chmod(0o600)
    monkeypatch.setenv("FTTUI_SANDBOX_KEY", "sk-from-the-environment")
    with sandbox_process("--data", data) as (_, base_url, key):
        assert key == "sk-from-the-environment"
        monkeypatch.setenv("OPENAI_BASE_URL", base_url)
        monkeypatch.setenv("OPENAI_API_KEY", key)
        assert run("jobs", "--json").document == []
    with sandbox_process("--api-key-file", given) as (_, _, key):
        assert key == "sk-from-a-file"
    given.chmod(0o644)
    refused = run("sandbox", "--api-key-file", given)
    assert refused.status == 2
    assert "can be read by others" in refused.err
    monkeypatch.setenv("FTTUI_SANDBOX_KEY", "two words")
    refused = run("sandbox")
    assert refused.status == 1
    assert "FTTUI_SANDBOX_KEY is no key" in refused.err
    assert "two words" not in refused.err


def test_two_temporary_sandboxes_have_two_keys() -> None:
    with sandbox_process() as (_, _, one), sandbox_process() as (_, _, other):
        assert one != other


@pytest.mark.parametrize("command", ["sandbox", "demo"])
def test_a_folder_of_something_else_is_refused_and_untouched(
    run: Run, tmp_path: Path, monkeypatch, command: str
) -> None:
    monkeypatch.setattr("fttui.cli.sessions.require_terminal", lambda: None)
    piece = tmp_path / "blobs" / ("0123456789abcdef" * 2)
    piece.parent.mkdir()
    piece.write_text("of another program")
    for data in (tmp_path, piece.parent):
        result = run(command, "--data", data, "--json")
        assert result.status == 2
        assert "Nothing in it was changed" in result.document["error"]["message"]
        assert "--data" in result.document["error"]["hint"]
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [piece]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("sandbox", "--data", ""), "name of the folder is empty"),
        (("demo", "--data", " "), "name of the folder is empty"),
        (("sandbox", "--data", "~no-such-user/x"), "~no-such-user"),
        (("sandbox", "--host", ""), "host is empty"),
        (("sandbox", "--port", "65536"), "not a port"),
        (("sandbox", "--port", "\u00b2"), "not a port"),
    ],
    ids=str,
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(run: Run, arguments: tuple[str, ...], words: str) -> None:
    result = run(*arguments)
    assert result.status == 2
    assert words in result.err


@pytest.mark.parametrize("host", ["203.0.113.7", "a..b", "no.such.host.invalid", "x" * 300])
def test_a_host_that_cannot_be_listened_on_is_a_sentence(run: Run, host: str) -> None:
    result = run("sandbox", "--host", host)
    assert result.status == 1
    assert result.err.startswith(f"The sandbox cannot listen on {host}:0: ")


def test_each_thing_that_fails_at_the_start_is_named(run: Run, spawn: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = run("sandbox", "--data", tmp_path / "file")
    assert result.status == 1
    assert result.err.startswith(f"The server cannot use {tmp_path}/file: Not a directory.")
    data = tmp_path / "data"
    with sandbox_process("--data", data):
        result = run("sandbox", "--data", data)
        assert "is in use by another server" in result.err
    for path in data.glob("sandbox.db-*"):
        path.unlink()
    (data / "sandbox.db").write_bytes(b"garbage" * 1000)
    result = spawn("sandbox", "--data", data)
    assert result.status == 1
    assert result.err.startswith(f"{data}/sandbox.db is damaged: ")
    assert "listen" not in result.err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_an_output_that_cannot_be_written_is_a_sentence() -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [FTTUI, "sandbox"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=PATIENCE
        )
    assert done.returncode == 1
    assert done.stderr == "The output could not be written: no space is left.\n"


@pytest.mark.parametrize(("host", "warned"), [("127.0.0.1", False), ("0.0.0.0", True)])
def test_it_warns_when_other_machines_can_reach_it(host: str, warned: bool) -> None:
    process = subprocess.Popen(
        [FTTUI, "sandbox", "--json", "--host", host],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=hear_signals,
    )
    assert process.stdout is not None
    process.stdout.readline()
    assert ("Other machines can reach the server" in told_of(process)) == warned
    assert process.returncode == 0


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
        XDG_CACHE_HOME=str(tmp_path / "cache"),
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
        terminal.send(F2)
        terminal.wait_for("gpt-4.1-mini" if date.today() < GONE_FROM else "gpt-oss-20b")
        terminal.press("ctrl+o")
        terminal.wait_for("support-desk-broken.jsonl")
        terminal.wait_for("support-desk-train.jsonl")
        (child,) = children_of(terminal.process.pid)
        os.kill(terminal.process.pid, signal.SIGKILL)
        terminal.wait_exit()
    wait_until(lambda: not runs(child), "the sandbox outlived its demo")
    wait_until(lambda: not list((tmp_path / "tmp").iterdir()), "the folder was left behind")


def test_a_demo_with_data_keeps_it_for_the_next_time(run: Run, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("fttui.cli.sessions.require_terminal", lambda: None)
    kept = tmp_path / "kept"
    with demo(tmp_path, "--data", kept) as terminal:
        terminal.wait_for("Create Fine-Tuning Job")
        terminal.send(F3)
        terminal.wait_for("desk-v3")
        terminal.press("q")
        assert terminal.wait_exit() == 0
    assert (kept / "files" / "support-desk-train.jsonl").exists()
    open_to_others = [path for path in kept.rglob("*") if path.stat().st_mode & 0o077]
    assert open_to_others == []
    with SandboxServer(SandboxConfig(data_dir=kept / "sandbox")) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        monkeypatch.setenv("OPENAI_API_KEY", server.api_key)
        assert len(run("jobs", "--json").document) == 14
        result = run("demo", "--data", kept)
        assert result.status == 1
        assert "in use by another server" in result.err
        assert server.api_key == (kept / "sandbox" / "key").read_text().strip()


def test_a_demo_of_an_older_version_is_known_by_its_records(tmp_path: Path) -> None:
    folder = DemoFolder(tmp_path / "kept", keep=True)
    folder.make()
    with SandboxServer(SandboxConfig(data_dir=folder.sandbox)):
        pass
    for marker in tmp_path.rglob(".fttui-*"):
        marker.unlink()
    folder.make()
    folder.check_sandbox()
    assert len(list(tmp_path.rglob(".fttui-*"))) == 2


def test_a_person_without_a_key_can_go_on_to_the_demo(tmp_path: Path) -> None:
    env = plain_environment(
        TMPDIR=str(tmp_path),
        XDG_STATE_HOME=str(tmp_path / "state"),
        XDG_CONFIG_HOME=str(tmp_path / "config"),
    )
    with Terminal([FTTUI], env=env, columns=120) as terminal:
        terminal.wait_for("Ways without a key")
        terminal.press("t")
        terminal.wait_for("trains nothing")
        terminal.signal(signal.SIGTERM)
        assert terminal.wait_exit() == 143
        assert terminal.left_behind() == []
    assert not list(tmp_path.glob("fttui-demo-*"))
