"""Servers that nobody here wrote: read where it is certain, and said rightly where it is not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest

from fttui.services.endpoint.errors import (
    NotFoundError,
    Outcome,
    OutOfQuotaError,
    RefusedError,
    UnauthorizedError,
    UnreadableAnswerError,
    UnsupportedError,
)
from fttui.services.endpoint.fine_tuning_handle import FineTuningHandle
from fttui.services.endpoint.offered import EVENTS as EVENT_CALLS
from fttui.services.job_form import JobRequest
from fttui.services.job_history import JobHistory, read_history
from fttui.services.polling_schedule import PollingSchedule
from fttui.services.submission.create_call import is_certain_refusal
from fttui.services.watching import Change, EventsFailed, JobUpdate, NewEvents, PollFailed, Watcher
from strangers import (
    AIMOCK_404,
    CHECKPOINTS,
    EVENTS,
    FASTAPI_404,
    GRPC_404,
    HTML_404,
    JOB,
    JOBS,
    KEY,
    KONG_404,
    Stranger,
    ask,
    job,
    listed,
    refused,
    stranger,
)

T = TypeVar("T")
QUICK = PollingSchedule(0.01, 0.01, 0.01, 0.01, 0.01, 0.01, settle_polls=2)
STREAM = (
    'data: {"id": "e1", "created_at": 1, "message": "Step 1/2: training loss=0.50"}\n\n'
    'data: {"id": "e2", "created_at": 2, "message": "Step 2/2: training loss=0.25"}\n\n'
)


def watched(place: Stranger, *ids: str, **options: Any) -> list[Change]:
    """All that a watch of jobs tells until it ends by itself."""

    async def watch(handle: FineTuningHandle) -> list[Change]:
        async with asyncio.timeout(60):
            watcher = Watcher(handle, ids or ["j1"], schedule=QUICK, **options)
            return [change async for change in watcher.changes()]

    return ask(place, watch)


def ends(changes: list[Change]) -> list[str]:
    return [change.job.status.shown for change in changes if isinstance(change, JobUpdate)]


@pytest.mark.parametrize(
    "events",
    [
        (500, {"error": "boom"}),
        (200, "<html>sign in</html>"),
        (200, {"hello": "world"}),
        (429, {"error": {"message": "slow down"}}),
        (401, {"error": {"message": "no"}}),
        FASTAPI_404,
    ],
    ids=str,
)
@pytest.mark.parametrize("last", ["SUCCESS", "completed", "canceled"])
def test_a_watch_ends_with_its_job_whatever_its_events_do(events: object, last: str) -> None:
    answers = {JOB: [job("RUNNING"), job("RUNNING"), job(last)], EVENTS: events}
    with stranger(answers) as place:
        changes = watched(place, events_of=["j1"])
    assert ends(changes)[-1] == last
    assert not [change for change in changes if isinstance(change, PollFailed)]
    told = [change for change in changes if isinstance(change, EventsFailed)]
    assert [change.is_last for change in told] == ([] if events == FASTAPI_404 else [False, True])


def test_failing_events_are_asked_for_less_and_less_while_the_job_is_followed() -> None:
    answers = {JOB: [*[job("running")] * 12, job("failed")], EVENTS: (500, {"error": "boom"})}
    with stranger(answers) as place:
        watched(place, events_of=["j1"])
    assert place.seen.count(JOB) == 13
    assert place.seen.count(EVENTS) <= 4 + QUICK.settle_polls + 1


def test_events_that_come_again_are_told_and_failing_ones_are_no_news_twice() -> None:
    page = listed({"id": "e1", "created_at": 1, "message": "back"})
    events = [(500, {}), (500, {}), page]
    with stranger({JOB: [*[job("running")] * 8, job("succeeded")], EVENTS: events}) as place:
        changes = watched(place, events_of=["j1"])
    assert len([change for change in changes if isinstance(change, EventsFailed)]) == 1
    assert [e.id for c in changes if isinstance(c, NewEvents) for e in c.events] == ["e1"]


@pytest.mark.parametrize("tail", ["", "…"], ids=["ending", "endless"])
def test_events_that_come_as_a_stream_are_read_as_far_as_they_come(tail: str) -> None:
    with stranger({JOB: job("running"), EVENTS: STREAM + tail}) as place:
        page = ask(place, lambda handle: handle.list_events("j1"))
    assert [event.id for event in page.items] == ["e2", "e1"]
    assert page.items[0].metrics is not None and page.items[0].metrics.train_loss == 0.25


def test_a_stream_without_end_hides_neither_the_end_of_the_job_nor_its_checkpoints() -> None:
    point = {"id": "c1", "step_number": 2, "result_files": ["w1"], "metrics": {"train_loss": 1}}
    answers = {JOB: job("completed"), EVENTS: "data: …", CHECKPOINTS: [[point]]}
    with stranger(answers) as place:
        assert ends(watched(place, events_of=["j1"])) == ["completed"]
        news = ask(place, lambda handle: read_history(handle, "j1", JobHistory()))
    assert news.job is not None and news.job.status.is_success
    assert [point.result_files for point in news.history.checkpoints or ()] == [("w1",)]


def test_an_answer_about_another_job_tells_nothing_of_the_one_in_view() -> None:
    with stranger({JOB: {**job("completed"), "id": "j2"}, EVENTS: {"data": []}}) as place:
        news = ask(place, lambda handle: read_history(handle, "j1", JobHistory()))
    assert news.job is None and news.history.is_whole


def test_a_history_has_its_job_and_checkpoints_where_the_events_fail() -> None:
    answers = {JOB: job("SUCCESS"), EVENTS: (500, {"error": "boom"}), CHECKPOINTS: {"data": []}}
    with stranger(answers) as place:
        news = ask(place, lambda handle: read_history(handle, "j1", JobHistory()))
    assert news.job is not None and news.history.checkpoints == ()
    assert "boom" in news.history.error_text


@pytest.mark.parametrize(
    "missing",
    [FASTAPI_404, GRPC_404, AIMOCK_404, KONG_404, HTML_404, (405, {}), (501, {})],
    ids=str,
)
@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda handle: handle.list_events("j1"), "does not offer the events of a job"),
        (lambda handle: handle.list_checkpoints("j1"), "does not offer the checkpoints of a job"),
        (lambda handle: handle.pause_job("j1"), "does not offer pausing a job"),
        (lambda handle: handle.resume_job("j1"), "does not offer resuming a job"),
        (lambda handle: handle.cancel_fine_tuning_job("j1"), "does not offer cancelling a job"),
        (lambda handle: handle.list_models(), "does not offer a list of models"),
        (lambda handle: handle.list_files(), "does not offer a list of files"),
    ],
)
def test_a_call_that_is_missing_is_not_told_as_a_missing_thing(
    missing: tuple[int, Any], call: Callable[[FineTuningHandle], Awaitable[object]], words: str
) -> None:
    with stranger({JOB: job("running")}, missing) as place:
        error = refused(place, call)
    assert isinstance(error, UnsupportedError) and words in error.sentence
    assert "deleted" not in error.full_text and error.outcome is Outcome.REFUSED


def test_what_is_not_offered_is_not_asked_again() -> None:
    async def twice(handle: FineTuningHandle) -> None:
        for _unused in range(2):
            with pytest.raises(UnsupportedError):
                await handle.pause_job("j1")

    with stranger({JOB: job("running")}) as place:
        ask(place, twice)
        assert place.seen.count("POST /fine_tuning/jobs/j1/pause") == 1
        watched_jobs = {JOB: [job("running"), job("running"), job("done")]}
        place.answers = watched_jobs
        watched(place, events_of=["j1"])
    assert place.seen.count(EVENTS) == 1


def test_a_job_that_is_not_there_is_no_missing_call() -> None:
    gone = (404, {"error": {"message": "No such job: j1"}})
    answers = {f"{JOB}.*": gone, "POST .*": gone, JOBS: listed(job("running") | {"id": "j2"})}
    with stranger(answers) as place:
        for call in (
            lambda handle: handle.list_events("j1"),
            lambda handle: handle.pause_job("j1"),
            lambda handle: handle.find_job("j1"),
        ):
            error = refused(place, call)
            assert isinstance(error, NotFoundError) and "No such job" in error.sentence


@pytest.mark.parametrize(
    "missing", [FASTAPI_404, (405, {"detail": "Method Not Allowed"}), (404, {"error": "no j1"})]
)
def test_a_job_that_only_the_list_has_is_followed_there(missing: tuple[int, Any]) -> None:
    jobs = [listed(job("running")), listed(job("running")), listed(job("stopped"))]
    with stranger({JOBS: jobs}, missing) as place:
        changes = watched(place, events_of=["j1"])
    assert ends(changes)[-1] == "stopped"
    assert place.seen.count(JOB) == 1


def test_jobs_are_watched_one_by_one_where_there_is_no_list() -> None:
    answers = {
        JOB: [job("running"), job("completed")],
        f"{JOBS}/j2": [job("running") | {"id": "j2"}, job("failed") | {"id": "j2"}],
    }
    with stranger(answers) as place:
        changes = watched(place, "j1", "j2")
    assert sorted(ends(changes)[-2:]) == ["completed", "failed"]
    assert place.seen.count(JOBS) == 1


@pytest.mark.parametrize("missing", [FASTAPI_404, HTML_404, KONG_404], ids=str)
def test_a_list_that_is_missing_says_what_may_be_wrong_with_the_address(
    missing: tuple[int, Any],
) -> None:
    with stranger({}, missing) as place:
        place.base_url = place.base_url.removesuffix("/v1")
        error = refused(place, lambda handle: handle.list_jobs())
        assert "does not offer a list of jobs" in error.sentence
        assert f"try {place.base_url}/v1" in error.hint and "deleted" not in error.full_text
        place.base_url += "/v1"
        assert "/v1" not in refused(place, lambda handle: handle.list_jobs()).hint


ONE = {"id": 7, "status": "in_progress"}


@pytest.mark.parametrize(
    "answer",
    [
        {"jobs": [ONE]},
        {"items": [ONE]},
        {"results": [ONE]},
        {"fine_tuning_jobs": [ONE]},
        {"data": {"jobs": [ONE]}},
        {"data": [ONE]},
        [ONE],
        {"jobs": [{"jobId": "7", "jobStatus": "x", "status": "running"}]},
    ],
    ids=str,
)
def test_a_list_of_another_shape_is_read_where_it_is_certain(answer: object) -> None:
    with stranger({JOBS: (200, answer), f"{JOBS}/7": {**ONE, "id": "7"}}) as place:
        page = ask(place, lambda handle: handle.list_jobs())
        assert [(job.id, job.raw_id, job.status.word) for job in page.items] == [
            ("7", "7", "running")
        ]
        assert ask(place, lambda handle: handle.retrieve_job("7")).raw_id == "7"


@pytest.mark.parametrize(
    "answer",
    [
        {"results": [{"id": "x"}]},
        {"items": [{"status": "ok"}]},
        {"jobs": [{"id": "x", "status": "running"}, "y"]},
        {"jobs": {"a": 1}},
        {"items": []},
        {"status": "ok"},
        [{"id": "x"}],
        ["a"],
    ],
    ids=str,
)
def test_an_answer_without_a_list_of_jobs_is_never_an_empty_list(answer: object) -> None:
    with stranger({JOBS: (200, answer)}) as place:
        error = refused(place, lambda handle: handle.list_jobs())
    assert isinstance(error, UnreadableAnswerError)
    assert "has no list of jobs" in error.sentence


@pytest.mark.parametrize(
    "told",
    [
        {"training_file": {"id": "f1"}},
        {"training_file": ["f1"]},
        {"training_files": [{"fileId": "f1"}]},
        {"training_file_id": "f1"},
        {"trainingFile": "https://any.example/v1/files/f1/content"},
    ],
    ids=str,
)
def test_the_file_of_a_job_is_known_in_any_form(told: dict[str, object]) -> None:
    with stranger({f"{JOBS}/7": {**ONE, **told, "id": "7"}}) as place:
        assert ask(place, lambda handle: handle.retrieve_job("7")).training_file == "f1"


@pytest.mark.parametrize(
    "answer", [{"jobs": []}, {"data": []}, {"object": "list", "data": None}, []]
)
def test_an_empty_list_of_jobs_is_one(answer: object) -> None:
    with stranger({JOBS: (200, answer)}) as place:
        assert ask(place, lambda handle: handle.list_jobs()).items == ()


def test_a_bare_list_of_checkpoints_is_one_empty_or_not() -> None:
    points = [{"id": "c2", "step_number": 2}, {"step_number": 1}]
    with stranger({JOB: job("done"), CHECKPOINTS: (200, points)}) as place:
        page = ask(place, lambda handle: handle.list_checkpoints("j1"))
        assert [point.step for point in page.items] == [2, 1]
        place.answers[CHECKPOINTS] = (200, [])
        assert ask(place, lambda handle: handle.list_checkpoints("j1")).items == ()


def test_events_and_checkpoints_within_the_job_are_its_events_and_checkpoints() -> None:
    own = {
        "events": [
            {"name": "status-updated", "data": {"status": "QUEUED"}, "created_at": 1},
            {"name": "status-updated", "data": {"status": "SUCCESS"}, "created_at": 2},
        ],
        "checkpoints": [{"metrics": {"train_loss": 0.5}, "step_number": 10, "created_at": 2}],
    }
    with stranger({JOB: job("SUCCESS", **own)}) as place:
        news = ask(place, lambda handle: read_history(handle, "j1", JobHistory()))
        changes = watched(place, events_of=["j1"])
    texts = [event.message for event in news.history.events]
    assert texts == ["status-updated: SUCCESS", "status-updated: QUEUED"]
    assert [point.step for point in news.history.checkpoints or ()] == [10]
    assert sum(len(change.events) for change in changes if isinstance(change, NewEvents)) == 2
    assert place.seen.count(EVENTS) == 2  # once by each handle


def create(handle: FineTuningHandle) -> Awaitable[object]:
    return handle.create_fine_tuning_job(JobRequest("tiny", training_file="file-1", seed=7))


CREATE = "POST /fine_tuning/jobs"


def test_the_field_that_a_server_names_in_its_own_way_is_told() -> None:
    problem = {"loc": ["body", "seed"], "msg": "Input should be a valid string", "type": "x"}
    other = {"loc": ["body", "hyperparameters", "n_epochs"], "msg": "too big"}
    with stranger({CREATE: (422, {"detail": [problem, other]})}) as place:
        error = refused(place, create)
    assert error.param == "seed" and is_certain_refusal(error)
    assert (
        "seed: Input should be a valid string; hyperparameters.n_epochs: too big" in error.sentence
    )
    grpc = {"code": 3, "message": "suffix is required", "details": []}
    with stranger({CREATE: (400, grpc)}) as place:
        error = refused(place, create)
    assert (error.code, error.param) == ("invalid_argument", None)
    assert "suffix is required" in error.sentence
    grpc["details"] = [{"@type": "BadRequest", "fieldViolations": [{"field": "suffix"}]}]
    with stranger({CREATE: (400, grpc)}) as place:
        assert refused(place, create).param == "suffix"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("daily_rate_limit_exceeded", "You have reached the limit of jobs."),
        ("rate_limit_exceeded", "Limit: 8 jobs per day."),
    ],
)
def test_a_daily_limit_is_a_definite_no(code: str, message: str) -> None:
    with stranger({CREATE: (429, {"error": {"code": code, "message": message}})}) as place:
        error = refused(place, create)
        assert place.seen.count(CREATE) == 1
    assert isinstance(error, OutOfQuotaError) and error.outcome is Outcome.REFUSED
    assert is_certain_refusal(error) and "tomorrow" in error.hint


@pytest.mark.parametrize(
    "error", [{"code": "insufficient_quota"}, {"type": "insufficient_quota", "code": None}]
)
def test_a_quota_that_is_used_up_is_a_definite_no(error: dict[str, Any]) -> None:
    with stranger({CREATE: (429, {"error": {"message": "no money", **error}})}) as place:
        assert is_certain_refusal(refused(place, create))


def test_a_plain_429_stays_open() -> None:
    with stranger({CREATE: (429, {"error": {"message": "slow down"}})}) as place:
        assert refused(place, create).outcome is Outcome.UNKNOWN
    with stranger({CREATE: (429, "<html>daily limit</html>")}) as place:
        assert refused(place, create).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        (401, {"message": "Incorrect API key"}, "does not accept the key"),
        (401, {"message": "Your token has expired."}, "The key has expired"),
        (401, {"code": "token_expired", "message": "no"}, "The key has expired"),
        (403, {"code": "AuthenticationTypeDisabled", "message": "off"}, "takes no API keys"),
        (403, {"message": "Key based authentication is disabled"}, "takes no API keys"),
        (403, {"message": "Your trial has expired."}, "does not permit this"),
        (403, {"message": "no"}, "does not permit this"),
    ],
)
def test_what_is_wrong_with_a_key_is_told_with_its_own_place(
    status: int, error: dict[str, str], words: str
) -> None:
    with stranger({JOBS: (status, {"error": error})}) as place:
        told = refused(place, lambda handle: handle.list_jobs())
        host = place.base_url.removeprefix("http://").removesuffix("/v1")
    assert words in told.sentence and host in told.full_text
    assert "fttui login" in told.hint
    assert "OPENAI_API_KEY" not in told.hint and "platform.openai.com" not in told.hint
    assert isinstance(told, UnauthorizedError) == ("permit" not in words) and KEY not in told.hint


@pytest.mark.parametrize(
    ("message", "hint"),
    [
        ("cannot cancel job with status succeeded", "The state of the job"),
        ("The base model does not support fine-tuning.", "training_type"),
        ("hyperparameters must be on the top level", "top_level_hyperparameters = true"),
        ("Unknown parameter: 'hyperparameters', use method", "top_level_hyperparameters = false"),
        ("n_epochs is too big", "Correct what it names"),
    ],
)
def test_a_hint_names_the_setting_of_the_profile_that_helps(message: str, hint: str) -> None:
    with stranger({CREATE: (400, {"error": {"message": message}})}) as place:
        error = refused(place, create)
    assert isinstance(error, RefusedError) and hint in error.hint


def test_a_create_call_at_an_address_without_one_is_not_a_missing_thing() -> None:
    with stranger({}) as place:
        error = refused(place, create)
    assert isinstance(error, UnsupportedError) and is_certain_refusal(error)
    with stranger({}, HTML_404) as place:
        assert not is_certain_refusal(refused(place, create))  # it may be a gateway's
    with stranger(
        {CREATE: (404, {"error": {"message": "The model tiny does not exist"}})}
    ) as place:
        assert isinstance(refused(place, create), NotFoundError)


def test_a_404_with_a_text_for_an_error_is_of_a_thing_that_is_not_there() -> None:
    with stranger({f"{JOB}": (404, {"error": "no j1"}), JOBS: listed()}) as place:
        assert isinstance(refused(place, lambda handle: handle.find_job("j1")), NotFoundError)


def test_a_job_that_is_answered_by_its_id_alone_is_named() -> None:
    with stranger({CREATE: {"job_id": "ft-1"}}) as place:
        made = ask(place, create)
    assert getattr(made, "raw_id", "") == "ft-1"


def test_what_is_offered_is_forgotten_when_the_list_is_loaded_anew() -> None:
    async def look(handle: FineTuningHandle) -> bool:
        with pytest.raises(UnsupportedError):
            await handle.list_events("j1")
        known = handle.offers.refusal_of(EVENT_CALLS)
        handle.offers.forget()
        return known is not None and handle.offers.refusal_of(EVENT_CALLS) is None

    with stranger({JOB: job("running")}) as place:
        assert ask(place, look)
