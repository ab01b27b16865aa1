"""What is taken for the lost job, or the lost file, and what is not."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fttui.services.endpoint.errors import ServiceError
from fttui.services.endpoint.fine_tuning_handle import FineTuningHandle
from fttui.services.job_form import SUBMISSION_TAG, JobRequest
from fttui.services.submission.lookup import CLOCK_TOLERANCE, find_job, find_stored, jobs_before
from fttui.services.submission.rows import SweepRow
from fttui.services.submission.state import FileState, Stage, Submission
from scripted_endpoint import ScriptedEndpoint, scripted_endpoint

MODEL = "gpt-4o-mini"
SENT = datetime(2026, 11, 22, 12, tzinfo=UTC)
FILES = {
    "training": FileState("training", file_id="file-t"),
    "validation": FileState("validation", file_id="file-v"),
}
OURS = Submission(
    "id-1",
    JobRequest(MODEL),
    FILES,
    stage=Stage.UNKNOWN,
    intent_at=SENT,
    earlier_job_ids=frozenset({"ftjob-earlier"}),
)
CONTENT = b'{"messages": []}\n'
HUGE = 65 * 1024 * 1024
LOST = FileState(
    "training",
    name="train.jsonl",
    size=len(CONTENT),
    sha256=hashlib.sha256(CONTENT).hexdigest(),
    started_at=SENT,
)


@pytest.fixture
def endpoint() -> Iterator[ScriptedEndpoint]:
    with scripted_endpoint() as served:
        yield served


@pytest.fixture
async def handle(endpoint: ScriptedEndpoint) -> AsyncIterator[FineTuningHandle]:
    made = endpoint.handle()
    yield made
    await made.close()


def _at(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())


def _job(**changes: Any) -> dict[str, Any]:
    """Our job, as an endpoint tells of it that keeps no metadata."""
    job = {
        "id": "ftjob-1",
        "model": f"{MODEL}-2024-07-18",
        "status": "running",
        "created_at": _at(SENT + timedelta(seconds=1)),
        "training_file": "file-t",
        "validation_file": "file-v",
        "metadata": {},
    }
    return job | changes


def _marked(number: int, created: datetime | None = SENT) -> dict[str, Any]:
    mark = {SUBMISSION_TAG: OURS.id}
    return _job(id=f"ftjob-{number}", created_at=_at(created), metadata=mark)


def _file(**changes: Any) -> dict[str, Any]:
    """The lost file, as the endpoint lists it."""
    file = {
        "id": "file-1",
        "filename": "train.jsonl",
        "bytes": len(CONTENT),
        "purpose": "fine-tune",
        "created_at": _at(SENT + timedelta(seconds=1)),
    }
    return file | changes


async def _found(handle: FineTuningHandle, submission: Submission = OURS) -> list[str]:
    """The ids of the job that is found and of its twins."""
    found = await find_job(handle, submission)
    return [] if found is None else [job.id for job in (found.job, *found.extra)]


class TestJobsOfOtherSubmissions:
    """Without marks: what is known for another does not count, nor what another may have made."""

    ROW = replace(
        OURS,
        request=JobRequest(MODEL, hyperparameters={"n_epochs": 2}),
        sweep=SweepRow("s", "asked", 1, 2),
    )
    OTHER = replace(OURS, id="id-2", stage=Stage.CREATED, job_id="ftjob-1")

    async def _found(self, handle: FineTuningHandle, ours: Submission, *others: Submission) -> bool:
        async def read() -> tuple[Submission, ...]:
            return others

        return await find_job(handle, ours, read) is not None

    async def test_a_job_that_is_known_for_another_is_not_ours(
        self, endpoint: ScriptedEndpoint, handle: FineTuningHandle
    ) -> None:
        endpoint.jobs = [_job()]
        assert await self._found(handle, OURS)
        assert not await self._found(handle, OURS, self.OTHER)

    async def test_a_job_that_says_otherwise_is_no_row_of_a_sweep(
        self, endpoint: ScriptedEndpoint, handle: FineTuningHandle
    ) -> None:
        endpoint.jobs = [_job(hyperparameters={"n_epochs": 2})]
        assert await self._found(handle, self.ROW)
        endpoint.jobs = [_job(hyperparameters={"n_epochs": 3})]
        assert not await self._found(handle, self.ROW)

    async def test_a_job_that_two_unanswered_rows_may_have_made_is_neithers(
        self, endpoint: ScriptedEndpoint, handle: FineTuningHandle
    ) -> None:
        endpoint.jobs = [_job()]  # it does not tell its epochs
        request = JobRequest(MODEL, hyperparameters={"n_epochs": 3})
        rival = replace(self.ROW, id="id-2", request=request, is_out=True)
        assert await self._found(handle, self.ROW)
        assert not await self._found(handle, self.ROW, rival)
        endpoint.jobs = [_job(hyperparameters={"n_epochs": 2})]
        assert await self._found(handle, self.ROW, rival)


class TestJobsWithoutMarks:
    async def test_a_job_of_the_same_files_model_and_time_is_ours(
        self, endpoint: ScriptedEndpoint, handle: FineTuningHandle
    ) -> None:
        endpoint.jobs = [_job(id="ftjob-other", training_file="file-x"), _job()]
        assert await _found(handle) == ["ftjob-1"]

    @pytest.mark.parametrize(
        "difference",
        [
            {"id": "ftjob-earlier"},
            {"id": ""},
            {"training_file": "file-x"},
            {"validation_file": "file-x"},
            {"validation_file": None},
            {"model": "gpt-4.1-mini"},
            {"model": None},
            {"created_at": _at(SENT - CLOCK_TOLERANCE - timedelta(seconds=1))},
            {"created_at": None},
        ],
        ids=str,
    )
    async def test_a_job_that_differs_in_one_thing_is_not_ours(
        self, endpoint: ScriptedEndpoint, handle: FineTuningHandle, difference: dict[str, Any]
    ) -> None:
        endpoint.jobs = [_job(**difference)]
        assert await _found(handle) == []

    async def test_the_clocks_may_differ_by_some_minutes(
        self, endpoint: ScriptedEndpoint, handle: FineTuningHandle
    ) -> None:
        endpoint.jobs = [_job(created_at=_at(SENT - CLOCK_TOLERANCE + timedelta(seconds=1)))]
        assert await _found(handle) == ["ftjob-1"]

    @pytest.mark.parametrize(
        "submission",
        [
            replace(OURS, intent_at=None),
            replace(OURS, files={}),
            replace(OURS, files={"training": FileState("training")}),
        ],
        ids=["no call was announced", "no files", "nothing is uploaded"],
    )
    async def test_a_submission_that_sent_nothing_has_no_job(
        self, endpoint: ScriptedEndpoint, handle: FineTuningHandle, submission: Submission
    ) -> None:
        endpoint.jobs = [_job(), _job(id="ftjob-2", training_file="", validation_file="")]
        assert await _found(handle, submission) == []

    async def test_a_job_without_a_validation_file_fits_a_submission_without_one(
        self, endpoint: ScriptedEndpoint, handle: FineTuningHandle
    ) -> None:
        plain = replace(OURS, files={"training": FILES["training"]})
        endpoint.jobs = [_job(validation_file=None), _job(id="ftjob-2")]
        assert await _found(handle, plain) == ["ftjob-1"]

    async def test_of_two_jobs_that_fit_neither_is_taken(
        self, endpoint: ScriptedEndpoint, handle: FineTuningHandle
    ) -> None:
        endpoint.jobs = [_job(id="ftjob-2"), _job()]
        assert await _found(handle) == []

    async def test_one_job_that_is_listed_twice_is_one(
        self, endpoint: ScriptedEndpoint, handle: FineTuningHandle
    ) -> None:
        endpoint.jobs = [_job(), _job()]
        assert await _found(handle) == ["ftjob-1"]

    async def test_where_jobs_carry_marks_ours_would_carry_one(
        self, endpoint: ScriptedEndpoint, handle: FineTuningHandle
    ) -> None:
        endpoint.jobs = [_job(), _job(id="ftjob-x", metadata={SUBMISSION_TAG: "id-2"})]
        assert await _found(handle) == []

    async def test_where_nobody_could_look_before_no_job_is_taken_for_ours(
        self, endpoint: ScriptedEndpoint, handle: FineTuningHandle
    ) -> None:
        endpoint.jobs = [_job()]
        assert await _found(handle, replace(OURS, earlier_job_ids=None)) == []


class TestMarkedJobs:
    async def test_the_mark_counts_and_nothing_else(
        self, endpoint: ScriptedEndpoint, handle: FineTuningHandle
    ) -> None:
        endpoint.jobs = [_job(), _marked(7) | {"model": "x", "training_file": "y"}]
        assert await _found(handle) == ["ftjob-7"]
        assert endpoint.requests == ["marked"]

    async def test_of_two_jobs_with_one_mark_the_older_is_kept_and_the_newer_is_extra(
        self, endpoint: ScriptedEndpoint, handle: FineTuningHandle
    ) -> None:
        minute = timedelta(minutes=1)
        endpoint.jobs = [_marked(4, None), _marked(3, SENT + minute), _marked(2), _job()]
        assert await _found(handle) == ["ftjob-2", "ftjob-3", "ftjob-4"]

    async def test_of_two_jobs_within_one_second_the_one_listed_last_is_the_older(
        self, endpoint: ScriptedEndpoint, handle: FineTuningHandle
    ) -> None:
        endpoint.jobs = [_marked(3), _marked(2), _marked(1)]
        assert await _found(handle) == ["ftjob-1", "ftjob-2", "ftjob-3"]

    async def test_a_marked_job_without_an_id_is_none(
        self, endpoint: ScriptedEndpoint, handle: FineTuningHandle
    ) -> None:
        endpoint.jobs = [_marked(1) | {"id": ""}]
        assert await _found(handle) == []

    async def test_an_endpoint_that_ignores_the_filter_is_not_believed(
        self, endpoint: ScriptedEndpoint, handle: FineTuningHandle
    ) -> None:
        endpoint.filters = False
        endpoint.jobs = [_job(id="ftjob-x", metadata={SUBMISSION_TAG: "id-2"})]
        assert await _found(handle) == []
        endpoint.jobs.append(_marked(1))
        assert await _found(handle) == ["ftjob-1"]

    @pytest.mark.parametrize("status", [400, 404, 405, 422])
    async def test_an_endpoint_without_the_filter_is_asked_for_the_newest_jobs(
        self, endpoint: ScriptedEndpoint, handle: FineTuningHandle, status: int
    ) -> None:
        endpoint.refusals["marked"] = status
        endpoint.jobs = [_job(id="ftjob-x", training_file="file-x"), _marked(1)]
        assert await _found(handle) == ["ftjob-1"]

    @pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
    async def test_an_endpoint_that_could_not_look_is_not_taken_to_have_no_job(
        self, endpoint: ScriptedEndpoint, handle: FineTuningHandle, status: int
    ) -> None:
        endpoint.refusals["marked"] = status
        with pytest.raises(ServiceError) as error:
            await find_job(handle, OURS)
        assert error.value.status == status
        assert endpoint.requests == ["marked"]

    async def test_an_endpoint_out_of_reach_is_not_taken_to_have_no_job(
        self, handle: FineTuningHandle, endpoint: ScriptedEndpoint
    ) -> None:
        endpoint.base_url = "http://127.0.0.1:9/v1"
        nowhere = endpoint.handle()
        with pytest.raises(ServiceError):
            await find_job(nowhere, OURS)
        await nowhere.close()

    @pytest.mark.parametrize(("position", "found"), [(99, True), (199, True), (200, False)])
    async def test_without_a_filter_two_hundred_jobs_are_looked_at(
        self, endpoint: ScriptedEndpoint, handle: FineTuningHandle, position: int, found: bool
    ) -> None:
        endpoint.refusals["marked"] = 400
        others = [_job(id=f"ftjob-x{n}", training_file="file-x") for n in range(201)]
        endpoint.jobs = [*others[:position], _marked(1), *others[position:]]
        assert await _found(handle) == (["ftjob-1"] if found else [])
        assert endpoint.requests == ["marked", "jobs", "jobs"]

    async def test_a_short_list_is_asked_for_once(
        self, endpoint: ScriptedEndpoint, handle: FineTuningHandle
    ) -> None:
        endpoint.jobs = [_job(id="ftjob-x", training_file="file-x")]
        assert await _found(handle) == []
        assert endpoint.requests == ["marked", "jobs"]

    @pytest.mark.parametrize(("hours", "found"), [(-1, []), (0, ["ftjob-1"]), (1, ["ftjob-1"])])
    async def test_a_clock_that_is_hours_off_changes_nothing_where_the_endpoints_was_seen(
        self, hours: int, found: list[str], endpoint: ScriptedEndpoint, handle: FineTuningHandle
    ) -> None:
        theirs = SENT - timedelta(hours=9)
        endpoint.jobs = [_job(created_at=_at(theirs + timedelta(hours=hours)))]
        assert await _found(handle, replace(OURS, newest_at=theirs)) == found


class TestJobsBefore:
    async def test_the_jobs_that_use_the_file_already_are_told(
        self, endpoint: ScriptedEndpoint, handle: FineTuningHandle
    ) -> None:
        endpoint.jobs = [_job(), _job(id="ftjob-2"), _job(id="ftjob-3", training_file="file-x")]
        before = await jobs_before(handle, "file-t")
        assert before is not None and before.ids == {"ftjob-1", "ftjob-2"}

    async def test_the_newest_of_all_jobs_tells_the_time_by_the_endpoints_clock(
        self, endpoint: ScriptedEndpoint, handle: FineTuningHandle
    ) -> None:
        late = SENT + timedelta(hours=7)
        endpoint.jobs = [_job(), _job(id="ftjob-3", training_file="x", created_at=_at(late))]
        before = await jobs_before(handle, "file-t")
        assert before is not None and before.newest_at == late

    async def test_an_endpoint_that_cannot_tell_is_told_from_one_without_jobs(
        self, endpoint: ScriptedEndpoint, handle: FineTuningHandle
    ) -> None:
        before = await jobs_before(handle, "file-t")
        assert before is not None and before.ids == frozenset()
        assert before.newest_at.timestamp() == 0
        endpoint.refusals["jobs"] = 500
        assert await jobs_before(handle, "file-t") is None

    async def test_an_endpoint_out_of_reach_is_an_error(self, endpoint: ScriptedEndpoint) -> None:
        endpoint.base_url = "http://127.0.0.1:9/v1"
        nowhere = endpoint.handle()
        with pytest.raises(ServiceError):
            await jobs_before(nowhere, "file-t")
        await nowhere.close()


async def _stored(
    handle: FineTuningHandle,
    file: FileState = LOST,
    known: frozenset[str] = frozenset(),
    *,
    verified: bool = False,
) -> str | None:
    found = await find_stored(handle, file, known, verified=verified)
    return found and found.raw_id


class TestFiles:
    async def test_the_file_of_the_same_name_size_time_and_content_is_ours(
        self, endpoint: ScriptedEndpoint, handle: FineTuningHandle
    ) -> None:
        endpoint.files = [_file(id="file-x"), _file()]
        endpoint.contents = {"file-x": b"#" * len(CONTENT), "file-1": CONTENT}
        assert await _stored(handle) == "file-1"

    async def test_a_file_of_another_upload_is_not_ours_whatever_it_holds(
        self, endpoint: ScriptedEndpoint, handle: FineTuningHandle
    ) -> None:
        endpoint.files = [_file(id="file-x"), _file()]
        endpoint.contents = {"file-x": CONTENT, "file-1": CONTENT}
        assert await _stored(handle, known=frozenset({"file-x"})) == "file-1"
        assert await _stored(handle, known=frozenset({"file-x", "file-1"})) is None

    @pytest.mark.parametrize(
        "difference",
        [
            {"filename": "other.jsonl"},
            {"bytes": len(CONTENT) + 1},
            {"bytes": None},
            {"id": ""},
            {"created_at": _at(SENT - CLOCK_TOLERANCE - timedelta(seconds=1))},
            {"created_at": None},
        ],
        ids=str,
    )
    async def test_a_file_that_differs_in_one_thing_is_not_even_compared(
        self, endpoint: ScriptedEndpoint, handle: FineTuningHandle, difference: dict[str, Any]
    ) -> None:
        endpoint.files = [_file(**difference)]
        endpoint.contents = {"file-1": CONTENT}
        assert await _stored(handle) is None
        assert endpoint.requests == ["files"]

    async def test_what_was_never_sent_is_not_there(
        self, endpoint: ScriptedEndpoint, handle: FineTuningHandle
    ) -> None:
        endpoint.files = [_file()]
        endpoint.contents = {"file-1": CONTENT}
        assert await _stored(handle, replace(LOST, started_at=None)) is None

    async def test_a_file_that_cannot_be_read_back_is_not_taken(
        self, endpoint: ScriptedEndpoint, handle: FineTuningHandle
    ) -> None:
        endpoint.files = [_file()]
        endpoint.refusals["content"] = 403
        assert await _stored(handle, verified=True) is None

    async def test_only_a_few_contents_are_fetched(
        self, endpoint: ScriptedEndpoint, handle: FineTuningHandle
    ) -> None:
        endpoint.files = [_file(id=f"file-{n}") for n in range(9)]
        endpoint.contents = {f"file-{n}": b"#" for n in range(9)}
        assert await _stored(handle) is None
        assert endpoint.requests == ["files", "content", "content", "content"]

    async def test_a_file_too_large_to_compare_is_taken_if_the_endpoint_has_verified_it(
        self, endpoint: ScriptedEndpoint, handle: FineTuningHandle
    ) -> None:
        huge = replace(LOST, size=HUGE)
        endpoint.files = [_file(id="file-x", bytes=HUGE + 1), _file(bytes=HUGE)]
        assert await _stored(handle, huge, verified=True) == "file-1"
        assert await _stored(handle, huge, verified=False) is None
        assert "content" not in endpoint.requests

    async def test_of_two_files_too_large_to_compare_neither_is_taken(
        self, endpoint: ScriptedEndpoint, handle: FineTuningHandle
    ) -> None:
        huge = replace(LOST, size=HUGE)
        endpoint.files = [_file(id="file-2", bytes=HUGE), _file(bytes=HUGE)]
        assert await _stored(handle, huge, verified=True) is None
        known = frozenset({"file-2"})
        assert await _stored(handle, huge, known, verified=True) == "file-1"

    async def test_an_endpoint_that_lists_no_files_has_none_and_a_failing_one_may_have(
        self, endpoint: ScriptedEndpoint, handle: FineTuningHandle
    ) -> None:
        endpoint.refusals["files"] = 404
        assert await _stored(handle) is None
        endpoint.refusals["files"] = 500
        with pytest.raises(ServiceError):
            await _stored(handle)
