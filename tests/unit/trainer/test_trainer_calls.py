"""Calls of tools in answers: taken where they are certain, else left as the text that they are."""

from __future__ import annotations

import json

import pytest

from fttui.trainer.calls import MOST_CALLS, Listener, form_of, read_reply
from fttui.trainer.demo_model import TEMPLATE

TOOLS = [{"type": "function", "function": {"name": name}} for name in ("find", "pay")]
QWEN = r"""{{- '<tool_call>\n{"name": "' }}{{- call.name }}{{- '", "arguments": ' }}"""
QWEN_TELLS = r"XML tags:\n<tool_call>\n{\"name\": <function-name>, \"arguments\": <object>}"
LLAMA = """'<|start_header_id|>' {{- '"parameters": ' }}"""
XML = r"'<tool_call>\n<function=' + call.name + '>\n' + call.arguments"


@pytest.mark.parametrize(
    ("template", "form"),
    [
        (QWEN, "tags"),
        (QWEN_TELLS, "tags"),
        (LLAMA, "json"),
        (XML, None),
        (TEMPLATE, None),
        ("{{ message.content }}", None),
        (None, None),
        ({"default": QWEN}, None),
    ],
)
def test_the_form_of_calls_is_read_from_the_template(template: object, form: str | None) -> None:
    assert form_of(template) == form


def tag(text: str) -> str:
    return f"<tool_call>\n{text}\n</tool_call>"


FIND = '{"name": "find", "arguments": {"order": "Łódź 1"}}'


def test_calls_between_tags_are_taken_out_with_what_was_said_before() -> None:
    reply = read_reply(
        "Let me look.\n" + tag(FIND) + "\n" + tag('{"name": "pay", "arguments": {}}') + "\n",
        "tags", TOOLS,
    )  # fmt: skip
    assert reply is not None
    assert reply.text == "Let me look."
    assert [(call.name, json.loads(call.arguments)) for call in reply.calls] == [
        ("find", {"order": "Łódź 1"}), ("pay", {}),
    ]  # fmt: skip
    assert "Łódź" in reply.calls[0].arguments


@pytest.mark.parametrize(
    "text", ['{"name": "find", "parameters": {"n": 1}}', ' <|python_tag|>{"type": "function", '
             '"name": "find", "parameters": {"n": 1}}\n'],
)  # fmt: skip
def test_a_call_that_is_the_whole_answer_is_taken(text: str) -> None:
    reply = read_reply(text.strip(), "json", TOOLS)
    assert reply is not None
    assert [(call.name, call.arguments) for call in reply.calls] == [("find", '{"n": 1}')]


@pytest.mark.parametrize(
    "text",
    [
        "no call",
        f"<tool_call>{FIND}",
        tag(FIND) + " and more words",
        tag(FIND) + " between " + tag(FIND),
        tag(FIND) + "<tool_call>",
        tag('{"name": "unknown", "arguments": {}}'),
        tag('{"name": ["find"], "arguments": {}}'),
        tag('{"name": "find", "arguments": "text"}'),
        tag('{"name": "find", "arguments": {}, "more": 1}'),
        tag('{"name": "find", "parameters": {}}'),
        tag('{"name": "find", "name": "pay", "arguments": {}}'),
        tag('{"name": "find", "arguments": {"n": NaN}}'),
        tag('{"name": "find"}'),
        tag("[]"),
        tag("{" * 5000),
        tag(FIND) * (MOST_CALLS + 1),
    ],
)
def test_what_is_no_certain_call_stays_a_text(text: str) -> None:
    assert read_reply(text, "tags", TOOLS) is None
    heard = Listener("tags", TOOLS)
    said = "".join(heard.add(letter) for letter in text[:3000])
    assert said + heard.close(whole=len(text) <= 3000)[0] == text[:3000]


@pytest.mark.parametrize(
    "text",
    [
        'Here: {"name": "find", "parameters": {}}',
        '{"name": "find", "parameters": {}, "arguments": {}}',
        '{"name": "find", "parameters": {}, "type": "other"}',
        '{"name": "find", "parameters": {}} {"name": "find", "parameters": {}}',
        '{"answer": 1}',
    ],
)
def test_other_json_stays_a_text(text: str) -> None:
    assert read_reply(text, "json", TOOLS) is None


@pytest.mark.parametrize("tools", [None, [], [1], [{"function": {"name": 1}}], "x"])
def test_without_tools_there_are_no_calls(tools: object) -> None:
    assert read_reply(tag(FIND), "tags", tools) is None
    heard = Listener("tags", tools)
    assert heard.add("<tool_call>") == "<tool_call>"


def test_without_a_known_form_there_are_no_calls() -> None:
    assert read_reply(tag(FIND), None, TOOLS) is None
    assert Listener(None, TOOLS).add("<tool_call>{") == "<tool_call>{"


def test_a_stream_keeps_back_only_what_may_be_a_call() -> None:
    heard = Listener("tags", TOOLS)
    pieces = ["A < b", " \n<", "tool_", f"call>{FIND}", "</tool_call>"]
    assert [heard.add(piece) for piece in pieces] == ["A < b", "", "", "", ""]
    rest, calls = heard.close(whole=True)
    assert (rest, [call.name for call in calls]) == ("", ["find"])
    heard = Listener("json", TOOLS)
    assert [heard.add(piece) for piece in (" ", "A", "{")] == ["", " A", "{"]
    for begin in ("{", "<|python_tag|>{"):
        heard = Listener("json", TOOLS)
        call = begin + '"name": "pay", "parameters": {}}'
        assert "".join(heard.add(letter) for letter in call) == ""
        assert [each.name for each in heard.close(whole=True)[1]] == ["pay"]


def test_an_answer_that_was_cut_off_holds_no_call() -> None:
    heard = Listener("tags", TOOLS)
    heard.add(tag(FIND))
    assert heard.close(whole=False) == (tag(FIND), ())
