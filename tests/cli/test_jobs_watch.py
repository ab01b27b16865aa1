"""`fttui jobs --watch`: in place on a terminal, a line for each change elsewhere."""

from __future__ import annotations

import re
import signal
import termios
from itertools import pairwise

import pytest
from tests.cli.conftest import FTTUI, MODEL, Run
from tests.terminal.pty_harness import Terminal, plain_environment

from faults.proxy import Fault, FaultProxy
from fttui.cli.jobs_watch import _most_wanted
from fttui.cli.live_screen import cut_painted
from fttui.server import ManualClock, SandboxServer
from fttui.services.endpoint.models import Job
from fttui.services.endpoint.status import Status
from fttui.services.polling_schedule import PollingSchedule
from ticks import time_passing

QUICK = PollingSchedule(fastest=0.05, slowest=0.1, settling=0.05, after_failure=0.05)


@pytest.fixture
def proxy(sandbox: SandboxServer, fault_proxy: FaultProxy, monkeypatch, run: Run) -> FaultProxy:
    """What the commands go through to a sandbox whose time a test moves; they look often."""
    monkeypatch.setenv("OPENAI_BASE_URL", fault_proxy.base_url)
    monkeypatch.setattr("fttui.services.polling_schedule.PollingSchedule", lambda: QUICK)
    monkeypatch.setattr("fttui.services.list_watch.PollingSchedule", lambda: QUICK)
    return fault_proxy


def make(run: Run, training_file, *more: str) -> str:
    command = ("create", "--training-file", training_file, "--model", MODEL, "--epochs", "1")
    made = run(*command, *more, "--yes", "--detach", "--json")
    assert made.status == 0, made.err
    return made.document["id"]


def test_elsewhere_the_list_comes_first_and_then_a_line_for_each_change(
    run: Run, proxy: FaultProxy, clock: ManualClock, training_file
) -> None:
    one, other = (make(run, training_file, "--suffix", name) for name in ("one", "other"))
    with time_passing(clock):
        watched = run("jobs", "--watch", "suffix:one")
    assert watched.status == 0, watched.err
    titles, first, *changes = watched.out.splitlines()
    assert titles.startswith("STATUS") and one in first
    assert all(line.split()[2] == one for line in changes)
    assert "✓ succeeded: ft:" in changes[-1]
    assert other not in watched.out
    again = run("jobs", "--watch", "--json")
    assert [line["job_id"] for line in again.json_lines][-1] == one and again.status == 0


def test_in_json_each_line_names_the_job_and_what_it_was_before(
    run: Run, proxy: FaultProxy, clock: ManualClock, training_file
) -> None:
    job = make(run, training_file)
    proxy.script("GET /fine_tuning/jobs$", Fault("reset"), None, Fault("reset"))
    with time_passing(clock):
        watched = run("jobs", "--watch", "--json")
    lines = watched.json_lines
    assert {line["job_id"] for line in lines} == {job}
    assert lines[0]["previous_status"] is None
    assert lines[-1]["status"] == lines[-1]["job"]["status"] == "succeeded"
    for before, after in pairwise(lines):
        assert after["previous_status"] == before["status"]


def test_a_job_that_comes_is_told_and_one_beyond_the_limit_is_not(
    run: Run, proxy: FaultProxy, clock: ManualClock, training_file, monkeypatch
) -> None:
    old, new = make(run, training_file), make(run, training_file)
    with time_passing(clock):
        watched = run("jobs", "--watch", "--limit", "1", "--json")
    assert {line["job_id"] for line in watched.json_lines} == {new}
    assert old not in watched.out


def test_a_key_that_is_refused_ends_the_watch(
    run: Run, proxy: FaultProxy, training_file, monkeypatch
) -> None:
    make(run, training_file)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-wrong-key-of-nobody")
    refused = run("jobs", "--watch")
    assert (refused.status, refused.out) == (1, "")


def test_where_nothing_is_active_the_list_is_printed_and_that_is_all(run: Run) -> None:
    listed = run("jobs", "status:succeeded").out
    watched = run("jobs", "status:succeeded", "--watch")
    assert (watched.status, watched.out) == (0, listed)
    assert run("jobs", "--watch", "--ids").status == 2


def test_on_a_terminal_only_what_has_changed_is_written_in_place(
    sandbox: SandboxServer, run: Run, clock: ManualClock, training_file, fttui_home, monkeypatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", sandbox.base_url)
    jobs = [make(run, training_file, "--suffix", name) for name in ("one", "two", "three")]
    env = plain_environment(
        OPENAI_BASE_URL=sandbox.base_url,
        OPENAI_API_KEY=sandbox.api_key,
        XDG_STATE_HOME=str(fttui_home / "state"),
        XDG_CONFIG_HOME=str(fttui_home / "config"),
    )
    with Terminal([FTTUI, "jobs", "--watch"], env=env, rows=12, columns=90) as terminal:
        terminal.wait_for("3 active jobs. Ctrl+C ends.")
        assert all(job in terminal.text for job in jobs)
        begin = len(terminal.raw)
        run("cancel", jobs[0], "--yes")
        terminal.wait_for("2 active jobs.")
        assert terminal.raw[begin:].count(jobs[0].encode()) == 1
        assert jobs[1].encode() not in terminal.raw[begin:]
        assert not terminal.line_is(termios.ECHO)
        terminal.send("typed\r")
        terminal.resize(4, 60)
        terminal.wait_for("2 active jobs; 2 of 3 jobs shown.")
        assert jobs[0] not in terminal.text and "typed" not in terminal.text
        terminal.resize(12, 90)
        terminal.wait_for(jobs[0])
        run("cancel", *jobs, "--yes")
        assert terminal.wait_exit() == 0
        rest = terminal.raw.rpartition(b"\x1b[?1049l")[2]
        assert all(job.encode() in rest for job in jobs)
        assert terminal.left_behind() == []


def test_ctrl_c_gives_the_terminal_back_with_the_list_on_it(
    server: SandboxServer, fttui_home
) -> None:
    env = plain_environment(
        OPENAI_BASE_URL=server.base_url,
        OPENAI_API_KEY=server.api_key,
        XDG_STATE_HOME=str(fttui_home / "state"),
        XDG_CONFIG_HOME=str(fttui_home / "config"),
        NO_COLOR="1",
    )
    with Terminal([FTTUI, "jobs", "--watch", "is:active"], env=env, columns=60) as terminal:
        terminal.wait_for("Ctrl+C ends.")
        terminal.signal(signal.SIGINT)
        assert terminal.wait_exit() == 130
        assert terminal.left_behind() == []
        assert b"STATUS" in terminal.raw.rpartition(b"\x1b[?1049l")[2]
        assert not re.search(rb"\x1b\[\d+m", terminal.raw)


def test_where_room_is_short_the_active_jobs_stay() -> None:
    words = ("succeeded", "running", "failed", "queued", "succeeded")
    jobs = [Job(id=f"{n}", status=Status(word)) for n, word in enumerate(words)]
    assert [job.id for job in _most_wanted(jobs, 3)] == ["0", "1", "3"]
    assert [job.id for job in _most_wanted(jobs, 1)] == ["1"]
    assert _most_wanted(jobs, -1) == []


def test_a_line_that_is_too_long_is_cut_where_it_can_be_seen() -> None:
    assert (
        cut_painted("\x1b[32m● running\x1b[0m  ftjob-1", 12) == "\x1b[32m● running\x1b[0m…\x1b[0m"
    )
    assert cut_painted("plain words", 7) == "plain…"
    assert cut_painted("\x1b[1mJOB\x1b[0m", 3) == "\x1b[1mJOB\x1b[0m"
