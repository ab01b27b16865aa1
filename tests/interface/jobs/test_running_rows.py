"""Rows of running jobs: how far, how long still, the last losses; and how old what is shown is."""

from __future__ import annotations

from pathlib import Path

from tests.interface.jobs.jobs_host import JobsHost, make_events, make_job, screen_text, settled
from tests.interface.jobs.live_list import JOBS, LiveList
from tests.interface.jobs.live_list import make_job as create_job

from faults.proxy import Fault, FaultProxy
from fttui.interface.jobs.columns import IDLE, LIST_COLUMNS, RUNNING
from fttui.interface.messages import JobChanged
from fttui.server import ManualClock
from fttui.services.endpoint.models import Job
from fttui.services.session import Session

GONE = Fault("reset", commit=False)


def figures(live: LiveList, job: Job) -> list[str]:
    table = live.app.jobs_pane.table
    return [table.cell(job.id, LIST_COLUMNS[name].column)[0] for name in RUNNING]


async def test_each_running_row_tells_its_figures_by_one_events_call_a_look_and_keeps_them(
    open_list, ticking_session: Session, clock: ManualClock, tmp_path: Path, fault_proxy: FaultProxy
) -> None:
    jobs = [await create_job(ticking_session, tmp_path, examples) for examples in (240, 250, 260)]
    clock.advance(8)
    async with open_list((80, 24)) as live:
        for _ in jobs:
            asked = await live.tick()
            events = {path for path in asked if path.endswith("/events")}
            assert asked[JOBS] == 1 and len(events) == 1 and asked.total() == 2
        known = [figures(live, job) for job in jobs]
        for done, left, losses in known:
            assert done.endswith("%") and left.endswith("m") and len(losses) == 8
        assert "Done" in screen_text(live.app) and "Loss" in screen_text(live.app)
        for job in jobs:
            fault_proxy.always(f"{JOBS}/{job.raw_id}/events", GONE)
        await live.tick()
        assert [row[0] for row in map(figures, [live] * 3, jobs)] == [row[0] for row in known]
        await live.press("r")
        assert [row[2] for row in map(figures, [live] * 3, jobs)] == [row[2] for row in known]


async def test_their_columns_come_with_the_first_figures_and_go_with_the_last_job() -> None:
    job = make_job(1, "running")
    app = JobsHost([job, make_job(2)])
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert app.pane.table.own_columns == IDLE
        told = job.with_progress(make_events(120, 300))
        app.tell(JobChanged(told))
        await settled(pilot)
        (row,) = (line for line in screen_text(app).splitlines() if "running" in line)
        assert "40%" in row and "█▇▆▅▄▃▂▁" in row
        app.tell(JobChanged(make_job(1)))
        await settled(pilot)
        assert app.pane.table.own_columns == IDLE


async def test_a_list_that_is_not_told_any_more_says_of_when_it_is(
    open_list, ticking_session: Session, clock: ManualClock, tmp_path: Path, fault_proxy: FaultProxy
) -> None:
    await create_job(ticking_session, tmp_path)
    async with open_list((80, 24)) as live:
        await live.tick()
        assert "as of" not in screen_text(live.app)
        fault_proxy.always("", GONE)
        await live.tick()
        assert "as of " in screen_text(live.app).split("Get All")[0]
        fault_proxy.calm()
        await live.tick()
        assert "as of" not in screen_text(live.app)
