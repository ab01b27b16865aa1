"""The job that is looked at: what is asked about it, and that all places tell the same of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.interface.jobs.jobs_host import (
    JobsHost,
    make_checkpoints,
    make_events,
    screen_text,
    settled,
)
from tests.interface.jobs.jobs_host import make_job as job_number
from tests.interface.jobs.live_list import JOBS, NARROW, WIDE, LiveList, make_job
from textual.widgets import Static

from faults.proxy import FaultProxy, error_answer
from fttui.interface.jobs.details import CheckpointsTable, JobDetails
from fttui.interface.jobs.table import COLUMNS
from fttui.interface.messages import JobChanged, JobHistoryRead
from fttui.server import ManualClock, SandboxServer, seed_many_jobs
from fttui.services.endpoint.models import Job
from fttui.services.session import Session
from settling import press
from ticks import Ticks

FINE_TUNED = next(column for column in COLUMNS if column.key == "fine_tuned_model")


def one_look(job: Job | None = None) -> dict[str, int]:
    """What one look may ask: the list, and the events of one job."""
    return {JOBS: 1} | ({f"{JOBS}/{job.raw_id}/events": 1} if job else {})


def details_of(live: LiveList) -> JobDetails:
    screen = live.app.screen
    assert isinstance(screen, JobDetails)
    return screen


async def test_a_look_asks_for_the_list_and_the_events_of_the_job_in_the_panel_once(
    open_list, ticking_session: Session, clock: ManualClock, tmp_path: Path
):
    _other, job = [await make_job(ticking_session, tmp_path) for _ in range(2)]
    clock.advance(8)
    async with open_list(WIDE) as live:
        for _ in range(4):
            clock.advance(1)
            assert await live.tick() == one_look(job)


async def test_running_rows_on_screen_tell_in_turn_how_far_they_are_while_none_is_open(
    open_list, ticking_session: Session, clock: ManualClock, tmp_path: Path
):
    old, new = [await make_job(ticking_session, tmp_path) for _ in range(2)]
    clock.advance(8)
    async with open_list(NARROW) as live:
        assert await live.tick() == one_look(new)
        assert await live.tick() == one_look(old)
        table = live.app.jobs_pane.table
        for job in (old, new):
            told = table.job(job.id)
            assert told is not None and told.step and told.total_steps
            share = f"{told.step / told.total_steps:.0%} trained"
            assert table.cell(job.id, FINE_TUNED)[0] == share
        await live.press("enter")  # the newer one, first in the list
        for _ in range(2):
            clock.advance(1)
            assert await live.tick() == one_look(new)
        await live.press("escape")
        assert await live.tick() == one_look(new)
        assert await live.tick() == one_look(old)
        await live.press("f2")
        assert await live.tick() == one_look()
        await live.press("f3")
        assert len(await live.tick()) == 2


async def test_rows_out_of_sight_and_jobs_that_do_not_run_are_asked_nothing(
    open_list, ticking_session: Session, clock: ManualClock, tmp_path: Path, sandbox: SandboxServer
):
    job = await make_job(ticking_session, tmp_path)
    seed_many_jobs(sandbox, 40)
    clock.advance(8)
    async with open_list(NARROW) as live:
        await live.press("g")
        assert await live.tick() == one_look(job)
        live.app.jobs_pane.table.scroll_to_line(20)
        await live.settled()
        assert await live.tick() == one_look()
        live.app.jobs_pane.table.scroll_to_line(0)
        await live.settled()
        assert await live.tick() == one_look(job)
        await live.until_ended(job)
        await live.tick()
        assert await live.tick() == one_look()


async def test_a_step_of_a_row_is_shown_and_does_not_hurry_the_next_look(
    open_list, ticking_session: Session, clock: ManualClock, ticks: Ticks, tmp_path: Path
):
    await make_job(ticking_session, tmp_path)
    clock.advance(8)
    async with open_list(NARROW) as live:
        for _ in range(3):
            clock.advance(0.2)
            await live.tick()
        (job,) = live.app.jobs_pane.table.jobs
        assert job.step and ticks.pauses[-1] > ticks.pauses[-3]


async def test_no_events_are_asked_for_while_the_list_is_not_seen(
    open_list, ticking_session: Session, clock: ManualClock, tmp_path: Path
):
    job = await make_job(ticking_session, tmp_path)
    clock.advance(8)
    async with open_list(WIDE) as live:
        await live.press("f2")
        assert await live.tick() == one_look()
        for shown in ("f3", "o", "o"):  # with the panel or without it, one call
            await live.press(shown)
            assert await live.tick() == one_look(job)


async def test_the_details_of_the_job_in_the_panel_go_on_where_the_panel_was(
    open_list, ticking_session: Session, clock: ManualClock, tmp_path: Path
):
    job = await make_job(ticking_session, tmp_path)
    clock.advance(8)
    async with open_list(WIDE) as live:
        asked = await live.press("enter")
        assert asked[f"{JOBS}/{job.raw_id}/events"] == 1
        assert await live.press("escape") == {}
        assert await live.tick() == one_look(job)


async def test_checkpoints_are_read_when_a_job_is_opened_and_again_when_it_ends(
    open_list, ticking_session: Session, clock: ManualClock, fault_proxy: FaultProxy, tmp_path: Path
):
    job = await make_job(ticking_session, tmp_path)
    clock.advance(8)
    checkpoints = f"{JOBS}/{job.raw_id}/checkpoints"
    async with open_list(NARROW) as live:
        assert (await live.press("enter"))[checkpoints] == 1
        clock.advance(5)
        assert checkpoints not in await live.tick()
        await live.until_ended(job)
        assert (await live.tick())[checkpoints] == 1
        await live.press("3")
        assert details_of(live).query_one(CheckpointsTable).rows
        for _ in range(3):
            assert checkpoints not in await live.tick()


async def test_events_that_come_after_the_end_are_shown(
    open_list, ticking_session: Session, clock: ManualClock, tmp_path: Path
):
    job = await make_job(ticking_session, tmp_path)
    clock.advance(8)
    async with open_list(NARROW) as live:
        await live.press("enter", "2")
        await live.until_ended(job)
        await live.tick()
        assert "successfully completed" not in screen_text(live.app)
        clock.advance(10)
        await live.tick()
        assert "successfully completed" in screen_text(live.app)
        for _ in range(6):
            await live.tick()
        assert await live.tick() == one_look()


@pytest.mark.parametrize(("call", "status"), [("events", 404), ("checkpoints", 501)])
async def test_what_the_endpoint_does_not_offer_is_asked_for_once(
    open_list,
    ticking_session: Session,
    clock: ManualClock,
    fault_proxy: FaultProxy,
    tmp_path: Path,
    call: str,
    status: int,
):
    jobs = [await make_job(ticking_session, tmp_path) for _ in range(2)]
    clock.advance(8)
    fault_proxy.always(f"/{call}$", error_answer(status, commit=False, message="Not Found"))
    async with open_list(WIDE) as live:
        for key in ("enter", "r", "escape", "j", "enter", "escape", "k"):
            asked = await live.press(key)
            assert not [request for request in asked if request.endswith(f"/{call}")]
        asked = await live.tick()
        assert not [request for request in asked if request.endswith(f"/{call}")]
        assert "running" in screen_text(live.app)
        assert len(jobs) == 2


async def test_events_and_curve_do_not_shrink_when_the_job_ends(
    open_list, ticking_session: Session, clock: ManualClock, tmp_path: Path
):
    job = await make_job(ticking_session, tmp_path)
    async with open_list(NARROW) as live:
        await live.press("enter", "4")
        counts = []
        for count in (150, 290, 500):  # more between two looks than a page holds
            await live.until_told(job, count)
            await live.tick()
            counts.append(len(live_events(live)))
        await live.until_ended(job)
        await live.tick()
        told = await live.events_told(job)
        assert live_events(live) == told
        assert len(told) > counts[-1] > counts[0] >= 150
        shown = screen_text(live.app)
        assert "720 step" in shown
        clock.advance(10)
        await live.tick()
        assert live_events(live) == await live.events_told(job)


def live_events(live: LiveList) -> list[str]:
    history = details_of(live)._history
    assert history is not None
    return [event.id for event in history.events]


async def test_checkpoints_that_are_known_stay_when_a_later_answer_has_none():
    job = job_number(1)
    app = JobsHost([job])
    async with app.run_test(size=NARROW) as pilot:
        await settled(pilot)
        app.utils.histories[job.id] = JobHistoryRead(
            job, make_events(9, 9), make_checkpoints(job, 9, 3)
        )
        await press(pilot, "enter", "3")
        for checkpoints in (None, ()):
            app.tell(JobHistoryRead(job, (), checkpoints))
            await settled(pilot)
            assert "3 Checkpoints 2" in screen_text(app)
            assert "2 Events 9" in screen_text(app)


async def test_the_details_tell_the_status_that_the_job_has_now(
    open_list, ticking_session: Session, clock: ManualClock, tmp_path: Path
):
    job = await make_job(ticking_session, tmp_path)
    async with open_list(NARROW) as live:
        await live.press("enter")
        assert "validating_files" in screen_text(live.app)
        await live.until_told(job, 60)
        await live.press("r")
        assert "● running" in screen_text(live.app)
        assert "Step 5" in screen_text(live.app)
        await live.until_told(job, 80)
        await live.tick()
        assert "Step 7" in screen_text(live.app)
        assert "validating" not in screen_text(live.app)


async def test_an_answer_that_was_overtaken_changes_no_place():
    job = job_number(1, "validating_files")
    app = JobsHost([job])
    late_ones = {
        "a change": lambda: app.tell(JobChanged(job)),
        "a story": lambda: app.tell(JobHistoryRead(job, make_events(20, 60))),
        "a page": lambda: app.load([job]),
    }
    async with app.run_test(size=WIDE) as pilot:
        await settled(pilot)
        app.tell(JobChanged(job_number(1, "running").with_progress(make_events(30, 60))))
        await settled(pilot)
        for name, comes_late in late_ones.items():
            await press(pilot, "enter")
            comes_late()
            await settled(pilot)
            assert "● running · run-1" in screen_text(app), name
            assert "Step 30/60" in screen_text(app), name
            await press(pilot, "escape")
            await settled(pilot)
            assert app.pane.selected_jobs()[0].status.word == "running", name
            assert app.pane.panel.job is not None
            assert app.pane.panel.job.status.word == "running", name
            assert "validating" not in screen_text(app), name


async def test_a_whole_load_brings_news_into_panel_and_details():
    app = JobsHost([job_number(1, "queued")])
    async with app.run_test(size=WIDE) as pilot:
        await settled(pilot)
        app.load([job_number(1, "running")])
        await settled(pilot)
        assert app.pane.panel.job is not None
        assert app.pane.panel.job.status.word == "running"
        await press(pilot, "enter")
        app.load([job_number(1, "failed")])
        await settled(pilot)
        assert "✗ failed · run-1" in screen_text(app)


async def test_answers_that_come_after_the_details_were_left_change_nothing():
    job = job_number(1, "running")
    app = JobsHost([job])
    async with app.run_test(size=NARROW) as pilot:
        await settled(pilot)
        await press(pilot, "enter")
        await settled(pilot)
        screen = app.screen
        assert isinstance(screen, JobDetails)
        title = screen.query_one("#details-title", Static)
        screen.action_tab("checkpoints")
        screen.dismiss()
        screen.show(job_number(1, "failed"), None)
        assert "running" in str(title.content)
        app.tell(JobHistoryRead(job, make_events(5, 60), ()))
        app.tell(JobChanged(job_number(1, "succeeded")))
        await settled(pilot)
        assert app.screen is not screen
        assert "succeeded" not in str(title.content)
