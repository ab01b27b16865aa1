"""Rows of training files as the trainer reads them, and the masks cut for them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fttui.trainer.conversation import leaves, with_argument_texts, with_parts
from fttui.trainer.failure import RowFaultError
from fttui.trainer.likeness import Shape, check_run, not_shown, sentinels
from fttui.trainer.rows import Chat, Completion, Pair, read_rows
from fttui.trainer.spans import joined, labels, pieces, tokens_of


def read(folder: Path, *rows: Any, method: str = "supervised") -> list[Any]:
    """The rows of a file that holds these."""
    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return list(read_rows(path, method))


def user(text: Any) -> dict[str, Any]:
    return {"role": "user", "content": text}


def assistant(text: Any, **more: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": text, **more}


def call(arguments: str, name: str = "find") -> dict[str, Any]:
    return {"id": "c1", "type": "function", "function": {"name": name, "arguments": arguments}}


def test_weights_say_which_answers_are_learnt(tmp_path: Path) -> None:
    (row,) = read(
        tmp_path,
        {
            "messages": [
                {"role": "developer", "content": "Be brief."},
                user("a"),
                assistant("b", weight=0),
                user([{"type": "text", "text": "c"}, {"type": "text", "text": "d"}]),
                assistant("e", weight=1),
                assistant(None, refusal="No."),
            ]
        },
    )
    assert isinstance(row, Chat)
    assert row.weights == (0, 1, 1)
    assert row.messages[0] == {"role": "system", "content": "Be brief."}
    assert [message["content"] for message in row.messages[3:]] == ["cd", "e", "No."]


def test_tool_calls_have_values_and_their_answers_the_tools_name(tmp_path: Path) -> None:
    (row,) = read(
        tmp_path,
        {
            "messages": [
                user("a"),
                assistant(None, tool_calls=[call('{"order": "HS-1", "n": 2}')]),
                {"role": "tool", "tool_call_id": "c1", "content": "yes"},
                assistant("b"),
            ],
            "tools": [{"type": "function", "function": {"name": "find"}}],
        },
    )
    assert row.messages[1]["content"] == ""
    function = row.messages[1]["tool_calls"][0]["function"]
    assert function == {"name": "find", "arguments": {"order": "HS-1", "n": 2}}
    assert row.messages[2]["name"] == "find"
    texts = with_argument_texts(row.messages)[1]["tool_calls"][0]["function"]["arguments"]
    assert json.loads(texts) == {"order": "HS-1", "n": 2}
    assert with_parts(row.messages)[0]["content"] == [{"type": "text", "text": "a"}]


@pytest.mark.parametrize("arguments", ["not json", "[1, 2]", '"x"', "null"])
def test_arguments_that_are_no_json_object_stay_as_they_are(arguments: str, tmp_path: Path) -> None:
    (row,) = read(
        tmp_path, {"messages": [user("a"), assistant(None, tool_calls=[call(arguments)])]}
    )
    assert row.messages[1]["tool_calls"][0]["function"]["arguments"] == arguments


def test_the_older_way_to_call_functions_is_read_too(tmp_path: Path) -> None:
    (row,) = read(
        tmp_path,
        {
            "messages": [
                user("a"),
                assistant(None, function_call={"name": "find", "arguments": "{}"}),
                {"role": "function", "name": "find", "content": "x"},
                assistant("b"),
            ],
            "functions": [{"name": "find"}],
        },
    )
    assert row.messages[1]["tool_calls"][0]["function"] == {"name": "find", "arguments": {}}
    assert row.messages[2]["role"] == "tool"
    assert row.tools == [{"type": "function", "function": {"name": "find"}}]


def test_of_a_pair_only_the_outputs_are_learnt(tmp_path: Path) -> None:
    (row,) = read(
        tmp_path,
        {
            "input": {"messages": [user("a"), assistant("b"), user("c")]},
            "preferred_output": [assistant("good")],
            "non_preferred_output": [assistant("bad")],
        },
        method="dpo",
    )
    assert isinstance(row, Pair)
    assert row.chosen.weights == row.rejected.weights == (0, 1)
    assert row.chosen.messages[-1]["content"] == "good"
    assert row.rejected.messages[-1]["content"] == "bad"


def test_blank_lines_a_mark_at_the_start_and_completions_are_read(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"prompt": "a", "completion": "b"}\n\n  \n')
    assert list(read_rows(path, "supervised")) == [Completion(1, "a", "b")]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[]", "is not a JSON object"),
        ("{}", "neither"),
        ('{"messages": []}', "has no messages"),
        ('{"messages": 3}', "has no messages"),
        ('{"messages": [1]}', "shape"),
        ('{"messages": [{"role": "wizard", "content": "x"}]}', "wizard"),
        ('{"messages": [{"role": ["x"], "content": "x"}]}', "shape"),
        ('{"messages": [{"role": "user", "content": 3}]}', "shape"),
        ('{"messages": [{"role": "user", "content": "x"}]}', "no assistant message to learn"),
        (
            '{"messages": [{"role": "assistant", "content": "x", "weight": 0}]}',
            "no assistant message to learn",
        ),
        (
            '{"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {}}]},'
            ' {"role": "assistant", "content": "x"}]}',
            "only text",
        ),
        (
            '{"messages": [{"role": "assistant", "content": "x", "tool_calls": [{"function": '
            '{"name": 1, "arguments": "{}"}}]}]}',
            "shape",
        ),
    ],
)
def test_a_row_at_fault_is_named_by_its_line(line: str, why: str, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"prompt": "a", "completion": "b"}\n\n' + line + "\n")
    with pytest.raises(RowFaultError) as caught:
        list(read_rows(path, "supervised"))
    assert str(caught.value).startswith("line 3 ")
    assert why in str(caught.value)


def test_what_is_marked_is_joined_where_it_touches() -> None:
    assert joined([]) == []
    assert joined([(0, 0), (3, 3)]) == []
    assert joined([(0, 2), (2, 3), (5, 5), (6, 7)]) == [(0, 3), (6, 7)]


def test_a_text_is_cut_at_the_borders_of_its_stretches() -> None:
    assert list(pieces(9, [(2, 4), (4, 7)])) == [
        (0, 2, False),
        (2, 4, True),
        (4, 4, False),
        (4, 7, True),
        (7, 9, False),
    ]


def test_labels_keep_only_the_runs_of_weight_1() -> None:
    ids = [10, 11, 12, 13, 14, 15]
    assert labels(ids, [(1, 3), (4, 6)], [0, 1]) == [-100, -100, -100, -100, 14, 15]
    assert labels(ids, [(0, 1), (2, 3)], [1, 1]) == [10, -100, 12, -100, -100, -100]
    with pytest.raises(ValueError, match="2 stretches for 1"):
        labels(ids, [(0, 1), (2, 3)], [1])


def test_a_stretch_of_text_is_made_of_whole_tokens_or_none() -> None:
    offsets = [(0, 3), (3, 5), (5, 5), (5, 9)]
    assert tokens_of((3, 9), offsets) == (1, 4)
    assert tokens_of((0, 3), offsets) == (0, 1)
    assert tokens_of((3, 7), offsets) is None
    assert tokens_of((1, 5), offsets) is None
    assert tokens_of((9, 12), offsets) is None


def shape(text: str, message: int = 1, *, ends: bool = True) -> Shape:
    return Shape(text, message, ends=ends)


def test_a_mask_is_right_when_it_is_the_text_and_what_the_template_writes_around_it() -> None:
    around = shape("<a>zq1x0z<end>")
    good = assistant("Hello, you.")
    assert check_run("<a>Hello, you.<end>", around, good) is None
    # Templates strip what is said.
    assert check_run("<a>Hello, you.<end>", around, assistant(" Hello, you.\n")) is None


@pytest.mark.parametrize(
    "text",
    [
        "<a>Hello, you.",
        "<b>Hello, you.<end>",
        "<a>Hello, you.<and>",
        "Hello, you.<end>",
        "<a>Hello, you<end>",
        "<a>Hello, you.<end>\n",
        "<a>Hello, you. And more.<end>",
        "<a>Question?Hello, you.<end>",
        "<a><end>",
        "",
    ],
)
def test_a_mask_that_holds_more_or_less_than_the_text_is_wrong(text: str) -> None:
    assert check_run(text, shape("<a>zq1x0z<end>"), assistant("Hello, you."))


def test_a_mask_that_holds_what_another_says_is_wrong() -> None:
    mixed = shape("zq0x0z zq1x0z<end>")
    assert "mixes" in str(check_run("Hi Hello<end>", mixed, assistant("Hello")))


def test_an_answer_without_an_end_is_wrong() -> None:
    for around in ("zq1x0z", "zq1x0z Q:"):
        said = around.replace("zq1x0z", "Hello")
        assert "end" in str(check_run(said, shape(around, ends=False), assistant("Hello")))
    assert check_run("Hello</s>", shape("zq1x0z</s>"), assistant("Hello")) is None


def test_a_tool_call_must_stand_in_its_mask_with_name_and_arguments() -> None:
    message = assistant(
        "", tool_calls=[{"function": {"name": "find", "arguments": {"order": 'HS-"1"', "n": 2}}}]
    )
    around = shape('<c>{"name": "find", "order": "zq1a0z", "n": 2}</c>')
    right = '<c>{"name": "find", "order": "HS-\\"1\\"", "n": 2}</c>'
    assert check_run(right, around, message) is None
    assert "mark" in str(check_run(right, shape(around.text, ends=False), message))
    other = '<c>{"name": "find", "order": "HS-2", "n": 2}</c>'
    assert "argument of find" in str(check_run(other, around, message))


def test_what_a_template_leaves_out_is_named() -> None:
    messages = [
        user("Where?"),
        assistant("", tool_calls=[{"function": {"name": "find", "arguments": {"a": "b<c"}}}]),
        {"role": "tool", "content": '{"x": 1}'},
    ]
    whole = 'Where? find {"a": "b\\u003cc"} "{\\"x\\": 1}"'
    assert not_shown(messages, whole) is None
    assert not_shown(messages, whole.replace("find", "")) == "the tool call find"
    assert not_shown(messages, whole.replace("b", "")) == "an argument of find"
    assert not_shown(messages, "find a b<c") == "a message of the role 'user'"
    assert not_shown(messages, "Where? find a b<c") == "a message of the role 'tool'"


def test_marked_words_stand_for_every_text_but_keep_the_form() -> None:
    messages = [
        user("Where?"),
        assistant("", tool_calls=[{"function": {"name": "f", "arguments": {"a": ["x", 3]}}}]),
        assistant("<think>\n\n</think>\n\nThere."),
        assistant(" "),
    ]
    probe, key = sentinels(messages)
    assert probe[0]["content"] == "zq0x0z"
    assert probe[1]["tool_calls"][0]["function"]["arguments"] == {"a": ["zq1a0z", 3]}
    assert probe[2]["content"] == "<think>\n\n</think>\n\nzq2x0z"
    assert probe[3]["content"] == " "
    assert sentinels([user("What?"), *messages[1:]])[1] == key
    assert sentinels(messages[:2])[1] != key
    assert messages[0]["content"] == "Where?"


def test_all_that_stands_in_arguments_is_looked_for() -> None:
    assert leaves({"a": ["x", {"b": 1}], "c": None}) == ["a", "x", "b", 1, "c", None]
