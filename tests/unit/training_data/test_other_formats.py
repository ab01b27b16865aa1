"""Preference, reinforcement and completion examples, and telling the formats apart."""

import json
from pathlib import Path
from typing import Any

import pytest

from fttui.training_data.check import Limits, check_file
from fttui.training_data.profile import item_fields
from unit.training_data.test_chat_rules import changed
from unit.training_data.training_samples import (
    CHAT,
    COMPLETION,
    PREFERENCE,
    REINFORCEMENT,
    TOOL,
    check,
    check_with,
    many,
    only,
    write,
)

ANSWER = {"role": "assistant", "content": "x"}


@pytest.mark.parametrize(
    ("example", "name", "method"),
    [
        (CHAT, "chat", "supervised"),
        (PREFERENCE, "preference", "dpo"),
        (REINFORCEMENT, "reinforcement", "reinforcement"),
        (COMPLETION, "completion", "supervised"),
    ],
)
def test_a_good_file_is_recognised_and_fits_its_method(
    tmp_path: Path, example: dict[str, Any], name: str, method: str
) -> None:
    assert check(tmp_path, many(example)).format == name
    held_out = write(tmp_path, [{**example, "messages": []}], "other.jsonl")
    model = "davinci-002" if name == "completion" else None
    report = check(tmp_path, many(example), method=method, validation=held_out, model=model)
    assert report.format == name
    assert not report.counts


@pytest.mark.parametrize(
    ("example", "method", "takes"),
    [
        (CHAT, "dpo", "preference"),
        (CHAT, "reinforcement", "reinforcement"),
        (PREFERENCE, "supervised", "chat or completion"),
        (PREFERENCE, "reinforcement", "reinforcement"),
        (REINFORCEMENT, "supervised", "chat or completion"),
        (REINFORCEMENT, "dpo", "preference"),
        (COMPLETION, "dpo", "preference"),
    ],
)
def test_a_format_that_the_method_does_not_take_is_one_error(
    tmp_path: Path, example: dict[str, Any], method: str, takes: str
) -> None:
    report = check(tmp_path, many(example), method=method)
    (problem,) = report.of_rule("method-format")
    assert problem.line is None
    assert takes in problem.message
    assert report.counts["method-format"] == 1


def test_prompts_without_answers_are_chat_with_errors_if_supervised_was_chosen(
    tmp_path: Path,
) -> None:
    examples = many(changed(REINFORCEMENT, "answer", ...))
    assert check(tmp_path, examples).format == "reinforcement"
    report = check(tmp_path, examples, method="supervised")
    assert report.format == "chat"
    assert report.counts["no-assistant-message"] == 60


def test_an_example_of_another_format_is_told_by_its_line(tmp_path: Path) -> None:
    problem = only(check_with(tmp_path, PREFERENCE), "mixed-formats")
    assert problem.line == 12
    assert "preference" in problem.message
    assert only(check_with(tmp_path, CHAT, PREFERENCE), "mixed-formats").line == 12


def test_a_file_of_unknown_objects_has_no_format(tmp_path: Path) -> None:
    report = check(tmp_path, [{"x": n} for n in range(60)], count_tokens=True)
    assert report.format is None
    assert report.counts == {"unknown-format": 60}
    assert report.tokens is None


@pytest.mark.parametrize(
    ("path", "value", "rule", "where"),
    [
        ("input", ..., "preference-input", ""),
        ("input", "Hi", "preference-input", "input"),
        ("input.messages", [], "messages-missing", "input.messages"),
        ("input.messages", ..., "messages-missing", "input"),
        ("input.temperature", 1, "unknown-key", "input.temperature"),
        ("input.messages.0.role", "asistant", "message-role", "input.messages[0].role"),
        ("input.messages", [ANSWER], "preference-last-message", "input.messages[0]"),
        ("preferred_output", ..., "preference-output", ""),
        ("preferred_output", [], "preference-output", "preferred_output"),
        ("preferred_output", "Hi", "preference-output", "preferred_output"),
        ("preferred_output.0.role", "user", "message-role", "preferred_output[0].role"),
        ("preferred_output.0.content", "", "empty-output", "preferred_output[0].content"),
        (
            "non_preferred_output",
            [PREFERENCE["preferred_output"][0]],
            "same-outputs",
            "non_preferred_output",
        ),
        ("extra", 1, "unknown-key", "extra"),
    ],
)
def test_faults_of_preference_examples_are_found(
    tmp_path: Path, path: str, value: Any, rule: str, where: str
) -> None:
    report = check_with(tmp_path, changed(PREFERENCE, path, value), PREFERENCE)
    problem = only(report, rule)
    assert (problem.line, problem.path) == (12, where)


PICTURE = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}


def test_an_image_in_the_input_of_a_preference_example_is_told(tmp_path: Path) -> None:
    content = [{"type": "text", "text": "What is it?"}, PICTURE]
    bad = changed(PREFERENCE, "input.messages.0.content", content)
    (problem,) = check_with(tmp_path, bad, PREFERENCE).of_rule("image-role")
    assert (problem.line, problem.path) == (12, "input.messages")
    assert "text only" in problem.message


@pytest.mark.parametrize("key", ["preferred_output", "non_preferred_output"])
def test_an_output_of_a_preference_example_holds_an_answer_and_no_image(
    tmp_path: Path, key: str
) -> None:
    bad = changed(PREFERENCE, f"{key}.0.content", [{"type": "text", "text": "x"}, PICTURE])
    problem = check_with(tmp_path, bad, PREFERENCE).of_rule("preference-output")[0]
    assert (problem.line, problem.path) == (12, key)
    assert problem.message == f"{key} holds an image; only text is taken"
    only_a_tool = [{"role": "tool", "tool_call_id": "c1", "content": "dry"}]
    found = check_with(tmp_path, changed(PREFERENCE, key, only_a_tool), PREFERENCE)
    assert found.of_rule("preference-output")[0].message == f"{key} has no assistant message"


def test_names_of_the_older_preference_specification_get_a_hint(tmp_path: Path) -> None:
    old = {
        "input": PREFERENCE["input"],
        "preferred_completion": PREFERENCE["preferred_output"],
        "non_preferred_completion": PREFERENCE["non_preferred_output"],
    }
    report = check_with(tmp_path, old, PREFERENCE)
    assert report.counts == {"unknown-key": 2}
    assert report.of_rule("unknown-key")[0].fix == (
        'write "preferred_output": fttui check --fix OUT'
    )
    assert [problem.mend for problem in report.of_rule("unknown-key")] == ["outputs"] * 2
    both = {**old, **PREFERENCE}
    problem = check_with(tmp_path, both, PREFERENCE).of_rule("unknown-key")[0]
    assert (problem.fix, problem.mend) == ('write "preferred_output"', "")


def test_a_tool_answer_in_an_output_may_refer_to_a_call_of_the_input(tmp_path: Path) -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
    example = {
        "input": {
            "messages": [
                {"role": "user", "content": "?"},
                {"role": "assistant", "tool_calls": [call]},
                {"role": "tool", "tool_call_id": "c1", "content": "dry"},
            ],
            "tools": [TOOL],
        },
        "preferred_output": [ANSWER],
        "non_preferred_output": [{"role": "assistant", "content": "y"}],
    }
    assert set(check_with(tmp_path, example, PREFERENCE).counts) == {"tools-in-some-examples"}


@pytest.mark.parametrize(
    ("path", "value", "rule", "where"),
    [
        ("messages", [], "messages-missing", "messages"),
        ("messages.0.role", "system", "reinforcement-system", "messages[0].role"),
        ("messages.1.role", "assistant", "reinforcement-last-message", "messages[1]"),
        ("messages.1.role", "usr", "message-role", "messages[1].role"),
        ("answer", ..., "item-keys-differ", ""),
        ("more", 1, "item-keys-differ", ""),
    ],
)
def test_faults_of_reinforcement_examples_are_found(
    tmp_path: Path, path: str, value: Any, rule: str, where: str
) -> None:
    report = check_with(tmp_path, changed(REINFORCEMENT, path, value), REINFORCEMENT)
    problem = only(report, rule)
    assert (problem.line, problem.path) == (12, where)


def test_a_field_that_the_grader_uses_must_be_in_every_example(tmp_path: Path) -> None:
    bad = changed(REINFORCEMENT, "answer", ...)
    report = check_with(tmp_path, bad, REINFORCEMENT, item_fields=["answer"])
    assert report.of_rule("item-missing")[0].line == 12
    assert report.error_count == 1


def test_the_fields_of_a_grader_are_found_in_its_templates() -> None:
    grader = {
        "type": "multi",
        "graders": {
            "a": {"type": "string_check", "reference": "{{item.answer}}"},
            "b": [{"input": "{{ item.place.city }} {{sample.output_text}}"}],
        },
    }
    assert item_fields(grader) == ("answer", "place")


def test_reinforcement_needs_a_validation_file_of_at_most_1000(tmp_path: Path) -> None:
    report = check(tmp_path, many(REINFORCEMENT), method="reinforcement")
    assert report.counts == {"validation-required": 1}
    held_out = write(tmp_path, many(REINFORCEMENT, 1001)[60:], "v.jsonl")
    report = check(tmp_path, many(REINFORCEMENT), method="reinforcement", validation=held_out)
    assert report.ok
    assert report.validation is not None
    assert report.validation.ok
    held_out = write(tmp_path, many(REINFORCEMENT, 1061)[60:], "v.jsonl")
    report = check(tmp_path, many(REINFORCEMENT), method="reinforcement", validation=held_out)
    assert report.validation is not None
    assert report.validation.counts == {"too-many-examples": 1}


@pytest.mark.parametrize(
    ("path", "value", "rule", "where"),
    [
        ("prompt", ..., "completion-value", ""),
        ("completion", 5, "completion-value", "completion"),
        ("extra", 1, "unknown-key", "extra"),
        ("completion", "  ", "completion-empty", "completion"),
        ("completion", "hi\n", "completion-leading-space", "completion"),
        ("completion", " HELLO THERE\n", "completion-upper-case", "completion"),
    ],
)
def test_faults_of_completion_examples_are_found(
    tmp_path: Path, path: str, value: Any, rule: str, where: str
) -> None:
    report = check_with(tmp_path, changed(COMPLETION, path, value), COMPLETION)
    (problem,) = report.of_rule(rule)
    assert (problem.line, problem.path) == (12, where)


def test_completions_without_a_common_end_or_with_a_common_start_are_told(tmp_path: Path) -> None:
    examples = [{"prompt": f"p{n}", "completion": f" the answer is {n}"} for n in range(60)]
    report = check(tmp_path, examples, model="davinci-002")
    assert report.counts == {"common-prefix": 1, "no-common-suffix": 1}


def test_a_completion_over_2048_tokens_is_told(tmp_path: Path) -> None:
    bad = {"prompt": "Say hi ->", "completion": " hi" * 2100 + "\n"}
    report = check_with(tmp_path, bad, COMPLETION, count_tokens=True, model="davinci-002")
    assert only(report, "token-limit").line == 12


@pytest.mark.parametrize(
    ("count", "rule"), [(7, "too-few-examples"), (9, "too-few-examples"), (10, "few-examples")]
)
def test_too_few_examples_are_told_with_their_number(tmp_path: Path, count: int, rule: str) -> None:
    problem = only(check(tmp_path, many(CHAT, count)), rule)
    assert str(count) in problem.message


def test_a_small_validation_file_is_doubted_and_an_endpoint_may_ask_for_less(
    tmp_path: Path,
) -> None:
    held_out = write(tmp_path, many(CHAT, 65)[60:], "v.jsonl")
    report = check(tmp_path, many(CHAT), validation=held_out)
    assert report.validation is not None and report.validation.ok
    assert report.validation.counts == {"few-examples": 1}
    assert "5 examples to validate with" in only(report.validation, "few-examples").message
    limits = Limits(min_examples=1, recommended_examples=1)
    assert not check(tmp_path, many(CHAT, 1), limits=limits).counts


def test_examples_in_both_files_and_unknown_prompts_are_told(tmp_path: Path) -> None:
    other = changed(CHAT, "messages.0.content", "Be long.")
    held_out = write(tmp_path, [*many(CHAT)[5:8], *many(other, 3)], "v.jsonl")
    report = check(tmp_path, many(CHAT), validation=held_out)
    assert report.counts == {"shared-example": 1}
    assert report.problems[0].line == 6
    assert report.validation is not None
    assert report.validation.counts["shared-example"] == 3
    assert report.validation.of_rule("shared-example")[1].message == (
        "also in the training file, line 7"
    )
    assert report.validation.counts["prompts-differ-in-validation"] == 1
    assert report.ok


def test_the_same_file_twice_is_told(tmp_path: Path) -> None:
    path = write(tmp_path, many(CHAT))
    report = check_file(path, validation=path, count_tokens=False)
    assert report.counts == {"same-file": 1}


def test_duplicates_are_told_with_the_line_that_they_repeat(tmp_path: Path) -> None:
    examples = many(CHAT)
    report = check(tmp_path, [*examples, examples[6], examples[6], {"x": 1}, {"x": 1}])
    found = report.of_rule("duplicate-example")
    assert [(p.line, p.message) for p in found] == [
        (61, "same as line 7"),
        (62, "same as line 7"),
        (64, "same as line 63"),
    ]
    assert report.counts["duplicate-example"] == 3


def test_line_ends_make_no_difference_to_duplicates(tmp_path: Path) -> None:
    first, second = (json.dumps(example).encode() for example in many(CHAT, 2))
    report = check(tmp_path, first + b"\r\n" + second + b"\n\n" + second + b"\r\n" + first)
    found = report.of_rule("duplicate-example")
    assert [(p.line, p.example) for p in found] == [(4, 3), (5, 4)]
