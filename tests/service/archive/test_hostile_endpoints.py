"""Endpoints that answer with the key, with paths for ids, with nonsense, or with too much."""

from __future__ import annotations

import base64
import json
import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from archiving import save, timeless
from echoing_endpoint import echoing_endpoint
from faults.proxy import Fault, FaultProxy
from fttui.server import SandboxServer, seed_many_jobs
from fttui.services.endpoint.transport import Timeouts
from fttui.services.session import Session, SessionOptions
from fttui.storage.archive.verify import verify
from scripted_endpoint import scripted_endpoint

HASTY = SessionOptions(timeouts=Timeouts(first_pause=0.001))
FORMS: list[Callable[[str], str]] = [
    str,
    lambda key: f"user {key} again",
    lambda key: base64.b64encode(f"x:{key}".encode()).decode(),
]
NASTY = (
    "../../../tmp/x",
    "a/b",
    "..",
    "\x1b]0;x\x07",
    "A" * 500,
    "<script>alert(1)</script>",
    "con",
)


def everything_in(folder: Path) -> bytes:
    return b"\n".join(
        str(path).encode() + b"\n" + (path.read_bytes() if path.is_file() else b"")
        for path in folder.rglob("*")
    )


@pytest.mark.parametrize("form", FORMS, ids=["plain", "amid text", "base64"])
def test_the_key_is_nowhere_in_an_archive(
    form: Callable[[str], str],
    sandbox: SandboxServer,
    open_session: Callable[..., Session],
    tmp_path: Path,
) -> None:
    with echoing_endpoint() as place:
        place.form = form
        session = open_session(place.base_url, HASTY)
        save(session, tmp_path / "a", notes=[{"submission": "x", "job": None, "entries": []}])
        found = everything_in(tmp_path / "a")
    assert b"ftjob-1" in found
    assert sandbox.api_key.encode() not in found
    assert base64.b64encode(sandbox.api_key.encode())[:24] not in found


def test_a_key_in_a_file_is_taken_out_of_it_wherever_the_pieces_end(
    sandbox: SandboxServer, open_session: Callable[..., Session], tmp_path: Path
) -> None:
    line = b'{"prompt": "' + sandbox.api_key.encode() + b'", "completion": "x"}\n'
    with scripted_endpoint() as place:
        place.files = [{"id": "file-1", "purpose": "fine-tune", "bytes": len(line) * 3000}]
        place.contents = {"file-1": line * 3000}
        save(open_session(place.base_url, HASTY), tmp_path / "a")
    assert sandbox.api_key.encode() not in everything_in(tmp_path / "a")
    (content,) = (tmp_path / "a/contents").iterdir()
    assert content.read_bytes().count(b'"completion": "x"}\n') == 3000


def test_ids_and_names_never_leave_the_folder_or_become_markup(
    open_session: Callable[..., Session], tmp_path: Path
) -> None:
    def job(raw_id: str) -> dict[str, Any]:
        return {
            "id": raw_id,
            "status": "succeeded",
            "fine_tuned_model": "<img src=x onerror=alert(1)>",
            "model": "</td><script>alert(1)</script>",
            "training_file": raw_id,
            "created_at": 1,
        }

    with scripted_endpoint() as place:
        place.jobs = [job(raw_id) for raw_id in NASTY] + [{"id": 7}, {"x": 1}]
        place.contents = dict.fromkeys(NASTY, b"{}")
        place.refusals = {"jobs": 0}
        save(open_session(place.base_url, HASTY), tmp_path / "a")
    assert {path.name for path in tmp_path.iterdir()} <= {"a", "home"}
    for path in (tmp_path / "a").rglob("*"):
        assert path.resolve().is_relative_to(tmp_path / "a")
        assert not path.is_symlink()
        assert path.name.isascii() and path.name.isprintable()
    for page in (tmp_path / "a").rglob("*.html"):
        text = page.read_text()
        assert "<script" not in text
        assert "<img" not in text
    lines = (tmp_path / "a/jobs.jsonl").read_text().splitlines()
    assert [json.loads(line)["record"].get("id") for line in lines][: len(NASTY)] == list(NASTY)


def test_a_full_disk_ends_the_run_and_leaves_nothing_half_written(
    sandbox: SandboxServer, session: Session, tmp_path: Path
) -> None:
    seed_many_jobs(sandbox, 3)
    save(session, tmp_path / "whole")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (12_000, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            save(session, tmp_path / "a")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    whole = timeless(tmp_path / "whole")
    left = timeless(tmp_path / "a")
    assert not [path for path in left if path.endswith(".part")]
    for path in left.keys() & whole.keys():
        assert left[path] == whole[path], path
    assert save(session, tmp_path / "a").is_whole
    assert timeless(tmp_path / "a") == whole


def test_a_list_that_repeats_itself_is_told_and_what_came_of_it_is_kept(
    sandbox: SandboxServer,
    fault_proxy: FaultProxy,
    open_session: Callable[..., Session],
    tmp_path: Path,
) -> None:
    seed_many_jobs(sandbox, 2)
    event = {"id": "ev-1", "created_at": 1, "message": "x"}
    endless = json.dumps({"object": "list", "data": [event] * 3, "has_more": True}).encode()
    fault_proxy.always("/events", Fault("answer", body=endless))
    result = save(open_session(fault_proxy.base_url, HASTY), tmp_path / "a")
    assert not result.is_whole
    assert [one.code for one in result.missing] == ["failed"] * 2
    assert "repeats itself" in result.missing[0].reason
    for path in (tmp_path / "a/jobs").glob("*/events.jsonl"):
        assert path.read_text() == json.dumps(event) + "\n"


HASTY = SessionOptions(timeouts=Timeouts(first_pause=0.001))
NOTHING = {"object": "list", "data": [], "has_more": False}
ESCAPES: list[Callable[[str], str]] = [
    lambda key: key.replace("s", "\\u0073"),
    lambda key: "".join(f"\\u{ord(one):04X}" for one in key),
    lambda key: json.dumps("".join(f"\\u{ord(one):04x}" for one in key))[1:-1],
]


@pytest.mark.parametrize("form", ESCAPES, ids=["one letter", "all letters", "JSON in JSON"])
def test_a_key_in_a_file_is_found_behind_escapes_of_json(
    form: Callable[[str], str],
    sandbox: SandboxServer,
    open_session: Callable[..., Session],
    tmp_path: Path,
) -> None:
    line = f'{{"prompt": "caf\\u00e9 {form(sandbox.api_key)}", "completion": "x"}}\n'.encode()
    with scripted_endpoint() as place:
        place.files = [{"id": "file-1", "purpose": "fine-tune", "bytes": len(line) * 3000}]
        place.contents = {"file-1": line * 3000}
        save(open_session(place.base_url, HASTY), tmp_path / "a")
    (content,) = (tmp_path / "a/contents").iterdir()
    kept = content.read_text()
    assert kept.count('"caf\\u00e9 •••", "completion": "x"}\n') == 3000


def test_a_list_that_ends_before_its_end_is_not_told_as_whole(
    open_session: Callable[..., Session], tmp_path: Path
) -> None:
    endings: list[object] = [
        {"data": [{"id": "file-1"}, {"id": "x" * 600}], "has_more": True},
        {"data": [{"id": "file-1"}], "has_more": True},
        {"data": {"id": "file-1"}},
        {},
    ]
    for number, ending in enumerate(endings):
        with scripted_endpoint() as place:
            place.contents = {"file-1": b"{}"}
            place.answers = {"files": ending}
            result = save(open_session(place.base_url, HASTY), tmp_path / str(number))
        assert [one.what for one in result.missing if one.is_failure] == ["the list of files"]
        assert not result.is_whole


def test_events_that_are_told_again_are_kept_once_though_the_list_never_ends(
    open_session: Callable[..., Session], tmp_path: Path
) -> None:
    events = [{"id": f"e{number}", "message": "x", "created_at": number} for number in (2, 1, 2)]
    with scripted_endpoint() as place:
        place.jobs = [{"id": "ftjob-1", "status": "succeeded", "created_at": 1}]
        place.answers = {"events": {"data": events, "has_more": True}, "checkpoints": NOTHING}
        result = save(open_session(place.base_url, HASTY), tmp_path / "a")
    lines = (tmp_path / "a/jobs/ftjob-1/events.jsonl").read_text().splitlines()
    assert [json.loads(line)["id"] for line in lines] == ["e1", "e2"]
    assert "the events of ftjob-1" in [one.what for one in result.missing if one.is_failure]


def test_a_record_that_is_nested_without_end_does_not_end_the_run(
    open_session: Callable[..., Session], tmp_path: Path
) -> None:
    nested: dict[str, Any] = {}
    for _number in range(900):
        nested = {"a": nested}
    with scripted_endpoint() as place:
        place.jobs = [{"id": "ftjob-1", "status": "succeeded", "created_at": 1, "x": nested}]
        place.answers = {"events": NOTHING, "checkpoints": NOTHING}
        place.answers["models"] = {"data": [{"id": "m", "x": nested}]}
        assert save(open_session(place.base_url, HASTY), tmp_path / "a").is_whole
    assert (tmp_path / "a/jobs/ftjob-1/job.json").read_text().count('"a"') < 64


def test_a_size_below_zero_counts_as_not_told(
    open_session: Callable[..., Session], tmp_path: Path
) -> None:
    with scripted_endpoint() as place:
        place.files = [{"id": "file-1", "bytes": -(10**9)}]
        place.contents = {"file-1": b"{}"}
        assert save(open_session(place.base_url, HASTY), tmp_path / "a").is_whole


def test_an_archive_of_an_account_with_nothing_in_it_is_sound(
    open_session: Callable[..., Session], tmp_path: Path
) -> None:
    with scripted_endpoint() as place:
        assert save(open_session(place.base_url, HASTY), tmp_path / "a").is_whole
    assert not verify(tmp_path / "a")
    (tmp_path / "a/jobs/x").mkdir()
    assert [one.kind for one in verify(tmp_path / "a")] == ["added"]


def test_entries_that_are_no_objects_are_counted_and_no_failure(
    sandbox: SandboxServer,
    fault_proxy: FaultProxy,
    open_session: Callable[..., Session],
    tmp_path: Path,
) -> None:
    page = {"object": "list", "data": [7, None, {"id": "m-1"}], "has_more": False}
    fault_proxy.always("/models", Fault("answer", body=json.dumps(page).encode()))
    result = save(open_session(fault_proxy.base_url, HASTY), tmp_path / "a")
    assert result.is_whole
    assert [(one.what, one.code) for one in result.missing] == [
        ("2 entries of the list of models", "unreadable")
    ]
