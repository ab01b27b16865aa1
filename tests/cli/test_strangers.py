"""The commands against servers in the shapes of others."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Result
from fttui.cli import main
from fttui.services.endpoint.transport import Timeouts
from strangers import (
    AIMOCK_404,
    CHECKPOINTS,
    EVENTS,
    GRPC_404,
    JOB,
    JOBS,
    KEY,
    Stranger,
    job,
    listed,
    stranger,
)

Ask = Callable[..., Result]
Serve = Callable[..., Stranger]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Make the endpoint of this test a server that answers so."""
    with ExitStack() as running:

        def serve_one(answers: Mapping[str, Any], **options: Any) -> Stranger:
            place = running.enter_context(stranger(answers, **options))
            monkeypatch.setenv("OPENAI_BASE_URL", place.base_url)
            monkeypatch.setenv("OPENAI_API_KEY", KEY)
            return place

        yield serve_one


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str], as_it_was: None, monkeypatch: Any) -> Ask:
    """Run one command in this process, with short pauses."""
    monkeypatch.setattr("fttui.services.polling_schedule.PollingSchedule.jittered", _at_once)

    def ask_one(*arguments: str) -> Result:
        status = main(list(arguments))
        captured = capsys.readouterr()
        assert "Traceback" not in captured.out + captured.err
        return Result(status, captured.out, captured.err)

    return ask_one


def _at_once(_self: object, _seconds: float) -> float:
    return 0.01


@pytest.mark.parametrize(
    ("word", "status"), [("SUCCESS", 0), ("completed", 0), ("canceled", 1), ("FAILED", 1)]
)
def test_watch_leaves_with_the_end_of_the_job_although_its_events_fail(
    serve: Serve, ask: Ask, word: str, status: int
) -> None:
    serve({JOB: [job("RUNNING"), job(word)], EVENTS: (500, {"error": "boom"})})
    result = ask("watch", "j1")
    assert result.status == status and word in result.out
    assert "The last events of j1 could not be read." in result.err


def test_watch_says_once_that_events_fail_and_follows_the_status(serve: Serve, ask: Ask) -> None:
    serve({JOB: [*[job("running")] * 6, job("success")], EVENTS: (500, {"error": "boom"})})
    result = ask("watch", "j1", "--json")
    assert [line["raw_status"] for line in result.json_lines] == ["running", "success"]
    assert result.json_lines[-1]["status"] == "succeeded"
    assert result.err.count("cannot be read now") == 1


def test_an_ended_job_of_an_unknown_word_is_no_success(serve: Serve, ask: Ask) -> None:
    serve({JOB: job("archived", finished_at="2026-11-22T11:00:00Z")})
    assert ask("watch", "j1").status == 1


def test_jobs_of_another_shape_are_listed_and_no_list_is_a_failure(serve: Serve, ask: Ask) -> None:
    one = {"id": 7, "status": "in_progress", "created_at": "1795647329"}
    serve({JOBS: {"jobs": [one]}})
    assert "● in_progress  7" in ask("jobs").out
    document = ask("jobs", "--json").document[0]
    assert (document["id"], document["status"], document["raw_status"]) == (
        "7", "running", "in_progress",
    )  # fmt: skip
    assert document["created_at"] == "2026-11-25T22:55:29Z"
    serve({JOBS: {"entries": [one]}})
    result = ask("jobs")
    assert result.status == 1 and "has no list of jobs" in result.err
    assert "No jobs." not in result.out + result.err


def test_an_endpoint_without_jobs_is_told_so(serve: Serve, ask: Ask) -> None:
    serve({}, missing=GRPC_404)
    result = ask("jobs")
    assert result.status == 1 and "does not offer a list of jobs" in result.err
    assert "deleted" not in result.err


@pytest.mark.parametrize("events", ["data: …", (500, {"error": "boom"}), (200, "<html></html>")])
def test_show_has_the_job_and_its_checkpoints_whatever_its_events_do(
    serve: Serve, ask: Ask, monkeypatch: pytest.MonkeyPatch, events: object
) -> None:
    hasty = partial(Timeouts, tries=1, stream=0.3)
    monkeypatch.setattr("fttui.services.endpoint.transport.Timeouts", hasty)
    point = {"id": "c1", "step_number": 10, "result_files": ["w1", "w2"]}
    told = {JOB: job("running", trained_steps=4, total_steps=10), CHECKPOINTS: listed(point)}
    serve({**told, EVENTS: events})
    result = ask("show", "j1")
    assert result.status == 0
    assert "step 4 of 10" in result.out and "step 10: w1, w2" in result.out
    if events != "data: …":
        assert "The events of a job could not be read." in result.err


def test_metrics_come_from_whatever_source_can_be_read(serve: Serve, ask: Ask) -> None:
    point = {"id": "c1", "step_number": 10, "metrics": {"train_loss": 0.5}}
    serve({JOB: job("done"), CHECKPOINTS: listed(point)}, missing=AIMOCK_404)
    result = ask("metrics", "j1", "--json")
    assert result.document == [{"step": 10, "train_loss": 0.5}]
    event = {"id": "e", "message": "m", "data": {"step": 1, "train_loss": 2.0}}
    serve({JOB: job("done", result_files=["f"]), EVENTS: listed(event)})
    assert ask("metrics", "j1", "--json").document == [{"step": 1, "train_loss": 2.0}]


@pytest.mark.parametrize(
    ("full", "word"),
    [((2.0, 1.0, 1.3, 1.4), "overfitting"), ((2.0, 1.5, 1.2), "improving"), ((1, 1, 1), "flat")],
)
def test_show_judges_all_events_however_many_pages_they_come_in(
    serve: Serve, ask: Ask, full: tuple[float, ...], word: str
) -> None:
    events = [
        {"id": f"e{at}", "message": "m", "data": {"step": at, "train_loss": 1.0}}
        | ({"data": {"step": at, "full_valid_loss": full[at // 50 - 1]}} if at % 50 == 0 else {})
        for at in range(1, 50 * len(full) + 40)
    ]
    serve({JOB: job("succeeded", validation_file="f"), EVENTS: listed(*reversed(events))})
    for command in (("show",), ("metrics", "--advice")):
        found = ask(*command, "j1", "--json").document["advice"]
        assert [one["word"] for one in found if one["word"] != "gap"] == [word]


def test_show_gives_no_advice_on_a_part_of_the_events(serve: Serve, ask: Ask) -> None:
    serve({JOB: job("succeeded"), EVENTS: (500, {"error": "boom"})})
    assert ask("show", "j1", "--json").document["advice"] is None


def test_the_files_of_checkpoints_are_listed_and_can_be_had(
    serve: Serve, ask: Ask, tmp_path: Path
) -> None:
    point = {"id": "c1", "step_number": 10, "result_files": ["w1"]}
    record = {"id": "w1", "bytes": 7, "filename": "weights"}
    serve(
        {
            JOB: job("done"),
            CHECKPOINTS: (200, [point]),
            "GET /files/w1/content": "weights",
            "GET /files/w1": record,
        }
    )
    assert "w1" in ask("checkpoints", "j1").out
    assert ask("checkpoints", "j1", "--json").document[0]["result_files"] == ["w1"]
    assert ask("files", "download", "w1", "--output", str(tmp_path / "w")).status == 0
    assert (tmp_path / "w").read_text() == "weights"


def test_pausing_where_that_is_not_offered_is_told_as_that(serve: Serve, ask: Ask) -> None:
    serve({JOB: job("running")}, missing=AIMOCK_404)
    result = ask("pause", "j1")
    assert result.status == 1 and "does not offer pausing a job" in result.err


def made(**told: Any) -> dict[str, Any]:
    return job("queued", training_file="file-abc", **told)


CREATE = "POST /fine_tuning/jobs"
ASKED = ("--training-file", "file-abc", "--model", "tiny", "--epochs", "2", "--seed", "7")


@pytest.mark.parametrize(
    ("told", "asked", "said"),
    [
        ({"hyperparameters": {"n_epochs": 3}}, {"n_epochs": 2}, "the job says 3"),
        ({"hyperparameters": {}}, {"n_epochs": 2}, "the job does not say it"),
        ({"hyperparameters": {"n_epochs": "auto"}}, None, ""),
        ({"hyperparameters": {"n_epochs": 2}, "seed": "7"}, None, ""),
    ],
)
def test_a_job_that_is_not_as_asked_is_told_of_and_made_all_the_same(
    serve: Serve, ask: Ask, told: dict[str, Any], asked: object, said: str
) -> None:
    answers = {CREATE: made(**told), JOBS: listed(), JOB: made(**told)}
    place = serve({**answers, "GET /files/file-abc": {"id": "file-abc", "status": "processed"}})
    result = ask("create", *ASKED, "--yes", "--json")
    assert result.status == 0, result.err
    assert json.loads(result.out)["asked"] == (asked and {"hyperparameters": asked})
    assert (said in result.err) if said else ("Warning" not in result.err)
    assert place.seen.count(CREATE) == 1
    if said:
        assert "top_level_hyperparameters (true)" in result.err
        shown = ask("show", "j1", "--json").document  # the journal has it, without any mark
        assert shown["asked"] == {"hyperparameters": asked}
        assert said in ask("show", "j1").out
        place.answers[JOB] = made(**told) | {"status": "succeeded"}
        watched = ask("watch", "j1", "--json")
        assert watched.err.count(said) == 1
        assert json.loads(watched.out.splitlines()[0])["job"]["asked"] == {"hyperparameters": asked}


def test_an_id_that_is_no_jobs_is_not_taken_for_the_job(serve: Serve, ask: Ask) -> None:
    missing = (404, {"error": {"message": "No such job: op-1"}})
    made_job = made(created_at=int(time.time()))
    place = serve(
        {
            CREATE: (202, {"id": "op-1", "status": "accepted"}),
            "GET /fine_tuning/jobs/op-1": missing,
            JOBS: [(200, listed()), (200, listed(made_job))],
            "GET /files/file-abc": {"id": "file-abc", "status": "processed"},
        }
    )
    result = ask("create", *ASKED, "--yes", "--json")
    assert result.status == 0 and place.seen.count(CREATE) == 1
    assert json.loads(result.out)["id"] == "j1"


def test_a_list_that_is_told_oldest_first_is_shown_newest_first(serve: Serve, ask: Ask) -> None:
    rows = [job("running", id=f"j{at}", created_at=1_790_000_000 + at) for at in (1, 2, 3)]
    serve({JOBS: listed(*rows)})
    assert [one["id"] for one in ask("jobs", "--json").document] == ["j3", "j2", "j1"]
    newest = ask("jobs", "--json", "--limit", "1").document
    assert [one["id"] for one in newest] == ["j3"]


def test_metrics_say_that_a_result_file_tells_nothing(serve: Serve, ask: Ask) -> None:
    ended = job("succeeded", result_files=["f1"])
    serve({JOB: ended, EVENTS: listed(), "GET /files/f1/content": {"hello": "you"}})
    result = ask("metrics", "j1")
    assert result.status == 1 and "The result file f1 tells no steps" in result.err


def test_a_web_page_in_the_place_of_a_file_is_not_saved(
    serve: Serve, ask: Ask, tmp_path: Path
) -> None:
    serve({}, missing=(200, "<!doctype html><html>Sign in</html>"))
    result = ask("files", "download", "f1", "-o", str(tmp_path / "out"))
    assert result.status == 1 and "web page" in result.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("code", ["daily_rate_limit_exceeded", "insufficient_quota"])
def test_a_daily_limit_leaves_nothing_open(serve: Serve, ask: Ask, code: str) -> None:
    error = {"error": {"code": code, "message": "Enough for today."}}
    place = serve({CREATE: (429, error), JOBS: listed()})
    result = ask("create", *ASKED, "--yes")
    assert result.status == 1 and place.seen.count(CREATE) == 1
    assert "not known whether" not in result.err
    assert ask("recover", "--json").document == []


def test_openais_dates_are_not_those_of_another_server(serve: Serve, ask: Ask) -> None:
    known = job("running", model="gpt-4o-mini-2024-07-18")
    models = listed({"id": "gpt-4o-mini-2024-07-18"})
    serve({JOBS: listed(known), JOB: known, "GET /models": models})
    assert ask("jobs", "--json").document[0]["shutdown_date"] is None
    assert ask("show", "j1", "--json").document["shutdown_date"] is None
    assert "shuts down" not in ask("show", "j1").out
    own = {"id": "gpt-4o-mini-2024-07-18", "shutdown_date": "2031-01-01"}
    serve({JOBS: listed(known), JOB: known, "GET /models": listed(own)})
    assert ask("show", "j1", "--json").document["shutdown_date"] == "2031-01-01"


def test_openais_prices_are_not_those_of_another_server(
    serve: Serve, ask: Ask, training_file: Path
) -> None:
    model = ("--model", "gpt-4o-mini-2024-07-18")
    place = serve({JOBS: listed(), "GET /models": listed({"id": "tiny"})})
    result = ask("create", "--training-file", str(training_file), *model)
    assert result.status != 0 and "$" not in result.err
    assert "not known: no price for this model" in result.err
    assert "by OpenAI" not in result.err and not any(one.startswith("POST") for one in place.seen)


def test_a_file_whose_content_cannot_be_had_is_not_told_as_deleted(
    serve: Serve, ask: Ask, tmp_path: Path
) -> None:
    record = {"id": "f1", "filename": "a.jsonl", "bytes": 3, "status": "processed"}
    answers = {"GET /files/f1": record, "GET /files/f1/content": (404, {"detail": "Not Found"})}
    serve(answers)
    result = ask("files", "download", "f1", "--output", str(tmp_path / "got"))
    assert result.status == 1
    assert "does not offer the content of files." in result.err
    assert "deleted" not in result.err

    gone = (404, {"error": {"message": "No such File object: f1"}})
    serve({"GET /files/f1": record, "GET /files/f1/content": gone})
    assert "deleted" in ask("files", "download", "f1", "--output", str(tmp_path / "got")).err


@pytest.mark.parametrize("status", [302, 303])
def test_a_create_call_that_was_sent_on_elsewhere_is_not_paid_for_twice(
    serve: Serve, ask: Ask, status: int
) -> None:
    place = serve({CREATE: (status, ""), JOBS: listed()})
    assert ask("create", *ASKED, "--yes").status == 3
    assert ask("create", *ASKED, "--yes").status == 3
    assert place.seen.count(CREATE) == 1


def test_a_created_job_of_which_only_the_id_is_told_is_read_for_the_rest(
    serve: Serve, ask: Ask
) -> None:
    whole = made(hyperparameters={"n_epochs": 2}, seed=7)
    place = serve({CREATE: (202, {"job_id": "j1"}), JOBS: listed(), JOB: whole})
    result = ask("create", *ASKED, "--yes")
    assert result.status == 0 and "queued" in result.out and "Warning" not in result.err
    assert place.seen.count(CREATE) == place.seen.count(JOB) == 1
    another = {**whole, "id": "j9"}
    silent = serve({CREATE: {"id": "j2"}, JOBS: listed(), f"{JOBS}/j2": another})
    result = ask("create", *ASKED, "--yes", "--again")
    assert (
        result.status == 0
        and "j2" in result.out
        and "j9" not in result.out
        and silent.seen.count(CREATE) == 1
    )


@pytest.mark.parametrize("name", ["job", "data", "fine_tuning_job", "result"])
def test_a_job_within_an_envelope_is_that_job(serve: Serve, ask: Ask, name: str) -> None:
    place = serve({CREATE: {"code": 0, name: made()}, JOBS: listed(), JOB: {name: job("done")}})
    assert ask("create", *ASKED, "--yes", "--json").document["id"] == "j1"
    assert ask("watch", "j1").status == 0
    assert ask("show", "j1", "--json").document["raw_status"] == "done"
    assert place.seen.count(CREATE) == 1


def test_jobs_in_an_envelope_are_listed_and_offered(serve: Serve, ask: Ask) -> None:
    inside = {"success": True, "result": {"jobs": [job("running")], "total": 1}}
    serve({JOBS: inside, "GET /files": {"results": []}, "GET /models": {"data": {"list": []}}})
    assert "j1" in ask("jobs").out
    told = ask("profiles", "verify", "--json").document
    assert told["offers"]["jobs"] is told["offers"]["files"] is True


def test_an_error_in_place_of_a_list_is_no_empty_list(serve: Serve, ask: Ask) -> None:
    serve({JOBS: {"object": "list", "data": [], "error": {"message": "The store is down."}}})
    result = ask("jobs")
    assert result.status == 1 and "has no list of jobs: The store is down." in result.err


@pytest.mark.parametrize("alone", [(500, "<html>"), (200, "no JSON"), (200, {"x": 1})])
def test_a_job_that_cannot_be_read_alone_is_followed_in_the_list(
    serve: Serve, ask: Ask, alone: object
) -> None:
    serve({JOB: alone, JOBS: [listed(job("running")), listed(job("done"))]})
    assert ask("watch", "j1").status == 0


def test_an_endpoint_that_is_down_is_not_asked_for_its_list_too(serve: Serve, ask: Ask) -> None:
    place = serve({JOB: (502, "<html>"), JOBS: listed(job("done"))})
    assert ask("show", "j1").status == 1
    assert JOBS not in place.seen


def test_metrics_that_cannot_be_read_are_none_that_are_still_to_come(
    serve: Serve, ask: Ask
) -> None:
    serve({JOB: job("done"), EVENTS: (500, {"error": "boom"}), CHECKPOINTS: listed()})
    result = ask("metrics", "j1")
    assert result.status == 1 and "failed (HTTP 500)" in result.err
    assert "No metrics yet" not in result.err


@pytest.mark.parametrize("tail", ["", '{"id": "e3", "mess'])
def test_events_that_come_as_lines_are_read(serve: Serve, ask: Ask, tail: str) -> None:
    lines = [json.dumps({"id": f"e{at}", "created_at": at, "message": f"m{at}"}) for at in (1, 2)]
    serve({JOB: job("done"), EVENTS: "\n".join([*lines, tail])})
    told = ask("events", "j1", "--json").json_lines
    assert [one["message"] for one in told] == ["m1", "m2"]
    serve({JOB: job("done"), EVENTS: "\n".join(["one", *lines])})
    assert "is not the API's" in ask("events", "j1").err


@pytest.mark.parametrize(
    ("more", "is_told"),
    [
        ({"next": "http://elsewhere.example/v1/jobs?page=2"}, True),
        ({"next_page_token": "t"}, True),
        ({"total": 57}, True),
        ({"total": 1, "next": None}, False),
        ({"has_more": False, "total": 57}, False),
        ({"has_more": True}, True),  # and the same page again
    ],
)
def test_a_list_that_cannot_be_read_to_its_end_is_told_as_that(
    serve: Serve, ask: Ask, more: dict[str, Any], is_told: bool
) -> None:
    place = serve({JOBS: {"data": [job("running")], **more}})
    result = ask("jobs")
    assert result.status == 0 and "j1" in result.out
    assert ("There may be more jobs" in result.err) == is_told
    assert place.seen.count(JOBS) <= 2
    assert "may be more" not in ask("jobs", "--limit", "1").err
    serve({"GET /files": {"data": [{"id": "f", "filename": "a"}], **more}})
    assert ("There may be more files" in ask("files").err) == is_told


@pytest.mark.parametrize(("word", "said"), [("done", "tells none of"), ("running", "metrics yet")])
def test_a_job_without_numbers_is_told_by_its_state(
    serve: Serve, ask: Ask, word: str, said: str
) -> None:
    serve({JOB: job(word), EVENTS: listed(), CHECKPOINTS: listed()})
    result = ask("metrics", "j1")
    assert result.status == 0 and said in result.err


def test_a_job_whose_id_is_of_several_parts_is_asked_for_by_all_of_it(
    serve: Serve, ask: Ask
) -> None:
    named = {**job("done"), "id": "projects/p/jobs/7"}
    place = serve({"GET /fine_tuning/jobs/projects%2Fp%2Fjobs%2F7": named})
    assert ask("show", "projects/p/jobs/7", "--json").document["id"] == "projects/p/jobs/7"
    asked = len(place.seen)
    for bad in ("a/../b", "../models", "a//b", "/a", "a/", "a/.hidden"):
        assert ask("show", bad).status == 2
    assert len(place.seen) == asked


def test_a_list_that_says_that_it_holds_nothing_is_empty(serve: Serve, ask: Ask) -> None:
    serve({JOBS: {"data": {"list": [], "total": 0}}, "GET /files": {"data": {"list": []}}})
    assert ask("jobs").status == 0
    assert ask("files").status == 1


def test_one_event_of_a_stream_of_lines_is_a_list_of_one(serve: Serve, ask: Ask) -> None:
    serve({JOB: job("done"), EVENTS: '{"id": "e", "created_at": 1, "message": "one"}\n'})
    assert ask("events", "j1").status == 1  # it says that it is JSON, and is no list
    place = serve({JOB: job("done"), EVENTS: "lines:" + '{"id": "e", "message": "one"}\n'})
    assert "one" in ask("events", "j1").out, place.seen


def test_no_content_is_no_events_and_no_job(serve: Serve, ask: Ask) -> None:
    serve({JOB: job("done"), EVENTS: (204, ""), "POST .*/cancel": (204, ""), JOBS: (204, "")})
    assert ask("events", "j1", "--json").status == 0
    assert ask("jobs").status == 1


def test_a_job_of_an_unknown_method_is_asked_for_again_only_by_a_method_that_is_named(
    serve: Serve, ask: Ask, fttui_home: Path
) -> None:
    pairs = {f"k{number}": "v" for number in range(16)}
    told = job("succeeded", method={"type": "dreams"}, training_file="f1", metadata=pairs)
    place = serve({JOB: told, "POST /fine_tuning/jobs": (200, job("queued", id="j2"))})
    again = ("create", "--from", "j1", "--yes", "--detach")
    refused = ask(*again)
    assert refused.status == 1 and "dreams is unknown" in refused.err and "--method" in refused.err
    assert not [one for one in place.seen if "POST" in str(one)]
    result = ask(*again, "--method", "supervised")
    assert "Warning: Its method dreams is unknown" in result.err
    assert "Warning: Its metadata has 16 pairs" in result.err
