"""Every code that endpoints, trainers and fttui itself tell has a cause and a next step."""

import re
from pathlib import Path

import pytest

import fttui.services
from fttui.interface.jobs.panel import error_lines
from fttui.services.endpoint.models import Job, JobError
from fttui.services.endpoint.refusals import answer_of
from fttui.services.explanations import explain, known_codes, similar_codes
from fttui.services.job_words import failure_advice

OPENAI = """
    invalid_training_file invalid_validation_file invalid_n_examples invalid_file_format unsafe_file
    exceeded_quota server_error model_not_available
"""
AZURE = """
    conflict invalidPayload forbidden notFound unexpectedEntityState itemDoesAlreadyExist
    serviceUnavailable internalFailure quotaExceeded jsonlValidationFailed fileImportFailed
    tooManyRequests unauthorized contentFilter
"""
TRAINER = """
    invalid_training_file invalid_validation_file model_not_available insufficient_memory
    out_of_memory trainer_lost engine_unavailable server_error
"""
REFUSALS = "insufficient_quota rate_limit_exceeded invalid_api_key model_not_available"
CODES = dict.fromkeys(f"{OPENAI} {AZURE} {TRAINER} {REFUSALS}".split())
WORDS = {
    "File 'file-1' is still being processed and is not ready to be used for fine-tuning. "
    "Please try again later.": "file_not_ready",
    'Invalid file format. Example 536 contains an extra "tools"': "extra_key",
    "Example 1 contains an extra 'weight'": "extra_key",
    "This training file was blocked because too many examples were flagged by our moderation API": (
        "moderation"
    ),
    "This file failed moderation safety checks. Flagged lines: 4, 13": "moderation",
    "The job failed due to an unsafe training file.": "unsafe_file",
    "Model gpt-4 is not available for fine-tuning": "model_not_available",
    "You exceeded your current quota, please check your plan": "insufficient_quota",
    "Rate limit reached for requests": "rate_limit_exceeded",
    "The job failed due to an internal error": "server_error",
    "The job failed due to an invalid validation file.": "invalid_validation_file",
    "Input file file-1 is in the fine-tune-chat format, but the specified fine-tuning job is not "
    "using 'supervised' as the training method (provided method=dpo).": "wrong_method",
    "Finetuning with o4-mini-2025-04-16 requires the reinforcement method of finetuning.": (
        "wrong_method"
    ),
    "System messages are not supported in 'reinforcement' examples": "system_message",
    "Invalid file format. Example 1273 cannot be parsed. Error: line contains invalid json": (
        "example_unreadable"
    ),
    "Unexpected file format, expected either prompt/completion pairs or chat messages.": (
        "wrong_format"
    ),
    "Training file has 7 example(s), but must have at least 10 examples": "invalid_n_examples",
}
AGAIN = {"server_error", "internalFailure", "serviceUnavailable", "exceeded_quota", "trainer_lost"}


@pytest.mark.parametrize("code", CODES)
def test_every_code_of_an_endpoint_has_a_cause_and_a_next_step(code: str) -> None:
    found = explain(code)
    assert found is not None
    assert found.cause.endswith(".") and found.next_step.endswith(".")
    advice = failure_advice(JobError(code, "It broke."))
    assert found.cause in advice and found.next_step in advice
    job = Job(id="ftjob-1", error=JobError(code, "It broke."))
    shown = " ".join("".join(text for text, _ in line) for line in error_lines(job, 200))
    assert found.cause in shown and found.next_step in shown
    assert ("d creates it again" in shown) is found.again


def test_creating_again_is_the_cure_of_what_the_file_is_not_to_blame_for() -> None:
    assert all(found.again for code in AGAIN if (found := explain(code)))
    for code in (
        "invalid_training_file",
        "model_not_available",
        "unknown_outcome",
        "out_of_memory",
    ):
        found = explain(code)
        assert found is not None and not found.again


def test_every_code_that_fttui_gives_is_explained() -> None:
    folder = Path(fttui.services.__file__).parent
    given = {
        code
        for path in folder.rglob("*.py")
        for code in re.findall(r'\bcode="([a-z_]+)"|, code = .*, "([a-z_]+)"', path.read_text())
        for code in filter(None, code)
    }
    assert len(given) > 25
    assert not {code for code in given if explain(code) is None}
    assert explain("http_503") is not None and explain("http_418") is not None


@pytest.mark.parametrize("written", ["quota-exceeded", "QUOTA_EXCEEDED", "Quota exceeded"])
def test_a_code_is_known_however_it_is_written(written: str) -> None:
    assert explain(written) == explain("quotaExceeded")


@pytest.mark.parametrize(("message", "code"), WORDS.items())
@pytest.mark.parametrize("beside", ["error", "invalid_request_error"])
def test_words_are_understood_where_the_code_tells_nothing(
    message: str, code: str, beside: str
) -> None:
    found = explain(beside, message)
    assert found is not None and found.code == code


def test_words_that_tell_more_go_before_the_code_and_vague_ones_do_not() -> None:
    found = explain("invalid_training_file", 'Example 1 contains an extra "tools"')
    assert found is not None and found.code == "extra_key"
    found = explain("server_error", "billing was away")
    assert found is not None and found.code == "server_error"


def test_what_nobody_has_explained_is_not_made_up() -> None:
    assert explain("quantum_flux", "who knows") is None
    assert explain("http_999") is None and explain("") is None
    assert "exceeded_quota" in similar_codes("exceded_quota")
    assert similar_codes("zzzzzz") == ()


def test_all_codes_are_listed_and_each_is_found() -> None:
    codes = known_codes()
    assert list(codes) == sorted(set(codes))
    assert all(explain(code) for code in codes)


def test_a_refused_call_says_the_next_step_of_its_code() -> None:
    found = explain("invalid_n_examples")
    assert found is not None
    assert answer_of(400, "invalid_n_examples", "Too few", {}).hint == found.next_step
    assert "Correct what it names" in answer_of(400, "odd", "Odd", {}).hint
