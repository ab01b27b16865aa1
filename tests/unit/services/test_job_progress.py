"""What is said of how long a job has been going on, and how far it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from fttui.services.endpoint.models import Job
from fttui.services.following import RowsInTurn
from fttui.services.job_progress import share_text, took

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
BEGIN = int(NOW.timestamp()) - 14


def a_job(status: str, **more: object) -> Job:
    job = Job.read({"id": "j", "status": status, "created_at": BEGIN, **more})
    assert job is not None
    return job


@pytest.mark.parametrize("status", ["queued", "QUEUED", "pending", "created", "notRunning"])
def test_a_job_that_waits_has_taken_no_time(status: str) -> None:
    assert took(a_job(status), NOW) is None


@pytest.mark.parametrize("status", ["cancelled", "canceled", "CANCELLATION_REQUESTED"])
def test_a_job_that_was_cancelled_took_time_only_where_it_tells_of_a_run(status: str) -> None:
    ended = {"finished_at": BEGIN + 14}
    assert took(a_job(status, **ended), NOW) is None
    for sign in ({"trained_steps": 3}, {"trained_tokens": 9}, {"result_files": ["r"]}):
        assert took(a_job(status, **ended, **sign), NOW) == timedelta(seconds=14)


@pytest.mark.parametrize("status", ["succeeded", "failed", "running", "validating_files", "odd"])
def test_any_other_job_has_taken_the_time_since_it_was_made(status: str) -> None:
    assert took(a_job(status, finished_at=BEGIN + 14), NOW) == timedelta(seconds=14)


def test_a_share_is_told_of_jobs_that_go_on() -> None:
    steps = {"trained_steps": 45, "total_steps": 120}
    assert share_text(a_job("running", **steps)) == "38% trained"
    assert share_text(a_job("paused", **steps)) == "38% trained"
    assert share_text(a_job("failed", **steps)) == share_text(a_job("running")) == ""


def test_rows_take_turns_those_that_run_and_those_that_have_just_come_first() -> None:
    rows = RowsInTurn()
    words = {"a": "running", "b": "queued", "c": "RUNNING", "d": "succeeded", "e": "baking"}
    jobs = {name: a_job(word) for name, word in words.items()}
    rows.show("abcd")
    assert [rows.next(jobs) for _ in range(4)] == ["a", "c", "a", "c"]
    rows.show("ecba")  # told again in another order: nobody loses a turn
    assert [rows.next(jobs) for _ in range(4)] == ["e", "a", "c", "e"]
    assert [rows.next(jobs, but="ae") for _ in range(2)] == ["c", "c"]
    rows.show("bd")
    assert rows.next(jobs) is None


def test_a_row_that_fails_is_passed_over_longer_and_longer_until_it_answers() -> None:
    rows = RowsInTurn()
    jobs = {"a": a_job("running")}
    rows.show("a")
    turns = []
    for _ in range(60):
        told = rows.next(jobs)
        turns.append(told is not None)
        if told:
            rows.note(told, failed=True)
    assert [n for n, told in enumerate(turns) if told] == [0, 1, 3, 7, 15, 31, 47]
    while not rows.next(jobs):
        pass
    rows.note("a", failed=False)
    assert rows.next(jobs) == rows.next(jobs) == "a"
