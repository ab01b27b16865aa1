"""The details that are open follow the job by themselves, from its first state to its last."""

from __future__ import annotations

from pathlib import Path

from tests.interface.jobs.jobs_host import screen_text
from tests.interface.jobs.live_list import JOBS, NARROW, WIDE, make_job

from faults.proxy import Fault
from fttui.interface.jobs.details import JobDetails
from fttui.server import ManualClock
from fttui.services.session import Session
from settling import press


def title(screen: JobDetails) -> str:
    return str(screen.query_one("#details-title").content)  # type: ignore[attr-defined]


async def test_open_details_show_each_new_status_without_a_key(
    open_list, ticking_session: Session, clock: ManualClock, tmp_path: Path
):
    job = await make_job(ticking_session, tmp_path)
    async with open_list(NARROW) as live:
        await live.press("enter")
        details = live.app.screen
        assert isinstance(details, JobDetails)
        assert title(details).startswith("◌ validating_files")
        clock.advance(8)
        await live.tick()
        assert title(details).startswith("● running")
        await live.until_ended(job)
        await live.tick()
        assert title(details).startswith("✓ succeeded")
        assert "ft:gpt-4.1-mini-2025-04-14" in screen_text(live.app)
        await live.press("escape")
        assert live.app.jobs_pane.selected_jobs()[0].status.word == "succeeded"


async def test_the_panel_follows_the_job_under_the_cursor_and_no_other(
    open_list, ticking_session: Session, clock: ManualClock, tmp_path: Path
):
    await make_job(ticking_session, tmp_path)
    clock.advance(8)
    second = await make_job(ticking_session, tmp_path, 241)
    async with open_list(WIDE) as live:
        panel = live.app.jobs_pane.panel
        for key, row in (("g", 0), ("G", 1), ("g", 0)):
            await live.press(key)
            shown = live.app.jobs_pane.table.ordered_rows[row].key.value
            assert panel.job is not None
            assert panel.job.id == shown
            clock.advance(2)
            asked = await live.tick()
            assert [call for call in asked if call.endswith("/events")] == [
                f"{JOBS}/{panel.job.raw_id}/events"
            ]
        await live.until_ended(second)
        await live.tick()
        assert panel.job is not None
        assert panel.job.status.word == "succeeded"


async def test_a_job_that_is_deleted_while_it_is_open_is_marked_and_its_details_stay(
    open_list, ticking_session: Session, clock: ManualClock, tmp_path: Path
):
    await make_job(ticking_session, tmp_path)
    async with open_list(NARROW) as live:
        await live.press("enter")
        empty = b'{"object": "list", "data": [], "has_more": false}'
        live.proxy.always(f"{JOBS}$", Fault("answer", body=empty))
        live.proxy.always(f"{JOBS}/", Fault("answer", status=404, body=b'{"error": {}}'))
        for _ in range(3):
            clock.advance(2)
            await live.tick()
        assert isinstance(live.app.screen, JobDetails)
        await press(live.pilot, "escape")
        assert live.app.is_running
        assert "gone" in screen_text(live.app)
