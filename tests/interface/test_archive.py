"""The app on an archive: everything is read as at an endpoint, and nothing can be changed."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, cast

import pytest
from tests.interface.jobs.jobs_host import screen_text
from textual.widgets import Button, Static

from archive_folder import LABEL, events_of, job, lines, write_archive, write_job
from fttui.interface.app import OpenAIInterfaceFT
from fttui.interface.jobs.details import JobDetails
from fttui.server import SandboxConfig, SandboxServer, write_sample_training_file
from fttui.services.endpoint.address import READ_ONLY, ServedArchive
from fttui.services.session import Session
from fttui.storage.secrets import Secret
from settling import press, settled, until

KEY = "sk-archive-0123456789abcdef"
NOTES = ("1 line of jobs.jsonl in this archive cannot be read.", "models.jsonl is missing.")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_archive(tmp_path / "archive")


@pytest.fixture
def session(folder: Path) -> Iterator[Session]:
    environ = {**os.environ, "OPENAI_API_KEY": "sk-user", "OPENAI_BASE_URL": "http://127.0.0.1:9"}
    with SandboxServer(SandboxConfig(archive=folder, api_key=KEY)) as server:
        archive = ServedArchive(
            LABEL, server.base_url, Secret(KEY), str(folder), NOTES, is_openais=True
        )
        opened = Session.open(environ=environ, archive=archive)
        yield opened
        opened.close()


def listed(app: OpenAIInterfaceFT) -> list[str]:
    return [one.id for one in app.jobs_pane.table.jobs]


def told(app: OpenAIInterfaceFT) -> list[str]:
    return [str(one.message) for one in app._notifications]


async def test_it_opens_on_the_list_and_says_what_it_is_and_what_is_not_sound(
    session: Session,
) -> None:
    app = OpenAIInterfaceFT(session)
    async with app.run_test(size=(110, 30)) as pilot:
        await until(pilot, lambda: len(listed(app)) == 3)
        await settled(pilot)
        assert app.tabs.active == "jobs"
        assert app.focused is app.jobs_pane.table
        text = screen_text(app)
        assert text.splitlines()[0].strip().startswith(f"fttui {LABEL}")
        assert "key …" not in text
        assert "127.0.0.1" not in text
        assert told(app) == [" ".join(NOTES)]
        await press(pilot, "down")
        assert app.selected_jobs()[0].id == "ftjob-0002"


async def test_its_running_job_is_in_no_title_and_its_ends_are_not_claimed(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    monkeypatch.setattr(OpenAIInterfaceFT, "_write_title", lambda _, text: written.append(text))
    app = OpenAIInterfaceFT(session)
    async with app.run_test(size=(110, 30)) as pilot:
        await until(pilot, lambda: len(listed(app)) == 3)
        await settled(pilot)
        assert "running" not in "".join(written)
        assert session.journal.rows("SELECT job FROM ends", ()) == []


async def test_jobs_are_filtered_looked_at_and_copied(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FTTUI_CLIPBOARD", "file")
    app = OpenAIInterfaceFT(session)
    async with app.run_test(size=(110, 30)) as pilot:
        await until(pilot, lambda: len(listed(app)) == 3)
        await press(pilot, "/", *"desk1", "enter")
        assert app.jobs_pane.table.row_count == 1
        await press(pilot, "Y")
        await until(pilot, lambda: any("ft:gpt-4.1-mini:org:desk1:x" in one for one in told(app)))
        await press(pilot, "escape", "enter")
        await until(pilot, lambda: isinstance(app.screen, JobDetails))
        await press(pilot, "2")
        await until(pilot, lambda: "Step 5/5" in screen_text(app))
        await press(pilot, "3")
        await until(pilot, lambda: "ckpt-step-2" in screen_text(app))
        await press(pilot, "4")
        await settled(pilot)
        await until(pilot, lambda: "training 0.5000, min 0.5000 at 5" in screen_text(app))


async def test_an_archive_offers_no_archive(session: Session) -> None:
    session.retirement.today = lambda: date(2026, 12, 1)
    app = OpenAIInterfaceFT(session)
    async with app.run_test(size=(110, 30)) as pilot:
        await until(pilot, lambda: app.jobs_pane._state.loaded)
        await settled(pilot)
        ends = map(session.retirement.of_job, app.jobs_pane.table.jobs)
        assert any(goes is not None and goes.is_soon for goes in ends)
        assert str(app.query_one("#jobs-note", Static).render()) == ""


@pytest.mark.parametrize("key", ["x", "p", "w"])
async def test_a_key_that_changes_a_job_is_refused_without_a_dialog(
    session: Session, key: str
) -> None:
    app = OpenAIInterfaceFT(session)
    async with app.run_test(size=(110, 30)) as pilot:
        await until(pilot, lambda: len(listed(app)) == 3)
        await settled(pilot)
        button = app.query_one("#jobs-cancel", Button)
        assert button.disabled
        assert str(button.tooltip) == READ_ONLY
        await press(pilot, key)
        assert app.is_at_rest
        assert told(app)[-1] == READ_ONLY


async def test_nothing_that_was_left_open_is_gone_on_with(session: Session) -> None:
    app = OpenAIInterfaceFT(session)
    async with app.run_test(size=(110, 30)) as pilot:
        await until(pilot, lambda: len(listed(app)) == 3)
        app.utils.recovery._choose(cast("Any", None), "forget")  # asked of no item at all
        await settled(pilot)
        assert app.is_at_rest
        assert told(app)[-1] == READ_ONLY


async def test_send_says_it_and_keeps_the_form(session: Session, tmp_path: Path) -> None:
    path = write_sample_training_file(tmp_path / "train.jsonl", 12)
    app = OpenAIInterfaceFT(session)
    async with app.run_test(size=(110, 40)) as pilot:
        await until(pilot, lambda: len(listed(app)) == 3)
        await press(pilot, "1")
        field = app.create_pane._file("training")
        field.show_path(path)
        app.create_pane._start_check(field)
        await until(pilot, lambda: field.check.report is not None)
        assert app.query_one("#create-send", Button).disabled
        assert READ_ONLY in screen_text(app)
        await press(pilot, "ctrl+s")
        assert app.is_at_rest
        assert told(app)[-1] == READ_ONLY
        assert field.path == path
        app.utils.create_fine_tuning_job(app.create_pane._fields.form(), path)
        await settled(pilot)
        assert app.is_at_rest


async def test_an_archive_is_looked_at_once_and_then_left_alone(session: Session) -> None:
    pauses: list[float] = []
    watcher = session.watcher()

    async def rest(_wake: object, seconds: float) -> None:
        pauses.append(seconds)
        raise EndOfWatchError

    watcher._rest = rest
    with pytest.raises(EndOfWatchError):
        await session.thread.read(watcher.run(lambda _change: None))
    assert len(pauses) == 1
    assert pauses[0] > 300


class EndOfWatchError(Exception):
    """The watch is given up at its first pause."""


async def test_a_job_whose_events_were_not_saved_takes_nothing_from_the_others(
    session: Session, folder: Path
) -> None:
    (folder / "jobs/ftjob-0003/events.jsonl").unlink()
    (folder / "jobs/ftjob-0003/checkpoints.jsonl").unlink()
    missing = [{"what": "events of ftjob-0003", "code": "not_offered", "reason": "not offered"}]
    saved = {"id": "ftjob-0003", "missing": missing}
    (folder / "jobs/ftjob-0003/saved.json").write_text(json.dumps(saved))
    app = OpenAIInterfaceFT(session)
    async with app.run_test(size=(140, 30)) as pilot:
        await until(pilot, lambda: len(listed(app)) == 3)
        await press(pilot, "e")
        await until(pilot, lambda: "not offered" in screen_text(app))
        await press(pilot, "escape", "down", "e")
        await until(pilot, lambda: "Step 5/5" in screen_text(app))


async def test_what_a_run_saves_meanwhile_is_there_after_a_reload(
    session: Session, folder: Path
) -> None:
    app = OpenAIInterfaceFT(session)
    async with app.run_test(size=(110, 30)) as pilot:
        await until(pilot, lambda: len(listed(app)) == 3)
        newer = write_job(folder, job(4), events_of(4))
        (folder / "jobs.jsonl").write_text(newer + (folder / "jobs.jsonl").read_text())
        (folder / "files.jsonl").write_text(lines([]))
        await press(pilot, "r")
        await until(pilot, lambda: "ftjob-0004" in listed(app))
