"""What the words of other servers mean for a job."""

from __future__ import annotations

import pytest

from fttui.services.endpoint.models import Job
from fttui.services.endpoint.status import KNOWN_STATUSES, Status, meaning_of
from fttui.services.job_words import refusal, status_text, style_of
from fttui.services.known_jobs import _record

SUCCEEDED = (
    "succeeded success completed complete finished done SUCCESS COMPLETED JOB_STATE_SUCCEEDED "
    "JobStatus.SUCCEEDED TUNING_STATUS_COMPLETED"
)
FAILED = (
    "failed failure error failed_validation validation_failed FAILED_VALIDATION REJECTED Timed-Out "
    "timeout crashed killed expired"
)
CANCELLED = "cancelled canceled stopped terminated deleted CANCELED Stopped USER_CANCELED"
ACTIVE = (
    "validating_files validating validated queued pending created creating enqueued notrunning "
    "notRunning started running in_progress pausing resuming cancelling canceling "
    "cancellation_requested QUEUED STARTED RUNNING in-progress CANCELLATION_REQUESTED"
)


def read(**told: object) -> Job:
    job = Job.read({"id": "ftjob-1", **told})
    assert job is not None
    return job


@pytest.mark.parametrize(
    ("word", "ours"),
    [
        (word, ours)
        for ours, words in (("succeeded", SUCCEEDED), ("failed", FAILED), ("cancelled", CANCELLED))
        for word in words.split()
    ],
)
def test_an_end_in_any_known_word_is_final_in_ours_and_shown_as_it_came(
    word: str, ours: str
) -> None:
    job = read(status=word)
    assert (job.status.word, job.status.is_final) == (ours, True)
    assert job.status.shown == word and word in status_text(job.status)
    assert job.to_json()["status"] == ours and job.to_json()["raw_status"] == word
    assert job.status.is_success == (ours == "succeeded")
    assert style_of(job.status) == style_of(Status(ours))
    assert refusal("cancel", job) and not job.status.is_moving


@pytest.mark.parametrize("word", ACTIVE.split())
def test_a_job_under_way_is_under_way_in_any_known_word(word: str) -> None:
    job = read(status=word)
    assert job.status.is_moving and job.status.is_known and job.status.shown == word


def test_case_dashes_and_blanks_do_not_count_and_other_letters_do() -> None:
    assert {meaning_of(word) for word in ("In Progress", "in-progress", "INPROGRESS")} == {
        "running"
    }
    assert meaning_of("successor") is meaning_of("") is meaning_of("status") is None
    assert meaning_of("statuses") is meaning_of("steady_state") is meaning_of(".") is None


def test_a_paused_job_rests_and_has_not_ended() -> None:
    job = read(status="PAUSED", finished_at=1_795_345_200, fine_tuned_model="ft:x")
    assert not job.status.is_moving and not job.status.is_final


@pytest.mark.parametrize("sign", [{"finished_at": 1_795_345_200}, {"fine_tuned_model": "ft:x"}])
def test_an_unknown_word_has_ended_once_there_is_an_end_or_a_model(sign: dict[str, object]) -> None:
    job = read(status="archived", **sign)
    assert job.status.is_final and not job.status.is_success and not job.status.is_known
    assert (job.status.word, job.to_json()["raw_status"]) == ("archived", "archived")
    going = read(status="warming_up", finished_at=0, fine_tuned_model="")
    assert going.status.is_moving and not going.status.is_known


def test_a_known_word_counts_more_than_a_time() -> None:
    assert read(status="running", finished_at=1_795_345_200).status.is_moving


@pytest.mark.parametrize(
    "told",
    [{"status": {"state": "RUNNING"}}, {"state": "RUNNING"}, {"status": {"status": "running"}}],
)
def test_a_status_inside_an_object_or_of_another_name_is_found(told: dict[str, object]) -> None:
    assert read(**told).status.word == "running"


def test_no_word_at_all_is_unknown() -> None:
    for status in (None, "", {}, [], {"state": {}}):
        assert read(status=status).status.word == "unknown"


def test_a_job_that_is_being_cancelled_is_not_cancelled_again() -> None:
    for action in ("cancel", "pause", "resume"):
        assert "being cancelled" in refusal(action, read(status="canceling"))


def test_a_kept_list_keeps_the_endpoint_s_own_word() -> None:
    job = read(status="FAILED_VALIDATION")
    assert Job.read(_record(job), reading=0) == job


def test_each_word_of_ours_means_itself() -> None:
    assert all(meaning_of(word) == word for word in KNOWN_STATUSES)


def test_progress_and_flat_settings_of_a_job_are_read() -> None:
    settings = {"n_epochs": "2", "lora": True, "learning_rate": 1e-5}
    job = read(
        status="running",
        trained_steps=4,
        total_steps=10,
        method={"type": "supervised", "hyperparameters": settings},
    )
    assert (job.step, job.total_steps) == (4, 10)
    assert job.hyperparameters.n_epochs == 2
    assert job.hyperparameters.as_dict() == {"n_epochs": 2, "lora": "true", "learning_rate": 1e-5}


@pytest.mark.parametrize("told", ["out of memory", {"detail": "out of memory"}])
def test_a_failed_job_tells_why_in_any_form_and_a_healthy_one_nothing(told: object) -> None:
    failed = read(status="FAILED", error=told)
    assert failed.error is not None and failed.error.message == "out of memory"
    assert read(status="running", error=told).error is None
    assert read(status="succeeded", error=told).error is None
    assert read(status="failed", error="").error is read(status="failed", error=[]).error is None


@pytest.mark.parametrize("name", ["completed_at", "ended_at", "end_time", "finishedAt"])
def test_an_end_by_any_name_ends_a_job_of_an_unknown_word(name: str) -> None:
    job = read(status="TRAINED", **{name: 1_795_345_200})
    assert job.status.is_final and job.finished_at is not None


def test_names_in_camel_case_are_read_as_the_api_s_own() -> None:
    job = read(status="done", createdAt=1_795_345_200, fineTunedModel="ft:x", trainingFile="f")
    assert (job.fine_tuned_model, job.training_file) == ("ft:x", "f") and job.created_at
    assert read(status="done", trainingFile="a", training_file="b").training_file == "b"
