"""A key that is null counts as absent in everything that is checked and measured."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from unit.training_data.test_chat_rules import changed
from unit.training_data.training_samples import (
    CHAT,
    PREFERENCE,
    REINFORCEMENT,
    TOOLS,
    VISION,
    check,
    check_with,
    many,
    only,
)

OF_MESSAGES = ("name", "weight", "tool_calls", "function_call", "tool_call_id", "refusal", "audio")
OF_EXAMPLES = ("tools", "functions", "parallel_tool_calls")
DUMPED = {"refusal": None, "audio": None, "function_call": None, "tool_calls": None}


def with_nulls(example: dict[str, Any]) -> dict[str, Any]:
    """The example as a table writes it: every key that it does not have is null."""
    made = copy.deepcopy(example)
    holder = made.get("input", made)
    for key in OF_EXAMPLES:
        holder.setdefault(key, None)
    for messages in (holder["messages"], *(made.get(key, []) for key in list(made)[1:])):
        for message in messages if isinstance(messages, list) else []:
            if "role" in message:
                message |= {key: message.get(key) for key in OF_MESSAGES}
    return made


@pytest.mark.parametrize("example", [CHAT, TOOLS, VISION, PREFERENCE])
def test_a_file_of_nulls_is_one_warning_with_the_keys_and_measured_without_them(
    tmp_path: Path, example: dict[str, Any]
) -> None:
    good = many(example)
    plain = check(tmp_path, good, count_tokens=True)
    nulls = check(tmp_path, [with_nulls(each) for each in good], count_tokens=True)
    (problem,) = nulls.of_rule("null-keys")
    assert (problem.line, problem.severity, problem.mend) == (1, "warning", "nulls")
    assert problem.message.startswith("60 examples with keys that are null or empty: ")
    assert "name" in problem.message
    assert problem.fix == "leave the keys out: fttui check --fix OUT"
    assert {**nulls.counts, "null-keys": 0} == {**plain.counts, "null-keys": 0}
    assert nulls.ok
    assert (nulls.tokens, nulls.roles, nulls.with_tools) == (
        plain.tokens,
        plain.roles,
        plain.with_tools,
    )


@pytest.mark.parametrize("key", DUMPED)
def test_what_a_dumped_answer_leaves_null_is_not_worth_a_word(tmp_path: Path, key: str) -> None:
    good = [changed(each, f"messages.2.{key}", None) for each in many(CHAT)]
    assert not check(tmp_path, good).counts
    elsewhere = check_with(tmp_path, changed(CHAT, f"messages.1.{key}", None))
    assert only(elsewhere, "null-keys").line == 12


@pytest.mark.parametrize("key", ["name", "weight", "tool_call_id"])
def test_other_keys_that_are_null_are_named(tmp_path: Path, key: str) -> None:
    problem = only(check_with(tmp_path, changed(CHAT, f"messages.2.{key}", None)), "null-keys")
    assert problem.message == f"1 example with keys that are null or empty: {key}"


def test_an_empty_list_of_tools_is_none(tmp_path: Path) -> None:
    assert not check(tmp_path, [{**each, "tools": []} for each in many(CHAT)]).counts
    assert not check(tmp_path, [changed(p, "input.tools", []) for p in many(PREFERENCE)]).counts
    only_here = check_with(tmp_path, {**CHAT, "tools": []})
    assert not only_here.counts
    assert only_here.with_tools == 0


def test_empty_annotations_are_left_out_and_full_ones_are_told(tmp_path: Path) -> None:
    empty = changed(CHAT, "messages.2.annotations", [])
    assert only(check_with(tmp_path, empty), "null-keys").mend == "nulls"
    full = changed(CHAT, "messages.2.annotations", [{"type": "url_citation"}])
    assert only(check_with(tmp_path, full), "message-key").path == "messages[2].annotations"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("tools.0.function.strict", None),
        ("tools.0.function.parameters", None),
        ("messages.2.tool_calls.0.index", None),
    ],
)
def test_nulls_within_tools_and_calls_are_absent(tmp_path: Path, path: str, value: Any) -> None:
    assert only(check_with(tmp_path, changed(TOOLS, path, value), TOOLS), "null-keys").line == 12


def test_nulls_of_parts_are_absent(tmp_path: Path) -> None:
    parts = [
        {"type": "text", "text": "What is it?", "image_url": None},
        {
            "type": "image_url",
            "text": None,
            "image_url": {"url": "https://example.org/a.png", "detail": None},
        },
    ]
    report = check_with(tmp_path, changed(VISION, "messages.1.content", parts), VISION)
    assert not report.errors
    (problem,) = report.of_rule("null-keys")
    assert problem.message.endswith(": detail, image_url, text")


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        ("messages.1.content", "message-content"),
        ("messages.2.content", "message-content"),
        ("messages.1.role", "message-role"),
        ("messages.1.mood", "message-key"),
        ("messages", "messages-missing"),
        ("comment", "unknown-key"),
    ],
)
def test_what_may_not_be_null_stays_an_error(tmp_path: Path, path: str, rule: str) -> None:
    assert check_with(tmp_path, changed(CHAT, path, None)).of_rule(rule)[0].line == 12


def test_an_answer_of_nulls_only_is_none(tmp_path: Path) -> None:
    bad = changed(CHAT, "messages.2", {"role": "assistant", "content": None, **DUMPED})
    assert only(check_with(tmp_path, bad), "message-content").path == "messages[2].content"


def test_a_weight_that_is_null_is_learned(tmp_path: Path) -> None:
    assert not check_with(tmp_path, changed(CHAT, "messages.2.weight", None)).errors


def test_fields_of_a_reinforcement_item_may_be_null(tmp_path: Path) -> None:
    good = [{**each, "answer": None, "functions": None} for each in many(REINFORCEMENT)]
    assert not check(tmp_path, good).counts


def test_the_first_line_and_the_keys_come_from_all_blocks(tmp_path: Path) -> None:
    examples = many(CHAT, 9_000)
    examples[7_000] = changed(examples[7_000], "messages.1.name", None)
    examples[8_000] = changed(examples[8_000], "messages.1.weight", None)
    problem = only(check(tmp_path, examples), "null-keys")
    assert problem.line == 7_001
    assert problem.message == "2 examples with keys that are null or empty: name, weight"
