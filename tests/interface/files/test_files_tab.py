"""The tab of files in the whole app, on a real sandbox, by keys."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.interface.files.files_host import FilesHost, make_file
from tests.interface.jobs.jobs_host import screen_text
from tests.interface.seen import toast
from textual.events import Paste
from textual.pilot import Pilot

from faults.proxy import Fault, FaultProxy, error_answer
from fttui.interface.actions.files_feed import missed_by
from fttui.interface.app import OpenAIInterfaceFT
from fttui.interface.files.pane import FilesPane
from fttui.interface.screens.confirm import Confirm
from fttui.interface.tab_messages.files import FilesFailed, FilesLoading, FilesPage
from fttui.server import SandboxServer, fill_with_samples, write_sample_training_file
from fttui.services.endpoint.errors import ServiceError
from fttui.services.endpoint.models import TrainingFile
from fttui.services.endpoint.pages import Page
from fttui.services.job_form import JobRequest
from fttui.services.session import Session
from settling import later, press, settled, until

FILES = "GET /v1/files"
MODEL = "gpt-4.1-nano-2025-04-14"


@asynccontextmanager
async def open_files(
    session: Session, size: tuple[int, int] = (80, 24), folder: Path | None = None
) -> AsyncIterator[tuple[Pilot[str], FilesPane]]:
    """The app with the tab open, when files and jobs are loaded."""
    app = OpenAIInterfaceFT(session, start_folder=folder)
    async with app.run_test(size=size) as pilot:
        await press(pilot, "f4")
        pane = app.query_one(FilesPane)
        await until(pilot, lambda: pane.state.loaded and app.utils.files.uses.knows_all)
        yield pilot, pane


def text(pilot: Pilot[str]) -> str:
    return screen_text(pilot.app)


async def test_the_tab_tells_of_all_files_and_their_jobs_and_opens_the_form_with_one(
    sandbox: SandboxServer, session: Session
) -> None:
    fill_with_samples(sandbox)
    async with open_files(session) as (pilot, pane):
        assert "all used" in text(pilot) and "11 jobs" in text(pilot)
        await press(pilot, "G", "enter")
        assert "trains by it" in text(pilot)
        chosen = pane.table.current_file
        assert chosen is not None
        await press(pilot, "d")
        await until(pilot, lambda: chosen.id in text(pilot) and "On the endpoint" in text(pilot))
        await press(pilot, "f4", "k")
        other = pane.table.current_file
        assert other is not None and other.id != chosen.id
        await press(pilot, "d")
        await until(pilot, lambda: f"in the place of {chosen.id}" in text(pilot))
        await press(pilot, "v")
        await until(pilot, lambda: text(pilot).count("On the endpoint") == 2)
        assert chosen.id in text(pilot) and other.id in text(pilot)


async def test_a_file_goes_up_is_told_unused_and_is_deleted_by_its_typed_name_alone(
    sandbox: SandboxServer, session: Session, tmp_path: Path
) -> None:
    path = write_sample_training_file(tmp_path / "mine.jsonl", 20)
    async with open_files(session, folder=tmp_path) as (pilot, pane):
        await press(pilot, "a")
        pilot.app.post_message(Paste(f"{path}"))
        await press(pilot, "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await later(pilot, 1.0)
        await press(pilot, "tab", "enter")
        await until(pilot, lambda: pane.table.files)
        await later(pilot, 1.0)
        assert "1 used by no job" in text(pilot)
        await press(pilot, "x")
        await later(pilot, 1.0)
        await press(pilot, *"mine", "enter", "enter")
        assert isinstance(pilot.app.screen, Confirm) and pane.table.files
        await press(pilot, *".jsonl", "enter", "enter")
        await until(pilot, lambda: not pane.table.files)
        assert session.thread.wait(session.handle.list_files()).items == ()


async def test_a_file_that_another_program_has_given_to_a_job_meanwhile_is_asked_for_again(
    sandbox: SandboxServer, session: Session, tmp_path: Path
) -> None:
    stored = upload(session, write_sample_training_file(tmp_path / "a.jsonl", 20))
    async with open_files(session) as (pilot, pane):
        await press(pilot, "x")
        await later(pilot, 1.0)
        request = JobRequest(MODEL, training_file=stored)
        job = session.thread.wait(session.handle.create_fine_tuning_job(request))
        await press(pilot, *"a.jsonl", "enter", "enter")
        await until(pilot, lambda: "Nothing was deleted" in toast(pilot.app))
        assert pane.table.files
        await press(pilot, "x")
        assert job.id in text(pilot) and "Needed by" in text(pilot)
        await later(pilot, 1.0)
        await press(pilot, *"a.jsonl", "enter", "enter")
        await until(pilot, lambda: not pane.table.files)


async def test_nothing_is_deleted_while_it_cannot_be_read_whether_a_job_needs_it_by_now(
    sandbox: SandboxServer, fault_proxy: FaultProxy, open_session, tmp_path: Path
) -> None:
    session = open_session(fault_proxy.base_url)
    upload(session, write_sample_training_file(tmp_path / "a.jsonl", 20))
    async with open_files(session) as (pilot, pane):
        await press(pilot, "x")
        await later(pilot, 1.0)
        fault_proxy.always("GET /fine_tuning/jobs", error_answer(403, commit=False))
        await press(pilot, *"a.jsonl", "enter", "enter")
        await until(pilot, lambda: "Nothing was deleted" in toast(pilot.app))
        assert pane.table.files


async def test_one_failed_deletion_of_many_hides_no_other_and_none_is_sent_twice(
    sandbox: SandboxServer, fault_proxy: FaultProxy, open_session, tmp_path: Path
) -> None:
    session = open_session(fault_proxy.base_url)
    for number in range(3):
        path = write_sample_training_file(tmp_path / f"{number}.jsonl", 10)
        content = path.read_text().replace("bike", f"bike {number}")
        path.write_text(content)
        upload(session, path)
    async with open_files(session) as (pilot, pane):
        fault_proxy.script("DELETE /files/", None, error_answer(409, commit=False))
        await press(pilot, "space", "space", "space", "x")
        await later(pilot, 1.0)
        await press(pilot, "3", "enter", "enter")
        await until(pilot, lambda: len(pane.table.files) == 1)
        await later(pilot, 0.5)
        deletions = {call: n for call, n in fault_proxy.seen.items() if call.startswith("DELETE")}
        assert list(deletions.values()) == [1, 1, 1]


async def test_a_file_that_is_processed_changes_by_itself(
    sandbox: SandboxServer, fault_proxy: FaultProxy, open_session, tmp_path: Path
) -> None:
    session = open_session(fault_proxy.base_url)
    stored = upload(session, write_sample_training_file(tmp_path / "a.jsonl", 10))
    early = [{"id": stored, "object": "file", "filename": "a.jsonl", "status": "uploaded"}]
    page = json.dumps({"object": "list", "data": early}).encode()
    fault_proxy.script("GET /files$", Fault("answer", commit=False, body=page))
    async with open_files(session) as (pilot, _pane):
        assert "uploaded" in text(pilot)
        await later(pilot, 4.0)
        await until(pilot, lambda: "processed" in text(pilot))


async def test_what_others_delete_is_gone_and_what_is_listed_in_spite_of_its_deletion_is_told(
    sandbox: SandboxServer, fault_proxy: FaultProxy, open_session, tmp_path: Path
) -> None:
    session = open_session(fault_proxy.base_url)
    early, late = (
        upload(session, write_sample_training_file(tmp_path / name, 10))
        for name in ("a.jsonl", "b.jsonl")
    )
    async with open_files(session) as (pilot, pane):
        session.thread.wait(session.handle.delete_file(early))
        await later(pilot, 90.0)
        await until(pilot, lambda: "gone" in text(pilot))
        assert [file.id for file in pane.table.files] == [late]
        told = json.dumps({"id": late, "object": "file", "deleted": True}).encode()
        fault_proxy.script("DELETE /files/", Fault("answer", commit=False, body=told))
        pane.table.move_to(late)
        await press(pilot, "x")
        await later(pilot, 1.0)
        await press(pilot, *"b.jsonl", "enter", "enter")
        await until(pilot, lambda: not pane.table.files)
        await press(pilot, "r")
        await until(pilot, lambda: "lists it all the same" in toast(pilot.app))


async def test_a_page_that_was_read_before_a_deletion_does_not_tell_of_a_file_that_stays(
    sandbox: SandboxServer, fault_proxy: FaultProxy, open_session, tmp_path: Path
) -> None:
    session = open_session(fault_proxy.base_url)
    upload(session, write_sample_training_file(tmp_path / "a.jsonl", 10))
    async with open_files(session) as (pilot, pane):
        app, asked = pilot.app, fault_proxy.seen["GET /files"]
        assert isinstance(app, OpenAIInterfaceFT)
        fault_proxy.script("GET /files", Fault("held"))
        app.utils.files.load()
        await until(pilot, lambda: fault_proxy.seen["GET /files"] > asked, {"files"})
        app.utils.files.file_gone(pane.table.files[0])
        fault_proxy.let_go()
        await until(pilot, lambda: not pane.state.loading)
        assert not pane.state.failed
        assert not pane.table.files
        assert "lists it all the same" not in toast(pilot.app)


async def test_a_list_that_was_stopped_says_so_whatever_page_comes_late() -> None:
    host = FilesHost([], [])
    async with host.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        host.pane.state.loaded = False
        host.tell(FilesLoading())
        host.tell(FilesPage((make_file(1, "first.jsonl"),)))
        host.tell(FilesFailed(ServiceError("Loading the files was stopped.")))
        host.tell(FilesPage((make_file(2, "late.jsonl"),)))
        await until(pilot, lambda: "late.jsonl" in screen_text(host))
        shown = screen_text(host)
        assert "Loading the files was stopped." in shown and "not all" in shown


def test_a_page_without_entries_that_goes_on_misses_no_file() -> None:
    known = TrainingFile("file-a", "file-a", created_at=datetime(2026, 11, 27, tzinfo=UTC))
    assert missed_by(Page((), has_more=True), [known]) == []
    assert missed_by(Page(()), [known]) == ["file-a"]


def upload(session: Session, path: Path) -> str:
    from fttui.training_data.files import open_checked

    with open_checked(path) as file:
        return session.thread.wait(session.handle.upload_training_file(file)).raw_id


@pytest.mark.parametrize("size", [(80, 24), (60, 16)])
async def test_results_are_saved_as_rows_and_nothing_is_overwritten(
    sandbox: SandboxServer, session: Session, tmp_path: Path, monkeypatch, size: tuple[int, int]
) -> None:
    fill_with_samples(sandbox)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "step_metrics.csv").write_text("mine")
    async with open_files(session, size) as (pilot, _pane):
        await press(pilot, "g", "D")
        assert "step_metrics-2.csv" in text(pilot)
        await press(pilot, *["backspace"] * 4, *".json", "enter")
        await until(pilot, (tmp_path / "step_metrics-2.json").exists)
    assert (tmp_path / "step_metrics.csv").read_text() == "mine"
    assert '"train_loss"' in (tmp_path / "step_metrics-2.json").read_text()
