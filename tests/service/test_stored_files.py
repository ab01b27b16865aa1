"""Files on a real server: who uses them, uploads that go on, deletions and downloads that fail."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from faults.proxy import Fault, FaultProxy, error_answer
from fttui.disk.writing import NotWritten, new_files
from fttui.server import SandboxServer, fill_with_samples, write_sample_training_file
from fttui.services.aside import aside
from fttui.services.endpoint.errors import ServiceError
from fttui.services.endpoint.models import TrainingFile
from fttui.services.session import Session
from fttui.services.stored_files.content import fetch, save
from fttui.services.stored_files.deleting import delete_file
from fttui.services.stored_files.names import local_copy
from fttui.services.stored_files.uses import UseState, read_newer, read_uses
from fttui.services.submission.lone_upload import Listeners, upload_file
from fttui.services.submission.types import UploadOptions
from fttui.storage.file_records import read_records
from fttui.training_data.files import open_checked
from scripted_endpoint import scripted_endpoint


@pytest.fixture
def through(open_session: Callable[..., Session], fault_proxy: FaultProxy) -> Session:
    """A session whose every call passes the proxy."""
    return open_session(fault_proxy.base_url)


def uploaded(session: Session, path: Path, options: UploadOptions | None = None) -> TrainingFile:
    options = options or UploadOptions(tries=1)
    with open_checked(path) as file:
        work = upload_file(
            session.handle, session.journal, session.account, file, options, Listeners(print)
        )
        stored, sha256 = session.thread.wait(work)
    session.journal.remember_file(session.account, sha256, stored.raw_id)
    return stored


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_sample_training_file(tmp_path / "train.jsonl", 60)


def test_the_jobs_of_the_list_are_the_uses_of_files(sandbox: SandboxServer, session) -> None:
    fill_with_samples(sandbox)
    uses = session.thread.wait(read_uses(session.handle))
    files = session.thread.wait(session.handle.list_files()).items
    assert uses.knows_all
    assert {uses.state(file) for file in files} == {UseState.USED}


def test_a_list_of_jobs_that_fails_or_lacks_some_tells_of_no_file_that_it_is_unused() -> None:
    file = TrainingFile("file-a", purpose="fine-tune")
    with scripted_endpoint() as endpoint:
        handle = endpoint.handle()
        endpoint.jobs = [{"id": "j", "status": "running", "training_file": "file-b"}]
        assert asyncio.run(read_uses(handle)).state(file) is UseState.UNUSED
        endpoint.jobs.append("no job at all")  # type: ignore[arg-type]
        assert asyncio.run(read_uses(endpoint.handle())).state(file) is UseState.UNKNOWN
        endpoint.refusals["jobs"] = 403
        uses = asyncio.run(read_uses(endpoint.handle()))
        assert uses.state(file) is UseState.UNKNOWN and uses.problem


def test_a_list_of_jobs_that_leaves_their_files_out_tells_of_no_file_that_it_is_unused() -> None:
    brief = {"id": "j", "status": "succeeded", "training_file": "file-b"}
    with scripted_endpoint() as endpoint:
        endpoint.jobs = [brief]
        endpoint.answers["j"] = {**brief, "validation_file": "file-v"}
        uses = asyncio.run(read_uses(endpoint.handle()))
    assert uses.state(TrainingFile("file-a", purpose="fine-tune")) is UseState.UNKNOWN
    assert uses.state(TrainingFile("file-v", purpose="fine-tune")) is UseState.USED


@pytest.mark.parametrize("is_oldest_first", [False, True])
def test_jobs_that_came_meanwhile_are_read_to_the_last_of_them(is_oldest_first: bool) -> None:
    def jobs(count: int) -> list[dict[str, object]]:
        found: list[dict[str, object]] = [
            {"id": f"j{n}", "status": "queued", "training_file": f"f{n}", "created_at": 10 + n}
            for n in range(count)
        ]
        return found if is_oldest_first else found[::-1]

    with scripted_endpoint() as endpoint:
        endpoint.jobs = jobs(250)
        uses = asyncio.run(read_uses(endpoint.handle()))
        endpoint.jobs = jobs(400)
        newer = asyncio.run(read_newer(endpoint.handle(), uses))
    assert {f"j{n}" for n in range(250, 400)} <= {job.id for job in newer}


async def test_a_disk_that_hangs_holds_up_nothing_else_and_is_given_up(tmp_path: Path) -> None:
    hangs = threading.Event()
    with scripted_endpoint() as endpoint:
        endpoint.contents["file-a"] = b"{}"
        handle = endpoint.handle()

        async def take() -> None:
            async with aside(new_files(tmp_path / "x"), patience=0.01) as (_files, disk):
                await disk.do(hangs.wait, 20)

        stuck = asyncio.create_task(take())
        file = TrainingFile("file-a", "file-a", "a.jsonl", 2, "fine-tune")
        assert await save(handle, file, tmp_path / "other") == 2
        assert not stuck.done()
        stuck.cancel()
        with pytest.raises(asyncio.CancelledError):
            await stuck
        hangs.set()
        await asyncio.get_running_loop().shutdown_default_executor()
        await handle.close()
    assert [path.name for path in tmp_path.iterdir()] == ["other"]


def test_an_upload_that_was_interrupted_goes_on_where_it_stopped(
    through: Session, fault_proxy: FaultProxy, path: Path
) -> None:
    options = UploadOptions(direct_bytes=0, part_bytes=4_000, tries=1, window=1)
    busy = error_answer(503, commit=False)
    fault_proxy.script("POST /uploads/[^/]*/parts$", None, None, busy)
    with pytest.raises(ServiceError):
        uploaded(through, path, options)
    (left,) = through.submissions.unfinished_items()
    assert (left.kind, left.actions) == ("lone_upload", ("upload", "forget"))
    assert f"{path} is uploaded to " in left.sentence and "The rest can be sent" in left.sentence
    fault_proxy.seen.clear()
    stored = uploaded(through, path, options)
    assert through.submissions.unfinished_items() == []
    calls = sum(count for call, count in fault_proxy.seen.items() if "/parts" in call)
    assert calls == -(-path.stat().st_size // 4_000) - 2
    assert "POST /uploads" not in fault_proxy.seen
    assert local_copy(through, stored) == path
    path.write_text("{}")
    assert local_copy(through, stored) is None


def test_an_interrupted_upload_that_is_let_go_is_given_up_at_the_endpoint_too(
    through: Session, fault_proxy: FaultProxy, path: Path
) -> None:
    options = UploadOptions(direct_bytes=0, part_bytes=4_000, tries=1, window=1)
    fault_proxy.script("/parts$", error_answer(403, commit=False))
    with pytest.raises(ServiceError):
        uploaded(through, path, options)
    (left,) = through.submissions.unfinished_items()
    assert "is uploaded to 0 %" in left.sentence
    fault_proxy.script("/parts$", None, error_answer(403, commit=False))
    with pytest.raises(ServiceError):
        uploaded(through, path, options)
    (left,) = through.submissions.unfinished_items()
    fault_proxy.seen.clear()
    through.thread.wait(through.submissions.recover(left.submission_id, "forget"))
    assert through.submissions.unfinished_items() == []
    assert [call for call in fault_proxy.seen if call.endswith("/cancel")]


def test_a_deletion_whose_answer_is_lost_is_looked_up(
    through: Session, fault_proxy: FaultProxy, path: Path
) -> None:
    stored = uploaded(through, path)
    fault_proxy.script("DELETE /files/", Fault("reset"))
    through.thread.wait(delete_file(through, stored))
    assert through.thread.wait(through.handle.list_files()).items == ()
    assert through.submissions.spare_files() == []
    assert through.list_owner is not None
    assert read_records(through.list_owner)[stored.id].is_deleted


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b'{"id": "x", "object": "file", "deleted": false}'),
        (200, b'{"deleted": "false"}'),
        (200, b'{"error": {"message": "a job needs it"}}'),
        (200, b"{}"),
        (200, b"busy"),
        (200, b'{"id": "file-other", "deleted": true}'),
        (404, b'{"detail": "Not Found"}'),
        (404, b"<html>nothing here</html>"),
    ],
)
def test_a_deletion_that_was_not_done_is_no_success(
    through: Session, fault_proxy: FaultProxy, path: Path, status: int, body: bytes
) -> None:
    stored = uploaded(through, path)
    told = Fault("answer", commit=False, status=status, body=body)
    fault_proxy.script("DELETE /files/", told)
    with pytest.raises(ServiceError):
        through.thread.wait(delete_file(through, stored))
    assert through.submissions.spare_files() == [stored.raw_id]


def test_a_deletion_that_was_done_is_a_success_although_a_no_was_answered(
    through: Session, fault_proxy: FaultProxy, path: Path
) -> None:
    stored = uploaded(through, path)
    body = b'{"object": "file", "deleted": false}'
    fault_proxy.script("DELETE /files/", Fault("answer", commit=True, status=200, body=body))
    through.thread.wait(delete_file(through, stored))
    assert through.submissions.spare_files() == []


def test_a_vague_answer_without_a_look_afterwards_leaves_open_whether_a_file_is_deleted(
    through: Session, fault_proxy: FaultProxy, path: Path
) -> None:
    stored = uploaded(through, path)
    fault_proxy.script("DELETE /files/", Fault("answer", commit=True, status=200, body=b"{}"))
    fault_proxy.always("GET /files/", error_answer(500, commit=False))
    with pytest.raises(ServiceError) as failed:
        through.thread.wait(delete_file(through, stored))
    assert failed.value.may_be_done
    assert through.submissions.spare_files() == [stored.raw_id]


def test_a_download_is_whole_or_leaves_nothing(session: Session, tmp_path: Path) -> None:
    with scripted_endpoint() as endpoint:
        endpoint.contents["file-a"] = content = json.dumps({"a": 1}).encode() * 1_000
        handle, target = endpoint.handle(), tmp_path / "mine.jsonl"
        lying = TrainingFile("file-a", "file-a", "a.jsonl", len(content) + 1, "fine-tune")
        with pytest.raises(ServiceError, match="nothing was written"):
            asyncio.run(save(handle, lying, target))
        assert not [*tmp_path.glob("*mine*")]
        file = TrainingFile("file-a", "file-a", "a.jsonl", len(content), "fine-tune")
        assert asyncio.run(save(endpoint.handle(), file, target)) == len(content)
        assert target.read_bytes() == content
        with pytest.raises(NotWritten):
            asyncio.run(save(endpoint.handle(), file, target))
        assert not asyncio.run(fetch(endpoint.handle(), file, tmp_path / "part", 100))
        assert (tmp_path / "part").stat().st_size == 100
