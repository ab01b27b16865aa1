"""Whole copies: what stands in the original is in the copy too, or it is told that it is not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fttui.training_data.repair import RepairRefused, RepairReport, repair
from unit.training_data.training_samples import CHAT, check, lines, many, write

GOOD = lines(many(CHAT))


def copied(folder: Path, content: bytes, name: str = "train.jsonl") -> RepairReport:
    return repair(write(folder, content, name), folder / "copy.jsonl", count_tokens=False)


def lines_of_copy(folder: Path) -> list[bytes]:
    return (folder / "copy.jsonl").read_bytes().splitlines()


def kinds(report: RepairReport) -> dict[str, int]:
    return {done.kind: done.count for done in report.corrections}


def test_a_blank_line_within_a_broken_text_is_a_break_of_the_text(tmp_path: Path) -> None:
    broken = json.dumps(CHAT).replace("Hello.", "Hello.\n\nYes?").encode()
    report = copied(tmp_path, GOOD + b"\n" + broken + b"\n")
    assert kinds(report) == {"blank": 1, "joined": 1}
    assert b"Hello.\\n\\nYes?" in lines_of_copy(tmp_path)[-1]


def test_values_of_a_faulty_item_that_stand_apart_are_not_joined(tmp_path: Path) -> None:
    items = b",\n".join([json.dumps(CHAT).encode()] * 12)
    content = b"[\n" + items + b',\n{"messages": [], "scores": [1\n 2]}\n]'
    report = copied(tmp_path, content)
    assert "control" not in kinds(report)
    assert not any(b"12]" in line for line in lines_of_copy(tmp_path))


def test_a_large_whole_number_that_is_an_answer_becomes_its_figures(tmp_path: Path) -> None:
    rows = [{"instruction": f"{n}?", "output": 10**n} for n in range(26)]
    copied(tmp_path, lines(rows))
    messages = json.loads(lines_of_copy(tmp_path)[-1])["messages"]
    assert messages[-1]["content"] == str(10**25)


@pytest.mark.parametrize(
    "tools",
    [
        '[{"name": "f", "name": "g", "parameters": {}}]',
        '[{"name": "f", "parameters": {"default": NaN}}]',
        '[{"name": "f", "parameters": {"default": Infinity}}]',
    ],
)
def test_tools_of_a_text_that_would_change_are_left_as_they_are(tmp_path: Path, tools: str) -> None:
    line = json.dumps(CHAT | {"tools": tools}).encode()
    copied(tmp_path, GOOD + line + b"\n")
    assert lines_of_copy(tmp_path)[-1] == line


def test_a_number_of_tools_in_a_text_is_written_as_it_was(tmp_path: Path) -> None:
    tools = '[{"name": "f", "parameters": {"default": 1e400}}]'
    copied(tmp_path, GOOD + json.dumps(CHAT | {"tools": tools}).encode() + b"\n")
    assert b'"default":1e400' in lines_of_copy(tmp_path)[-1]


@pytest.mark.parametrize(
    ("row", "named"),
    [
        ({"_index": 3, "lang": "de", "data": CHAT}, {"_index", "lang"}),
        (
            {"custom_id": "a", "body": {**CHAT, "stop": "x", "metadata": {"label": 1}}},
            {"custom_id", "stop", "metadata"},
        ),
        (
            {"instruction": "Say it", "output": "It", "text": "### Instruction:\nSay it\n\nIt"},
            {"text"},
        ),
    ],
)
def test_every_key_that_a_conversion_leaves_out_is_named(
    tmp_path: Path, row: dict[str, object], named: set[str]
) -> None:
    report = copied(tmp_path, lines([row] * 60))
    assert kinds(report)["convert"] == 60
    (keys,) = [done.names for done in report.corrections if done.kind == "keys"]
    assert set(keys) == named


@pytest.mark.parametrize(
    "row",
    [
        {"instruction": "", "output": "yes", "text": "A passage that says yes"},
        {"instruction": "Is it?", "output": "", "text": "### Instruction: Is it?"},
        {"messages": [{"role": "user", "content": []}, *CHAT["messages"][1:]], "system": "x"},
        {
            "messages": [
                {"role": "user", "content": "Hi"},
                {
                    "role": "assistant",
                    "content": [
                        {"type": "tool_use", "id": "a", "name": "f", "input": {}, "result": 4}
                    ],
                },
            ]
        },
    ],
)
def test_a_row_that_would_lose_something_stays_as_it_is(
    tmp_path: Path, row: dict[str, object]
) -> None:
    line = json.dumps(row).encode()
    try:
        copied(tmp_path, GOOD + line + b"\n")
    except RepairRefused:
        return
    assert lines_of_copy(tmp_path)[-1] == line


def test_the_names_of_columns_in_an_advice_are_safe_to_print(tmp_path: Path) -> None:
    row = {"a\x1b[31m": CHAT["messages"][1:], "answer": "x"}
    with pytest.raises(RepairRefused) as refused:
        copied(tmp_path, lines([row] * 60))
    assert "\x1b" not in str(refused.value)


def test_no_copy_is_promised_of_messages_in_a_text_of_which_one_would_be_lost(
    tmp_path: Path,
) -> None:
    text = json.dumps(CHAT["messages"])
    twice = text.replace('"content": "Hi"', '"content": "Hi", "content": "Ho"')
    whole, lossy = (
        check(tmp_path, [*many(CHAT), {"messages": held}]).problems[0] for held in (text, twice)
    )
    assert (whole.line, whole.mend) == (61, "convert")
    assert (lossy.line, lossy.rule, lossy.mend) == (61, "messages-missing", "")
