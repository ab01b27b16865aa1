"""Watching from scripts: a line for each change, and a status that tells how it ended."""

from __future__ import annotations

import re
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.cli.conftest import FTTUI, MODEL, Run

from fttui.server import ManualClock, SandboxServer
from fttui.services.polling_schedule import PollingSchedule
from waiting import PATIENCE, hear_signals


@contextmanager
def time_passing(clock: ManualClock) -> Iterator[None]:
    """Let the sandbox's time run ahead of ours while something waits."""
    ended = threading.Event()

    def pass_time() -> None:
        while not ended.wait(0.02):
            clock.advance(1)

    thread = threading.Thread(target=pass_time)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


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


def test_one_job_is_named_once_and_several_on_each_line(run: Run, job_ids) -> None:
    succeeded, failed = job_ids["succeeded"], job_ids["failed"]
    first, *rest = run("watch", succeeded, succeeded).out.splitlines()
    assert first == succeeded
    assert rest and all(re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  \D", line) for line in rest)
    assert succeeded not in "".join(rest)
    lines = run("watch", succeeded, failed).out.splitlines()
    for job_id in (succeeded, failed):
        assert any(re.match(rf"\S+ \S+  {job_id}  ", line) for line in lines)
    assert not {succeeded, failed} & set(lines)


def test_json_lines_name_the_job_each(run: Run, job_ids) -> None:
    lines = run("watch", job_ids["succeeded"], "--json").json_lines
    assert {line["job_id"] for line in lines} == {job_ids["succeeded"]}
