"""Examples as conversations, with the tokens of each turn and what of them is cut off."""

from __future__ import annotations

from typing import Any

import pytest

from fttui.terminal.text import safe
from fttui.training_data.turn_tokens import Counting, TurnCounter
from fttui.training_data.turns import turns_of

CALL = {
    "id": "call_1",
    "type": "function",
    "function": {"name": "find", "arguments": '{"order": "HS-1", "days": 2}'},
}
TOOL = {"function": {"name": "find", "parameters": {"properties": {"order": {}, "days": {}}}}}
CHAT: dict[str, Any] = {
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [
            {"type": "text", "text": "Look:\n  here"},
            {"type": "image_url",
             "image_url": {"url": "data:image/png;base64,AAAA", "detail": "low"}},
        ]},
        {"role": "assistant", "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "call_1", "content": "{}"},
        {"role": "assistant", "content": "Soon.", "weight": 0},
    ],
    "tools": [TOOL],
}  # fmt: skip


def test_a_chat_is_told_by_roles_calls_images_and_weights() -> None:
    tools, system, user, call, tool, last = turns_of(CHAT)
    assert tools.texts == (("data", "find(order, days)"),)
    assert (system.role, system.texts, system.path) == (
        "system", (("text", "Be brief."),), "messages[0]",
    )  # fmt: skip
    assert user.texts[0] == ("text", "Look:\n  here")
    assert user.texts[1] == ("image", "image in the file, image/png, 3 bytes, detail low")
    assert call.texts == (("call", 'find(order: "HS-1", days: 2)  call_1'),)
    assert tool.notes == ("answers call_1",)
    assert last.notes == ("weight 0: not learned",)


@pytest.mark.parametrize(
    ("example", "roles", "parts"),
    [
        (
            {"input": {"messages": [{"role": "user", "content": "Hi"}]},
             "preferred_output": [{"role": "assistant", "content": "a"}],
             "non_preferred_output": [{"role": "assistant", "content": "b"}]},
            ["user", "assistant", "assistant"], ["asked", "preferred", "not preferred"],
        ),
        ({"prompt": "p", "completion": "c"}, ["prompt", "completion"], ["", ""]),
        (
            {"messages": [{"role": "user", "content": "2+2?"}], "answer": {"value": 4}},
            ["user", "answer"], ["", "beside the messages"],
        ),
    ],
)  # fmt: skip
def test_other_formats_have_their_parts(
    example: dict[str, Any], roles: list[str], parts: list[str]
) -> None:
    turns = turns_of(example)
    assert [turn.role for turn in turns] == roles
    assert [turn.part for turn in turns] == parts


@pytest.mark.parametrize(
    "junk",
    [
        None, [], 3, {}, {"messages": 3}, {"messages": [3, None, {"role": 5, "content": 7}]},
        {"messages": [{"role": "\x1b[31m", "content": "\u202e[@click=x]a[/]", "tool_calls": 4}]},
        {"messages": [{"role": "assistant", "tool_calls": [3, {"function": {"arguments": "{"}}]}]},
        {"messages": [{"content": [None, {"image_url": 3}, {"image_url": {"url": None}}]}]},
        {"messages": [{"name": {"a": 1}, "weight": "x", "refusal": 3, "function_call": []}]},
        {"messages": [], "tools": [3, {"function": {"name": None, "parameters": 4}}]},
        {"input": 3, "preferred_output": {"a": 1}, "non_preferred_output": ["x"]},
        {"prompt": None, "completion": ["\x07"]},
    ],
)  # fmt: skip
def test_whatever_a_line_holds_is_told_in_safe_text(junk: Any) -> None:
    counter = TurnCounter(Counting.of_model(None))
    turns = turns_of(junk)
    for turn in turns:
        for text in (turn.role, turn.part, *turn.notes, *(each for _, each in turn.texts)):
            assert safe(text, newlines=True, maxlen=200_000) == text
    if turns:
        counter.count(junk, turns)


def test_the_turns_add_up_to_the_example_and_the_end_is_what_is_cut_off() -> None:
    turns = turns_of(CHAT)
    whole = TurnCounter(Counting.of_model(None)).count(CHAT, turns)
    assert sum(whole.of_turns) == whole.total
    assert not whole.exact
    assert whole.beyond == 0
    limit = whole.total - whole.of_turns[-1] - 2
    cut = TurnCounter(Counting("o200k_base", limit)).count(CHAT, turns)
    assert cut.beyond == whole.of_turns[-1] + 2
    assert [cut.lost(index) for index in range(len(turns))] == [0, 0, 0, 0, 2, whole.of_turns[-1]]
