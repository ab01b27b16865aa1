"""Codes of failed jobs in plain words."""

import pytest

from fttui.services.endpoint.models import JobError
from fttui.services.explanations import flagged_lines
from fttui.services.job_words import failure_advice


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("invalid_n_examples", "at least 10"),
        ("server_error", "not at fault"),
        ("trainer_lost", "Read its log"),
        ("insufficient_memory", "not enough free memory"),
        ("out_of_memory", "smaller batch size"),
        ("internalFailure", "not at fault"),
        ("exceeded_quota", "billing"),
        ("quotaExceeded", "billing"),
        ("model_not_available", "another model"),
        ("unsafe_file", "policies"),
        ("contentFilter", "policies"),
        ("invalid_file_format", "fttui check"),
        ("invalid_validation_file", "same rules"),
    ],
)
def test_each_known_code_says_what_to_do(code: str, words: str):
    assert words in failure_advice(JobError(code, "a message"))


def test_a_moderation_message_names_the_lines_to_look_at():
    message = "This file failed moderation safety checks. Flagged lines: 4, 13, 14"
    assert flagged_lines(message) == [4, 13, 14]
    assert "lines 4, 13, 14." in failure_advice(JobError("invalid_training_file", message))


def test_many_flagged_lines_are_counted_instead_of_listed():
    message = "failed moderation. Flagged lines: " + ", ".join(map(str, range(1, 40)))
    assert "7, 8 and 31 more" in failure_advice(JobError("x", message))


def test_an_unheard_of_code_gets_no_invented_advice():
    assert failure_advice(JobError("quantum_flux", "who knows")) == ""


def test_a_fault_of_ones_own_server_leads_to_its_log_and_not_to_a_support() -> None:
    message = "It broke. The trainer's log is /data/runs/ftjob-1/log.txt"
    advice = failure_advice(JobError("server_error", message))
    assert "Read its log" in advice
    assert "support" not in advice
    assert "support" in failure_advice(JobError("server_error", "It broke."))
