"""Each rule for chat examples catches the fault that it is meant for, and names its place."""

import copy
from pathlib import Path
from typing import Any

import pytest

from unit.training_data.training_samples import CHAT, TOOLS, VISION, check, check_with, many, only


def changed(example: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy of `example` with the value at a dotted path replaced, or removed for `...`."""
    made = copy.deepcopy(example)
    place: Any = made
    keys = [int(key) if key.isdigit() else key for key in path.split(".")]
    for key in keys[:-1]:
        place = place[key]
    if value is ...:
        del place[keys[-1]]
    else:
        place[keys[-1]] = value
    return made


@pytest.mark.parametrize("example", [CHAT, TOOLS, VISION], ids=["plain", "tools", "images"])
def test_a_good_example_breaks_no_rule(tmp_path: Path, example: dict[str, Any]) -> None:
    report = check(tmp_path, many(example))
    assert not report.errors
    assert set(report.counts) <= {"images-may-be-skipped"}
    assert report.examples == 60
    assert report.format == "chat"


IMAGE = "messages.1.content.1.image_url"
CALL = "messages.2.tool_calls.0"


@pytest.mark.parametrize(
    ("good", "path", "value", "rule", "where"),
    [
        (CHAT, "messages", ..., "messages-missing", ""),
        (CHAT, "messages", [], "messages-missing", "messages"),
        (CHAT, "messages", "Hi", "messages-missing", "messages"),
        (CHAT, "weight", 1, "unknown-key", "weight"),
        (CHAT, "comment", "x", "unknown-key", "comment"),
        (CHAT, "functions", [], "tools", "functions"),
        (CHAT, "messages.1", "Hi", "message-object", "messages[1]"),
        (CHAT, "messages.1.role", ..., "message-role", "messages[1]"),
        (CHAT, "messages.1.role", "asistant", "message-role", "messages[1].role"),
        (CHAT, "messages.1.role", 5, "message-role", "messages[1].role"),
        (CHAT, "messages.1.mood", "x", "message-key", "messages[1].mood"),
        (CHAT, "messages.1.name", 5, "message-value", "messages[1].name"),
        (CHAT, "messages.1.content", ..., "message-content", "messages[1]"),
        (CHAT, "messages.1.content", None, "message-content", "messages[1].content"),
        (CHAT, "messages.1.content", 5, "message-content", "messages[1].content"),
        (CHAT, "messages.1.content", [], "message-content", "messages[1].content"),
        (CHAT, "messages.2.content", None, "message-content", "messages[2].content"),
        (CHAT, "messages.2.content", "", "empty-output", "messages[2].content"),
        (CHAT, "messages.1.weight", 1, "weight", "messages[1].weight"),
        (CHAT, "messages.2.weight", 2, "weight", "messages[2].weight"),
        (CHAT, "messages.2.weight", 0.5, "weight", "messages[2].weight"),
        (CHAT, "messages.2.weight", True, "weight", "messages[2].weight"),
        (CHAT, "messages.2.weight", "1", "weight", "messages[2].weight"),
        (CHAT, "messages.2.weight", 0, "nothing-to-learn", "messages"),
        (CHAT, "messages.2", ..., "no-assistant-message", "messages"),
        (CHAT, "messages.1", ..., "no-user-message", "messages"),
        (CHAT, "messages.0", ..., "no-system-message", "messages"),
        (TOOLS, "tools", {}, "tools", "tools"),
        (TOOLS, "tools.0.type", "retrieval", "tools", "tools[0]"),
        (TOOLS, "tools.0.function.name", ..., "tools", "tools[0].function"),
        (TOOLS, "parallel_tool_calls", "no", "tools", "parallel_tool_calls"),
        (TOOLS, f"{CALL}.id", ..., "tool-call", "messages[2].tool_calls[0]"),
        (TOOLS, f"{CALL}.type", ..., "tool-call", "messages[2].tool_calls[0]"),
        (TOOLS, f"{CALL}.function.name", ..., "tool-call", "messages[2].tool_calls[0].function"),
        (
            TOOLS,
            f"{CALL}.function.arguments",
            {"city": "Rome"},
            "tool-call",
            "messages[2].tool_calls[0].function.arguments",
        ),
        (
            TOOLS,
            f"{CALL}.function.arguments",
            "{city: Rome}",
            "tool-arguments",
            "messages[2].tool_calls[0].function.arguments",
        ),
        (
            TOOLS,
            f"{CALL}.function.name",
            "wether",
            "tool-undeclared",
            "messages[2].tool_calls[0].function.name",
        ),
        (TOOLS, "messages.3.tool_call_id", "call_2", "tool-call-id", "messages[3].tool_call_id"),
        (TOOLS, "messages.3.tool_call_id", ..., "tool-call-id", "messages[3]"),
        (TOOLS, "messages.3", ..., "tool-call-unanswered", "messages[2].tool_calls[0]"),
        (VISION, "messages.1.content.0.text", 5, "content-part", "messages[1].content[0].text"),
        (VISION, "messages.1.content.0.type", ..., "content-part", "messages[1].content[0]"),
        (
            VISION,
            "messages.1.content.1.type",
            "audio",
            "content-part",
            "messages[1].content[1].type",
        ),
        (VISION, "messages.1.content.0", "Hi", "content-part", "messages[1].content[0]"),
        (VISION, IMAGE, "https://x/a.png", "content-part", "messages[1].content[1].image_url"),
        (VISION, f"{IMAGE}.url", ..., "content-part", "messages[1].content[1].image_url"),
        (
            VISION,
            f"{IMAGE}.detail",
            "max",
            "content-part",
            "messages[1].content[1].image_url.detail",
        ),
        (
            VISION,
            f"{IMAGE}.url",
            "ftp://x/a.png",
            "image-url",
            "messages[1].content[1].image_url.url",
        ),
        (
            VISION,
            f"{IMAGE}.url",
            "http://x/a.gif",
            "image-url",
            "messages[1].content[1].image_url.url",
        ),
        (
            VISION,
            f"{IMAGE}.url",
            "data:image/gif;base64,AAAA",
            "image-format",
            "messages[1].content[1].image_url.url",
        ),
        (VISION, "messages.1.role", "assistant", "image-role", "messages[1].content[1]"),
    ],
)
def test_a_fault_is_found_with_its_line_example_and_path(
    tmp_path: Path, good: dict[str, Any], path: str, value: Any, rule: str, where: str
) -> None:
    report = check_with(tmp_path, changed(good, path, value), good)
    (problem,) = report.of_rule(rule)
    assert (problem.line, problem.example, problem.path) == (12, 12, where)
    assert problem.message
    assert problem.fix


FUNCTION = {"name": "weather", "parameters": {}}
CALLED = {"name": "weather", "arguments": "{}"}


@pytest.mark.parametrize(
    ("path", "value", "rule", "where", "words"),
    [
        ("tools", 5, "tools", "tools", "tools is a list of tools, not a number"),
        ("tools.0", "weather", "tools", "tools[0]", "a tool is an object, not a text"),
        ("tools.0.type", ..., "tools", "tools[0]", 'the type of a tool is "function", not missing'),
        ("tools.0.function", ..., "tools", "tools[0].function", "a function is an object"),
        ("tools.0.function.name", "", "tools", "tools[0].function", "the function has no name"),
        (
            "tools.0.function.parameters",
            [],
            "tools",
            "tools[0].function.parameters",
            "parameters is a JSON schema object, not an empty list",
        ),
        ("functions", {}, "tools", "functions", "a list of 1 to 128 functions, not an object"),
        ("functions", [FUNCTION] * 129, "tools", "functions", "1 to 128 functions, not 129"),
        ("functions", ["weather"], "tools", "functions[0]", "a function is an object, not a text"),
        (
            "messages.2.tool_calls",
            [],
            "tool-call",
            "messages[2].tool_calls",
            "tool_calls is a list of calls, not an empty list",
        ),
        (
            "messages.2.tool_calls.0",
            "weather",
            "tool-call",
            "messages[2].tool_calls[0]",
            "a tool call is an object, not a text",
        ),
        (f"{CALL}.id", "", "tool-call", "messages[2].tool_calls[0]", "the tool call has no id"),
        (
            f"{CALL}.type",
            "code",
            "tool-call",
            "messages[2].tool_calls[0]",
            'the type of a tool call is "function", not "code"',
        ),
        (
            f"{CALL}.mood",
            "x",
            "tool-call",
            "messages[2].tool_calls[0]",
            'a tool call has no key "mood"',
        ),
        (
            f"{CALL}.function",
            "weather",
            "tool-call",
            "messages[2].tool_calls[0].function",
            "function is an object, not a text",
        ),
        (
            f"{CALL}.function.arguments",
            ...,
            "tool-call",
            "messages[2].tool_calls[0].function.arguments",
            "arguments is a text that holds JSON, not missing",
        ),
        (
            "messages.2.function_call",
            "weather",
            "tool-call",
            "messages[2].function_call",
            "function is an object, not a text",
        ),
        (
            "messages.2.function_call",
            {"name": "wether", "arguments": "{}"},
            "tool-undeclared",
            "messages[2].function_call.name",
            'the function "wether" is not declared',
        ),
        (
            "messages.1.tool_calls",
            [{"id": "x", "type": "function", "function": CALLED}],
            "tool-call",
            "messages[1].tool_calls",
            "a user message cannot call tools",
        ),
        (
            "messages.1.function_call",
            CALLED,
            "tool-call",
            "messages[1].function_call",
            "a user message cannot call tools",
        ),
        ("messages.3.tool_call_id", "", "tool-call-id", "messages[3]", "has no tool_call_id"),
        (
            "messages.3",
            {"role": "function", "content": "dry"},
            "message-value",
            "messages[3]",
            "a function message has the name of the function",
        ),
        ("messages.2.refusal", 5, "message-value", "messages[2].refusal", "must be a text"),
        ("messages.2.name", 5, "message-value", "messages[2].name", "must be a text"),
    ],
)
def test_a_fault_of_tools_is_told_in_words(
    tmp_path: Path, path: str, value: Any, rule: str, where: str, words: str
) -> None:
    report = check_with(tmp_path, changed(TOOLS, path, value), TOOLS)
    problem = report.of_rule(rule)[0]
    assert (problem.line, problem.path) == (12, where)
    assert words in problem.message


def test_the_id_of_a_tool_call_is_used_once(tmp_path: Path) -> None:
    call = TOOLS["messages"][2]["tool_calls"][0]
    report = check_with(tmp_path, changed(TOOLS, "messages.2.tool_calls", [call, call]), TOOLS)
    problem = only(report, "tool-call")
    assert problem.path == "messages[2].tool_calls[1].id"
    assert problem.message == 'the id "call_1" is used twice'
    other = {**call, "id": "call_2"}
    answers = [{**TOOLS["messages"][3], "tool_call_id": f"call_{at}"} for at in (1, 2)]
    good = changed(TOOLS, "messages.2.tool_calls", [call, other])
    good["messages"][3:4] = answers
    assert not check_with(tmp_path, good, TOOLS).errors


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("messages.2.refusal", None),
        ("messages.4.refusal", "I will not."),
        ("messages.2.content", None),
        ("messages.2.content", ""),
        (f"{CALL}.index", 0),
        ("parallel_tool_calls", True),
        ("parallel_tool_calls", ...),
        ("tools.0.function.parameters", ...),
        ("messages.1.name", "anna"),
    ],
)
def test_what_is_allowed_beside_the_usual_is_no_fault(
    tmp_path: Path, path: str, value: Any
) -> None:
    assert not check_with(tmp_path, changed(TOOLS, path, value), TOOLS).counts


def test_an_answer_may_be_a_refusal_alone(tmp_path: Path) -> None:
    refused = {"role": "assistant", "refusal": "I will not."}
    assert not check_with(tmp_path, changed(CHAT, "messages.2", refused)).counts
    none = {"role": "assistant", "content": None, "refusal": None}
    report = check_with(tmp_path, changed(CHAT, "messages.2", none))
    assert only(report, "message-content").path == "messages[2].content"


@pytest.mark.parametrize("count", [1, 128])
def test_the_older_functions_are_taken_too(tmp_path: Path, count: int) -> None:
    functions = [{**FUNCTION, "name": f"f{at}"} for at in range(count)]
    example = {
        "messages": [
            *CHAT["messages"][:2],
            {"role": "assistant", "function_call": {"name": "f0", "arguments": "{}"}},
            {"role": "function", "name": "f0", "content": "dry"},
            {"role": "assistant", "content": "No."},
        ],
        "functions": functions,
    }
    assert not check_with(tmp_path, example).errors
    undeclared = changed(example, "messages.2.function_call.name", "f128")
    assert only(check_with(tmp_path, undeclared, example), "tool-undeclared").line == 12


def test_exactly_the_most_images_are_taken(tmp_path: Path) -> None:
    part = VISION["messages"][1]["content"][1]
    text = VISION["messages"][1]["content"][0]
    for count, told in ((10, 0), (11, 1)):
        example = changed(VISION, "messages.1.content", [text, *[part] * count])
        assert check_with(tmp_path, example, VISION).counts.get("image-count", 0) == told


def test_a_misspelt_role_is_corrected_in_the_fix(tmp_path: Path) -> None:
    bad = changed(CHAT, "messages.1.role", "asistant")
    problem = check_with(tmp_path, bad).of_rule("message-role")[0]
    assert problem.message == (
        'role "asistant" is not one of system, developer, user, assistant, tool, function'
    )
    assert problem.fix == 'write "assistant"'


def test_a_blank_line_keeps_line_and_example_numbers_apart(tmp_path: Path) -> None:
    content = b"\n\n" + check_lines(many(CHAT, 12)) + b"\n[]\n" + check_lines(many(CHAT))
    report = check(tmp_path, content)
    problem = report.of_rule("json-object")[0]
    assert (problem.line, problem.example) == (16, 13)
    assert [found.line for found in report.of_rule("blank-line")] == [1, 2, 15]
    assert [found.example for found in report.of_rule("blank-line")] == [None, None, None]
    assert content[problem.offset :].startswith(b"[]")


def check_lines(examples: list[dict[str, Any]]) -> bytes:
    from unit.training_data.training_samples import lines

    return lines(examples)


def test_all_problems_are_counted_and_the_first_hundred_of_each_rule_listed(
    tmp_path: Path,
) -> None:
    report = check(tmp_path, many(CHAT, 40) + [{"messages": n} for n in range(250)])
    assert report.counts["messages-missing"] == 250
    assert report.error_count == 250
    listed = report.of_rule("messages-missing")
    assert [problem.line for problem in listed] == list(range(41, 141))


def test_one_line_can_break_several_rules(tmp_path: Path) -> None:
    bad = {"messages": [{"role": "usr", "content": 5, "mood": 1}], "extra": 1}
    report = check_with(tmp_path, bad)
    rules = {problem.rule for problem in report.problems if problem.line == 12}
    assert rules == {"message-role", "message-content", "message-key", "unknown-key"}


def test_different_system_prompts_are_told_once(tmp_path: Path) -> None:
    report = check_with(tmp_path, changed(CHAT, "messages.0.content", "Be long."))
    problem = only(report, "system-prompts-differ")
    assert problem.line == 12
    assert report.system_prompts == 2


def test_tools_in_some_examples_only_are_told_once(tmp_path: Path) -> None:
    problem = only(check_with(tmp_path, TOOLS), "tools-in-some-examples")
    assert problem.line == 12


def test_an_endpoint_may_take_more_images(tmp_path: Path) -> None:
    from fttui.training_data.check import Limits

    part = VISION["messages"][1]["content"][1]
    bad = changed(VISION, "messages.1.content", [part] * 11)
    assert check_with(tmp_path, bad, VISION).counts["image-count"] == 1
    report = check_with(tmp_path, bad, VISION, limits=Limits(images_per_example=64))
    assert "image-count" not in report.counts


def test_only_an_example_with_an_image_counts_as_one_with_images(tmp_path: Path) -> None:
    parts = [{"type": "text", "text": "Hi"}, {"type": "text", "text": "there"}]
    in_parts = changed(CHAT, "messages.1.content", parts)
    report = check(tmp_path, [*many(CHAT), in_parts, VISION, *many(CHAT, 10)])
    assert report.with_images == 1
    (problem,) = report.of_rule("images-may-be-skipped")
    assert (problem.line, problem.message) == (62, "1 example with images")


def test_exactly_the_most_examples_with_images_are_taken(tmp_path: Path) -> None:
    from fttui.training_data.check import Limits

    for most, told in ((12, 0), (11, 1)):
        limits = Limits(examples_with_images=most)
        report = check(tmp_path, many(VISION, 12), limits=limits)
        assert report.counts.get("too-many-examples", 0) == told


def test_the_last_message_should_be_the_assistants(tmp_path: Path) -> None:
    longer = changed(CHAT, "messages", [*CHAT["messages"], {"role": "user", "content": "Bye"}])
    problem = only(check_with(tmp_path, longer), "last-message")
    assert problem.path == "messages[3]"
