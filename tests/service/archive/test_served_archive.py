"""The server of an archive: what it answers, what it refuses, and what it makes of a broken one."""

from __future__ import annotations

import json
import os
import shutil
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from archive_folder import (
    LABEL,
    RESULT,
    TRAINING,
    events_of,
    job,
    lines,
    write_archive,
    write_head,
    write_job,
)
from fttui.server import SandboxConfig, SandboxServer, StartError
from fttui.server.archive.lines import LONGEST_LINE
from fttui.server.archive.reading import Archive

JOBS = "/fine_tuning/jobs"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_archive(tmp_path / "archive")


@pytest.fixture(scope="module")
def tls() -> ssl.SSLContext:
    return ssl.create_default_context()


@pytest.fixture
def http(folder: Path, tls: ssl.SSLContext) -> Iterator[httpx2.Client]:
    with SandboxServer(SandboxConfig(archive=folder)) as server:
        headers = {"Authorization": f"Bearer {server.api_key}"}
        with httpx2.Client(base_url=server.base_url, headers=headers, verify=tls) as client:
            yield client


def ids(answer: httpx2.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["data"]]


def refusal(answer: httpx2.Response) -> tuple[int, str, str]:
    error = answer.json()["error"]
    return answer.status_code, error["code"], error["message"]


def test_jobs_are_listed_newest_first_page_by_page(http: httpx2.Client) -> None:
    first = http.get(JOBS, params={"limit": 2})
    assert ids(first) == ["ftjob-0003", "ftjob-0002"]
    assert first.json()["has_more"] is True
    rest = http.get(JOBS, params={"limit": 2, "after": "ftjob-0002"})
    assert ids(rest) == ["ftjob-0001"]
    assert rest.json()["has_more"] is False
    assert rest.json()["data"][0] == job(1)
    assert refusal(http.get(JOBS, params={"after": "nope"}))[:2] == (404, "not_in_archive")
    assert http.get(JOBS, params={"limit": 0}).status_code == 400


def test_jobs_are_filtered_by_their_metadata(http: httpx2.Client) -> None:
    assert ids(http.get(JOBS, params={"metadata[team]": "a"})) == ["ftjob-0003", "ftjob-0001"]
    assert ids(http.get(JOBS, params={"metadata": "null"})) == []
    page = http.get(JOBS, params={"metadata[team]": "a", "limit": 1})
    assert (ids(page), page.json()["has_more"]) == (["ftjob-0003"], True)
    page = http.get(JOBS, params={"metadata[team]": "b", "limit": 1})
    assert (ids(page), page.json()["has_more"]) == (["ftjob-0002"], False)


def test_a_job_has_its_own_events_and_checkpoints_newest_first(http: httpx2.Client) -> None:
    events = http.get(f"{JOBS}/ftjob-0001/events", params={"limit": 3})
    assert ids(events) == ["ftevent-1-5", "ftevent-1-4", "ftevent-1-3"]
    rest = http.get(f"{JOBS}/ftjob-0001/events", params={"after": "ftevent-1-3"})
    assert ids(rest) == ["ftevent-1-2", "ftevent-1-1"]
    assert rest.json()["has_more"] is False
    assert ids(http.get(f"{JOBS}/ftjob-0002/checkpoints")) == ["ftckpt-ftjob-0002"]
    assert http.get(f"{JOBS}/ftjob-0002").json() == job(2, "failed")


def test_files_are_listed_by_purpose_and_order_and_read_byte_for_byte(http: httpx2.Client) -> None:
    assert ids(http.get("/files")) == ["file-result", "file-train", "file-gone"]
    assert ids(http.get("/files", params={"purpose": "fine-tune-results"})) == ["file-result"]
    oldest = http.get("/files", params={"order": "asc", "limit": 2})
    assert ids(oldest) == ["file-gone", "file-train"]
    assert ids(http.get("/files", params={"order": "asc", "after": "file-train"})) == [
        "file-result"
    ]
    assert ids(http.get("/files", params={"after": "file-train"})) == ["file-gone"]
    assert http.get("/files/file-train").json()["filename"] == "file-train.jsonl"
    assert http.get("/files/file-result/content").text == RESULT
    assert http.get("/files/file-train/content").text == TRAINING


def test_models_are_listed_and_found(http: httpx2.Client) -> None:
    (name,) = ids(http.get("/models"))
    assert http.get(f"/models/{name}").json()["owned_by"] == "me"
    assert refusal(http.get("/models/nope"))[:2] == (404, "not_in_archive")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", JOBS),
        ("POST", f"{JOBS}/ftjob-0003/cancel"),
        ("POST", f"{JOBS}/ftjob-0003/pause"),
        ("POST", f"{JOBS}/ftjob-0003/resume"),
        ("POST", "/files"),
        ("DELETE", "/files/file-train"),
        ("DELETE", "/models/x"),
        ("POST", "/uploads"),
        ("PUT", "/files/file-train"),
        ("POST", "/chat/completions"),
        ("GET", "/fine_tuning/model_limits"),
        ("GET", "/elsewhere"),
    ],
)
def test_a_change_and_every_other_call_is_refused(
    http: httpx2.Client, folder: Path, method: str, path: str
) -> None:
    before = sorted((str(one), one.stat().st_mtime_ns) for one in folder.rglob("*"))
    message = f"This is an {LABEL}: it can be read, not changed."
    assert refusal(http.request(method, path)) == (403, "archive_read_only", message)
    assert http.head("/files/file-train").status_code == 403
    assert sorted((str(one), one.stat().st_mtime_ns) for one in folder.rglob("*")) == before


def test_it_has_the_gate_and_the_headers_of_the_sandbox(http: httpx2.Client) -> None:
    assert http.get(JOBS, headers={"Authorization": "Bearer sk-other"}).status_code == 401
    assert http.get(JOBS, headers={"Host": "evil.example"}).status_code == 403
    assert http.get(JOBS, headers={"Origin": "http://evil.example"}).status_code == 403
    assert http.get(JOBS).headers["x-request-id"].startswith("req_")


def test_what_was_not_saved_is_told_with_its_reason(http: httpx2.Client, folder: Path) -> None:
    told = refusal(http.get("/files/file-gone/content"))
    assert told == (
        404, "not_in_archive", "The archive does not have the content of file-gone: It is deleted.",
    )  # fmt: skip
    place = folder / "jobs/ftjob-0001"
    (place / "events.jsonl").unlink()
    missing = [
        {"what": "checkpoints of ftjob-0001", "code": "failed", "reason": "wrong one"},
        {"what": "events of ftjob-0001", "code": "no_permission", "reason": "no right to it"},
    ]
    (place / "saved.json").write_text(json.dumps({"id": "ftjob-0001", "missing": missing}))
    assert refusal(http.get(f"{JOBS}/ftjob-0001/events"))[2].endswith("ftjob-0001: no right to it.")
    only_named = {"id": "file-named", "folder": "files/file-gone", "record": None}
    with (folder / "files.jsonl").open("a") as target:
        target.write(lines([only_named]))
    assert "file-named" not in ids(http.get("/files"))
    assert refusal(http.get("/files/file-named"))[:2] == (404, "not_in_archive")
    assert refusal(http.get(f"{JOBS}/nope"))[:2] == (404, "not_in_archive")


def test_what_a_run_replaces_meanwhile_is_seen(http: httpx2.Client, folder: Path) -> None:
    assert len(ids(http.get(JOBS))) == 3
    newer = write_job(folder, job(4), events_of(4)) + (folder / "jobs.jsonl").read_text()
    (folder / ".part").write_text(newer)
    (folder / ".part").rename(folder / "jobs.jsonl")
    assert ids(http.get(JOBS)) == ["ftjob-0004", "ftjob-0003", "ftjob-0002", "ftjob-0001"]
    (folder / "jobs/ftjob-0004/events.jsonl").write_text(lines(events_of(4, 2)))
    assert len(ids(http.get(f"{JOBS}/ftjob-0004/events"))) == 2


def record_line(record: Any, **changed: object) -> str:
    line = {"id": "ftjob-bad", "folder": "jobs/ftjob-0001", "record": record, **changed}
    return json.dumps(line)


BROKEN = {
    "no JSON": b"{broken",
    "half a line": b'{"id": "ftjob-bad", "record": {"id": "ftjob-b',
    "NUL": b"\x00" * 50,
    "not UTF-8": b'{"id": "\xff"}',
    "a list": b"[1, 2]",
    "no record": record_line(None).encode(),
    "a record that is a text": record_line("x").encode(),
    "another job's record": record_line(job(1)).encode(),
    "an id that is a number": record_line(job(1), id=7).encode(),
    "nested deeply": b'{"id": "ftjob-bad", "record": {"id": "ftjob-bad", "x": '
    + b"[" * 900 + b"]" * 900 + b"}}",
    "nested very deeply": b"[" * 100_000 + b"]" * 100_000,
    "a huge line": b'{"id": "ftjob-bad", "x": "' + b"x" * LONGEST_LINE + b'"}',
    "a job twice": record_line(job(1), id="ftjob-0001").encode(),
}  # fmt: skip


@pytest.mark.parametrize("line", BROKEN.values(), ids=BROKEN)
def test_a_line_that_is_no_entry_is_left_out_and_counted(
    http: httpx2.Client, folder: Path, line: bytes
) -> None:
    good = (folder / "jobs.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "jobs.jsonl").write_bytes(good[0] + good[2] + line + b"\n\n" + good[1])
    assert ids(http.get(JOBS)) == ["ftjob-0003", "ftjob-0001", "ftjob-0002"]
    assert http.get(f"{JOBS}/ftjob-bad").status_code == 404
    archive = Archive(folder)
    assert archive.soundness().unreadable == {"jobs.jsonl": 1}
    archive.close()


def test_a_file_cut_in_a_line_gives_what_is_before_it(http: httpx2.Client, folder: Path) -> None:
    for name in ("jobs.jsonl", "jobs/ftjob-0001/events.jsonl", "files.jsonl"):
        os.truncate(folder / name, (folder / name).stat().st_size - 20)
    assert ids(http.get(JOBS)) == ["ftjob-0003", "ftjob-0002"]
    assert ids(http.get("/files")) == ["file-result", "file-train"]
    assert refusal(http.get(f"{JOBS}/ftjob-0001"))[:2] == (404, "not_in_archive")


def test_an_events_file_with_broken_lines_gives_the_others(
    http: httpx2.Client, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    events = [json.dumps(event) for event in events_of(1)]
    nameless = {"message": "no id", "created_at": 5}
    told = [events[0], "7", events[1], "{", json.dumps(nameless), json.dumps({"id": [1]})]
    (folder / "jobs/ftjob-0001/events.jsonl").write_text("\n".join(told))
    data = http.get(f"{JOBS}/ftjob-0001/events").json()["data"]
    assert [one.get("id") for one in data] == [None, "ftevent-1-2", "ftevent-1-1"]
    http.get(f"{JOBS}/ftjob-0001/events")
    assert caplog.messages == ["3 of the lines of jobs/ftjob-0001/events.jsonl could not be read."]


def move_job(folder: Path, place: object) -> None:
    """Name another folder for the oldest job."""
    entries = [json.loads(line) for line in (folder / "jobs.jsonl").read_text().splitlines()]
    entries[2]["folder"] = place
    (folder / "jobs.jsonl").write_text(lines(entries))


@pytest.mark.parametrize(
    "place",
    [
        "jobs/ftjob-0002",
        "../outside",
        "jobs/../../outside",
        "jobs/./ftjob-0001",
        "/etc",
        "jobs/",
        "jobs/ftjob-0001\n",
        "jobs/ftjob-0001\x00",
        "contents",
        ["jobs/ftjob-0001"],
        None,
    ],
)
def test_a_job_never_has_the_history_of_another_place(
    http: httpx2.Client, folder: Path, place: object
) -> None:
    outside = folder.parent / "outside"
    shutil.copytree(folder / "jobs/ftjob-0001", outside)
    move_job(folder, place)
    for what in ("events", "checkpoints"):
        told = refusal(http.get(f"{JOBS}/ftjob-0001/{what}"))
        assert told[:2] == (404, "not_in_archive")
    assert http.get(f"{JOBS}/ftjob-0001").status_code == 200


@pytest.mark.parametrize("name", ["jobs/ftjob-0001/events.jsonl", "jobs/ftjob-0001", "jobs"])
def test_no_link_is_followed(http: httpx2.Client, folder: Path, name: str) -> None:
    outside = folder.parent / "outside"
    (folder / name).rename(outside)
    (folder / name).symlink_to(outside)
    assert refusal(http.get(f"{JOBS}/ftjob-0001/events"))[:2] == (404, "not_in_archive")


@pytest.mark.parametrize("name", ["jobs.jsonl", "files.jsonl", "models.jsonl", "index.json"])
def test_a_list_that_is_a_link_a_pipe_or_a_folder_is_taken_as_missing(
    http: httpx2.Client, folder: Path, name: str
) -> None:
    call = {"jobs.jsonl": JOBS, "files.jsonl": "/files"}.get(name, "/models")
    content = (folder / name).read_bytes()
    (folder.parent / "outside").write_bytes(content)
    shutil.rmtree(folder / "jobs")  # which would tell the jobs without their list
    makers = [
        lambda path: path.symlink_to(folder.parent / "outside"),
        os.mkfifo,
        lambda path: path.mkdir(),
    ]
    for make in makers:
        (folder / name).rename(folder.parent / "last")
        make(folder / name)
        if name == "index.json":
            assert "unknown endpoint" in refusal(http.post(JOBS))[2]
        else:
            assert ids(http.get(call)) == []
            archive = Archive(folder)
            assert name in archive.soundness().missing
            archive.close()


@pytest.mark.parametrize(
    "path", ["../secret", "/etc/passwd", "index.json", "contents/../index.json", "contents/x", 7]
)
def test_only_contents_are_given_as_the_content_of_a_file(
    http: httpx2.Client, folder: Path, path: object
) -> None:
    (folder.parent / "secret").write_text("secret")
    place = folder / "files/file-train/saved.json"
    saved = json.loads(place.read_text())
    size = (folder / "index.json").stat().st_size
    place.write_text(
        json.dumps({**saved, "content": {**saved["content"], "path": path, "size": size}})
    )
    assert refusal(http.get("/files/file-train/content"))[:2] == (404, "not_in_archive")


def test_a_content_that_is_a_link_or_was_cut_is_not_given(
    http: httpx2.Client, folder: Path
) -> None:
    saved = json.loads((folder / "files/file-train/saved.json").read_text())
    content = folder / saved["content"]["path"]
    os.truncate(content, 5)
    told = refusal(http.get("/files/file-train/content"))
    assert told[:2] == (404, "not_in_archive")
    assert "5 bytes, saved as 17" in told[2]
    content.unlink()
    (folder.parent / "outside").write_text(TRAINING)
    content.symlink_to(folder.parent / "outside")
    assert refusal(http.get("/files/file-train/content"))[2].endswith("gone from the archive.")


def test_a_content_that_is_only_there_decoded_is_given_as_it_is(
    http: httpx2.Client, folder: Path
) -> None:
    place = folder / "files/file-train/saved.json"
    saved = json.loads(place.read_text())
    place.write_text(json.dumps({**saved, "content": None, "decoded": saved["content"]}))
    assert http.get("/files/file-train/content").text == TRAINING


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\x00", b"[" * 100_000, b'{"id": 7}'])
def test_a_saved_json_that_is_none_costs_no_more_than_its_own_thing(
    http: httpx2.Client, folder: Path, content: bytes
) -> None:
    (folder / "files/file-train/saved.json").write_bytes(content)
    (folder / "jobs/ftjob-0001/saved.json").write_bytes(content)
    assert refusal(http.get("/files/file-train/content"))[:2] == (404, "not_in_archive")
    answer = http.get(f"{JOBS}/ftjob-0001/events")
    # The job's own record still tells whose folder it is, unless the two contradict each other.
    assert answer.status_code == (404 if content == b'{"id": 7}' else 200)
    assert len(ids(http.get(f"{JOBS}/ftjob-0002/events"))) == 5


def test_jobs_of_a_run_that_was_stopped_are_known_by_their_folders(
    http: httpx2.Client, folder: Path
) -> None:
    (folder / "jobs.jsonl").unlink()
    (folder / "jobs/ftjob-0002/job.json").write_text("{")
    (folder / "jobs/other").symlink_to(folder.parent)
    assert ids(http.get(JOBS)) == ["ftjob-0003", "ftjob-0001"]
    assert len(ids(http.get(f"{JOBS}/ftjob-0001/events"))) == 5
    write_job(folder, job(9), events_of(9))
    assert ids(http.get(JOBS)) == ["ftjob-0009", "ftjob-0003", "ftjob-0001"]


def test_a_page_ends_early_rather_than_be_longer_than_is_read(
    http: httpx2.Client, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = len((folder / "jobs.jsonl").read_bytes().splitlines()[0])
    monkeypatch.setattr("fttui.server.archive.routes._MOST_BYTES", size * 2)
    page = http.get(JOBS)
    assert (len(ids(page)), page.json()["has_more"]) == (1, True)
    assert ids(http.get(JOBS, params={"after": "ftjob-0003"})) == ["ftjob-0002"]


def test_what_is_read_of_one_list_is_bounded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    size = (folder / "jobs.jsonl").stat().st_size
    monkeypatch.setattr("fttui.server.archive.lines._MOST_BYTES", size - 10)
    archive = Archive(folder)
    assert archive.soundness().cut == ()
    with (folder / "jobs.jsonl").open("a") as target:
        target.write(lines([{"id": "late", "record": {"id": "late"}}]))
    assert archive.soundness().cut == ("jobs.jsonl",)
    assert archive.jobs is not None
    assert "late" not in archive.jobs.places
    archive.close()


def test_only_a_folder_can_be_opened(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file", tmp_path / "nothing", Path("x\x00y")):
        with pytest.raises(StartError):
            Archive(path)


@pytest.mark.parametrize(
    ("changed", "label"),
    [
        ({}, LABEL),
        ({"saved": "yesterday"}, "archive of api.example.com"),
        ({"saved": "2026-11-26T13:00:00Z\x1b[2J"}, "archive of api.example.com"),
        ({"host": "evil\x1b[2J"}, "archive of an unknown endpoint"),
        ({"host": ["x"]}, "archive of an unknown endpoint"),
        ({"version": 9}, LABEL),
        ({"format": "other"}, "archive of an unknown endpoint"),
    ],
)
def test_it_is_named_by_the_head_of_its_index(
    folder: Path, changed: dict[str, object], label: str
) -> None:
    write_head(folder, **changed)
    with (folder / "index.json").open("a") as target:  # what follows is not looked at
        target.write("broken" * 100_000)
    archive = Archive(folder)
    assert archive.head().label == label
    assert archive.head().version == changed.get("version", 1)
    archive.close()


def test_an_archive_without_an_index_is_named_by_its_mark_of_a_run(folder: Path) -> None:
    archive = Archive(folder)
    (folder / "unfinished.json").write_text(json.dumps({"host": "api.other.example"}))
    assert archive.head().label == LABEL
    assert not archive.head().is_finished
    (folder / "index.json").unlink()
    assert archive.head().label == "archive of api.other.example, not finished"
    (folder / "unfinished.json").unlink()
    assert archive.head().label == "archive of an unknown endpoint"
    archive.close()
