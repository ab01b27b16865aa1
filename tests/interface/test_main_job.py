"""The whole job by keys alone: pick a file, send it, watch it end, copy it, cancel another."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import TabbedContent

from fttui.interface.app import OpenAIInterfaceFT
from fttui.interface.dialogs.confirm import DEAF_SECONDS, Confirm
from fttui.interface.dialogs.file_picker import FilePicker
from fttui.sandbox import ManualClock, SandboxServer, write_sample_training_file
from fttui.services.session import Session


@pytest.fixture
def training_file(tmp_path: Path) -> Path:
    """The realistic sample: 240 conversations with tools, weights and several scripts."""
    folder = tmp_path / "data"
    folder.mkdir()
    return write_sample_training_file(folder / "desk.jsonl")


async def until(pilot: Pilot[str], is_so: Callable[[], bool], seconds: float = 20) -> None:
    """Let the app work until `is_so`; fails after `seconds`."""
    for _ in range(int(seconds / 0.05)):
        if is_so():
            return
        await pilot.pause(0.05)
    raise AssertionError(f"this never came true on {pilot.app.screen!r}")


async def say_yes(pilot: Pilot[str], typed: str = "") -> None:
    """Answer the confirmation on top with a deliberate yes."""
    await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
    await pilot.pause(DEAF_SECONDS + 0.1)
    for letter in typed:
        await pilot.press(letter)
        await pilot.pause(0.05)
    await pilot.press("enter" if typed else "tab")
    await pilot.pause(0.1)
    await pilot.press("enter")


def jobs_of(app: OpenAIInterfaceFT) -> list[str]:
    return [job.status.word for job in app.jobs_pane.all_jobs()]


Sent = Callable[[Pilot[str]], Awaitable[None]]


async def send(pilot: Pilot[str], app: OpenAIInterfaceFT) -> None:
    """Press Send when the form allows it, and confirm."""
    await until(pilot, lambda: app.utils.checks.report("training") is not None)
    await pilot.pause(0.2)
    await pilot.press("ctrl+s")
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
        await pilot.press("ctrl+o")
        await until(pilot, lambda: isinstance(app.screen, FilePicker))
        await until(pilot, lambda: "desk.jsonl" in str(app.export_screenshot()))
        await pilot.press("enter")
        await send(pilot, app)

        await until(pilot, lambda: len(jobs_of(app)) == 1)
        job = app.jobs_pane.selected_jobs()[0]
        assert job.model is not None
        assert job.model.startswith("gpt-3.5-turbo")
        for _ in range(40):
            clock.advance(5)
            await pilot.press("r")
            await pilot.pause(0.1)
            if jobs_of(app) == ["succeeded"]:
                break
        assert jobs_of(app) == ["succeeded"]

        copied = Path(session_state_file())
        await pilot.press("y")
        await until(pilot, lambda: copied.exists() and copied.read_text() == job.raw_id)
        await pilot.press("Y")
        name = app.jobs_pane.selected_jobs()[0].fine_tuned_model
        assert name is not None
        await until(pilot, lambda: copied.read_text() == name)

        await pilot.press("1")
        await send(pilot, app)
        await until(pilot, lambda: len(jobs_of(app)) == 2)
        second = app.jobs_pane.selected_jobs()[0]
        assert second.raw_id != job.raw_id
        await pilot.press("x")
        await say_yes(pilot, typed=second.raw_id[-4:])
        await until(pilot, lambda: sorted(jobs_of(app)) == ["cancelled", "succeeded"])
        assert app.jobs_pane.selected_jobs()[0].status.word == "cancelled"


def session_state_file() -> str:
    """Where the clipboard of last resort keeps its text."""
    from fttui.storage.folders import state_folder

    return str(state_folder() / "clipboard.txt")
