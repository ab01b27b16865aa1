"""Values that have one meaning only are written as endpoints take them, and each is told."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fttui.training_data.exact import NotExact, dumps, literal_within, loads, loads_within
from fttui.training_data.mending_values import mend_example
from fttui.training_data.profile import Format

Done = list[tuple[str, str]]
PIXEL = "".join(
    (
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJ",
        "RU5ErkJggg==",
    )
)


def mended(example: dict[str, Any], wanted: Format = Format.CHAT) -> tuple[dict[str, Any], Done]:
    """The example as it is corrected, and what was done."""
    example, done = copy.deepcopy(example), []
    mend_example(example, wanted, lambda kind, key: done.append((kind, key)))
    return example, done


def answer(**keys: Any) -> dict[str, Any]:
    """A chat example whose answer has these keys too."""
    said = {"role": "assistant", "content": "At six."} | keys
    return {"messages": [{"role": "user", "content": "When?"}, said]}


@pytest.mark.parametrize(
    ("role", "meant"),
    [
        ("human", "user"),
        ("Human", "user"),
        ("prompter", "user"),
        ("gpt", "assistant"),
        ("ChatGPT", "assistant"),
        (" ai ", "assistant"),
        ("BOT", "assistant"),
        ("model", "assistant"),
        ("System", "system"),
        ("USER", "user"),
    ],
)
def test_roles_of_other_tools_are_renamed(role: str, meant: str) -> None:
    found, done = mended({"messages": [{"role": role, "content": "x"}]})
    assert found["messages"][0]["role"] == meant
    assert done == [("role", role)]


@pytest.mark.parametrize("role", ["asistant", "agent", "customer", "observation", 7, None])
def test_roles_that_are_not_certain_stay(role: Any) -> None:
    example = {"messages": [{"role": role, "content": "x"}]}
    assert mended(example) == (example, [])


def test_a_system_message_of_reinforcement_becomes_the_developers() -> None:
    example = {"messages": [{"role": "system", "content": "x"}], "id": 3, "label": "y"}
    found, done = mended(example, Format.REINFORCEMENT)
    assert found == {"messages": [{"role": "developer", "content": "x"}], "id": 3, "label": "y"}
    assert done == [("role", "system")]


def test_keys_that_hold_nothing_are_left_out() -> None:
    nulls = {"name": None, "tool_call_id": None, "weight": None, "annotations": []}
    example = answer(**nulls) | {"tools": None, "functions": None, "parallel_tool_calls": None}
    found, done = mended(example)
    assert found == answer()
    assert {kind for kind, _ in done} == {"nulls"}
    assert {key for _, key in done} == {*nulls, "tools", "functions", "parallel_tool_calls"}


def test_what_libraries_write_of_an_answer_that_calls_nothing_stays() -> None:
    example = answer(refusal=None, audio=None, function_call=None, tool_calls=None)
    assert mended(example) == (example, [])


def test_a_content_that_is_null_stays_for_a_person_to_fill() -> None:
    example = answer(content=None)
    assert mended(example) == (example, [])


def test_keys_that_only_keep_books_are_left_out_and_named() -> None:
    example = answer(id="m1", timestamp=3) | {"id": "c1", "source": "crm"}
    found, done = mended(example)
    assert found == answer()
    assert sorted(done) == [
        ("keys", "id"),
        ("keys", "id"),
        ("keys", "source"),
        ("keys", "timestamp"),
    ]


@pytest.mark.parametrize("key", ["label", "reference_answer", "score", "context", "anything"])
def test_keys_that_may_mean_something_stay(key: str) -> None:
    for example in (answer() | {key: "x"}, answer(**{key: "x"})):
        assert mended(example) == (example, [])


def test_keys_that_differ_by_case_or_spaces_keep_their_place() -> None:
    example = {"Messages ": [{"Role": "user", "content": "x"}], "tools": []}
    found, done = mended(example)
    assert list(found) == ["messages", "tools"]
    assert found["messages"] == [{"role": "user", "content": "x"}]
    assert done == [("names", "Messages "), ("names", "Role")]


@pytest.mark.parametrize(("given_", "meant"), [(1.0, 1), (0.0, 0), (True, 1), (False, 0)])
def test_a_weight_of_another_type_is_written_as_0_or_1(given_: Any, meant: int) -> None:
    found, done = mended(answer(weight=given_))
    assert found["messages"][1]["weight"] is meant or found["messages"][1]["weight"] == meant
    assert type(found["messages"][1]["weight"]) is int
    assert done == [("weight", "")]


def test_a_weight_in_between_stays_and_one_of_a_question_goes() -> None:
    assert mended(answer(weight=0.5)) == (answer(weight=0.5), [])
    asked = {"messages": [{"role": "user", "content": "x", "weight": 0}]}
    assert mended(asked) == ({"messages": [{"role": "user", "content": "x"}]}, [("weight", "")])
    unknown = {"messages": [{"role": "asistant", "content": "x", "weight": 0}]}
    assert mended(unknown) == (unknown, [])


def call(arguments: Any) -> dict[str, Any]:
    function = {"name": "times", "arguments": arguments}
    return answer(content=None, tool_calls=[{"id": "a", "type": "function", "function": function}])


@pytest.mark.parametrize("arguments", [{"port": "Lima"}, json.dumps(json.dumps({"port": "Lima"}))])
def test_arguments_become_one_json_text(arguments: Any) -> None:
    found, done = mended(call(arguments))
    text = found["messages"][1]["tool_calls"][0]["function"]["arguments"]
    assert json.loads(text) == {"port": "Lima"}
    assert done == [("arguments", "")]


@pytest.mark.parametrize(
    "arguments", ['{"port": "Lima"}', "", '"Lima"', "[1]", "12345678901234567890"]
)
def test_other_arguments_stay(arguments: str) -> None:
    assert mended(call(arguments)) == (call(arguments), [])


@pytest.mark.parametrize(
    "tool",
    [
        {"name": "times", "description": "d", "input_schema": {"type": "object"}},
        {"type": "function", "name": "times", "description": "d", "parameters": {"type": "object"}},
        {"type": "custom", "name": "times", "description": "d", "input_schema": {"type": "object"}},
    ],
)
def test_tools_of_other_apis_are_written_for_chat(tool: dict[str, Any]) -> None:
    found, done = mended(answer() | {"tools": [tool]})
    function = {"name": "times", "description": "d", "parameters": {"type": "object"}}
    assert found["tools"] == [{"type": "function", "function": function}]
    assert done == [("tools", "")]


@pytest.mark.parametrize("tool", [{"type": "web_search"}, {"name": "x", "cost": 3}, "times"])
def test_other_tools_stay(tool: Any) -> None:
    assert mended(answer() | {"tools": [tool]}) == (answer() | {"tools": [tool]}, [])


@pytest.mark.parametrize("write", [json.dumps, repr])
def test_messages_and_tools_in_a_text_become_lists(write: Any) -> None:
    tools = [{"type": "function", "function": {"name": "times"}}]
    messages = answer()["messages"]
    found, done = mended({"messages": write(messages), "tools": write(tools)})
    assert found == {"messages": messages, "tools": tools}
    assert done == [("json-text", "messages"), ("json-text", "tools")]


@pytest.mark.parametrize(
    ("part", "meant"),
    [
        ({"type": "input_text", "text": "x"}, {"type": "text", "text": "x"}),
        ({"type": "output_text", "text": "x", "annotations": []}, {"type": "text", "text": "x"}),
        (
            {"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}},
            {"type": "text", "text": "x"},
        ),
        (
            {"type": "image_url", "image_url": "https://example.org/a.png"},
            {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}},
        ),
        (
            {"type": "input_image", "image_url": "https://example.org/a.png", "detail": "low"},
            {
                "type": "image_url",
                "image_url": {"url": "https://example.org/a.png", "detail": "low"},
            },
        ),
        (
            {"type": "image_url", "image_url": {"url": PIXEL}},
            {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}},
        ),
        (
            {
                "type": "image",
                "source": {"type": "base64", "media_type": "image/png", "data": PIXEL},
            },
            {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}},
        ),
    ],
)
def test_parts_of_other_apis_are_written_for_chat(part: dict[str, Any], meant: Any) -> None:
    found, done = mended({"messages": [{"role": "user", "content": [part]}]})
    assert found["messages"][0]["content"] == [meant]
    assert {kind for kind, _ in done} == {"parts"}


@pytest.mark.parametrize(
    "url", ["./a.png", "not base64 at all!!", "aGVsbG8gd29ybGQgaGVsbG8gd29ybGQ="]
)
def test_addresses_that_are_no_picture_stay(url: str) -> None:
    part = {"type": "image_url", "image_url": {"url": url}}
    example = {"messages": [{"role": "user", "content": [part]}]}
    assert mended(example) == (example, [])


def test_the_one_text_of_a_tools_answer_becomes_its_content() -> None:
    def told(*texts: str) -> dict[str, Any]:
        parts = [{"type": "text", "text": text} for text in texts]
        return {"messages": [{"role": "tool", "tool_call_id": "a", "content": parts}]}

    found, done = mended(told("six"))
    assert found["messages"][0]["content"] == "six"
    assert done == [("tool-text", "")]
    assert mended(told("six", "seven")) == (told("six", "seven"), [])


def test_answers_of_a_preference_become_lists_under_their_names_of_today() -> None:
    good, bad = {"role": "assistant", "content": "At six."}, {"role": "assistant", "content": "No."}
    asked = {"role": "user", "content": "When?"}
    right = {
        "input": {"messages": [asked]},
        "preferred_output": [good],
        "non_preferred_output": [bad],
    }
    for written in (
        {"input": {"messages": asked}, "preferred_output": good, "non_preferred_output": "No."},
        {
            "input": {"messages": [asked]},
            "preferred_completion": "At six.",
            "non_preferred_completion": [bad],
        },
    ):
        found, done = mended(written, Format.PREFERENCE)
        assert found == right
        assert {kind for kind, _ in done} <= {"outputs", "names"}
        assert done


def test_whole_numbers_become_texts() -> None:
    assert mended(answer(content=0)) == (answer(content="0"), [("number", "content")])
    assert mended(answer(content=0.5)) == (answer(content=0.5), [])
    large = loads(b'"x"'), loads(b"12345678901234567890123"), loads(b"1.50")
    found = mended({"messages": [{"role": "user", "content": one} for one in large]})
    contents = [message["content"] for message in found[0]["messages"]]
    assert contents == ["x", "12345678901234567890123", large[2]]
    found = mended({"prompt": "x", "completion": 12}, Format.COMPLETION)
    assert found == ({"prompt": "x", "completion": "12"}, [("number", "completion")])


@pytest.mark.parametrize(
    "text", ['{"a":1e999}', '{"a":[0.10,-0,1e2,12345678901234567890123,1.0]}', '{"a":"é 1e9"}']
)
def test_numbers_are_written_as_they_were(text: str) -> None:
    assert dumps(loads(text.encode())).decode() == text


@pytest.mark.parametrize("text", ["{", '{"a": NaN}', '{"a": "\\ue0f0", "b": 1e999}', "[" * 100_000])
def test_what_cannot_be_written_again_as_it_was_is_refused(text: str) -> None:
    with pytest.raises(NotExact):
        dumps(loads(text.encode()))


@pytest.mark.parametrize("text", ['{"a":"\ue0f012\ue0f1"}', '{"a":"\ue0f012\ue0f1","b":1.5}'])
def test_a_text_is_never_taken_for_a_number(text: str) -> None:
    assert dumps(loads(text.encode())).decode() == text


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1, "a": 2}',
        '[{"a": {"b": 1, "b": 2}, "c": 1e999}]',
        '{"a": NaN}',
        '"\ud800"',
    ],
)
def test_a_text_within_a_text_that_would_lose_something_is_refused(text: str) -> None:
    with pytest.raises(NotExact):
        loads_within(text)


@pytest.mark.parametrize(
    "text",
    [
        "{'a': 1, 'a': 2}",
        "[{1: 2}]",
        "[1e999]",
        "[0.12345678901234567890]",
        "[b'x']",
        "[" * 1_000,
        "f(1)",
    ],
)
def test_what_python_printed_and_json_cannot_hold_is_refused(text: str) -> None:
    with pytest.raises(NotExact):
        literal_within(text)


def test_what_python_printed_is_read_without_a_word(recwarn: pytest.WarningsRecorder) -> None:
    text = "[{'a': 'C:\\d', 'n': 123456789012345678901234, 'b': (True, None)}]"
    found = dumps(literal_within(text))
    assert found == rb'[{"a":"C:\\d","n":123456789012345678901234,"b":[true,null]}]'
    assert not recwarn.list


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["role", "content", "messages", "tools", "weight", "type", "text", "id", "x"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["messages", "input", "prompt", "tools", "x"]), VALUES))
def test_whatever_an_example_holds_is_mended_once(example: dict[str, Any]) -> None:
    for wanted in Format:
        once, _ = mended(example, wanted)
        assert mended(once, wanted) == (once, [])


def test_keys_without_a_value_are_left_out_whatever_their_name() -> None:
    example = answer() | {"metadata": None, "answer": None, "functions": []}
    found, done = mended(example)
    assert found == answer()
    assert sorted(done) == [("nulls", "answer"), ("nulls", "functions"), ("nulls", "metadata")]
    item = {**answer(), "answer": None}
    assert mended(item, Format.REINFORCEMENT) == (item, [])


def test_a_text_as_the_input_of_a_pair_becomes_the_message_of_a_user() -> None:
    outputs = {
        "preferred_output": [{"role": "assistant", "content": "a"}],
        "non_preferred_output": [{"role": "assistant", "content": "b"}],
    }
    found, done = mended({"input": "When?", **outputs}, Format.PREFERENCE)
    assert found == {"input": {"messages": [{"role": "user", "content": "When?"}]}, **outputs}
    assert done == [("outputs", "input")]
