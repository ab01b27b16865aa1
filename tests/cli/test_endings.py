"""How a command ends: by its status, with a sentence, and never with a traceback."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from tests.cli.conftest import FTTUI, Run, without_waits

from fttui.cli.guard import Interrupted, guarded
from fttui.services.endpoint.models import Job
from waiting import PATIENCE


def test_a_reader_that_has_enough_ends_the_command_quietly(environment, job_ids) -> None:
    process = subprocess.Popen(
        [FTTUI, "events", job_ids["succeeded"]], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert without_waits(process.stderr.read().decode()) == ""
    assert process.wait(PATIENCE) in (0, 128 + signal.SIGPIPE)


def test_a_terminal_without_utf8_gets_readable_text(spawn: Run) -> None:
    result = spawn("doctor", "--offline", PYTHONIOENCODING="ascii")
    assert result.status == 0
    assert "* versions" in result.out


def test_an_unexpected_error_is_a_sentence_and_a_private_report_without_secrets(
    capsys: pytest.CaptureFixture[str], fttui_home: Path
) -> None:
    def fail() -> int:
        raise KeyError("sk-abcdefgh12345678 \x1b]52;c;eA==\x07")

    assert guarded(fail) == 1
    err = capsys.readouterr().err
    assert "KeyError" in err
    assert "Traceback" not in err
    assert "\x1b" not in err
    (report,) = (fttui_home / "state" / "fttui" / "reports").iterdir()
    assert str(report) in err
    assert stat.S_IMODE(report.stat().st_mode) == 0o600
    text = report.read_text()
    assert "Traceback" in text
    assert "abcdefgh" not in text + err
    assert "\x1b" not in text


def test_an_unexpected_error_is_told_even_where_no_report_can_be_written(
    capsys: pytest.CaptureFixture[str], fttui_home: Path
) -> None:
    fttui_home.mkdir()
    (fttui_home / "state").write_text("not a folder")
    assert guarded(lambda: 1 // 0) == 1
    assert "No report could be written" in capsys.readouterr().err


def test_what_ends_a_command_decides_its_status() -> None:
    def interrupted(error: BaseException) -> int:
        raise error

    assert guarded(lambda: interrupted(KeyboardInterrupt())) == 130
    assert guarded(lambda: interrupted(Interrupted(signal.SIGHUP))) == 129
    assert guarded(lambda: interrupted(SystemExit(3))) == 3
    assert guarded(lambda: 0) == 0


@pytest.mark.parametrize("name", ["SIGQUIT", "SIGABRT", "SIGUSR2", "SIGALRM", "SIGXCPU", "SIGPWR"])
def test_a_signal_that_would_end_the_process_closes_what_is_open(name: str) -> None:
    number = getattr(signal, name)
    before, closed = signal.getsignal(number), []

    def hit() -> int:
        try:
            os.kill(os.getpid(), number)
            return 0
        finally:
            closed.append(True)

    assert guarded(hit) == 128 + number
    assert closed
    assert signal.getsignal(number) is before


def test_an_error_in_a_thread_is_a_sentence_and_a_report(
    run: Run, capsys: pytest.CaptureFixture[str], fttui_home: Path
) -> None:
    assert run("profiles").status == 0
    thread = threading.Thread(target=lambda: {}["nowhere"])
    thread.start()
    thread.join()
    told = capsys.readouterr().err
    (report,) = (fttui_home / "state/fttui/reports").iterdir()
    assert "KeyError" in told
    assert str(report) in told
    assert "Traceback" not in told


def test_an_ignored_signal_stays_ignored() -> None:
    before = signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    try:
        assert guarded(lambda: os.kill(os.getpid(), signal.SIGUSR1) or 0) == 0
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_hostile_text_of_an_endpoint_cannot_act_on_the_terminal(
    run: Run, job_ids, monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile = "\x1b]52;c;eA==\x07\x9b31m\u202e\x7f[/x]\n"
    read = Job.read

    def read_hostile(value: object) -> Job | None:
        assert isinstance(value, dict)
        value |= {"model": hostile, "user_provided_suffix": hostile, "fine_tuned_model": hostile}
        value |= {"error": {"code": hostile, "message": hostile}, "metadata": {hostile: hostile}}
        return read(value)

    monkeypatch.setattr(Job, "read", read_hostile)
    for arguments in (("jobs",), ("show", job_ids["failed"]), ("jobs", "--json")):
        out = run(*arguments).out
        assert not any(ord(c) < 32 and c != "\n" for c in out)
        assert not set(out) & {"\x7f", "\x9b", "\u202e"}


def test_python_m_fttui_is_the_same_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "fttui", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("fttui ")


def test_a_failure_that_is_its_own_cause_is_told_like_any(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail() -> int:
        error = ValueError("round and round")
        raise error from error

    assert guarded(fail) == 1
    assert capsys.readouterr().err
