"""Standard streams that are closed, full, gone or odd: the work is done and the status is true."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import pytest
from tests.cli.conftest import FTTUI, MODEL, Result, Run, without_waits

from fttui.cli import streams
from fttui.cli.output import Output
from fttui.cli.streams import _Stderr, _Stdout
from fttui.server import SandboxServer
from waiting import PATIENCE

pytestmark = pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has /dev/full")

Shell = Callable[..., Result]


@pytest.fixture
def shell(environment: Mapping[str, str]) -> Shell:
    """Run one command with the redirections of a shell."""

    def run_one(*arguments: object, to: str, **environ: str) -> Result:
        done = subprocess.run(
            ["/bin/sh", "-c", f'exec "$@" {to}', "sh", FTTUI, *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env={**environment, **environ},
            timeout=PATIENCE,
        )
        assert "Traceback" not in done.stdout + done.stderr
        assert "Exception ignored" not in done.stderr
        return Result(done.returncode, done.stdout, without_waits(done.stderr))

    return run_one


@pytest.fixture
def own_sandbox(sandbox: SandboxServer, environment, monkeypatch) -> None:
    """A sandbox in which every job is one that the test made, and none goes on by itself."""
    monkeypatch.setenv("OPENAI_BASE_URL", sandbox.base_url)


@pytest.mark.parametrize("arguments", [("--version",), ("jobs", "--json"), ("--help",)])
@pytest.mark.parametrize(
    ("to", "reason"), [(">&-", "stdout is closed"), (">/dev/full", "no space is left")]
)
def test_output_that_is_lost_is_no_success(
    shell: Shell, arguments: tuple[str, ...], to: str, reason: str
) -> None:
    result = shell(*arguments, to=to)
    assert (result.status, result.out) == (1, "")
    assert result.err == f"The output could not be written: {reason}.\n"


@pytest.mark.parametrize("to", ["2>&-", "2>/dev/full", "<&-", "<&- 2>&-"])
def test_without_stdin_and_stderr_a_command_does_its_work(shell: Shell, run: Run, to: str) -> None:
    result = shell("jobs", "--json", to=to)
    assert (result.status, result.err) == (0, "")
    assert json.loads(result.out) == run("jobs", "--json").document


@pytest.mark.parametrize("to", ["2>&-", "2>/dev/full"])
def test_without_stderr_files_are_checked_uploaded_and_jobs_created(
    own_sandbox: None, shell: Shell, run: Run, training_file, to: str
) -> None:
    checked = shell("check", training_file, "--json", to=to)
    assert (checked.status, checked.document["ok"]) == (0, True)
    uploaded = shell("files", "upload", training_file, "--json", to=to)
    assert uploaded.status == 0
    create = ("create", "--training-file", training_file, "--model", MODEL, "--yes", "--json")
    created = shell(*create, to=to)
    assert created.status == 0
    assert [job["id"] for job in run("jobs", "--json").document] == [created.document["id"]]


@pytest.mark.parametrize("to", ["<&- >&- 2>&-", ">/dev/full 2>/dev/full"])
def test_without_any_stream_the_status_is_still_true(shell: Shell, to: str) -> None:
    assert shell("--version", to=to).status == 1
    assert shell("jobs", "--json", to=to).status == 1
    assert shell("show", "/", to=to).status == 2
    assert shell("login", "--where", "file", to=to).status == 2


def test_no_file_gets_the_number_of_a_closed_stream(shell: Shell, fttui_home: Path) -> None:
    """What is printed would go into it: here into the log, which every session opens."""
    assert shell("jobs", "--api-key-file", "/nonexistent", to=">&- 2>&-").status != 0
    assert (fttui_home / "state/fttui/fttui.log").read_text() == ""


def test_a_failure_keeps_its_status_where_its_document_is_lost(shell: Shell) -> None:
    result = shell("show", "/", "--json", to=">/dev/full")
    assert result.status == 2
    assert "'/' is not an id" in result.err


@pytest.mark.parametrize("to", [">&-", ">/dev/full", "| true"])
@pytest.mark.parametrize("more", [(), ("--json",)])
def test_a_job_whose_id_stdout_does_not_take_is_told_on_stderr(
    own_sandbox: None, shell: Shell, run: Run, training_file, to: str, more: tuple[str, ...]
) -> None:
    stored = run("files", "upload", training_file, "--json").document["id"]
    create = ("create", "--training-file", stored, "--model", MODEL, "--yes", *more)
    if to == "| true":
        create = (*create, "--detach")
    result = shell(*create, to=to) if to != "| true" else piped_to_nobody(create)
    (job,) = run("jobs", "--json").document
    assert result.status == 3
    assert f"Created: {job['id']}" in result.err


def piped_to_nobody(arguments: tuple[object, ...]) -> Result:
    """Run a command whose stdout is a pipe that nobody reads."""
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [FTTUI, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        timeout=PATIENCE,
    )
    os.close(writing)
    return Result(done.returncode, "", without_waits(done.stderr))


def test_every_action_whose_outcome_stdout_does_not_take_is_told_on_stderr(
    own_sandbox: None, shell: Shell, run: Run, training_file, clock
) -> None:
    create = ("create", "--training-file", training_file, "--model", MODEL, "--yes", "--json")
    first, second = run(*create).document, run(*create, "--seed", "2").document
    clock.advance(7)
    full = {"to": ">/dev/full"}
    for action, word in (("pause", "paused"), ("resume", "queued"), ("cancel", "cancelled")):
        more = ("--yes",) if action == "cancel" else ()
        result = shell(action, first["id"], second["id"], *more, **full)
        assert result.status == 1
        for job in (first, second):
            assert job["id"] in result.err
            assert run("show", job["id"], "--json").document["status"] in (word, "running")
    uploaded = shell("files", "upload", training_file, "--again", **full)
    assert uploaded.status == 1
    newest = run("files", "--json").document[0]["id"]
    assert f"Uploaded: {newest}." in uploaded.err
    deleted = shell("files", "delete", newest, "--yes", "--json", **full)
    assert deleted.status == 1
    assert f"{newest}  deleted." in deleted.err
    assert newest not in {file["id"] for file in run("files", "--json").document}


def test_a_recovered_job_that_stdout_does_not_take_is_told_on_stderr(
    own_sandbox: None, shell: Shell, run: Run, training_file
) -> None:
    refused = run("create", "--training-file", training_file, "--model", "none", "--yes", "--json")
    assert refused.status == 1
    (item,) = run("recover", "--json").document
    result = shell("recover", item["submission_id"], "delete_file", "--yes", to=">&-")
    assert result.status == 0  # it has no data to print
    assert run("files", "--json").document == []


def test_a_key_that_is_kept_or_removed_is_told_where_the_document_is_lost(
    shell: Shell, run: Run, sandbox: SandboxServer, fttui_home: Path
) -> None:
    (fttui_home / "key").parent.mkdir(exist_ok=True)
    (fttui_home / "key").write_text(sandbox.api_key)
    login = ("login", "--where", "file", "--no-verify", "--json")
    kept = shell(*login, to=f">/dev/full <{fttui_home / 'key'}")
    assert kept.status == 1
    assert "is kept in" in kept.err
    removed = shell("logout", "--json", to=">/dev/full")
    assert removed.status == 1
    assert "is removed from" in removed.err


def test_a_full_pipe_that_does_not_block_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with suppress(BlockingIOError):
        while True:
            os.write(writing, b"x" * 4096)
    drained = []
    monkeypatch.setattr("select.select", lambda *_: drained.append(os.read(reading, 1 << 20)))
    for kind in (_Stdout, _Stderr):
        assert kind(writing).write(b"abc") == 3
    assert len(drained) == 1
    assert os.read(reading, 100) == b"abcabc"
    os.close(reading)
    os.close(writing)


def test_a_reader_that_has_gone_is_no_failure_to_tell(environment) -> None:
    result = piped_to_nobody(("jobs", "--json"))
    assert (result.status, result.err) == (141, "")


def test_a_failed_command_keeps_its_status_when_its_last_words_are_lost() -> None:
    code = "from fttui.cli.guard import guarded; raise SystemExit(guarded(lambda: print() or 3))"
    done = subprocess.run(
        ["/bin/sh", "-c", 'exec "$@" >/dev/full', "sh", sys.executable, "-c", code],
        stderr=subprocess.PIPE,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 3
    assert done.stderr == "The output could not be written: no space is left.\n"
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-c", code],
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        timeout=PATIENCE,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (3, "")


@pytest.mark.parametrize("to", [">/dev/full", ">&-"])
def test_the_interpreter_s_last_flush_has_nothing_to_complain_of(shell: Shell, to: str) -> None:
    result = shell("doctor", "--offline", to=to, PYTHONDEVMODE="1")  # which does not hide it
    assert result.status == 1


def test_a_terminal_that_has_gone_under_stdout_is_told(environment) -> None:
    master, slave = os.openpty()
    os.close(master)
    done = subprocess.run(
        [FTTUI, "--version"], stdout=slave, stderr=subprocess.PIPE, text=True, timeout=PATIENCE
    )
    os.close(slave)
    assert done.returncode == 1
    assert done.stderr == "The output could not be written: Input/output error.\n"


def test_what_is_written_to_either_stream_is_counted() -> None:
    code = """if True:
        import sys
        from fttui.cli.streams import standard_streams, written
        with standard_streams():
            for stream in (sys.stdout, sys.stderr):
                before = written()
                print("x", file=stream, flush=True)
                assert written() > before
    """
    subprocess.run([sys.executable, "-c", code], check=True, timeout=PATIENCE)


def test_what_is_followed_is_sent_line_by_line(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BufferedWriter(sent), "utf-8"))
    output = Output(json=True, colour=False)
    output.json_line({"a": 1})
    assert json.loads(sent.getvalue()) == {"a": 1}
    output.line("one")
    assert sent.getvalue().endswith(b"one\n")


def test_what_an_encoding_lacks_is_a_plain_sign_or_a_number_on_both_streams(shell: Shell) -> None:
    latin = {"PYTHONIOENCODING": "ascii"}
    result = shell("check", "/nonexistent/é\udcff.jsonl", to="", **latin)
    assert result.status == 2
    assert "/nonexistent/\\xe9\\xff.jsonl" in result.err
    assert "* versions" in shell("doctor", "--offline", to="", **latin).out


def test_what_was_written_when_an_interrupt_came_is_not_written_again() -> None:
    class Interrupted(streams._Descriptor):
        def write(self, data: bytes) -> int:  # type: ignore[override]
            super().write(data)
            raise KeyboardInterrupt

    reading, writing = os.pipe()
    stream = streams._text_stream(Interrupted(writing), "utf-8")
    stream.write("one")
    with pytest.raises(KeyboardInterrupt):
        stream.flush()
    stream.flush()
    os.close(writing)
    with open(reading, "rb") as pipe:
        assert pipe.read() == b"one"
