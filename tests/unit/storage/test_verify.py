"""An archive is sound when each of its bytes is as it was written, and nothing is beside it."""

from __future__ import annotations

import json
import os
import random
import tracemalloc
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from archives import entry_records, write_archive, write_index
from fttui.storage.archive import verify as verifying
from fttui.storage.archive.verify import Finding, NotAnArchive, verify


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return write_archive(tmp_path / "archive")


def kinds(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.kind, finding.path) for finding in findings]


def files_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_an_archive_as_it_was_written_is_sound(archive: Path) -> None:
    assert verify(archive) == []


def test_every_single_changed_byte_is_found(tmp_path: Path) -> None:
    folder = tmp_path
    (folder / "jobs.jsonl").write_bytes(b'{"id":"ftjob-1"}\n')
    (folder / "notes.jsonl").touch()
    write_index(folder)
    for path in files_of(folder):
        content = path.read_bytes()
        for at in range(len(content)):
            changed = bytearray(content)
            changed[at] ^= 1 << at % 8
            path.write_bytes(changed)
            name = path.relative_to(folder).as_posix()
            assert name in {finding.path for finding in verify(folder)}, (name, at)
        path.write_bytes(content)
    assert verify(folder) == []


def test_every_cut_and_every_added_byte_is_found(archive: Path) -> None:
    chance = random.Random(7)
    for path in files_of(archive):
        content = path.read_bytes()
        place = chance.randrange(len(content) + 1)
        longer = content[:place] + b" " + content[place:]
        for other in (content + b"\n", longer, content[:-1], content[:place], b""):
            if other == content:
                continue
            path.write_bytes(other)
            assert path.relative_to(archive).as_posix() in {one.path for one in verify(archive)}
        path.write_bytes(content)
    assert verify(archive) == []


def test_every_missing_file_is_found_and_nothing_else(archive: Path) -> None:
    for path in files_of(archive):
        content = path.read_bytes()
        name = path.relative_to(archive).as_posix()
        path.unlink()
        expected = [] if name == "archive.lock" else [("missing", name)]
        assert kinds(verify(archive)) == expected
        path.write_bytes(content)


def test_a_missing_folder_is_each_of_its_files(archive: Path) -> None:
    for path in (archive / "jobs/ftjob-0001").iterdir():
        path.unlink()
    (archive / "jobs/ftjob-0001").rmdir()
    found = kinds(verify(archive))
    assert len(found) == 6
    assert {kind for kind, _path in found} == {"missing"}


@pytest.mark.parametrize(
    ("path", "make"),
    [
        ("added.txt", Path.touch),
        ("jobs/added", Path.touch),
        ("jobs/ftjob-0001/.fttui-0123-4567.part", Path.touch),
        ("jobs/ftjob-0001-x", Path.touch),
        ("contents/0", Path.touch),
        ("zz", Path.touch),
        ("jobs/archive.lock", Path.touch),
        ("jobs/index.json", Path.touch),
        ("link", lambda path: path.symlink_to("/etc/passwd")),
        ("loop", lambda path: path.symlink_to(path)),
        ("pipe", os.mkfifo),
    ],
)
def test_whatever_is_added_is_found(
    archive: Path, path: str, make: Callable[[Path], object]
) -> None:
    make(archive / path)
    assert kinds(verify(archive)) == [("added", path)]


def test_an_added_folder_is_found_with_what_is_in_it(archive: Path) -> None:
    (archive / "jobs/empty").mkdir()
    (archive / "more/below").mkdir(parents=True)
    (archive / "more/below/x").touch()
    (archive / "jobs-").mkdir()
    assert kinds(verify(archive)) == [
        ("added", "jobs-/"),
        ("added", "jobs/empty/"),
        ("added", "more/"),
        ("added", "more/below/"),
        ("added", "more/below/x"),
    ]


def test_a_very_deep_folder_is_found_and_not_followed_to_its_end(archive: Path) -> None:
    (archive / "/".join(["a"] * 400)).mkdir(parents=True)
    found = verify(archive)
    assert 1 <= len(found) <= 20
    assert {kind for kind, _path in kinds(found)} == {"added"}


def test_a_link_in_the_place_of_a_file_is_never_followed(archive: Path, tmp_path: Path) -> None:
    path = archive / "jobs.jsonl"
    path.rename(tmp_path / "same")
    path.symlink_to(tmp_path / "same")
    assert kinds(verify(archive)) == [("changed", "jobs.jsonl")]


def test_a_folder_that_becomes_a_link_meanwhile_is_not_followed(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (archive / "contents").rename(tmp_path / "same")
    (archive / "contents").symlink_to(tmp_path / "same")

    def seen_before(entry: os.DirEntry[str]) -> bytes:
        return os.fsencode(entry.name) + (b"/" if entry.is_dir() else b"")

    monkeypatch.setattr(verifying, "_ordered", seen_before)
    assert kinds(verify(archive)) == [("unreadable", "contents/")]


def test_a_link_in_the_place_of_a_folder_is_never_followed(archive: Path, tmp_path: Path) -> None:
    (archive / "contents").rename(tmp_path / "same")
    (archive / "contents").symlink_to(tmp_path / "same")
    assert [kind for kind, _path in kinds(verify(archive))] == ["added", "missing"]


@pytest.mark.parametrize("name", ["index.json", "archive.lock", "unfinished.json"])
def test_a_link_in_the_place_of_its_own_files_is_found(
    archive: Path, tmp_path: Path, name: str
) -> None:
    path = archive / name
    other = tmp_path / "other"
    other.write_bytes(path.read_bytes() if path.exists() else b"{}")
    path.unlink(missing_ok=True)
    path.symlink_to(other)
    assert name in {finding.path for finding in verify(archive) if finding.kind != "unfinished"}


def test_a_folder_in_the_place_of_a_file_is_found(archive: Path) -> None:
    (archive / "jobs.jsonl").unlink()
    (archive / "jobs.jsonl").mkdir()
    assert kinds(verify(archive)) == [("missing", "jobs.jsonl"), ("added", "jobs.jsonl/")]


@pytest.mark.parametrize("name", ["jobs.jsonl", "index.json"])
def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(archive: Path, name: str) -> None:
    (archive / name).unlink()
    os.mkfifo(archive / name)
    assert [finding.path for finding in verify(archive)] == [name]


def test_a_lock_that_has_content_is_found(archive: Path) -> None:
    (archive / "archive.lock").write_bytes(b"x")
    assert kinds(verify(archive)) == [("changed", "archive.lock")]


def test_a_run_that_was_stopped_is_found(archive: Path) -> None:
    (archive / "unfinished.json").write_text("{}")
    (found,) = verify(archive)
    assert (found.kind, found.path) == ("unfinished", "unfinished.json")
    assert "Run `fttui archive` again" in found.sentence
    (archive / "index.json").unlink()
    assert kinds(verify(archive)) == [("unfinished", "unfinished.json")]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_found(archive: Path) -> None:
    (archive / "jobs.jsonl").chmod(0)
    (archive / "contents").chmod(0)
    found = verify(archive)
    (archive / "contents").chmod(0o700)
    assert kinds(found) == [("unreadable", "contents/"), ("unreadable", "jobs.jsonl")]


def test_what_cannot_be_opened_is_one_finding_with_the_reason(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = os.open

    def refuse(name: Any, flags: int, **options: Any) -> int:
        if name in (b"ftjob-0001", "jobs.jsonl"):
            raise PermissionError(13, "no")
        return opened(name, flags, **options)

    monkeypatch.setattr(verifying.os, "open", refuse)
    found = verify(archive)
    assert kinds(found) == [("unreadable", "jobs.jsonl"), ("unreadable", "jobs/ftjob-0001/")]
    assert found[0].sentence == "It cannot be read: you may not read it."


@pytest.mark.parametrize("content", [None, b"", b"{}", b'{"name": "a web page"}\n'])
def test_another_folder_is_no_archive(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "index.json").write_bytes(content)
    with pytest.raises(NotAnArchive, match="is not an archive"):
        verify(tmp_path)


def test_no_folder_is_no_archive(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NotAnArchive, match="no such file"):
        verify(tmp_path / "none")
    with pytest.raises(NotAnArchive, match="not a folder"):
        verify(tmp_path / "file")


def test_another_version_is_told_and_its_files_compared_all_the_same(tmp_path: Path) -> None:
    folder = write_archive(tmp_path / "archive", version=2)
    (folder / "jobs.jsonl").write_bytes(b"")
    found = verify(folder)
    assert kinds(found) == [("unreadable", "index.json"), ("changed", "jobs.jsonl")]
    assert "Version 2" in found[0].sentence


def test_an_index_that_ends_before_its_list_does_not_make_all_files_added(archive: Path) -> None:
    path = archive / "index.json"
    path.write_bytes(path.read_bytes()[:80])
    assert kinds(verify(archive)) == [("changed", "index.json")]


def _entry(path: Any, content: bytes = b"secret", **told: Any) -> dict[str, Any]:
    digest = sha256(content).hexdigest()
    return {"path": path, "sha256": digest, "size": len(content), **told}


@pytest.mark.parametrize(
    "entry",
    [
        _entry("../secret"),
        _entry("jobs/../../secret"),
        _entry("/etc/passwd"),
        _entry("./secret"),
        _entry("jobs//secret"),
        _entry(""),
        _entry("."),
        _entry("a/b/c/d/e"),
        _entry("a\x00b"),
        _entry("a\x1bb"),
        _entry("index.json"),
        _entry("archive.lock"),
        _entry(5),
        _entry(None),
        _entry(["x"]),
        _entry("x", size=-1),
        _entry("x", size=True),
        _entry("x", size="6"),
        _entry("x", size=1.5),
        _entry("x", sha256="AB" * 32),
        _entry("x", sha256=None),
        {},
    ],
)
def test_a_hostile_entry_is_found_and_leads_nowhere(
    archive: Path, tmp_path: Path, entry: dict[str, Any]
) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    entries = [*entry_records(archive), entry]
    write_index(archive, entries=sorted(entries, key=lambda one: str(one.get("path"))))
    assert kinds(verify(archive)) == [("unreadable", "index.json")]


@pytest.mark.parametrize(
    "line", ["[]", "null", "5", '"x"', "{", "[" * 30_000, "x" * 200_000, "\\ud800", ""]
)
def test_a_line_that_is_no_entry_is_found(archive: Path, line: str) -> None:
    path = archive / "index.json"
    lines = path.read_bytes().split(b"\n")[:-3]
    at = lines.index(b'"files": [') + 1
    body = b"\n".join([*lines[:at], line.encode() + b",", *lines[at:]]) + b"\n"
    digest = sha256(body).hexdigest().encode()
    path.write_bytes(body + b'"sha256": "' + digest + b'"\n}\n')
    assert set(kinds(verify(archive))) == {("unreadable", "index.json")}


def test_an_entry_that_comes_twice_or_out_of_order_is_found(archive: Path) -> None:
    entries = entry_records(archive)
    write_index(archive, entries=[*entries, entries[-1]])
    assert kinds(verify(archive)) == [("unreadable", "index.json")]
    write_index(archive, entries=[*entries[1:], entries[0]])
    first = str(entries[0]["path"])
    assert set(kinds(verify(archive))) == {("unreadable", "index.json"), ("added", first)}


def test_names_that_would_steer_a_terminal_are_shown_safely(archive: Path) -> None:
    (archive / "a\x1b[2J\u202eb").touch()
    os.close(os.open(os.fsencode(archive) + b"/\xff", os.O_CREAT))
    shown = "".join(path + text for path, text in ((f.path, f.sentence) for f in verify(archive)))
    assert shown.isprintable()
    assert "␛[2J" in shown


def test_progress_ends_with_all_files_done(archive: Path) -> None:
    (archive / "jobs.jsonl").unlink()
    (archive / "added").touch()
    told: list[tuple[int, int]] = []
    verify(archive, lambda done, total: told.append((done, total)))
    count = len(json.loads((archive / "index.json").read_bytes())["files"])
    assert told == [(done, count) for done in range(count + 1)]


def test_after_too_many_findings_no_more_are_looked_for(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifying, "MOST_FINDINGS", 4)
    for number in range(9):
        (archive / f"added-{number}").touch()
    told: list[int] = []
    found = verify(archive, lambda done, _total: told.append(done))
    assert len(found) == 5
    assert told == [0]
    assert "first 4" in found[-1].sentence
    (archive / "added-4").unlink()
    for number in range(5, 9):
        (archive / f"added-{number}").unlink()
    assert len(verify(archive)) == 4


def test_a_large_file_is_not_held_in_memory(tmp_path: Path) -> None:
    folder = write_archive(tmp_path / "archive", 0, files={"file-1": b"x" * (12 << 20)})
    tracemalloc.start()
    try:
        assert verify(folder) == []
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 << 20
