"""Lists, files and refusals in the shapes of frameworks and gateways: read, or told as they are."""

from __future__ import annotations

import gzip
import json
from collections.abc import Awaitable
from typing import Any, TypeVar

import pytest

from fttui.services.endpoint.errors import (
    ConnectionLostError,
    NotFoundError,
    Outcome,
    OutOfQuotaError,
    RateLimitedError,
    UnreadableAnswerError,
    UnsupportedError,
)
from fttui.services.endpoint.event_order import is_oldest_first
from fttui.services.endpoint.events import Checkpoint, JobEvent, Metrics
from fttui.services.endpoint.fine_tuning_handle import FineTuningHandle
from fttui.services.endpoint.lists import FILE_LIST, page_body
from fttui.services.endpoint.models import Job, Page, TrainingFile
from fttui.services.endpoint.pages import PageLink, page_query
from fttui.services.job_form import JobRequest
from fttui.services.polling_schedule import PollingSchedule
from fttui.services.result_files import has_steps, read_metrics
from fttui.services.submission.create_call import is_certain_refusal
from fttui.services.watching import PollFailed, Watcher
from fttui.storage.secrets import Secret, register
from strangers import EVENTS, JOB, JOBS, KEY, ask, job, listed, refused, stranger

T = TypeVar("T")
CREATE = "POST /fine_tuning/jobs"
FILES = "GET /files"
ROWS = [job("running", id=f"j{number}") for number in range(3)]
HTML = "<!doctype html><html>Sign in</html>"


def create(handle: FineTuningHandle) -> Awaitable[object]:
    return handle.create_fine_tuning_job(JobRequest("tiny", "file-1"))


def read(body: dict[str, Any]) -> Page[Job]:
    return Page.read({"data": ROWS, **body}, Job.read)


@pytest.mark.parametrize(
    "body",
    [
        {"has_more": "true"},
        {"hasMore": True},
        {"meta": {"current_page": 1, "total_count": 9}},
        {"totalElements": 9, "number": 0},
        {"next": "https://elsewhere.example/v1/fine_tuning/jobs?page=2"},
        {"links": {"next": {"href": "/v1/fine_tuning/jobs?offset=3"}}},
    ],
)
def test_a_list_goes_on_in_whatever_words_that_is_told(body: dict[str, Any]) -> None:
    assert read(body).has_more


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"has_more": "false", "total": 9},
        {"has_more": False, "next_cursor": "j9"},
        {"count": 3, "next": None},
        {"meta": {"total_count": 3}},
        {"totalElements": 3, "last": True},
    ],
)
def test_a_list_that_has_ended_does_not_go_on(body: dict[str, Any]) -> None:
    page = read(body)
    assert not page.has_more and not page.is_cut


@pytest.mark.parametrize("body", [{"next": "xyz"}, {"meta": {"next_url": "x"}}])
def test_a_list_whose_rest_cannot_be_asked_for_is_cut(body: dict[str, Any]) -> None:
    page = read(body)
    assert page.is_cut and not page.has_more


def test_of_a_link_only_the_query_is_sent_and_no_key() -> None:
    page = read({"next": "https://elsewhere.example/other?page=2&limit=3"})
    assert isinstance(page.cursor, PageLink) and page.cursor == "j2"
    sent = page_query({"limit": 100, "after": page.cursor})
    assert sent == {"page": "2", "limit": "3"}
    assert not isinstance(read({"next": "https://elsewhere.example/"}).cursor, PageLink)
    register(Secret(KEY))
    assert not isinstance(read({"next": f"/v1/jobs?page=2&key={KEY}"}).cursor, PageLink)


def test_linked_pages_are_read_to_the_end_at_the_endpoint_itself() -> None:
    second = {"results": [job("running", id="j9")], "count": 4, "next": None}
    first = {"results": ROWS, "count": 4, "next": "http://elsewhere.invalid/v1/x?page=2"}

    async def ids(handle: FineTuningHandle) -> list[str]:
        return [job.id async for page in handle.job_pages() for job in page.items]

    with stranger({JOBS: [(200, first), (200, second)]}) as place:
        assert ask(place, ids) == ["j0", "j1", "j2", "j9"]
        assert place.seen == [JOBS, JOBS]


def test_a_list_that_says_it_is_empty_is_empty_in_any_shape() -> None:
    for body in ({"count": 0, "results": []}, {"content": [], "totalElements": 0}):
        told = page_body(body, FILE_LIST)
        assert told is not None and told["data"] == []
    assert page_body({"results": []}, FILE_LIST) is None


@pytest.mark.parametrize(
    "answer",
    [
        {"data": ["llama", "tiny"]},
        ["llama", "tiny"],
        {"models": [{"name": "llama"}, {"model": "tiny"}]},
    ],
)
def test_models_may_be_mere_names(answer: object) -> None:
    with stranger({"GET /models": (200, answer)}) as place:
        page = ask(place, lambda handle: handle.list_models())
    assert [model.raw_id for model in page.items] == ["llama", "tiny"]


def test_a_phase_is_a_state() -> None:
    with stranger({JOBS: {"content": [{"id": "j1", "phase": "COMPLETED"}]}}) as place:
        page = ask(place, lambda handle: handle.list_jobs())
    assert page.items[0].status.is_success


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"status_details": {"message": "line 3: invalid role"}}, "line 3: invalid role"),
        ({"errors": ["line 3: invalid role", "line 4: empty"]}, "line 3: invalid role; line 4"),
        ({"error": "not JSON"}, "not JSON"),
        ({"error": {"code": "bad", "message": "no"}}, "bad: no"),
        ({"status_details": None, "error": {}}, None),
    ],
)
def test_a_file_tells_its_fault_in_any_form(told: dict[str, Any], reason: str | None) -> None:
    file = TrainingFile.read({"id": "file-1", "status": "error", **told})
    assert file is not None
    assert (file.status_details or "").startswith(reason or "")
    assert (file.status_details is None) == (reason is None)


def test_an_uploaded_file_may_be_called_by_its_file_id() -> None:
    file = TrainingFile.read({"status": "ok", "file_id": "f7"})
    assert file is not None and file.raw_id == "f7"


def test_a_file_that_cannot_be_read_alone_is_taken_from_the_list() -> None:
    row = {"id": "f1", "filename": "a.jsonl", "purpose": "fine-tune"}
    with stranger({FILES: listed(row)}) as place:
        assert ask(place, lambda handle: handle.retrieve_file("f1")).filename == "a.jsonl"
        missing = refused(place, lambda handle: handle.retrieve_file("f2"))
    assert isinstance(missing, NotFoundError)
    with stranger({}) as place:
        nothing = refused(place, lambda handle: handle.retrieve_file("f1"))
    assert isinstance(nothing, UnsupportedError) and "a list of files" in nothing.sentence


def test_a_web_page_is_no_file() -> None:
    with stranger({"GET /files/f1/content": (200, HTML)}) as place:
        error = refused(place, lambda handle: handle.file_content("f1"))
        kept: list[bytes] = []
        streamed = refused(place, lambda handle: handle.records.content("f1", kept.append))
    assert isinstance(error, UnreadableAnswerError) and "web page" in error.sentence
    assert isinstance(streamed, UnreadableAnswerError) and not kept


STEPS = [{"step": 1, "train_loss": 0.9}, {"step": 2, "loss": 0.5, "eval_loss": "0.7"}]


@pytest.mark.parametrize(
    "content",
    [
        b"step,loss,val_loss\n1,0.9,\n2,0.5,0.7\n",
        gzip.compress(b"step,train_loss,eval_loss\n1,0.9,\n2,0.5,0.7\n", mtime=0),
        json.dumps(STEPS).encode(),
        json.dumps({"metrics": STEPS}).encode(),
        b"\n".join(json.dumps(step).encode() for step in STEPS),
    ],
    ids=["csv", "gzip", "json", "json-in-an-object", "json-lines"],
)
def test_a_result_file_is_read_in_the_forms_that_there_are(content: bytes) -> None:
    first, second = read_metrics(content)
    assert (first.step, first.train_loss) == (1, 0.9)
    assert (second.step, second.train_loss, second.valid_loss) == (2, 0.5, 0.7)
    assert has_steps(content)


@pytest.mark.parametrize("content", [b"", b"step,train_loss\n", b'"step","train_loss"\r\n'])
def test_a_result_file_without_steps_yet_is_still_one(content: bytes) -> None:
    assert has_steps(content) and read_metrics(content) == []


@pytest.mark.parametrize("content", [b"PK\x03\x04", b"\x1f\x8bbroken", b'{"a": 1}', b"hello\nyou"])
def test_what_is_no_result_file_is_told_from_an_empty_one(content: bytes) -> None:
    assert not has_steps(content) and read_metrics(content) == []


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (403, {"error": {"message": "user quota is not enough"}}, "out of quota"),
        (429, {"message": "You exceeded your current quota, check your plan"}, "out of quota"),
        (429, {"error": {"code": "max_concurrent_jobs", "message": "3 of 3"}}, "no more of these"),
        (429, {"code": 8, "message": "Too many running jobs", "details": []}, "no more of these"),
    ],
)
def test_what_an_account_may_not_have_is_a_definite_no(
    status: int, body: object, words: str
) -> None:
    with stranger({CREATE: (status, body)}) as place:
        error = refused(place, create)
        assert place.seen == [CREATE]
    assert isinstance(error, OutOfQuotaError) and words in error.sentence
    assert error.outcome is Outcome.REFUSED and is_certain_refusal(error)


@pytest.mark.parametrize(
    "message",
    [
        "Too many requests for jobs.",
        "Limit of 60 list jobs calls per minute reached.",
        "Quota exceeded for 'Read requests per minute'.",
    ],
)
def test_a_limit_of_calls_is_a_reason_to_wait(message: str) -> None:
    with stranger({JOBS: (429, {"error": {"message": message}})}) as place:
        error = refused(place, lambda handle: handle.list_jobs())
    assert isinstance(error, RateLimitedError) and error.retryable


@pytest.mark.parametrize("body", ["<html>pay</html>", {"detail": "Your balance is 0.00 EUR"}])
def test_a_bill_is_told_and_the_job_looked_for_as_a_gateway_may_send_it(body: object) -> None:
    with stranger({CREATE: (402, body)}) as place:
        error = refused(place, create)
    assert isinstance(error, OutOfQuotaError) and "wants to be paid first" in error.sentence
    assert error.outcome is Outcome.REFUSED and not is_certain_refusal(error)


def test_a_file_that_is_too_large_is_called_that() -> None:
    with stranger({JOBS: (413, HTML)}) as place:
        error = refused(place, lambda handle: handle.list_jobs())
    assert "nothing as large as this" in error.sentence and "smaller file" in error.hint


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"n_epochs": ["Too few."], "suffix": ["Needed."]}, "n_epochs: Too few.; suffix: Needed."),
        ({"errors": [{"field": "nEpochs", "defaultMessage": "too few"}]}, "nEpochs: too few"),
    ],
)
def test_a_refusal_that_is_nothing_but_fields_names_them(body: object, told: str) -> None:
    with stranger({CREATE: (400, body)}) as place:
        assert told in refused(place, create).sentence


def test_what_an_answer_tells_in_the_place_of_a_job_is_told() -> None:
    error = {"error": {"message": "tiny is not enabled for your team"}}
    with stranger(
        {CREATE: (200, error), "POST /fine_tuning/jobs/j1/cancel": (200, error)}
    ) as place:
        made = refused(place, create)
        ended = refused(place, lambda handle: handle.cancel_fine_tuning_job("j1"))
    assert "not enabled for your team" in made.sentence and "not enabled" in ended.sentence
    assert made.outcome is Outcome.UNKNOWN


def test_the_state_of_a_job_is_no_thing_to_correct() -> None:
    body = {"code": 9, "message": "job is in terminal state", "details": []}
    with stranger({JOB: job("succeeded"), "POST /fine_tuning/jobs/j1/x": (400, body)}) as place:
        place.answers[CREATE] = (400, body)
        assert "state of the job" in refused(place, create).hint


def events(*told: Any) -> tuple[JobEvent, ...]:
    found = tuple(map(JobEvent.read, told))
    return tuple(event for event in found if event is not None)


def test_events_may_be_lines_and_have_ids_that_are_equal() -> None:
    lines = events("Job queued", "Step 1/3: training loss=1.00")
    assert lines[1].metrics == Metrics(step=1, total_steps=3, train_loss=1.0)
    twins = events(*({"id": "e", "created_at": at, "message": f"m{at}"} for at in (1, 2)))
    assert len({event.key for event in twins}) == 2
    marks = [Checkpoint.read({"id": "same", "step_number": step}) for step in (1, 2)]
    assert len({mark.key for mark in marks if mark}) == 2


def rising(first: int, last: int) -> list[dict[str, Any]]:
    return [{"id": f"e{at}", "created_at": at, "message": "x"} for at in range(first, last)]


def test_events_come_newest_first_whichever_way_they_are_told() -> None:
    for told in (rising(1, 4), rising(1, 4)[::-1]):
        with stranger({EVENTS: listed(*told)}) as place:
            page = ask(place, lambda handle: handle.list_events("j1"))
        assert [event.id for event in page.items] == ["e3", "e2", "e1"]
    stream = "".join(f'data: {{"message": "m{at}"}}\n\n' for at in (1, 2))
    with stranger({EVENTS: stream}) as place:
        page = ask(place, lambda handle: handle.list_events("j1"))
    assert [event.message for event in page.items] == ["m2", "m1"]


def test_the_order_of_events_is_known_by_times_or_steps_and_lines_are_a_log() -> None:
    assert is_oldest_first(events("first", "then"))
    assert is_oldest_first(events(*({"id": f"{at}", "data": {"step": at}} for at in (1, 2))))
    assert not is_oldest_first(events(*({"id": f"{at}", "data": {"step": at}} for at in (2, 1))))
    assert not is_oldest_first(events({"id": "a", "message": "x"}, {"id": "b", "message": "y"}))


def test_pages_that_begin_with_the_oldest_are_read_to_the_newest_and_on_from_there() -> None:
    pages = [
        (200, {"data": rising(1, 3), "has_more": True}),
        (200, {"data": rising(3, 5), "has_more": False}),
        (200, {"data": rising(5, 6), "has_more": False}),
        (200, {"data": [], "has_more": False}),
    ]

    async def ids(handle: FineTuningHandle) -> list[list[str]]:
        found = []
        for _unused in range(3):
            page = await handle.list_events("j1")
            found.append([event.id for event in page.items])
            assert not page.has_more
        return found

    with stranger({EVENTS: pages}) as place:
        first, second, third = ask(place, ids)
        assert place.seen.count(EVENTS) == 4
    assert first == ["e4", "e3", "e2", "e1"]
    assert second == third == ["e5", *first]


def test_oldest_events_that_repeat_themselves_come_to_an_end() -> None:
    with stranger({EVENTS: {"data": rising(1, 3), "has_more": True}}) as place:
        page = ask(place, lambda handle: handle.list_events("j1"))
        assert place.seen.count(EVENTS) == 2
    assert [event.id for event in page.items] == ["e2", "e1"] and page.is_cut


def test_numbers_may_be_written() -> None:
    told = {"train_loss": "0.5", "valid_loss": "n/a", "step": "2"}
    assert Metrics.read(told) == Metrics(step=2, train_loss=0.5)


def test_a_step_keeps_the_total_of_its_own_source() -> None:
    read = Job.read(job("running", trained_steps=12, total_steps=30))
    assert read is not None
    one = read.with_progress(events("Step 3/3: training loss=1.00"))
    assert (one.step, one.total_steps) == (12, 30)
    other = read.with_progress(events("Step 20/40: training loss=1.00"))
    assert (other.step, other.total_steps) == (20, 40)


def test_a_silent_source_is_not_asked_again_and_again() -> None:
    with stranger({EVENTS: "{…"}) as place:
        with pytest.raises(ConnectionLostError):
            ask(place, lambda handle: handle.list_events("j1"), read=0.2, tries=3, first_pause=0.01)
        assert place.seen == [EVENTS]


def test_a_watch_of_what_was_never_the_api_ends() -> None:
    quick = PollingSchedule(0.01, 0.01, 0.01, 0.01, 0.01, 0.01, settle_polls=2)
    seen: list[object] = []

    async def watch(handle: FineTuningHandle) -> None:
        async for change in Watcher(handle, ["j1"], schedule=quick).changes():
            seen.append(change)

    with stranger({}, missing=(200, HTML)) as place:
        error = refused(place, watch)
    assert isinstance(error, UnreadableAnswerError) and len(seen) == 2
    with stranger(
        {JOB: [(200, job("running")), *[(200, HTML)] * 4, (200, job("succeeded"))]}
    ) as ok:
        seen.clear()
        ask(ok, watch)
    assert sum(isinstance(change, PollFailed) for change in seen) == 4


@pytest.mark.parametrize(("status", "body"), [(202, ""), (204, ""), (200, {})])
def test_a_cancel_that_was_taken_without_a_word_is_under_way(status: int, body: object) -> None:
    answers = {"POST /fine_tuning/jobs/j1/cancel": (status, body), JOB: job("running")}
    with stranger(answers) as place:
        told = ask(place, lambda handle: handle.cancel_fine_tuning_job("j1"))
        assert told.status.word == "running"
        place.answers[JOB] = job("succeeded")
        assert "succeeded" in refused(place, lambda one: one.cancel_fine_tuning_job("j1")).sentence
        place.answers[JOB] = job("running")
        place.answers["POST /fine_tuning/jobs/j1/cancel"] = (200, HTML)
        error = refused(place, lambda handle: handle.cancel_fine_tuning_job("j1"))
    assert "web page" in error.sentence
