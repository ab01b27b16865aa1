"""Watching from scripts: a line for each change, and a status that tells how it ended."""

from __future__ import annotations

import json
import re
import signal
import subprocess

import pytest
from tests.cli.conftest import FTTUI, MODEL, Result, Run

from fttui.cli.output import Output
from fttui.cli.watch import ChangeLines, endings_of
from fttui.server import ManualClock, SandboxServer
from fttui.services.endpoint.models import Job
from fttui.services.endpoint.status import Status
from fttui.services.finished import Ends, Finished
from fttui.services.news import JobUpdate
from fttui.services.polling_schedule import PollingSchedule
from fttui.services.session import Session
from fttui.terminal.title import GIVE_BACK_TITLE, KEEP_TITLE
from ticks import time_passing
from waiting import PATIENCE, hear_signals


def create(run: Run, training_file) -> str:
    arguments = ("--training-file", training_file, "--model", MODEL, "--epochs", "1")
    return run("create", *arguments, "--yes", "--json").document["id"]


def test_a_new_job_is_followed_until_it_has_succeeded(
    run: Run, sandbox: SandboxServer, clock: ManualClock, training_file, monkeypatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", sandbox.base_url)
    quick = PollingSchedule(fastest=0.05, slowest=0.1, settling=0.05, settle_polls=10)
    monkeypatch.setattr("fttui.services.watching.PollingSchedule", lambda: quick)
    job_id = create(run, training_file)
    with time_passing(clock):
        result = run("watch", job_id, "--json")
    assert result.status == 0
    lines = result.json_lines
    statuses = [line for line in lines if line["kind"] == "status"]
    assert statuses[-1]["status"] == "succeeded"
    assert statuses[-1]["job"]["fine_tuned_model"].startswith("ft:")
    assert all(line["job_id"] == job_id for line in lines)
    events = [line["event"]["message"] for line in lines if line["kind"] == "event"]
    assert events[-1] == "The job has successfully completed"


def test_a_job_that_failed_makes_the_watch_fail(run: Run, job_ids) -> None:
    result = run("watch", job_ids["failed"], job_ids["succeeded"])
    assert result.status == 1
    error = run("show", job_ids["failed"], "--json").document["error"]["message"]
    assert error in result.out
    assert "✓ succeeded" in result.out


def test_an_unknown_job_makes_the_watch_fail(run: Run, job_ids) -> None:
    result = run("watch", "ftjob-unknown", job_ids["succeeded"])
    assert result.status == 1
    assert "ftjob-unknown" in result.err
    assert "ftjob-unknown" not in result.out


def test_ctrl_c_and_sigterm_end_a_watch_with_their_status(
    run: Run, sandbox: SandboxServer, training_file, monkeypatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", sandbox.base_url)  # where time stands still
    job_id = create(run, training_file)
    for number, status in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        process = subprocess.Popen(
            [FTTUI, "watch", job_id],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=hear_signals,
        )
        assert process.stdout is not None
        assert job_id in process.stdout.readline()
        process.send_signal(number)
        _, err = process.communicate(timeout=PATIENCE)
        assert process.returncode == status
        assert "Traceback" not in err


@pytest.fixture
def quick_watch(run: Run, sandbox: SandboxServer, clock: ManualClock, training_file, monkeypatch):
    """Creates a job, watches it to its end on a terminal of this kind, and tells what came out."""
    monkeypatch.setenv("OPENAI_BASE_URL", sandbox.base_url)
    quick = PollingSchedule(fastest=0.05, slowest=0.1, settling=0.05, settle_polls=3)
    monkeypatch.setattr("fttui.services.watching.PollingSchedule", lambda: quick)
    for name in ("TMUX", "STY", "TERM_PROGRAM", "VTE_VERSION"):
        monkeypatch.delenv(name, raising=False)

    def watch(*, terminal: bool = True, **environ: str) -> tuple[str, Result]:
        job_id = create(run, training_file)
        monkeypatch.setattr("sys.stderr.isatty", lambda: terminal)
        for name, value in {"TERM": "xterm", **environ}.items():
            monkeypatch.setenv(name, value)
        with time_passing(clock):
            return job_id, run("watch", job_id)

    return watch


def test_a_watch_shows_its_progress_in_the_title_and_rings_at_the_end(quick_watch) -> None:
    _, result = quick_watch()
    assert result.status == 0 and "\x1b" not in result.out and "\a" not in result.out
    titles = re.findall(r"\x1b\]0;(fttui: [^\a]+)\a", result.err)
    assert any(re.fullmatch(r"fttui: 1 running, …\w{6} \d+ %", title) for title in titles)
    assert result.err.count(KEEP_TITLE) == result.err.count(GIVE_BACK_TITLE) == 1
    assert (
        len(re.findall(r"\a\x1b\]9;fttui: job ended: ft:[^\a]* has succeeded\.\a", result.err)) == 1
    )


def test_in_tmux_a_watch_rings_the_bell_alone(quick_watch) -> None:
    _, result = quick_watch(TMUX="/tmp/x,1,0")
    assert "\x1b]9;" not in result.err
    rest = re.sub(r"\x1b\]0;[^\a]*\a", "", result.err)
    assert rest.count("\a") == 1


def test_with_notify_false_a_watch_sends_nothing_and_runs_the_command_all_the_same(
    quick_watch, fttui_home, tmp_path
) -> None:
    there, config = tmp_path / "told", fttui_home / "config/fttui/config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(
        f"notify = false\non_finish = ['/bin/sh', '-c', 'cat > \"$0\"; exit 3', '{there}']\n"
    )
    job_id, result = quick_watch()
    assert not set("\a\x1b") & set(result.err)
    assert json.loads(there.read_text())["id"] == job_id
    assert "on_finish failed: /bin/sh ended with status 3" in " ".join(result.err.split())


def test_where_stderr_is_no_terminal_nothing_is_sent_and_another_fttui_may_ring(
    quick_watch, session: Session
) -> None:
    job_id, result = quick_watch(terminal=False)
    assert not set("\a\x1b") & set(result.out + result.err)
    ended = session.thread.wait(session.handle.retrieve_job(job_id))
    assert Finished(session).see([ended]) == Ends(to_tell=(ended,))


def test_endings_tell_the_watched_jobs_apart() -> None:
    assert endings_of(["ftjob-aaaaXY12", "ftjob-bbbbZZ34"]) == {
        "ftjob-aaaaXY12": "…XY12",
        "ftjob-bbbbZZ34": "…ZZ34",
    }
    assert endings_of(["ftjob-a1111", "ftjob-b1111"])["ftjob-a1111"] == "…a1111"
    assert endings_of(["a", "b"]) == {"a": "a", "b": "b"}


def test_one_job_is_named_once_and_several_on_each_line(run: Run, job_ids) -> None:
    succeeded, failed = job_ids["succeeded"], job_ids["failed"]
    first, *rest = run("watch", succeeded, succeeded).out.splitlines()
    assert first == succeeded
    assert rest and all(re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  \D", line) for line in rest)
    assert succeeded not in "".join(rest)
    lines = run("watch", succeeded, failed).out.splitlines()
    for job_id in (succeeded, failed):
        assert sum(bool(re.match(rf"\S+ \S+  {job_id}  ", line)) for line in lines) == 1
    assert not {succeeded, failed} & set(lines)


def test_after_its_first_line_a_job_is_named_by_its_ending(session: Session, capsys) -> None:
    ids = ["ftjob-aaaaXY12", "ftjob-bbbbZZ34"]
    lines = ChangeLines(Output(json=False, colour=False), session, ids)
    for job_id, status in [(ids[0], "queued"), (ids[1], "queued"), (ids[0], "running")]:
        lines.print(JobUpdate(Job(id=job_id, status=Status.read(status, has_ended=False))))
    named = [line.split()[2] for line in capsys.readouterr().out.splitlines()]
    assert named == [*ids, "…XY12"]


def test_json_lines_name_the_job_each(run: Run, job_ids) -> None:
    lines = run("watch", job_ids["succeeded"], "--json").json_lines
    assert {line["job_id"] for line in lines} == {job_ids["succeeded"]}
