"""What the list does by itself: new jobs are watched, missing lists are loaded, work is ended."""

from __future__ import annotations

import gc
import warnings
from functools import partial
from pathlib import Path

import pytest
from tests.interface.jobs.jobs_host import screen_text
from tests.interface.jobs.live_list import JOBS, NARROW, LiveList, make_job

from faults.proxy import Fault, FaultProxy
from fttui.server import ManualClock, SandboxServer, seed_many_jobs
from fttui.services.endpoint.models import Job
from fttui.services.job_form import JobRequest
from fttui.services.polling_schedule import PollingSchedule
from fttui.services.session import Session
from fttui.services.submission.submissions import NO_CONSENT, Draft
from settling import press
from ticks import Ticks

GONE = Fault("reset", commit=False)
SOON = PollingSchedule().fastest * 1.5 * (1 + PollingSchedule().jitter)


async def looked_at_once(live: LiveList, ticks: Ticks, looks: int) -> None:
    """The watcher has looked again without a tick, and will again soon."""
    await ticks.looks(looks + 1)
    await live.settled()
    assert ticks.pauses[-1] <= SOON


@pytest.mark.parametrize("way", ["submitted", "recovered", "changed"])
async def test_a_job_that_an_action_made_is_watched_from_then_on(
    open_list, ticking_session: Session, ticks: Ticks, clock: ManualClock, tmp_path: Path, way: str
):
    async with open_list(NARROW) as live:
        assert ticks.pauses[-1] > SOON
        old = await make_job(ticking_session, tmp_path)
        looks = len(ticks.pauses)
        utils = live.app.utils
        if way == "submitted":
            assert old.training_file is not None
            draft = Draft(
                JobRequest("gpt-4.1-mini-2025-04-14", old.training_file), old.training_file
            )
            live.app.start_worker(lambda: utils.submit._submit(draft, NO_CONSENT), group="submit")
        elif way == "recovered":
            utils.recovery._show_outcome(old)
        else:
            utils.job_feed.job_changed(old, select=True)
        await looked_at_once(live, ticks, looks)
        jobs = [job for job in live.app.jobs_pane.table.jobs if job.raw_id != old.raw_id]
        assert len(jobs) == (1 if way == "submitted" else 0)
        clock.advance(8)
        await live.tick()
        assert {job.status.word for job in live.app.jobs_pane.table.jobs} == {"running"}


async def test_a_cancelled_job_is_looked_at_at_once(
    open_list, ticking_session: Session, ticks: Ticks, tmp_path: Path
):
    job = await make_job(ticking_session, tmp_path)
    async with open_list(NARROW) as live:
        looks = len(ticks.pauses)
        act = partial(live.app.utils.job_actions._act, "cancel", job)
        live.app.start_worker(act, "act")
        await ticks.looks(looks + 1)
        await live.settled()
        assert live.app.jobs_pane.selected_jobs()[0].status.word == "cancelled"


async def test_a_list_that_could_not_be_loaded_is_loaded_when_the_endpoint_is_back(
    open_list, ticking_session: Session, fault_proxy: FaultProxy, tmp_path: Path
):
    await make_job(ticking_session, tmp_path)
    fault_proxy.always("", GONE)
    async with open_list(NARROW) as live:
        await live.tick()
        assert "Jobs ? ·" in screen_text(live.app)
        assert "could not be loaded" in screen_text(live.app)
        fault_proxy.calm()
        asked = await live.tick()
        assert asked["GET /models"] == 1
        assert "Jobs 1 · 1 active" in screen_text(live.app)
        assert "could not be loaded" not in screen_text(live.app)
        assert await live.tick() == {JOBS: 1}


async def test_a_list_of_which_a_page_did_not_come_is_loaded_anew_once(
    open_list, sandbox: SandboxServer, fault_proxy: FaultProxy, ticks: Ticks
):
    seed_many_jobs(sandbox, 150)
    fault_proxy.always("GET /fine_tuning/jobs$", GONE)
    async with open_list(NARROW) as live:
        await live.settled()
        fault_proxy.calm()
        # The look is the first to be asked, and works; the load that it brings fails at its end.
        fault_proxy.script("GET /fine_tuning/jobs$", None, None, GONE)
        await live.tick()
        assert "Press r to try again" in screen_text(live.app)
        assert await live.tick() == {JOBS: 1}
        await live.press("r")
        assert "Jobs 150 ·" in screen_text(live.app)


async def test_a_list_that_failed_while_the_endpoint_answers_is_loaded_at_the_next_look(
    open_list, sandbox: SandboxServer, fault_proxy: FaultProxy
):
    seed_many_jobs(sandbox, 150)
    fault_proxy.always("GET /fine_tuning/jobs$", GONE)
    async with open_list(NARROW) as live:
        fault_proxy.calm()
        fault_proxy.script("GET /fine_tuning/jobs$", None, GONE)
        await live.press("r")
        assert "Jobs 150 ·" in screen_text(live.app)


async def test_a_refused_key_ends_the_watch_until_a_load_works(
    open_list, ticking_session: Session, fault_proxy: FaultProxy, tmp_path: Path
):
    async with open_list(NARROW) as live:
        refusal = Fault("answer", False, 401, b'{"error": {"message": "no such key"}}')
        fault_proxy.always("", refusal)
        live.app.utils.job_feed.poller.expect_recovery()
        await live.until(live.shows("does not accept the key"))
        fault_proxy.calm()
        job = await make_job(ticking_session, tmp_path)
        await press(live.pilot, "r")
        await live.settled()
        assert [one.raw_id for one in live.app.jobs_pane.table.jobs] == [job.raw_id]
        assert await live.tick() == {JOBS: 1}


async def test_a_load_that_was_stopped_before_it_began_can_be_asked_for_again(open_list):
    async with open_list(NARROW) as live:
        live.app.utils.display_job_ids()
        live.app.utils.stop_loading()
        await live.settled()
        assert await live.press("r") == {JOBS: 1}


async def test_work_that_is_given_up_before_it_began_leaves_nothing_behind(
    open_list, ticking_session: Session, tmp_path: Path
):
    job = await make_job(ticking_session, tmp_path)
    async with open_list(NARROW) as live:
        utils = live.app.utils
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            for _ in range(3):
                for number in ("ftjob-another", job.raw_id):
                    utils.job_feed.load_history(Job(number, number))
                utils.job_feed.load_models()
                utils.show_left_open()
            await live.settled()
            gc.collect()
        assert [str(one.message) for one in told if "never awaited" in str(one.message)] == []
