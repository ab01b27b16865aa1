"""The quick ways to judge a chat line take what is right, and nothing that may be wrong."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest

from fttui.training_data import plain_chat, rich_chat
from fttui.training_data.plain_chat import Assistant, Shape, Shapes, System, User, read_plain
from fttui.training_data.profile import Limits
from fttui.training_data.rich_chat import RichLane, Row
from fttui.training_data.syntax import LONG_LINE
from unit.training_data.training_samples import CHAT, TOOLS, VISION


def read(*lines: str) -> list[Shape | None]:
    """The shapes of plain lines; None for each that was not taken."""
    written = [line.encode() + b"\n" for line in lines]
    data = b"".join(written)
    return read_plain(written, data, Shapes(None), escaped=b"\\u0022" in data)[1]


def taken(example: dict[str, Any] | str) -> Row | None:
    line = example if isinstance(example, str) else json.dumps(example)
    return RichLane(Limits(images_per_example=2)).read(line.encode(), escaped="\\u0022" in line)


def changed(example: dict[str, Any], *path: Any, to: Any) -> dict[str, Any]:
    """The example with the value at `path` replaced."""
    made = deepcopy(example)
    place = made
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = to
    return made


PLAIN = json.dumps(CHAT)


def test_plain_lines_are_taken_and_others_left_at_their_place() -> None:
    found = read(PLAIN, "{", PLAIN.replace("user", "usr"), "", PLAIN, '{"messages": []}')
    assert [shape is not None for shape in found] == [True, False, False, False, True, False]
    assert found[0] is found[4]


@pytest.mark.parametrize("style", [(", ", ": "), (",", ":")])
@pytest.mark.parametrize("repeated", ['"role":"user",', '"content":"x",'])
def test_a_line_that_repeats_a_key_is_not_taken(repeated: str, style: tuple[str, str]) -> None:
    line = json.dumps(CHAT, separators=style)
    at = line.index('"role"')
    assert read(line, line[:at] + repeated + line[at:], line)[1] is None


def test_quotes_written_by_their_number_hide_no_repeated_key() -> None:
    hidden = json.dumps(changed(CHAT, "messages", 0, "content", to="QQQQ")).replace("Q", "\\u0022")
    at = hidden.index('"content"')
    assert read(hidden) != [None]
    assert read(hidden[:at] + '"content":"x",' + hidden[at:]) == [None]
    # What one line has too many, another has too few.
    at = PLAIN.index('"content"')
    twice = PLAIN[:at] + '"content":"x",' + PLAIN[at:]
    assert [shape is not None for shape in read(hidden, twice)] == [True, False]


def test_a_line_of_too_many_values_is_not_taken() -> None:
    long = json.dumps(changed(CHAT, "messages", 0, "content", to="x" * LONG_LINE))
    commas = json.dumps(changed(CHAT, "messages", 0, "content", to="," * LONG_LINE))
    assert [shape is not None for shape in read(long, commas, PLAIN)] == [True, False, True]
    assert taken(long) and not taken(commas)


def test_quotes_within_texts_are_no_repeated_keys() -> None:
    quoted = json.dumps(changed(CHAT, "messages", 0, "content", to='say "a" or \\"b\\"'))
    assert None not in read(quoted, PLAIN)


def test_shapes_are_forgotten_before_they_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain_chat, "_MOST_SHAPES", 8)
    shapes = Shapes(None)
    first = shapes[System, User, Assistant]
    for length in range(1, 60):
        assert len(shapes[(User,) * length].roles) == length
        assert len(shapes) <= 8
    again = shapes[System, User, Assistant]
    assert again is not first
    assert (again.roles, again.quotes, again.problems) == (
        first.roles,
        first.quotes,
        first.problems,
    )


def test_what_is_not_learned_is_part_of_a_shape() -> None:
    shapes = Shapes(None)
    learned, not_learned = (shapes[("user", True), ("assistant", each)] for each in (True, False))
    assert "nothing-to-learn" in [rule for rule, _, _ in not_learned.problems]
    assert "nothing-to-learn" not in [rule for rule, _, _ in learned.problems]


NAMED = changed(CHAT, "messages", 0, "name", to="n")


@pytest.mark.parametrize("example", [CHAT, TOOLS, VISION, NAMED])
def test_tools_parts_and_names_are_taken(example: dict[str, Any]) -> None:
    assert taken(example) is not None
    assert taken(json.dumps(example, separators=(",", ":"))) is not None


def places(value: Any, *path: Any) -> list[tuple[Any, ...]]:
    """The path of every value within an example."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for key, item in inner:
        found.append((*path, key))
        if isinstance(item, dict | list):
            found += places(item, *path, key)
    return found


FREE = {"content", "text", "name", "url", "description", "parameters", "arguments", "id"}


@pytest.mark.parametrize("example", [TOOLS, VISION])
@pytest.mark.parametrize("wrong", [None, 7, "?", [], {}, [1], {"a": 1}])
def test_nothing_is_taken_in_which_a_value_has_a_wrong_kind(
    example: dict[str, Any], wrong: Any
) -> None:
    """Free texts may be any text, and what a schema holds is its writer's."""
    for path in places(example):
        if "parameters" in path or (path[-1] in FREE and wrong == "?"):
            continue
        if path[-1] in ("tools", "parallel_tool_calls") or "tools" in path:
            continue  # judged by the rules themselves
        if path[-1] == "content" and wrong is None:
            continue
        assert taken(changed(example, *path, to=wrong)) is None, path


CALL = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
ANSWER = {"role": "tool", "tool_call_id": "c", "content": "t"}
DECLARED = [{"type": "function", "function": {"name": "f"}}]


def called(*messages: dict[str, Any], tools: list[Any] = DECLARED, **more: Any) -> dict[str, Any]:
    """An example of a call and what follows it."""
    call = {"role": "assistant", "tool_calls": [CALL], **more}
    return {"messages": [{"role": "user", "content": "u"}, call, *messages], "tools": tools}


def shown(role: str, url: str) -> dict[str, Any]:
    """An example in which a message of `role` holds a picture."""
    image = {"type": "image_url", "image_url": {"url": url}}
    return {"messages": [{"role": role, "content": [image]}, {"role": "assistant", "content": "a"}]}


def nested(levels: int) -> Any:
    """Objects in objects."""
    return {"a": nested(levels - 1)} if levels else {}


def test_what_the_refused_examples_are_made_of_is_taken() -> None:
    done = {"role": "assistant", "content": "a"}
    for right in (called(ANSWER, done), called(), shown("user", "https://a.org/b.png")):
        assert taken(right) is not None
    deep = [{"type": "function", "function": {"name": "f", "parameters": nested(9)}}]
    assert taken(called(tools=deep)) is not None


@pytest.mark.parametrize(
    "wrong",
    [
        called({"role": "user", "content": "not answered"}),
        called({**ANSWER, "tool_call_id": "d"}),
        called(tool_calls=[CALL, CALL]),
        called(tool_calls=[changed(CALL, "function", "name", to="g")]),
        called(tool_calls=[changed(CALL, "function", "arguments", to="{")]),
        called(tool_calls=[]),
        called(tools=[{"type": "function", "function": {"name": "f"}}, {"type": "other"}]),
        called(tools=[{"type": "function", "function": {"name": "f", "parameters": nested(40)}}]),
        {"messages": [{"role": "user", "content": "u"}, {"role": "assistant"}]},
        shown("system", "https://a.org/b.png"),
        shown("assistant", "https://a.org/b.png"),
        shown("user", "https://a.org/b.gif"),
        shown("user", "ftp://a.org/b.png"),
        shown("user", "http://localhost/b.png"),
        shown("user", "data:image/png;base64,not base64"),
        called({**ANSWER, "content": [{"type": "text", "text": "t"}]}),
        called(tool_calls=[changed(CALL, "function", "arguments", to='"{}"')]),
        called(tool_calls=[changed(CALL, "function", "arguments", to="[]")]),
        called(tools=[]),
        called(tools=[{"type": "function", "function": {"name": "f", "strict": None}}]),
        called(
            tool_calls=[changed(CALL, "function", "name", to="f.g")],
            tools=[{"type": "function", "function": {"name": "f.g"}}],
        ),
    ],
)
def test_what_may_be_wrong_is_not_taken(wrong: dict[str, Any]) -> None:
    assert taken(wrong) is None


def test_a_picture_larger_than_the_endpoint_takes_is_not_taken() -> None:
    line = json.dumps(shown("user", f"data:image/png;base64,{'AAAA' * 50}")).encode()
    for most, is_taken in ((150, True), (149, False)):
        row = RichLane(Limits(image_bytes=most)).read(line, escaped=False)
        assert (row is not None) is is_taken


def test_every_key_of_a_line_may_stand_but_once() -> None:
    for example in (TOOLS, VISION, NAMED):
        line = json.dumps(example)
        at = line.find('": ')
        while at >= 0:
            start = line.rindex('"', 0, at)
            key = line[start : at + 1]
            assert taken(line[:start] + f'{key}: "x", ' + line[start:]) is None, key
            at = line.find('": ', at + 1)


def test_more_images_than_allowed_are_not_taken() -> None:
    part = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}
    for count, is_taken in ((2, True), (3, False)):
        example = changed(CHAT, "messages", 1, "content", to=[part] * count)
        role = changed(example, "messages", 1, "role", to="user")
        assert (taken(role) is not None) is is_taken


def test_the_same_tools_are_judged_once_and_few_are_remembered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    judged: list[bytes] = []

    def judge(text: bytes) -> rich_chat.Tools | None:
        judged.append(text)
        return real(text)

    real = rich_chat._judge_tools
    monkeypatch.setattr(rich_chat, "_judge_tools", judge)
    monkeypatch.setattr(rich_chat, "_MOST_TOOLS", 3)
    lane = RichLane(Limits(images_per_example=2))
    for _ in range(5):
        assert lane.read(json.dumps(TOOLS).encode(), escaped=False)
    assert len(judged) == 1
    for number in range(9):
        other = changed(TOOLS, "tools", 0, "function", "description", to=str(number))
        assert lane.read(json.dumps(other).encode(), escaped=False)
        assert len(lane._tools) <= 3
    huge = changed(TOOLS, "tools", 0, "function", "description", to="x" * 70_000)
    assert lane.read(json.dumps(huge).encode(), escaped=False) is None
