"""Files in the formats of other tools: one problem for the file, and one for each odd line."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fttui.training_data.check import CheckSettings
from fttui.training_data.examples import check_example
from fttui.training_data.foreign.converter import Converter
from fttui.training_data.foreign.recogniser import recognise_examples
from fttui.training_data.foreign.shapes import Unconvertible
from fttui.training_data.key_names import MEANINGFUL
from fttui.training_data.profile import CheckProfile, Format
from fttui.training_data.report import Report
from fttui.training_data.rules import Problems
from unit.training_data.test_foreign_formats import ALL, ASKED, PAIR, TALK, TURNS
from unit.training_data.training_samples import (
    CHAT,
    COMPLETION,
    PREFERENCE,
    REINFORCEMENT,
    check,
    check_with,
    many,
    only,
)

CONTENT = {"no-system-message", "empty-output", "same-outputs", "tool-undeclared", "last-message"}
CONTENT |= {"no-user-message", "no-assistant-message", "item-keys-differ", "image-url"}
"""Rules about what is said, which a conversion leaves as it is."""


def sharegpt(count: int = 60) -> list[Any]:
    return [
        {"conversations": [{"from": "human", "value": f"{n}?"}, {"from": "gpt", "value": f"{n}!"}]}
        for n in range(count)
    ]


def foreign(report: Report) -> list[tuple[int | None, str]]:
    return [(problem.line, problem.mend) for problem in report.of_rule("foreign-format")]


def test_a_foreign_file_is_one_problem_that_names_it_and_the_way(tmp_path: Path) -> None:
    report = check(tmp_path, sharegpt(), count_tokens=True)
    problem = only(report, "foreign-format")
    assert (problem.line, problem.mend) == (1, "convert")
    assert problem.message == (
        "the examples are in a foreign format: ShareGPT"
        " (conversations → messages, human → user, gpt → assistant)"
    )
    assert problem.fix == "convert a copy: fttui check --fix OUT"
    assert report.counts == {"foreign-format": 1}
    assert (report.format, report.tokens, report.examples) == (None, None, 60)
    assert report.to_json()["foreign"] == {
        "name": "ShareGPT",
        "mapping": "conversations → messages, human → user, gpt → assistant",
        "certain": True,
        "columns": [],
    }
    assert check(tmp_path, many(CHAT)).to_json()["foreign"] is None


def test_a_file_of_rows_names_its_columns_and_asks(tmp_path: Path) -> None:
    rows = [{"utterance": f"{n}?", "reply": f"{n}!"} for n in range(60)]
    report = check(tmp_path, [*rows[:20], {"utterance": "x"}, 5, *rows[20:]])
    problem = report.of_rule("foreign-format")[0]
    assert "utterance, reply" in problem.message
    assert "--map user=COL,assistant=COL" in problem.fix
    assert foreign(report) == [(1, ""), (21, ""), (22, "")]
    assert report.to_json()["foreign"]["columns"] == ["utterance", "reply"]
    assert set(report.counts) == {"foreign-format"}


@pytest.mark.parametrize("workers", [0, 2])
def test_lines_that_do_not_fit_the_foreign_format_are_told_each(
    tmp_path: Path, workers: int
) -> None:
    settings = CheckSettings(workers=workers, in_process_below=0)
    odd = [{"conversations": [{"from": "narrator", "value": "x"}]}, {"x": 1}, [1], TALK]
    alpaca = {"instruction": "a", "output": "b"}
    report = check(tmp_path, [*sharegpt(), *odd, alpaca, PAIR], settings=settings)
    found = foreign(report)
    assert found == [(1, "convert"), (61, ""), (62, ""), (63, ""), (66, "")]
    assert report.counts == {"foreign-format": 5}
    assert "narrator" in report.of_rule("foreign-format")[1].message
    assert "write it like the others" in report.of_rule("foreign-format")[1].fix


def test_a_broken_first_line_does_not_hide_the_foreign_format(tmp_path: Path) -> None:
    content = b'{"conversations": [\n' + b"".join(
        json.dumps(line).encode() + b"\n" for line in sharegpt()
    )
    report = check(tmp_path, content)
    assert foreign(report) == [(1, "convert")]
    assert report.counts == {"json-syntax": 1, "foreign-format": 1}


@pytest.mark.parametrize(
    ("good", "line", "mend"),
    [
        (CHAT, {"conversations": TURNS}, "convert"),
        (CHAT, {"instruction": "a", "input": "", "output": "b"}, "convert"),
        (CHAT, {"system": "Be brief.", **TALK}, "convert"),
        (CHAT, TALK["messages"], "convert"),
        (CHAT, {"messages": json.dumps(TALK["messages"])}, "convert"),
        (CHAT, {**TALK, "rejected_response": "x"}, ""),
        (CHAT, {"prompt": "a", "completion": "b", "label": True}, ""),
        (PREFERENCE, {"prompt": "a", "chosen": "b", "rejected": "c"}, "convert"),
        (PREFERENCE, {**TALK, "rejected_response": "x"}, "convert"),
        (PREFERENCE, {"conversations": TURNS}, ""),
        (REINFORCEMENT, {"item": {"messages": [TALK["messages"][0]], "answer": 4}}, "convert"),
        (COMPLETION, {"prompt": [TALK["messages"][0]], "completion": "b"}, ""),
    ],
)
def test_a_single_foreign_line_in_a_file_of_ours_is_one_problem(
    tmp_path: Path, good: dict[str, Any], line: Any, mend: str
) -> None:
    report = check_with(tmp_path, line, good)
    assert report.counts.keys() - {"completion-models"} == {"foreign-format"}
    (problem,) = report.of_rule("foreign-format")
    assert (problem.line, problem.mend) == (12, mend)
    assert "foreign format" in problem.message
    assert report.error_count == 1
    assert report.format is not None
    assert report.foreign is None


def test_a_line_that_is_only_a_row_is_a_faulty_example_among_chats(tmp_path: Path) -> None:
    report = check_with(tmp_path, {"utterance": "a", "reply": "b"})
    assert "foreign-format" not in report.counts
    assert report.of_rule("messages-missing")[0].line == 12


@pytest.mark.parametrize(
    ("good", "rule", "key"),
    [
        (CHAT, "messages-missing", "messages"),
        (PREFERENCE, "preference-input", "input"),
        (COMPLETION, "completion-value", "prompt"),
    ],
)
def test_a_line_that_is_no_example_at_all_is_one_problem_and_says_what_it_holds(
    tmp_path: Path, good: dict[str, Any], rule: str, key: str
) -> None:
    report = check_with(tmp_path, {"version": 2, "license": "mit"}, good)
    (problem,) = (one for one in report.problems if one.severity == "error")
    assert (problem.rule, problem.line, problem.mend) == (rule, 12, "")
    assert problem.message == f'the key "{key}" is missing; the line holds "version", "license"'
    assert problem.fix.endswith("or remove the line if it is no example")
    assert report.error_count == 1


def test_a_misspelt_key_is_still_told_as_one(tmp_path: Path) -> None:
    report = check_with(tmp_path, {"mesages": "Hi"})
    assert report.of_rule("unknown-key")[0].fix == 'write "messages"'


def test_a_pair_in_a_file_of_chats_is_told_as_mixed_and_can_be_converted(tmp_path: Path) -> None:
    problem = only(check_with(tmp_path, COMPLETION), "mixed-formats")
    assert (problem.line, problem.mend) == (12, "convert")
    with_more = {**COMPLETION, "reward": 1}
    assert only(check_with(tmp_path, with_more), "mixed-formats").mend == ""


def test_a_foreign_validation_file_is_told_once_beside_training_data_of_ours(
    tmp_path: Path,
) -> None:
    from unit.training_data.training_samples import write

    held_out = write(tmp_path, sharegpt(20), "v.jsonl")
    report = check(tmp_path, many(CHAT), validation=held_out)
    assert report.ok
    assert report.validation is not None
    assert foreign(report.validation) == [(1, "convert")]


def test_the_method_is_held_against_what_a_foreign_file_becomes(tmp_path: Path) -> None:
    report = check(tmp_path, sharegpt(), method="dpo")
    assert "chat" in report.of_rule("method-format")[0].message
    assert report.counts == {"foreign-format": 1, "method-format": 1}
    pairs = [{"prompt": f"{n}", "chosen": "a", "rejected": "b"} for n in range(60)]
    assert "method-format" not in check(tmp_path, pairs, method="dpo").counts


def faults(value: Any, target: Format) -> set[str]:
    out = Problems()
    check_example(value, CheckProfile(format=target), out)
    return set(out.counts) - CONTENT


@pytest.mark.parametrize(("name", "example", "made", "target"), ALL)
def test_what_is_made_has_no_fault_of_format(
    name: str, example: Any, made: dict[str, Any], target: Format
) -> None:
    assert not faults(made, target), name


SPOKEN = ("Is there a ferry?", "Yes, at six.", "No idea.", "Be brief.", "Say when.", "Lima")
WORDS = st.text(
    st.characters(categories=("L", "N", "So", "Sm"), include_characters=" .:#[<|/{"), min_size=1
).filter(str.strip)


def said_otherwise(value: Any, words: dict[str, str]) -> Any:
    """The same shape with other words for what is said."""
    if isinstance(value, dict):
        return {key: said_otherwise(item, words) for key, item in value.items()}
    if isinstance(value, list):
        return [said_otherwise(item, words) for item in value]
    if not isinstance(value, str):
        return value
    return re.sub("|".join(map(re.escape, words)), lambda found: words[found.group()], value)


@pytest.mark.parametrize(("name", "example", "made", "target"), ALL)
@given(words=st.lists(WORDS, min_size=len(SPOKEN), max_size=len(SPOKEN), unique=True))
@settings(max_examples=20, deadline=None)
def test_whatever_is_said_is_said_in_the_example_that_is_made(
    name: str, example: Any, made: Any, target: Format, words: list[str]
) -> None:
    others = dict(zip(SPOKEN, words, strict=True))
    found = Converter.to(target)(said_otherwise(example, others))
    assert found.value == said_otherwise(made, others), name
    assert not faults(found.value, target)


def strings(value: Any) -> Any:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from strings(item)


@pytest.mark.parametrize(("name", "example", "made", "target"), [*ALL])
def test_a_key_with_a_meaning_is_never_left_out(
    name: str, example: Any, made: Any, target: Format
) -> None:
    if not isinstance(example, dict):
        return
    known = {"category"} if name == "Dolly" else set()
    for key in sorted(MEANINGFUL - example.keys() - known):
        more = {**example, key: "forty-two"}
        found = recognise_examples([more] * 3)
        if found is None or not found.is_certain:
            continue
        converted = Converter(found)(more)
        assert key not in converted.left_out
        assert any("forty-two" in text for text in strings(converted.value)), key


KEYS = st.sampled_from(
    [
        *("messages", "conversations", "prompt", "completion", "chosen", "rejected", "input"),
        *("instruction", "output", "question", "answer", "response", "system", "tools", "label"),
        *("item", "data", "contents", "parts", "role", "content", "from", "value", "text", "type"),
        *("history", "request", "choices", "custom_id", "body", "rejected_response", "ideal"),
    ]
)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from(["user", "assistant", "gpt", "tool", "[{", '{"role": 1}', "\n\nHuman: a", ""]),
    st.text(max_size=3),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=12,
)


@given(values=st.lists(VALUES, max_size=3))
@settings(max_examples=150, deadline=None)
def test_whatever_a_line_holds_it_is_recognised_or_not_and_nothing_breaks(values: Any) -> None:
    found = recognise_examples(values)
    for value in values:
        for target in Format:
            check_example(value, CheckProfile(format=target), Problems())
        if found is None:
            continue
        check_example(value, CheckProfile(foreign=found), Problems())
        try:
            made = Converter(found)(value).value
        except Unconvertible as fault:
            assert str(fault)
        else:
            assert found.target is not None
            assert isinstance(made, dict)


@pytest.mark.parametrize(("name", "example", "_advice"), ASKED)
def test_no_advice_says_to_take_a_key_out(name: str, example: Any, _advice: str) -> None:
    found = recognise_examples([example] * 3)
    assert found is not None
    assert not any(word in found.advice for word in ("remove", "delete", "drop", "take out")), name
