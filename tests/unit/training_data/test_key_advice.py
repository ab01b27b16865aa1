"""Advice about a key never gives up what the key says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fttui.training_data.conversation import MESSAGE_KEYS
from fttui.training_data.key_advice import example_key, inner_key, message_key
from fttui.training_data.key_names import MEANINGFUL, MEANINGLESS, MEANINGLESS_IN_MESSAGES
from fttui.training_data.profile import CHAT_KEYS, PREFERENCE_KEYS
from unit.training_data.test_chat_rules import changed
from unit.training_data.training_samples import (
    CHAT,
    COMPLETION,
    PREFERENCE,
    TOOLS,
    VISION,
    check,
    check_with,
    many,
)

GIVES_UP = re.compile(r"\b(remove|delete|drop|discard|strip|take (it )?out|leave (\w+ ){0,2}out)\b")
REMOVE = ("remove the key: fttui check --fix OUT", "keys")

SAID = [*sorted(MEANINGFUL), "notes", "foo", "gold_label", "expected_output", "Antwort", "x" * 90]


def keeps(fix: str) -> bool:
    return GIVES_UP.search(fix.lower()) is None


PLACES: list[tuple[dict[str, Any], str, str]] = [
    (CHAT, "", "unknown-key"),
    (CHAT, "messages.1.", "message-key"),
    (VISION, "messages.1.content.0.", "content-part"),
    (VISION, "messages.1.content.1.image_url.", "content-part"),
    (TOOLS, "messages.2.tool_calls.0.", "tool-call"),
    (PREFERENCE, "", "unknown-key"),
    (PREFERENCE, "input.", "unknown-key"),
    (PREFERENCE, "preferred_output.0.", "message-key"),
    (COMPLETION, "", "unknown-key"),
]


@pytest.mark.parametrize(("good", "base", "rule"), PLACES)
def test_no_advice_gives_up_a_key_that_may_carry_meaning(
    tmp_path: Path, good: dict[str, Any], base: str, rule: str
) -> None:
    taken = {*MESSAGE_KEYS, "text", "image_url", "prompt", "completion", "input", "images"}
    said = [key for key in SAID if key not in taken]
    for begin in range(0, len(said), 10):  # among sixty good ones
        examples: list[Any] = many(good)
        keys = dict(zip(range(3, 60, 6), said[begin:], strict=False))
        for place, key in keys.items():
            examples[place] = changed(examples[place], base + key, "Rome")
        for problem in check(tmp_path, examples).problems:
            if problem.rule == rule and problem.line is not None:
                key = keys[problem.line - 1]
                assert keeps(problem.fix), (key, problem.fix)
                assert problem.mend == "", (key, problem)


@given(
    st.text(max_size=20), st.sampled_from([CHAT_KEYS, PREFERENCE_KEYS, ("prompt", "completion")])
)
def test_only_bookkeeping_is_advised_away(key: str, known: Any) -> None:
    for fix, mend in (example_key(key, {}, known), message_key(key, "x", {}, MESSAGE_KEYS)):
        if key not in MEANINGLESS | MEANINGLESS_IN_MESSAGES:
            assert keeps(fix)
            assert mend in ("", "names")
    assert keeps(inner_key(key, {}, known))


@pytest.mark.parametrize("key", ["id", "source", "created_at", "model", "temperature"])
def test_bookkeeping_keys_are_to_be_removed_and_a_copy_does_it(tmp_path: Path, key: str) -> None:
    for good in (CHAT, PREFERENCE, COMPLETION):
        problem = check_with(tmp_path, {**good, key: "x"}, good).of_rule("unknown-key")[0]
        assert (problem.fix, problem.mend) == REMOVE


@pytest.mark.parametrize("key", ["id", "timestamp", "finish_reason"])
def test_bookkeeping_keys_of_messages_too(tmp_path: Path, key: str) -> None:
    problem = check_with(tmp_path, changed(CHAT, f"messages.1.{key}", 5)).of_rule("message-key")[0]
    assert (problem.fix, problem.mend) == REMOVE


@pytest.mark.parametrize(
    ("good", "path", "words"),
    [
        (CHAT, "reference_answer", "method reinforcement, where it is item.reference_answer"),
        (CHAT, "label", "method reinforcement"),
        (CHAT, "images", "keep it in a file beside this one"),
        (CHAT, "weight", "move weight into the message"),
        (CHAT, "tool", 'write "tools"'),
        (CHAT, "messages.1.mood", "into content"),
        (CHAT, "messages.1.context", "into content"),
        (CHAT, "messages.2.reasoning_content", "into content"),
        (CHAT, "messages.1.wieght", 'write "weight"'),
        (PREFERENCE, "score", "keep it in a file beside this one"),
        (COMPLETION, "label", "keep it in a file beside this one"),
    ],
)
def test_the_advice_says_where_the_value_belongs(
    tmp_path: Path, good: dict[str, Any], path: str, words: str
) -> None:
    report = check_with(tmp_path, changed(good, path, "Rome"), good)
    rule = "message-key" if "." in path else "unknown-key"
    problem = report.of_rule(rule)[0]
    assert words in problem.fix
    assert " or " not in problem.fix or 'write "' not in problem.fix
    assert problem.mend == ""


@pytest.mark.parametrize(
    ("path", "old", "known"),
    [("", "Messages", "messages"), ("", " messages", "messages"), ("messages.1.", "Role", "role")],
)
def test_a_key_misspelt_only_by_case_or_spaces_is_corrected(
    tmp_path: Path, path: str, old: str, known: str
) -> None:
    good = changed(CHAT, path + known, ...)
    value = CHAT["messages"] if known == "messages" else "user"
    bad = changed(good, path + old, value)
    if not path:
        bad |= {"tools": []}
    report = check_with(tmp_path, bad)
    problems = [p for rule in ("message-key", "unknown-key") for p in report.of_rule(rule)]
    if problems:  # an example without messages may be told as one of another format
        assert (problems[0].fix, problems[0].mend) == (
            f'write "{known}": fttui check --fix OUT',
            "names",
        )
    else:
        assert not path


def test_a_key_is_no_misspelling_of_one_that_is_there(tmp_path: Path) -> None:
    report = check_with(tmp_path, {**CHAT, "Messages": []})
    assert "messages" not in report.of_rule("unknown-key")[0].fix


def test_a_key_that_holds_nothing_is_left_out(tmp_path: Path) -> None:
    for value in (None,):
        bad = changed(CHAT, "messages.2.reasoning_content", value)
        problem = check_with(tmp_path, bad).of_rule("message-key")[0]
        assert problem.mend == "nulls"
