"""Ids of files as other servers give them: created from, shown, fetched and deleted."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.conftest import MODEL, Run

from recording_endpoint import Recording, a_file, recording_endpoint
from waiting import PATIENCE

UUID = "497f6eca-6276-4993-bfeb-53cbbbba6f08"
S3 = "s3://bucket/a/train.jsonl"


@pytest.fixture
def place(
    environment: object, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Recording]:
    monkeypatch.chdir(tmp_path)
    with recording_endpoint() as place:
        monkeypatch.setenv("OPENAI_BASE_URL", place.base_url)
        yield place


def create(run: Run, file: str, *more: str):
    return run("create", "--training-file", file, "--model", MODEL, "--yes", "--json", *more)


@pytest.mark.parametrize(
    ("word", "file_id"), [(UUID, UUID), (S3, S3), ("id:LV", "LV"), ("id:a.jsonl", "a.jsonl")]
)
def test_a_job_is_created_from_any_id(place: Recording, run: Run, word: str, file_id: str) -> None:
    assert create(run, word).status == 0
    (created,) = place.of("POST fine_tuning/jobs")
    assert created.json["training_file"] == file_id
    assert not place.of(f"GET files/{file_id}")


def test_a_word_that_the_endpoint_knows_is_an_id(place: Recording, run: Run) -> None:
    assert create(run, "LV", "--validation-file", "id:VAL").status == 0
    (created,) = place.of("POST fine_tuning/jobs")
    assert (created.json["training_file"], created.json["validation_file"]) == ("LV", "VAL")
    assert place.calls().index("GET files/LV") < place.calls().index("POST fine_tuning/jobs")


@pytest.mark.parametrize("status", [404, 405])
def test_a_word_that_is_neither_is_told_with_both_readings(
    place: Recording, run: Run, status: int
) -> None:
    place.answers["GET files/LV"] = status, {"error": {"message": "No such File"}}
    result = create(run, "LV")
    assert result.status == 2
    assert "no file LV here" in result.err and "id of a file either" in result.err
    assert "id:LV" in result.err and not place.of("POST fine_tuning/jobs")


def test_a_file_of_that_name_is_checked_and_nothing_asked(place: Recording, run: Run) -> None:
    Path("LV").write_text("{}\n")
    result = create(run, "LV")
    assert result.status == 1 and "LV has errors" in result.err
    assert place.requests == []


@pytest.mark.parametrize("word", ["LV.jsonl", "sub/LV"])
def test_a_missing_file_is_not_asked_of_the_endpoint(place: Recording, run: Run, word: str) -> None:
    result = create(run, word)
    assert result.status == 2 and "no such file" in result.err
    assert place.requests == []


@pytest.mark.parametrize(
    ("word", "file_id"),
    [
        *(("LV", "LV"), ("id:LV", "LV"), (S3, S3), (UUID, UUID)),
        *(("id:a/b", "a/b"), ("id:a b?c%2F", "a b?c%2F")),
    ],
)
def test_files_are_shown_fetched_and_deleted_by_any_id(
    place: Recording, run: Run, word: str, file_id: str
) -> None:
    place.answers[f"GET files/{file_id}"] = 200, a_file(file_id)
    place.answers[f"GET files/{file_id}/content"] = 200, b"12345"
    place.answers[f"DELETE files/{file_id}"] = 200, {"id": file_id, "deleted": True}
    assert run("files", "show", word, "--json").document["id"] == file_id
    assert run("files", "download", word, "-o", "got").status == 0
    assert Path("got").read_bytes() == b"12345"
    deleted = run("files", "delete", word, "--yes")
    assert deleted.status == 0 and "lists it all the same" in deleted.err
    assert all(os.path.basename(request.path) != ".." for request in place.requests)
    assert place.of(f"DELETE files/{file_id}")


@pytest.mark.parametrize("word", ["id:", "id:..", "../x", "a/b", ""])
def test_what_could_be_another_path_of_the_api_is_no_id(
    place: Recording, run: Run, word: str
) -> None:
    assert run("files", "delete", word, "--yes").status == 2
    assert place.requests == []


def test_the_list_has_what_bears_no_id_and_tells_how_much_it_could_not_read(
    place: Recording, run: Run
) -> None:
    files = [a_file("LV"), {"filename": "nameless.jsonl", "purpose": "fine-tune"}, None, 7]
    place.answers["GET files"] = 200, {"object": "list", "data": files}
    result = run("files", "list")
    assert "nameless.jsonl" in result.out and "LV" in result.out
    assert "2 entries of the endpoint's list could not be read." in result.err
    place.answers["GET files"] = 200, {"object": "list", "data": [None]}
    assert "No files" not in run("files", "list").err


def test_what_was_asked_for_is_fetched_and_deleted_whatever_id_its_record_bears(
    place: Recording, run: Run
) -> None:
    place.answers["GET files/LV"] = 200, {"id": "OTHER", "filename": "o.jsonl", "purpose": "batch"}
    run("files", "download", "LV", "--raw")
    run("files", "delete", "LV", "--yes")
    assert place.of("GET files/LV/content") and place.of("DELETE files/LV")
    assert not place.of("GET files/OTHER/content") and not place.of("DELETE files/OTHER")


def test_where_nobody_can_tell_whether_a_file_is_deleted_that_is_said(
    place: Recording, run: Run
) -> None:
    broken = 500, {"error": {"message": "no"}}
    seen = iter([(200, a_file("LV"))])
    place.answers |= {"GET files/LV": lambda _: next(seen, broken), "DELETE files/LV": broken}
    place.answers["DELETE files/LW"] = 200, {"deleted": True}
    done = run("files", "delete", "LV", "LW", "--yes", "--json")
    assert done.status == 1 and "may be deleted all the same" in done.err
    assert [(one["id"], one["deleted"]) for one in done.document] == [("LV", None), ("LW", True)]
    assert len(place.of("DELETE files/LV")) == 1


def test_who_is_interrupted_is_told_what_is_deleted_and_of_what_it_is_not_known(
    place: Recording, run: Run
) -> None:
    over = threading.Event()

    def hang(_: object) -> tuple[int, dict[str, object]]:
        os.kill(os.getpid(), signal.SIGTERM)
        over.wait(PATIENCE)
        return 200, {}

    place.answers |= {"DELETE files/LV": (200, {"deleted": True}), "DELETE files/LW": hang}
    done = run("files", "delete", "LV", "LW", "LX", "--yes", "--json")
    over.set()
    assert (done.status, done.out) == (143, "")
    assert done.err.splitlines()[-2:] == ["LV  deleted.", "What became of LW is not known."]
    assert not place.of("DELETE files/LX")
