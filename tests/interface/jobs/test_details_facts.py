"""What the details tell beside a job's record: files by name, cost, moderation, flagged lines."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from tests.interface.jobs.jobs_host import screen_text
from tests.interface.jobs.live_list import NARROW, LiveList, make_job
from tests.interface.seen import say_yes

from faults.proxy import FaultProxy, error_answer
from fttui.interface.actions import job_facts
from fttui.interface.screens.flagged_lines import FlaggedLines
from fttui.server import ManualClock
from fttui.services.job_files import JobFiles
from fttui.services.session import Session
from fttui.services.submission.state import FileState
from fttui.storage.file_records import read_records
from settling import settled


async def text_of_overview(live: LiveList) -> str:
    view = live.app.screen.query_one("#details-overview")
    return "\n".join("".join(text for text, _ in line) for line in view.lines)  # type: ignore[attr-defined]


async def test_files_have_names_that_outlive_them_and_each_is_asked_for_once(
    open_list, ticking_session: Session, clock: ManualClock, tmp_path: Path
):
    job = await make_job(ticking_session, tmp_path)
    async with open_list(NARROW) as live:
        await live.until_ended(job)
        clock.advance(10)  # its last events come later
        await live.tick()
        asked = await live.press("enter")
        file_call = f"GET /files/{job.training_file}"
        assert asked[file_call] == 1
        shown = await text_of_overview(live)
        assert f"{job.training_file} · 240.jsonl · " in shown
        assert "step_metrics.csv" in shown
        assert "per million, as of 20" in shown
        assert "✓ 13 categories checked, all passed" in shown
        assert "sexual/minors" in shown and "threshold 0.3000" in shown
        await live.press("escape")
        assert (await live.press("enter"))[file_call] == 0
        await live.press("escape")
        await ticking_session.thread.write(
            ticking_session.handle.delete_file(job.training_file or "")
        )
        live.app.utils.job_facts = job_facts.JobFacts(live.app)  # as in a later run
        assert (await live.press("enter"))[file_call] == 1
        assert f"{job.training_file} · 240.jsonl" in await text_of_overview(live)
        assert "deleted" in await text_of_overview(live)


async def test_a_file_that_may_not_be_asked_for_is_asked_for_once(
    open_list, ticking_session: Session, fault_proxy: FaultProxy, tmp_path: Path
):
    job = await make_job(ticking_session, tmp_path)
    route = f"GET /files/{job.training_file}"
    fault_proxy.always(route, error_answer(403, commit=False, message="missing scopes"))
    async with open_list(NARROW) as live:
        assert (await live.press("enter"))[route] == 1
        assert str(job.training_file) in await text_of_overview(live)
        await live.press("escape")
        assert (await live.press("enter"))[route] == 0
    owner = ticking_session.list_owner
    assert owner is not None and job.training_file not in read_records(owner)


async def test_an_action_is_taken_inside_and_its_outcome_is_shown(
    open_list, ticking_session: Session, clock: ManualClock, tmp_path: Path
):
    await make_job(ticking_session, tmp_path)
    clock.advance(8)
    async with open_list(NARROW) as live:
        await live.press("enter")
        await live.press("p")
        await say_yes(live.pilot)
        await live.settled()
        clock.advance(1)
        await live.tick()
        assert "paus" in screen_text(live.app).splitlines()[0]
        await live.press("w")
        await say_yes(live.pilot)
        await live.settled()
        clock.advance(1)
        await live.tick()
        assert "running" in screen_text(live.app).splitlines()[0]


@pytest.mark.parametrize("is_changed", [False, True])
async def test_enter_opens_the_training_file_at_the_lines_that_were_flagged(
    open_list,
    ticking_session: Session,
    clock: ManualClock,
    tmp_path: Path,
    is_changed: bool,
    monkeypatch: pytest.MonkeyPatch,
):
    job = await make_job(ticking_session, tmp_path)
    path = tmp_path / "240.jsonl"
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    now = path.stat()
    source = FileState(
        "training",
        path=str(path),
        size=now.st_size + is_changed,
        mtime_ns=now.st_mtime_ns,
        sha256=sha256,
        file_id=job.training_file or "",
    )
    monkeypatch.setattr(job_facts, "known_files", lambda *_: JobFiles({}, source))
    monkeypatch.setattr(job_facts, "flagged_lines", lambda _: [4, 13])
    async with open_list(NARROW) as live:
        await live.press("enter")
        assert str(path)[-20:] in (await text_of_overview(live)).replace("\n", "").replace(" ", "")
        await live.press("enter")
        await settled(live.pilot)
        assert isinstance(live.app.screen, FlaggedLines)
        assert "line 4 of 240" in screen_text(live.app)
        said = " ".join(screen_text(live.app).replace("│", " ").split())  # in however many lines
        assert ("was changed after it was uploaded" in said) is is_changed
        await live.press("tab")
        assert "line 13 of 240" in screen_text(live.app) and "(2/2)" in screen_text(live.app)
        await live.press("tab")
        assert "line 4 of 240" in screen_text(live.app)
