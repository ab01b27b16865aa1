"""What is said about jobs: one sentence for one thing, in right grammar."""

from __future__ import annotations

import pytest

from fttui.services.endpoint.models import KNOWN_STATUSES, Job, Status
from fttui.services.job_words import (
    ACTIONS,
    changed_text,
    left_out,
    no_checkpoints,
    refusal,
    refusal_of,
    shorten_model,
    state_text,
    status_text,
)


def job(word: str, name: str = "", raw_id: str = "ftjob-1") -> Job:
    return Job(id=raw_id, raw_id=raw_id, status=Status(word), suffix=name or None)


@pytest.mark.parametrize("word", sorted(KNOWN_STATUSES | {"a word of next year"}))
def test_a_state_is_said_as_people_say_it(word: str) -> None:
    said = state_text(Status(word))
    assert said.split()[0] in {"has", "is"}
    assert "_" not in said
    assert said not in {"is succeeded", "is failed", "is cancelled", "is notRunning"}
    assert status_text(Status(word)).endswith(f" {word}")


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("succeeded", "This job has already succeeded: "),
        ("failed", "This job has already failed: "),
        ("cancelled", "This job has already been cancelled: "),
    ],
)
def test_a_job_that_has_ended_is_refused_with_what_to_do(action: str, word: str, said: str) -> None:
    refused = refusal(action, job(word))
    assert refused.startswith(said)
    assert ("create a new one" in refused) == (action == "resume")


@pytest.mark.parametrize(
    ("action", "word", "said"),
    [
        ("cancel", "running", ""),
        ("cancel", "validating_files", ""),
        ("cancel", "paused", ""),
        ("pause", "running", ""),
        ("pause", "queued", ""),
        ("pause", "paused", "This job is paused already. Resume it when it is to go on."),
        ("pause", "pausing", "This job is pausing already. Resume it when it is to go on."),
        ("resume", "paused", ""),
        ("resume", "pausing", ""),
        ("resume", "a word of next year", ""),
        ("resume", "running", "Only a paused job can be resumed; this one is running."),
        (
            "resume",
            "validating_files",
            "Only a paused job can be resumed; this one is being validated.",
        ),
    ],
)
def test_an_action_is_refused_where_it_can_do_nothing(action: str, word: str, said: str) -> None:
    assert refusal(action, job(word)) == said


def test_a_job_without_an_id_or_with_an_action_under_way_is_refused_as_such() -> None:
    assert "no id" in refusal("cancel", job("running", raw_id=""))
    assert "under way" in refusal("cancel", job("running"), busy=True)


def test_several_jobs_are_refused_together_only_if_none_of_them_can_be_changed() -> None:
    ended, failed = job("succeeded", "a"), job("failed", "b")
    assert refusal_of("cancel", [ended, job("running")]) == ""
    assert refusal_of("cancel", [ended]) == refusal("cancel", ended)
    assert refusal_of("cancel", [ended, failed]) == (
        "None of these 2 jobs can be cancelled: a has succeeded, b has failed."
    )
    assert "under way" in refusal_of("cancel", [job("running")], busy=["ftjob-1"])


def test_those_that_are_left_out_are_named_up_to_three() -> None:
    jobs = [job("failed", name) for name in "abcde"]
    assert left_out("pause", jobs[:1], 6) == "1 of the 6 jobs cannot be paused: a has failed."
    assert left_out("resume", jobs, 6).endswith("c has failed, and 2 more.")
    assert left_out("resume", jobs, 6).startswith("5 of the 6 jobs cannot be resumed: a has failed")


@pytest.mark.parametrize(("name", "action"), ACTIONS.items())
def test_the_question_is_in_the_right_number(name: str, action: object) -> None:
    one, many = ACTIONS[name].asks(1), ACTIONS[name].asks(3)
    assert " it" in one
    assert "these 3 jobs" in many
    assert " it " not in many.lower()
    assert "3 jobs" in ACTIONS[name].agrees(3)
    assert "the job" in ACTIONS[name].agrees(1)


def test_what_an_action_made_of_a_job_is_a_sentence() -> None:
    assert changed_text(job("cancelled", "desk")) == "desk has been cancelled."
    assert changed_text(job("paused")) == "ftjob-1 is paused."


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("cancelled", "has been cancelled before"),
        ("failed", "has failed before"),
        ("succeeded", "kept none"),
        ("running", "once the job has succeeded"),
        ("queued", "once the job has succeeded"),
    ],
)
def test_no_checkpoints_are_explained_by_the_state_of_the_job(word: str, said: str) -> None:
    assert said in no_checkpoints(Status(word))


TUNED = "ft:gpt-4.1-mini-2025-04-14:acme:desk:ga2TICc2"


@pytest.mark.parametrize(
    ("name", "columns", "shown"),
    [
        (TUNED, 45, TUNED),
        (TUNED, 44, "ft:gpt-4.1-mini-2025-04-14:ac…:desk:ga2TICc2"),
        (TUNED, 23, "ft:gpt-4…:desk:ga2TICc2"),
        (TUNED, 22, "…" + TUNED[-21:]),
        (TUNED, 12, "…sk:ga2TICc2"),
        (TUNED, 1, "…"),
        ("ft:gpt-4.1:acme::ga2TICc2", 19, "ft:gpt-4…::ga2TICc2"),
        ("gpt-4.1-mini-2025-04-14", 12, "gpt-4.1-mini-2025-04-14"),
        ("ft:mine", 4, "ft:mine"),
    ],
)
def test_a_fine_tuned_model_is_shortened_to_what_tells_it_apart(
    name: str, columns: int, shown: str
) -> None:
    assert shorten_model(name, columns) == shown
