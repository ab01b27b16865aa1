"""What of a job is news to hurry for, and what is only its next steps."""

from __future__ import annotations

import pytest

from fttui.services.endpoint.events import JobEvent, Metrics
from fttui.services.endpoint.models import Job
from fttui.services.news import Change, JobUpdate, NewEvents, Recovered, is_only_steps


def a_job(status: str, **more: object) -> Job:
    job = Job.read({"id": "ftjob-1", "status": status, **more})
    assert job is not None
    return job


def a_step(step: int | None, total: int | None = None) -> JobEvent:
    return JobEvent("e", metrics=Metrics(step=step, total_steps=total, train_loss=1.0))


RUNNING = a_job("running")
STEPS = NewEvents("ftjob-1", (a_step(3, 9), a_step(4)))


@pytest.mark.parametrize(
    ("news", "is_so"),
    [
        ((), False),
        ((STEPS,), True),
        ((STEPS, JobUpdate(a_job("running", trained_tokens=5), RUNNING)), True),
        ((JobUpdate(a_job("succeeded"), RUNNING), STEPS), False),
        ((JobUpdate(RUNNING), STEPS), False),
        ((STEPS, NewEvents("ftjob-1", (a_step(9, 9),))), False),
        ((STEPS, NewEvents("ftjob-1", (JobEvent("e", message="Checkpoint created"),))), False),
        ((STEPS, NewEvents("ftjob-1", (a_step(None),))), False),
        ((STEPS, Recovered()), False),
    ],
)
def test_only_steps_are_steps_that_are_not_the_last_of_jobs_that_go_on(
    news: tuple[Change, ...], is_so: bool
) -> None:
    assert is_only_steps(news) is is_so
