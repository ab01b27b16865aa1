"""The list in the whole app, on a sandbox over a real socket, by keys alone."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.interface.jobs.jobs_host import screen_text
from textual.pilot import Pilot

from faults.proxy import HTML, Fault, FaultProxy
from fttui.interface.app import OpenAIInterfaceFT
from fttui.interface.jobs.details import JobDetails
from fttui.interface.jobs.words import BRIEF_LABELS, BUTTONS
from fttui.interface.screens.confirm import DEAF_SECONDS, Confirm
from fttui.server import ManualClock, SandboxServer, fill_with_samples, seed_many_jobs
from fttui.services.session import Session
from fttui.storage.folders import state_folder
from settling import later, press, settled, until


def shows(app: OpenAIInterfaceFT, text: str) -> Callable[[], bool]:
    return lambda: text in screen_text(app)


@asynccontextmanager
async def on_the_list(
    session: Session, size: tuple[int, int]
) -> AsyncIterator[tuple[OpenAIInterfaceFT, Pilot[str]]]:
    """The app with the jobs tab open; the list loads by itself."""
    app = OpenAIInterfaceFT(session)
    async with app.run_test(size=size) as pilot:
        await press(pilot, "f3")
        await until(pilot, lambda: app.jobs_pane.table.has_focus)
        yield app, pilot


async def to_job(pilot: Pilot[str], app: OpenAIInterfaceFT, suffix: str) -> None:
    """Move down to the job with this suffix."""
    for _ in range(40):
        job = app.jobs_pane.table.current_job
        if job is not None and job.suffix == suffix:
            return
        await press(pilot, "j")
    raise AssertionError(f"there is no job {suffix}")


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (120, 40)])
async def test_the_jobs_of_the_endpoint_are_there_without_a_key(
    session: Session, sandbox: SandboxServer, size: tuple[int, int]
):
    count = fill_with_samples(sandbox)
    async with on_the_list(session, size) as (app, pilot):
        await until(pilot, shows(app, f"Jobs {count} · 2 active"))
        shown = screen_text(app)
        for words in ("○ queued", "● running", "= paused", "✓ succeeded"):
            assert words in shown
        labels = BRIEF_LABELS if size[0] < 74 else {name: each[0] for name, each in BUTTONS.items()}
        assert any(all(each in line for each in labels.values()) for line in shown.splitlines())


async def test_every_page_of_the_list_is_loaded(session: Session, sandbox: SandboxServer):
    seed_many_jobs(sandbox, 350)
    async with on_the_list(session, (80, 24)) as (app, pilot):
        await until(pilot, shows(app, "Jobs 350 ·"))
        await press(pilot, "G")
        await settled(pilot)
        assert app.jobs_pane.table.cursor_row == 349


async def test_the_side_panel_tells_of_the_selected_job(session: Session, sandbox: SandboxServer):
    fill_with_samples(sandbox)
    async with on_the_list(session, (120, 40)) as (app, pilot):
        await until(pilot, shows(app, "Jobs 14"))
        await to_job(pilot, app, "desk-v5")
        await until(pilot, shows(app, "training loss="))
        assert "SUP-471" in screen_text(app)
        await to_job(pilot, app, "first-try")
        await until(pilot, shows(app, "has 7 example"))
        assert "at least 10" in screen_text(app)


async def test_details_bring_all_events_curves_and_a_checkpoint_to_copy(
    session: Session, sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("FTTUI_CLIPBOARD", "file")
    fill_with_samples(sandbox)
    async with on_the_list(session, (80, 24)) as (app, pilot):
        await until(pilot, shows(app, "Jobs 14"))
        await to_job(pilot, app, "desk-v3")
        await press(pilot, "enter")
        await until(pilot, lambda: isinstance(app.screen, JobDetails))
        await until(pilot, shows(app, "3 Checkpoints 3"))
        await press(pilot, "2", "G")
        await until(pilot, shows(app, "Created fine-tuning job"))
        await press(pilot, "4")
        await until(pilot, shows(app, "# full validation"))
        await press(pilot, "m")
        await until(pilot, shows(app, "accuracy"))
        await press(pilot, "3", "j", "enter", "m")
        copied = Path(state_folder()) / "clipboard.txt"
        await until(pilot, copied.exists)
        assert "desk-v3" in copied.read_text()
        assert ":ckpt-step-" in copied.read_text()
        await press(pilot, "escape")
        await until(pilot, lambda: app.jobs_pane.table.has_focus)


async def test_a_cancelled_job_shows_its_new_status_at_once(
    session: Session, sandbox: SandboxServer
):
    fill_with_samples(sandbox)
    async with on_the_list(session, (80, 24)) as (app, pilot):
        await until(pilot, shows(app, "Jobs 14"))
        await to_job(pilot, app, "desk-v5")
        job = app.jobs_pane.selected_jobs()[0]
        await press(pilot, "x")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await later(pilot, DEAF_SECONDS)
        await press(pilot, *job.raw_id[-4:], "enter", "enter")
        await until(pilot, lambda: app.jobs_pane.selected_jobs()[0].status.word == "cancelled")
        assert app.jobs_pane.selected_jobs()[0].id == job.id
        await until(pilot, shows(app, "- cancelled  desk-v5"))


async def test_a_reload_shows_what_happened_since(
    session: Session, sandbox: SandboxServer, clock: ManualClock
):
    fill_with_samples(sandbox)
    async with on_the_list(session, (80, 24)) as (app, pilot):
        await until(pilot, shows(app, "2 active"))
        await to_job(pilot, app, "desk-v5")
        clock.advance(3600)
        await press(pilot, "r")
        await until(pilot, lambda: app.jobs_pane.selected_jobs()[0].status.word == "succeeded")
        assert app.jobs_pane.selected_jobs()[0].suffix == "desk-v5"


async def test_a_login_page_instead_of_the_api_is_told_and_the_list_stays(
    sandbox: SandboxServer, fault_proxy: FaultProxy, open_session: Callable[..., Session]
):
    fill_with_samples(sandbox)
    async with on_the_list(open_session(fault_proxy.base_url), (80, 24)) as (app, pilot):
        await until(pilot, shows(app, "Jobs 14"))
        fault_proxy.always("GET /fine_tuning/jobs$", Fault("answer", body=HTML))
        await press(pilot, "r")
        await until(pilot, shows(app, "Press r to try again"))
        assert app.jobs_pane.table.row_count == 14
        fault_proxy.calm()
        await press(pilot, "r")
        await until(pilot, lambda: "Press r to try again" not in screen_text(app))


async def test_a_checkpoint_becomes_the_base_in_the_form_that_comes_to_the_front(
    session: Session, sandbox: SandboxServer
):
    fill_with_samples(sandbox)
    async with on_the_list(session, (80, 24)) as (app, pilot):
        await until(pilot, shows(app, "Jobs 14"))
        await to_job(pilot, app, "desk-v3")
        await press(pilot, "enter")
        await until(pilot, shows(app, "3 Checkpoints 3"))
        await press(pilot, "3", "j", "enter", "b")
        await until(pilot, lambda: app.in_front == "create")
        model = app.create_pane.query_one("#field-model").value  # type: ignore[attr-defined]
        assert model.startswith("ft:") and ":ckpt-step-" in model
