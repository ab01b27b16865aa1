"""What is said of how long a job has been going on, and how far it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from fttui.services.endpoint.events import JobEvent
from fttui.services.endpoint.models import Job
from fttui.services.endpoint.recent_steps import MOST_STEPS, RecentSteps
from fttui.services.following import RowsInTurn
from fttui.services.job_progress import left_text, seconds_left, share_text, took

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


def steps(*numbers: int, total: int = 200, seconds: int = 2, **more: object) -> list[JobEvent]:
    """The events of these steps, newest first, each step so many seconds after the one before."""
    told = []
    for step in sorted(numbers, reverse=True):
        data = {"step": step, "total_steps": total, "train_loss": 2.0 - step / 100, **more}
        event = JobEvent.read({"created_at": BEGIN - 400 + step * seconds, "data": data})
        assert event is not None
        told.append(event)
    return told


def test_the_last_losses_of_a_row_stay_until_new_ones_come() -> None:
    job = a_job("running").with_progress(steps(1, 2, 3))
    assert job.recent.measured == (1.99, 1.98, 1.97)
    listed = job.updated(a_job("running"))
    assert listed.step == 3 and listed.recent == job.recent
    further = listed.with_progress(steps(*range(3, 30)))
    assert len(further.recent.points) == MOST_STEPS
    assert further.recent.measured[-1] == pytest.approx(1.71)
    assert further.updated(a_job("running")).recent == further.recent
    assert further.with_progress([]).recent == further.recent


def test_of_a_job_without_losses_the_rewards_are_measured() -> None:
    events = steps(1, 2, train_loss=None, train_mean_reward=0.5)
    assert RecentSteps.of(events).measured == (0.5, 0.5)


def test_what_is_left_is_told_by_the_endpoint_else_by_the_pace_of_the_last_steps() -> None:
    job = a_job("running").with_progress(steps(*range(100, 150)))
    seen = datetime.fromtimestamp(BEGIN - 400 + 149 * 2, UTC)
    assert job.recent.pace == 2.0
    assert seconds_left(job, seen) == 2.0 * (200 - 149)
    assert seconds_left(job, seen + timedelta(seconds=32)) == 70.0
    assert seconds_left(job, seen + timedelta(hours=1)) is None
    told = a_job("running", estimated_finish=NOW.timestamp() + 600)
    assert seconds_left(told, NOW) == 600
    assert seconds_left(told, NOW + timedelta(hours=1)) is None
    for status in ("paused", "queued", "succeeded"):
        assert seconds_left(a_job(status, estimated_finish=NOW.timestamp() + 600), NOW) is None
    assert seconds_left(a_job("running").with_progress(steps(5)), NOW) is None


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (5, "<1m"),
        (60, "1m"),
        (719, "12m"),
        (3599, "1h00m"),
        (7500, "2h05m"),
        (200_000, "2d"),
        (10**10, "999d"),
    ],
)
def test_what_is_left_takes_six_columns_at_most(seconds: int, text: str) -> None:
    finish = NOW.timestamp() + seconds
    found = left_text(a_job("running", estimated_finish=finish), NOW)
    assert found == text and len(found) <= 6


def test_nothing_is_left_of_a_job_that_nobody_tells_of() -> None:
    assert left_text(a_job("running"), NOW) == ""
