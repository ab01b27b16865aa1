"""A run into an archive that somebody or a power loss has changed: nothing outside is touched."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from archiving import save, timeless
from fttui.server import ManualClock, SandboxServer, seed_many_jobs
from fttui.services.session import Session
from fttui.storage.archive.folder import ArchiveRefused
from fttui.storage.archive.verify import verify

LISTED = '{"id": "evil", "record": {"id": "evil"}}\n'


@pytest.fixture
def archive(
    sandbox: SandboxServer, clock: ManualClock, session: Session, tmp_path: Path
) -> tuple[Path, dict[str, bytes]]:
    """A whole archive, and what it holds."""
    seed_many_jobs(sandbox, 2)
    save(session, tmp_path / "a")
    return tmp_path / "a", timeless(tmp_path / "a")


def a_job(folder: Path) -> Path:
    return min((folder / "jobs").iterdir())


def ask_again(job: Path) -> None:
    """Have the next run save the job anew."""
    saved = json.loads((job / "saved.json").read_text())
    (job / "saved.json").write_text(json.dumps(saved | {"final": False}))


def moved_out(path: Path, outside: Path) -> None:
    """Leave a link where `path` was, to where it is now."""
    shutil.move(path, outside / "moved")
    path.symlink_to(outside / "moved")


@pytest.mark.parametrize(
    "place",
    [lambda a: a / "jobs", a_job, lambda a: a / "contents"],
    ids=["jobs", "job", "contents"],
)
def test_nothing_is_written_where_a_link_leads(
    place: Callable[[Path], Path],
    archive: tuple[Path, dict[str, bytes]],
    session: Session,
    tmp_path: Path,
) -> None:
    folder, _whole = archive
    ask_again(a_job(folder))
    outside = tmp_path / "outside"
    outside.mkdir()
    moved_out(place(folder), outside)
    before = {path: path.stat().st_mtime_ns for path in outside.rglob("*")}
    with pytest.raises(OSError, match="is a link, not a folder"):
        save(session, folder)
    assert {path: path.stat().st_mtime_ns for path in outside.rglob("*")} == before


def test_a_folder_that_takes_the_place_of_the_archive_is_not_touched(
    archive: tuple[Path, dict[str, bytes]], session: Session, tmp_path: Path
) -> None:
    from fttui.services.archive.begin import open_folder

    folder, _whole = archive
    (tmp_path / "other").mkdir()
    opened = open_folder(session, folder)
    try:
        folder.rename(tmp_path / "kept")
        folder.symlink_to(tmp_path / "other")
        opened.begin()
        opened.write("jobs.jsonl", [b"{}\n"], "")
    finally:
        opened.close()
    assert not any((tmp_path / "other").iterdir())
    assert (tmp_path / "kept/jobs.jsonl").read_bytes() == b"{}\n"


@pytest.mark.parametrize("name", ["jobs.jsonl", "files.jsonl", "models.jsonl", "notes.jsonl"])
@pytest.mark.parametrize("kind", ["link", "pipe", "garbage", "zeros", "cut"])
def test_a_list_that_is_none_adds_nothing_to_the_new_one(
    name: str,
    kind: str,
    archive: tuple[Path, dict[str, bytes]],
    session: Session,
    tmp_path: Path,
) -> None:
    folder, whole = archive
    path = folder / name
    content = path.read_bytes()
    path.unlink()
    (tmp_path / "outside").write_text(LISTED)
    if kind == "link":
        path.symlink_to(tmp_path / "outside")
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.write_bytes(
            {"garbage": b"x\n\xff\n[]\n", "zeros": bytes(900), "cut": content[:-9]}[kind]
        )
    assert save(session, folder).is_whole
    assert timeless(folder) == whole
    assert not verify(folder)


@pytest.mark.parametrize("place", ["jobs/{}/events.jsonl", "jobs/{}/saved.json", "index.json"])
def test_no_run_waits_for_a_pipe(
    place: str, archive: tuple[Path, dict[str, bytes]], session: Session
) -> None:
    folder, whole = archive
    ask_again(a_job(folder))
    path = folder / place.format(a_job(folder).name)
    path.unlink()
    os.mkfifo(path)
    assert save(session, folder).is_whole
    assert timeless(folder) == whole


def test_a_content_that_is_no_content_of_the_archive_is_asked_again(
    archive: tuple[Path, dict[str, bytes]], session: Session, tmp_path: Path
) -> None:
    folder, whole = archive
    (tmp_path / "secret").write_text("step,train_loss\n77,0.125\n")
    size = (tmp_path / "secret").stat().st_size
    for path in folder.glob("files/*/saved.json"):
        saved = json.loads(path.read_text())
        if saved["content"]:
            saved["content"] |= {"path": "../secret", "size": size}
            path.write_text(json.dumps(saved | {"decoded": None}))
    for job in (folder / "jobs").iterdir():
        ask_again(job)
    assert save(session, folder).is_whole
    assert timeless(folder) == whole


def test_what_a_power_loss_left_of_a_run_is_saved_again(
    archive: tuple[Path, dict[str, bytes]], session: Session
) -> None:
    folder, whole = archive
    (folder / "unfinished.json").write_bytes(b"")
    for path in folder.rglob("*"):
        if path.is_file() and path.name not in ("archive.lock", "unfinished.json"):
            path.write_bytes(bytes(path.stat().st_size))
    assert save(session, folder).is_whole
    assert timeless(folder) == whole
    assert not verify(folder)


def test_the_files_of_another_program_are_left_alone(session: Session, tmp_path: Path) -> None:
    for number, name in enumerate(("index.json", "archive.lock", "unfinished.json")):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / name).write_text('{"name": "my site"}')
        (folder / "index.html").write_text("<h1>mine</h1>")
        with pytest.raises(ArchiveRefused, match="holds other files"):
            save(session, folder)
        assert (folder / "index.html").read_text() == "<h1>mine</h1>"
        assert len(list(folder.iterdir())) == 2
