"""What an endpoint offers is asked by four calls at most, and told for each of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.cli.conftest import Run

from fttui.server import SandboxServer
from recording_endpoint import Recording, recording_endpoint

CALLS = ["GET fine_tuning/jobs", "GET files", "GET models", "POST uploads/upload_none/cancel"]
NOT_FOUND = 404, {"detail": "Not Found"}
ALL = {"jobs": True, "files": True, "models": True, "uploads": True}


@pytest.fixture
def place(environment: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Recording]:
    with recording_endpoint() as place:
        monkeypatch.setenv("OPENAI_BASE_URL", place.base_url)
        yield place


def offers_of(run: Run) -> dict[str, bool | None]:
    offers: dict[str, bool | None] = run("profiles", "verify", "--json").document["offers"]
    return offers


def finding(run: Run, name: str) -> dict[str, object]:
    found = run("doctor", "--json").document["findings"]
    return next(one for one in found if one["name"] == name)


def test_each_call_is_made_once_and_asks_for_little(place: Recording, run: Run) -> None:
    result = run("profiles", "verify", "--json")
    assert result.status == 0 and result.document["offers"] == ALL
    assert sorted(place.calls()) == sorted(CALLS)
    assert place.of("GET fine_tuning/jobs")[0].query == {"limit": "1"}
    assert place.of("GET files")[0].query == {"limit": "1"}
    place.requests.clear()
    assert run("doctor").status == 0
    assert sorted(place.calls()) == sorted(CALLS)


def test_the_sandbox_offers_all_and_nothing_is_made(run: Run, server: SandboxServer) -> None:
    before = len(run("files", "--json").document), len(run("jobs", "--json").document)
    assert offers_of(run) == ALL
    assert (len(run("files", "--json").document), len(run("jobs", "--json").document)) == before


@pytest.mark.parametrize(
    "answer",
    [NOT_FOUND, (404, {"error": {"message": "Not found"}}), (405, {}), (501, {}), (404, b"<html>")],
)
def test_an_endpoint_without_fine_tuning_is_told_and_fails(
    place: Recording, run: Run, answer: tuple[int, object]
) -> None:
    place.answers |= dict.fromkeys(["GET fine_tuning/jobs", "GET files"], answer)
    place.answers["POST uploads/upload_none/cancel"] = answer
    result = run("profiles", "verify")
    assert result.status == 1
    assert "The key works." in result.out and "offers models." in result.out
    assert "does not offer fine-tuning jobs, files, uploads in parts." in result.out
    assert finding(run, "offers")["state"] == "problem"
    assert run("doctor").status == 1
    missing = {"jobs": False, "files": False, "uploads": False}
    assert offers_of(run) == {**missing, "models": True}


@pytest.mark.parametrize("status", [500, 403, 200])
def test_what_is_not_known_is_said_so_with_the_reason_and_asked_once(
    place: Recording, run: Run, status: int
) -> None:
    told = {"error": {"message": "licence needed"}} if status != 200 else {"hello": 1}
    place.answers["GET fine_tuning/jobs"] = status, told
    result = run("profiles", "verify")
    assert result.status == 1
    assert "Whether it offers fine-tuning jobs is not known: " in result.out
    assert "licence needed" in result.out or status == 200
    assert len(place.of("GET fine_tuning/jobs")) == 1
    assert finding(run, "offers")["state"] == "warning"
    assert offers_of(run) == {**ALL, "jobs": None}


@pytest.mark.parametrize(
    ("status", "message", "is_offered"),
    [
        (404, "No such Upload object: upload_none", True),
        (400, "Upload 'upload_none' not found", True),
        (422, "upload_none is no UUID", True),
        (404, "Not Found", False),
        (404, "Invalid URL (POST /v1/uploads/upload_none/cancel)", False),
        (404, "Cannot POST /v1/uploads/upload_none/cancel", False),
        (405, "Method Not Allowed", False),
        (501, "not implemented", False),
        (500, "oops", None),
        (400, "bad request", None),
    ],
)
def test_uploads_are_known_by_what_is_said_of_one_that_is_not_there(
    place: Recording, run: Run, status: int, message: str, is_offered: bool | None
) -> None:
    place.answers["POST uploads/upload_none/cancel"] = status, {"error": {"message": message}}
    assert offers_of(run) == {**ALL, "uploads": is_offered}
    assert len(place.of("POST uploads/upload_none/cancel")) == 1


@pytest.mark.parametrize(
    ("answer", "is_offered"),
    [({"id": "upload_none", "status": "cancelled"}, True), ({"ok": True}, None)],
)
def test_a_server_that_cancels_anything_offers_uploads_if_it_names_it(
    place: Recording, run: Run, answer: object, is_offered: bool | None
) -> None:
    place.answers["POST uploads/upload_none/cancel"] = 200, answer
    assert offers_of(run)["uploads"] is is_offered


def test_a_key_that_is_not_accepted_is_tried_once(place: Recording, run: Run) -> None:
    place.answers |= dict.fromkeys(CALLS, (401, {"error": {"message": "no"}}))
    result = run("profiles", "verify", "--json")
    assert (result.status, result.document["verified"]) == (1, False)
    assert place.calls() == ["GET fine_tuning/jobs"]
    assert finding(run, "verified")["state"] == "problem"


def test_where_nothing_answers_that_is_said_once(
    environment: object, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    result = run("profiles", "verify")
    assert result.status == 1 and "Not verified." in result.out
    assert result.out.count("127.0.0.1:9") <= 2


def test_an_endpoint_where_nothing_is_offered_is_told_of_its_base_url(
    place: Recording, run: Run
) -> None:
    place.answers |= dict.fromkeys(CALLS, NOT_FOUND)
    result = run("profiles", "verify")
    assert result.status == 1 and "most end in /v1" in result.out
    assert "The key works" not in result.out
