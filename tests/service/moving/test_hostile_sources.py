"""What an old endpoint that lies, or is broken, gives in the place of a job's file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from faults.harness import hasty
from fttui.services.moving.fetching import Fetcher, NotFetchedError
from fttui.services.moving.origin import origin_of
from fttui.services.session import Session
from fttui.storage.folders import state_folder
from fttui.storage.journal import Account
from fttui.storage.moved_files import MovedFiles
from recording_endpoint import Recording, recording_endpoint

GOOD = b'{"messages": []}\n'
MOST = 1000


@pytest.fixture
def place() -> Iterator[Recording]:
    with recording_endpoint() as found:
        yield found


@pytest.fixture
def source(place: Recording, tmp_path: Path) -> Iterator[Session]:
    environ = {"OPENAI_API_KEY": "sk-of-the-old-one", "OPENAI_BASE_URL": place.base_url}
    session = Session.open(environ=environ, options=hasty(tmp_path / "journal", tries=1))
    yield session
    session.close()


def files() -> MovedFiles:
    return MovedFiles.of(Account("new.example", "k"))


def fetch(source: Session, file_id: str) -> Path:
    return source.thread.wait(Fetcher(source, files(), MOST).fetch(file_id)).path


def offer(place: Recording, file_id: str, content: object, **told: Any) -> None:
    record = {"id": file_id, "bytes": 17, "filename": "train.jsonl", **told}
    place.answers[f"GET files/{file_id}"] = (200, record)
    place.answers[f"GET files/{file_id}/content"] = (200, content)


def test_a_file_is_kept_privately_by_what_it_holds_and_asked_for_once(
    place: Recording, source: Session
) -> None:
    offer(place, "file-1", GOOD, filename="../../\x1b[2Jmy\u202efile.jsonl")
    path = fetch(source, "file-1")
    assert path.read_bytes() == GOOD and path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert path.is_relative_to(state_folder()) and path.name.isascii() and path.suffix == ".jsonl"
    asked = len(place.requests)
    assert fetch(source, "file-1") == path and len(place.requests) == asked
    path.write_bytes(b"changed since\n")
    assert fetch(source, "file-1").read_bytes() == GOOD
    files().keep_only([])
    assert not list(state_folder().glob("moving/*"))


@pytest.mark.parametrize(
    ("content", "told", "why"),
    [
        (GOOD, {"bytes": 5000}, "at most"),
        (b"x" * 5000, {"bytes": None}, "too large|more than|larger"),
        (GOOD, {"bytes": 12}, "said to have"),
        (GOOD, {"bytes": 18}, "Only 17 B of its 18 B"),
        (b"", {"bytes": 0}, "empty"),
    ],
)
def test_what_is_not_as_it_was_told_is_refused_and_leaves_nothing(
    place: Recording,
    source: Session,
    content: bytes,
    told: dict[str, Any],
    why: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("fttui.services.archive.throttle.TRIES", 1)
    offer(place, "file-1", content, **told)
    with pytest.raises(NotFetchedError, match=why):
        fetch(source, "file-1")
    assert [path for path in state_folder().glob("moving/**/*") if path.is_file()] == []


@pytest.mark.parametrize("file_id", ["../../x", "..", "a b", "a\x1bb", ""])
def test_an_id_is_never_a_path(place: Recording, source: Session, file_id: str) -> None:
    with pytest.raises(NotFetchedError):
        fetch(source, file_id)
    assert not any(".." in request.path.split("/") for request in place.requests)


def test_content_that_is_not_what_was_sent_from_here_is_refused(
    place: Recording, source: Session
) -> None:
    source.journal.remember_file(source.account, "0" * 64, "file-1")
    offer(place, "file-1", GOOD)
    with pytest.raises(NotFetchedError, match="not what was"):
        fetch(source, "file-1")


def test_a_redirect_is_not_followed_and_a_file_that_is_gone_is_told(
    place: Recording, source: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fttui.services.archive.throttle.TRIES", 1)
    offer(place, "file-1", GOOD)
    place.answers["GET files/file-1/content"] = (302, {})
    with pytest.raises(NotFetchedError, match="could not be had"):
        fetch(source, "file-1")
    place.answers["GET files/file-1/content"] = (404, {"detail": "Not Found"})
    place.answers["GET files"] = (200, [])
    with pytest.raises(NotFetchedError, match="does not give its content"):
        fetch(source, "file-1")
    gone = {"error": {"message": "No such File object: file-2", "code": None, "param": "id"}}
    for call in ("files/file-2", "files", "files/file-2/content"):
        place.answers[f"GET {call}"] = (404, gone)
    with pytest.raises(NotFetchedError, match="no more"):
        fetch(source, "file-2")


def test_a_process_that_died_while_a_file_came_leaves_no_part_for_good(
    place: Recording, source: Session
) -> None:
    offer(place, "file-1", GOOD)
    folder = files()

    class Died(BaseException):
        pass

    with (
        pytest.raises(Died),
        folder.receiving(origin_of(source).mark, "file-1", "a.jsonl") as (
            coming,
            keep,
        ),
    ):
        coming.write(b"half")
        keep()
        raise Died
    assert fetch(source, "file-1").read_bytes() == GOOD


def test_records_of_what_came_are_not_trusted(place: Recording, source: Session) -> None:
    offer(place, "file-1", GOOD)
    path = fetch(source, "file-1")
    (record,) = state_folder().glob("moving/*/ids/*.json")
    for told in ({"sha256": "../../..", "name": "x"}, {"sha256": path.parent.name, "name": "../x"}):
        record.write_text(json.dumps(told))
        assert files().find(origin_of(source).mark, "file-1") is None
    path.unlink()
    path.symlink_to("/etc/passwd")
    assert fetch(source, "file-1").read_bytes() == GOOD
