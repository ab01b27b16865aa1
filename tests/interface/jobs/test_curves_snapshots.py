"""How curves look with a cursor on a log axis, and jobs side by side, at two sizes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.interface.jobs.jobs_host import JobsHost, make_events, make_job, settled
from tests.interface.jobs.test_curves_view import overfitted
from textual.pilot import Pilot

from fttui.interface.jobs.compare import CompareJobs
from fttui.interface.messages import JobCompared
from fttui.services.job_history import JobHistory
from fttui.services.retirement_clock import RetirementClock
from fttui.storage.settings import Settings
from settling import press

Compare = Callable[..., bool]
SIZES = [(80, 24), (120, 40)]


@pytest.mark.parametrize("size", SIZES)
def test_curves_with_a_cursor_on_a_log_axis(snap_compare: Compare, size: tuple[int, int]):
    async def before(pilot: Pilot[Any]) -> None:
        await settled(pilot)
        await press(pilot, "enter", "4", "l", "left", "pageup")
        await settled(pilot)

    assert snap_compare(overfitted(), terminal_size=size, run_before=before)


@pytest.mark.parametrize("size", SIZES)
def test_jobs_side_by_side(snap_compare: Compare, size: tuple[int, int]):
    jobs = [
        make_job(1),
        make_job(2, method={"type": "supervised", "supervised": {}}, seed=7),
        make_job(3, "failed"),
    ]
    app = JobsHost(jobs)
    session = app.utils.host.session
    session.settings, session.endpoint.is_loopback = Settings(), False
    session.retirement = RetirementClock()  # OpenAI's

    async def before(pilot: Pilot[Any]) -> None:
        await settled(pilot)
        screen = CompareJobs(jobs)
        await app.push_screen(screen)
        for job, steps in ((jobs[0], 240), (jobs[1], 120)):
            events = make_events(steps, steps)
            screen.post_message(JobCompared(job.with_progress(events), JobHistory(events)))
        screen.post_message(JobCompared(jobs[2], None, "The endpoint does not know it."))
        await press(pilot, "f")
        await settled(pilot)

    assert snap_compare(app, terminal_size=size, run_before=before)
