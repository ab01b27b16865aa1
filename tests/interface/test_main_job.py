"""The whole job by keys alone: pick a file, send it, watch it end, copy it, cancel another."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import TabbedContent

from fttui.interface.app import OpenAIInterfaceFT
from fttui.interface.screens.confirm import DEAF_SECONDS, Confirm
from fttui.interface.screens.file_picker import FilePicker
from fttui.server import ManualClock, SandboxServer, write_sample_training_file
from fttui.services.session import Session
from settling import later, press, settled, until


@pytest.fixture
def training_file(tmp_path: Path) -> Path:
    """The realistic sample: 240 conversations with tools, weights and several scripts."""
    folder = tmp_path / "data"
    folder.mkdir()
    return write_sample_training_file(folder / "desk.jsonl")


async def say_yes(pilot: Pilot[str], typed: str = "") -> None:
    """Answer the confirmation on top with a deliberate yes."""
    await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
    await later(pilot, DEAF_SECONDS)
    await press(pilot, *typed, "enter" if typed else "tab", "enter")


def jobs_of(app: OpenAIInterfaceFT) -> list[str]:
    return [job.status.word for job in app.jobs_pane.table.jobs]


async def send(pilot: Pilot[str], app: OpenAIInterfaceFT) -> None:
    """Press Send when the form allows it, and confirm."""
    await press(pilot, "ctrl+s")
    await say_yes(pilot)
    tabs = app.query_one(TabbedContent)
    await until(pilot, lambda: tabs.active == "jobs")


async def test_a_job_is_made_watched_copied_and_another_cancelled_by_keys_alone(
    session: Session,
    sandbox: SandboxServer,
    clock: ManualClock,
    training_file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FTTUI_CLIPBOARD", "file")
    app = OpenAIInterfaceFT(session, start_folder=training_file.parent)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "ctrl+o")
        await until(pilot, lambda: isinstance(app.screen, FilePicker))
        await until(pilot, lambda: "desk.jsonl" in str(app.export_screenshot()))
        await press(pilot, "enter")
        await send(pilot, app)

        await until(pilot, lambda: len(jobs_of(app)) == 1)
        job = app.jobs_pane.selected_jobs()[0]
        assert job.model is not None
        assert job.model.startswith("gpt-3.5-turbo")
        for _ in range(40):
            clock.advance(5)
            await press(pilot, "r")
            await settled(pilot)
            if jobs_of(app) == ["succeeded"]:
                break
        assert jobs_of(app) == ["succeeded"]

        copied = Path(session_state_file())
        await press(pilot, "y")
        await until(pilot, lambda: copied.exists() and copied.read_text() == job.raw_id)
        await press(pilot, "Y")
        name = app.jobs_pane.selected_jobs()[0].fine_tuned_model
        assert name is not None
        await until(pilot, lambda: copied.read_text() == name)

        await press(pilot, "1")
        await send(pilot, app)
        await until(pilot, lambda: len(jobs_of(app)) == 2)
        second = app.jobs_pane.selected_jobs()[0]
        assert second.raw_id != job.raw_id
        await press(pilot, "x")
        await say_yes(pilot, typed=second.raw_id[-4:])
        await until(pilot, lambda: sorted(jobs_of(app)) == ["cancelled", "succeeded"])
        assert app.jobs_pane.selected_jobs()[0].status.word == "cancelled"


def session_state_file() -> str:
    """Where the clipboard of last resort keeps its text."""
    from fttui.storage.folders import state_folder

    return str(state_folder() / "clipboard.txt")
