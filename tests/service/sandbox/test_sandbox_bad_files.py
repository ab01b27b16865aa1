"""A job on a bad training file fails in the words of OpenAI's service."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from openai import OpenAI
from openai.types.fine_tuning import FineTuningJob

from fttui.server import ManualClock

Upload = Callable[..., str]

USER = {"role": "user", "content": "2 + 2?"}
ASSISTANT = {"role": "assistant", "content": "4"}
CALL = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
GOOD: dict[str, Any] = {"messages": [USER, ASSISTANT]}
PAIR: dict[str, Any] = {
    "input": {"messages": [USER]},
    "preferred_output": [ASSISTANT],
    "non_preferred_output": [{"role": "assistant", "content": "5"}],
}

PICTURE = {"type": "image_url", "image_url": {"url": "https://x/y.png"}}
NULLS = dict.fromkeys(
    ("name", "weight", "tool_calls", "function_call", "tool_call_id", "refusal", "audio")
)


def seen(url: str) -> dict[str, Any]:
    """A message of the user with a picture."""
    return {"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]}


def jsonl(*rows: object) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def with_row(row: object, good: dict[str, Any] = GOOD) -> str:
    """Ten good rows and this one as the third."""
    return jsonl(good, good, row, *[good] * 8)


@pytest.fixture
def outcome(client: OpenAI, clock: ManualClock, upload: Upload) -> Callable[..., FineTuningJob]:
    def run(content: str, model: str = "gpt-4o-mini", **extra: Any) -> FineTuningJob:
        made = client.fine_tuning.jobs.create(model=model, training_file=upload(content), **extra)
        assert made.status == "validating_files"
        clock.advance(4)
        return client.fine_tuning.jobs.retrieve(made.id)

    return run


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"tools": []}, "Example 3 is missing key 'messages'"),
        ({**GOOD, "weight": 1}, 'Example 3 contains an extra "weight"'),
        ({"messages": []}, "Example 3: 'messages' must be a list with at least one message"),
        ({"messages": [USER, "hi"]}, "Example 3, message 2 must be an object"),
        ({"messages": [USER, {"content": "4"}]},
         "Example 3, message 2 Discriminator 'role' is missing in value"),
        ({"messages": [USER, {**ASSISTANT, "role": "bot"}]}, "Value for role 'bot'"),
        ({"messages": [USER, {**ASSISTANT, "mood": "good"}]},
         'Example 3, message 2 contains an extra "mood"'),
        ({"messages": [USER, {"role": "assistant"}]},
         "Example 3, message 2 is missing key 'content'"),
        ({"messages": [USER, {**ASSISTANT, "content": 4}]}, "'content' must be a string"),
        ({"messages": [{**USER, "weight": 1}, ASSISTANT]},
         'Example 3, message 1 contains an extra "weight"'),
        ({"messages": [USER, {**ASSISTANT, "weight": 0.5}]}, "'weight' must be 0 or 1"),
        ({"messages": [USER, {**ASSISTANT, "weight": 0}]}, "no assistant message with a weight"),
        ({"messages": [USER]}, "at least one message from the assistant"),
        ({"messages": [USER, {"role": "tool", "content": "x"}, ASSISTANT]},
         "Example 3, message 2 is missing key 'tool_call_id'"),
        ({"messages": [USER, {"role": "tool", "content": "x", "tool_call_id": "c"}, ASSISTANT]},
         "answers the tool call 'c', which nobody made"),
        ({"messages": [USER, {"role": "assistant", "tool_calls": [{**CALL, "type": "x"}]}]},
         "a tool call needs 'id', 'type' and 'function'"),
        ({"messages": [USER, {**ASSISTANT, "content": [
            {"type": "image_url", "image_url": {"url": "https://x/y.png"}}]}]},
         "images are only allowed in messages from the user"),
        ({**GOOD, "tools": [{"type": "function"}]}, "tool 1 must have a 'function'"),
        ({**GOOD, "tools": [{"type": "function", "function": {"name": "a.b c"}}]},
         "tool 1: 'name' must match the pattern"),
        ({**GOOD, "functions": [{"name": "x" * 65}]}, "function 1: 'name' must match the pattern"),
        ({"messages": [USER, {"role": "assistant", "tool_calls": [
            {**CALL, "function": {"name": "a b", "arguments": "{}"}}]}]},
         "tool call 'c1': 'name' must match the pattern"),
        ({"messages": [USER, {"role": "assistant", "tool_calls": [CALL]},
                       {"role": "tool", "tool_call_id": "c1", "content": [
                           {"type": "text", "text": "x"}]}, ASSISTANT]},
         "message 3: 'content' must be a string"),
        ({"messages": [{"role": "user", "content": [PICTURE] * 12}, ASSISTANT]},
         "contains 12 images, but at most 10 are allowed"),
        ({"messages": [seen("data:image/png;base64,not base64!"), ASSISTANT]},
         "an image must be valid base64"),
        ({"messages": [seen("data:image/png;base64,"), ASSISTANT]},
         "an image must be valid base64"),
        ({"messages": [seen("data:image/gif;base64,AAAA"), ASSISTANT]},
         "an image must be JPEG, PNG or WEBP"),
        ({"messages": [{**USER, "content": None}, ASSISTANT]}, "is missing key 'content'"),
        ({"messages": [USER, {**ASSISTANT, "content": None, "tool_calls": None}]},
         "is missing key 'content'"),
        ({"messages": [USER, {**ASSISTANT, "mood": None}]}, 'contains an extra "mood"'),
    ],
)  # fmt: skip
def test_a_bad_row_is_named(
    outcome: Callable[..., FineTuningJob], row: object, message: str
) -> None:
    job = outcome(with_row(row))
    assert job.status == "failed"
    assert job.error is not None
    assert (job.error.code, job.error.param) == ("invalid_file_format", "training_file")
    assert job.error.message.startswith("Invalid file format. Example 3")
    assert message in job.error.message


@pytest.mark.parametrize(
    "row",
    [
        {"messages": [USER, {"role": "assistant", "tool_calls": [CALL]},
                      {"role": "tool", "content": "x", "tool_call_id": "c1"}, ASSISTANT]},
        {"messages": [USER, {"role": "assistant", "content": None, "tool_calls": [CALL]}],
         "parallel_tool_calls": False, "tools": [{"type": "function", "function": {"name": "f"}}]},
        {"messages": [{"role": "developer", "content": "x"}, {**USER, "name": "Ann"}, ASSISTANT]},
        {"messages": [USER, {**ASSISTANT, "weight": 0}, USER, {**ASSISTANT, "weight": 1}]},
        {"messages": [{"role": "user", "content": [
            {"type": "text", "text": "what?"},
            {"type": "image_url", "image_url": {"url": "https://x/y.png", "detail": "low"}}]},
            ASSISTANT]},
        {"messages": [{**USER, **NULLS}, {**ASSISTANT, **NULLS}],
         "tools": None, "functions": None, "parallel_tool_calls": None},
        {"messages": [USER, {**ASSISTANT, "annotations": []}], "tools": []},
        {"messages": [seen("data:image/png;base64,iVBO\nRw0K"), ASSISTANT]},
    ],
)  # fmt: skip
def test_a_good_row_is_taken(outcome: Callable[..., FineTuningJob], row: object) -> None:
    assert outcome(with_row(row)).status == "queued"


def test_a_line_that_is_no_json_is_named_with_its_line(
    outcome: Callable[..., FineTuningJob],
) -> None:
    content = jsonl(*[GOOD] * 12) + "\n" + '{"messages": [{"role": "user" "content": ""}]}\n'
    job = outcome(content)
    assert job.error is not None
    assert job.error.message == (
        "Invalid file format. Example 13 cannot be parsed. Error: line contains invalid json: "
        "Expecting ',' delimiter: line 1 column 31 (char 30) (line 14)"
    )


@pytest.mark.parametrize("literal", ["NaN", "Infinity", '"\\ud800"'])
def test_what_json_does_not_have_is_refused(
    outcome: Callable[..., FineTuningJob], literal: str
) -> None:
    job = outcome(jsonl(*[GOOD] * 10) + f'{{"messages": {literal}}}\n')
    assert job.error is not None
    assert "Example 11 cannot be parsed" in job.error.message


def test_fewer_than_ten_examples_fail(outcome: Callable[..., FineTuningJob]) -> None:
    job = outcome(jsonl(*[GOOD] * 7))
    assert job.error is not None
    assert job.error.to_dict() == {
        "code": "invalid_n_examples",
        "message": "Training file has 7 example(s), but must have at least 10 examples",
        "param": "training_file",
    }


def test_ten_examples_with_blank_lines_are_enough(outcome: Callable[..., FineTuningJob]) -> None:
    assert outcome("\n\n".join(json.dumps(GOOD) for _ in range(10))).status == "queued"


def test_a_format_that_is_neither_fails(outcome: Callable[..., FineTuningJob]) -> None:
    job = outcome(jsonl(*[{"text": "a"}] * 10))
    assert job.error is not None
    assert job.error.message == (
        "Unexpected file format, expected either prompt/completion pairs or chat messages."
    )


def test_the_method_must_fit_the_format(outcome: Callable[..., FineTuningJob]) -> None:
    job = outcome(jsonl(*[GOOD] * 10), method={"type": "dpo"})
    assert job.error is not None
    assert job.error.code == "invalid_training_file"
    assert job.error.message == (
        f"Invalid file format. Input file {job.training_file} is in the fine-tune-chat format, "
        "but the specified fine-tuning job is not using 'supervised' as the training method "
        "(provided method=dpo)."
    )
    job = outcome(jsonl(*[PAIR] * 10))
    assert job.error is not None
    assert "fine-tune-preference format" in job.error.message
    assert "'dpo' as the training method (provided method=supervised)" in job.error.message


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"preferred_output": [ASSISTANT]}, "Example 3 is missing key 'input'"),
        ({**PAIR, "preferred_output": []}, "Example 3: 'preferred_output' must be a list"),
        ({**PAIR, "non_preferred_output": [USER]}, "role 'user' is not one of"),
        ({**PAIR, "input": {"messages": [USER], "messges": 1}}, 'contains an extra "messges"'),
        ({**PAIR, "weight": 1}, 'Example 3 contains an extra "weight"'),
    ],
)
def test_a_bad_preference_row_is_named(
    outcome: Callable[..., FineTuningJob], row: object, message: str
) -> None:
    job = outcome(with_row(row, PAIR), method={"type": "dpo"})
    assert job.error is not None
    assert message in job.error.message


@pytest.mark.parametrize(
    ("messages", "message"),
    [
        ([{"role": "system", "content": "x"}, USER],
         "System messages are not supported in 'reinforcement' examples"),
        ([USER, ASSISTANT], "the last message must be from the user"),
        ([], "'messages' must be a list"),
    ],
)  # fmt: skip
def test_a_bad_reinforcement_row_is_named(
    client: OpenAI,
    outcome: Callable[..., FineTuningJob],
    upload: Upload,
    messages: list[object],
    message: str,
) -> None:
    good = {"messages": [USER], "answer": "4"}
    grader = {
        "type": "string_check", "name": "g", "operation": "eq",
        "input": "{{sample.output_text}}", "reference": "{{item.answer}}",
    }  # fmt: skip
    job = outcome(
        with_row({"messages": messages, "answer": ""}, good),
        model="o4-mini",
        validation_file=upload(jsonl(*[good] * 10)),
        method={"type": "reinforcement", "reinforcement": {"grader": grader}},
    )
    assert job.error is not None
    assert message in job.error.message


def test_prompt_and_completion_pairs_are_for_the_old_models(
    outcome: Callable[..., FineTuningJob],
) -> None:
    pair = {"prompt": "a", "completion": " b"}
    assert outcome(jsonl(*[pair] * 10), model="davinci-002").status == "queued"
    job = outcome(with_row({"prompt": "a", "completion": 3}, pair), model="davinci-002")
    assert job.error is not None
    assert "Example 3: 'completion' must be a string" in job.error.message


def test_a_bad_validation_file_fails_the_job_too(
    outcome: Callable[..., FineTuningJob], upload: Upload
) -> None:
    for content, reason in (
        (jsonl(*[GOOD] * 3), "Validation file has 3 example(s)"),
        (with_row({"messages": [USER]}), "Example 3 must contain"),
        (jsonl(*[PAIR] * 10), "fine-tune-preference format"),
    ):
        job = outcome(jsonl(*[GOOD] * 10), validation_file=upload(content))
        assert job.status == "failed"
        assert job.error is not None
        assert (job.error.code, job.error.param) == ("invalid_validation_file", "validation_file")
        assert job.error.message.startswith("The job failed due to an invalid validation file. ")
        assert reason in job.error.message


def test_a_failed_job_says_why_in_its_last_event(
    client: OpenAI, clock: ManualClock, outcome: Callable[..., FineTuningJob]
) -> None:
    job = outcome(jsonl(*[GOOD] * 7))
    assert job.finished_at == job.created_at + 2
    clock.advance(100)
    last, *before = client.fine_tuning.jobs.list_events(job.id).data
    assert (last.level, last.message) == ("error", job.error.message if job.error else "")
    assert [event.message.split()[0] for event in before] == ["Validating", "Created"]
    assert client.fine_tuning.jobs.checkpoints.list(job.id).data == []


@pytest.mark.parametrize("model", ["gpt-4o-mini", "gpt-4.1-2025-04-14"])
def test_prompts_and_completions_train_no_chat_model(
    outcome: Callable[..., FineTuningJob], model: str
) -> None:
    job = outcome(jsonl(*[{"prompt": "2 + 2", "completion": " 4"}] * 10), model=model)
    assert job.status == "failed"
    assert job.error is not None
    assert (job.error.code, job.error.param) == ("invalid_training_file", "training_file")
    assert "is trained with chat or preference examples" in job.error.message


def test_prompts_and_completions_train_a_completion_model(
    outcome: Callable[..., FineTuningJob],
) -> None:
    good = outcome(jsonl(*[{"prompt": "2 + 2", "completion": " 4"}] * 10), model="davinci-002")
    assert good.status == "queued"


def test_null_tools_of_a_pair_are_no_tools(outcome: Callable[..., FineTuningJob]) -> None:
    for tools in (None, []):
        row = {**PAIR, "input": {**PAIR["input"], "tools": tools}}
        method: Any = {"type": "dpo"}
        assert outcome(with_row(row, PAIR), method=method).status == "queued"
