"""What a value means is looked at, and a copy is promised only where it has one meaning."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from fttui.training_data.corrections import KINDS
from fttui.training_data.mending_values import mend_example
from fttui.training_data.profile import Limits
from unit.training_data.test_chat_rules import changed
from unit.training_data.training_samples import (
    CHAT,
    COMPLETION,
    PREFERENCE,
    REINFORCEMENT,
    TOOL,
    TOOLS,
    VISION,
    check,
    check_with,
    many,
    only,
)

CALL = "messages.2.tool_calls.0"
IMAGE = "messages.1.content.1"
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(30)).decode()
FIX = ": fttui check --fix OUT"
FLAT = {"name": "weather", "description": "d", "parameters": {"type": "object"}}
BLOCK = {"type": "base64", "media_type": "image/png", "data": PNG}

CERTAIN: list[tuple[dict[str, Any], str, Any, str, str]] = [
    (CHAT, "messages.2.weight", 1.0, "weight", "weight"),
    (CHAT, "messages.2.weight", True, "weight", "weight"),
    (CHAT, "messages.1.weight", 0, "weight", "weight"),
    (CHAT, "messages.1.role", "human", "message-role", "role"),
    (CHAT, "messages.1.role", " Human ", "message-role", "role"),
    (CHAT, "messages.1.role", "prompter", "message-role", "role"),
    (CHAT, "messages.2.role", "gpt", "message-role", "role"),
    (CHAT, "messages.2.role", "ChatGPT", "message-role", "role"),
    (CHAT, "messages.2.role", "model", "message-role", "role"),
    (CHAT, "messages.2.role", "Assistant", "message-role", "role"),
    (CHAT, "messages.0.role", "System", "message-role", "role"),
    (REINFORCEMENT, "messages.0.role", "system", "reinforcement-system", "role"),
    (CHAT, "messages.2.content", 42, "message-content", "number"),
    (COMPLETION, "completion", 0, "completion-value", "number"),
    (COMPLETION, "prompt", 7, "completion-value", "number"),
    (TOOLS, "tools.0", FLAT, "tools", "tools"),
    (TOOLS, "tools.0", {**FLAT, "type": "function", "strict": True}, "tools", "tools"),
    (TOOLS, "tools.0", {"name": "weather", "input_schema": {}}, "tools", "tools"),
    (TOOLS, f"{CALL}.function.arguments", {"city": "Rome"}, "tool-call", "arguments"),
    (
        TOOLS,
        f"{CALL}.function.arguments",
        json.dumps('{"city": "R"}'),
        "tool-arguments",
        "arguments",
    ),
    (
        TOOLS,
        "messages.3.content",
        [{"type": "text", "text": "dry"}],
        "message-content",
        "tool-text",
    ),
    (TOOLS, "messages.4.tool_calls", [], "tool-call", "nulls"),
    (CHAT, "messages.1.content", [{"type": "input_text", "text": "a"}], "content-part", "parts"),
    (CHAT, "messages.2.content", [{"type": "output_text", "text": "a"}], "content-part", "parts"),
    (
        CHAT,
        "messages.0.content",
        [{"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}}],
        "content-part",
        "parts",
    ),
    (VISION, f"{IMAGE}.image_url", "https://example.org/a.png", "content-part", "parts"),
    (VISION, f"{IMAGE}.image_url.url", PNG, "image-url", "parts"),
    (VISION, IMAGE, {"type": "image", "source": BLOCK}, "content-part", "parts"),
    (
        VISION,
        IMAGE,
        {"type": "input_image", "image_url": "https://a.org/b.png"},
        "content-part",
        "parts",
    ),
    (PREFERENCE, "preferred_output", "Hello.", "preference-output", "outputs"),
    (
        PREFERENCE,
        "preferred_output",
        {"role": "assistant", "content": "Hello."},
        "preference-output",
        "outputs",
    ),
    (
        PREFERENCE,
        "input.messages",
        {"role": "user", "content": "Hi"},
        "messages-missing",
        "outputs",
    ),
]


@pytest.mark.parametrize(("good", "path", "value", "rule", "mend"), CERTAIN)
def test_what_has_one_meaning_is_promised_to_be_mended(
    tmp_path: Path, good: dict[str, Any], path: str, value: Any, rule: str, mend: str
) -> None:
    report = check_with(tmp_path, changed(good, path, value), good)
    problem = next(one for one in report.of_rule(rule) if one.mend)
    assert problem.line == 12
    assert problem.mend == mend
    assert mend in KINDS
    assert problem.fix.endswith(FIX)


@pytest.mark.parametrize(
    ("good", "path", "value"),
    [
        (CHAT, "messages", json.dumps(CHAT["messages"])),
        (TOOLS, "tools", json.dumps([TOOL])),
    ],
)
def test_a_list_that_is_written_as_a_text_is_promised_to_be_read(
    tmp_path: Path, good: dict[str, Any], path: str, value: str
) -> None:
    (problem,) = check_with(tmp_path, changed(good, path, value), good).errors
    assert problem.line == 12
    assert problem.mend in ("json-text", "convert")
    assert problem.fix.endswith(FIX)


@pytest.mark.parametrize(
    ("good", "path", "value", "rule"),
    [
        (CHAT, "messages.2.weight", 0.5, "weight"),
        (CHAT, "messages.2.weight", "1", "weight"),
        (CHAT, "messages.1.role", "asistant", "message-role"),
        (CHAT, "messages.1.role", "narrator", "message-role"),
        (CHAT, "messages.2.content", 4.5, "message-content"),
        (CHAT, "messages.2.content", True, "message-content"),
        (CHAT, "messages.2.content", {"a": 1}, "message-content"),
        (COMPLETION, "completion", 4.5, "completion-value"),
        (CHAT, "messages", "Hi", "messages-missing"),
        (CHAT, "messages", '{"role": "user"}', "messages-missing"),
        (CHAT, "messages", {"role": "user", "content": "Hi"}, "messages-missing"),
        (TOOLS, "tools.0", {"name": "weather", "price": 1}, "tools"),
        (TOOLS, "tools.0", {"name": "weather", "type": "web_search"}, "tools"),
        (TOOLS, f"{CALL}.function.arguments", ["Rome"], "tool-call"),
        (TOOLS, f"{CALL}.function.arguments", '"Rome"', "tool-arguments"),
        (TOOLS, f"{CALL}.function.arguments", "[1]", "tool-arguments"),
        (TOOLS, f"{CALL}.function.arguments", "null", "tool-arguments"),
        (TOOLS, "messages.3.content", [{"type": "text", "text": "a"}] * 2, "message-content"),
        (VISION, f"{IMAGE}.image_url.url", PNG + "!", "image-url"),
        (VISION, IMAGE, {"type": "image", "source": {"type": "file"}}, "content-part"),
        (CHAT, "messages.1.content", [{"type": "input_text"}], "content-part"),
        (CHAT, "messages.1.content", [{"type": "text", "text": "a", "mood": 1}], "content-part"),
        (PREFERENCE, "preferred_output", 5, "preference-output"),
        (PREFERENCE, "preferred_output", {"text": "Hello."}, "preference-output"),
    ],
)
def test_what_a_person_has_to_decide_is_not(
    tmp_path: Path, good: dict[str, Any], path: str, value: Any, rule: str
) -> None:
    problem = check_with(tmp_path, changed(good, path, value), good).of_rule(rule)[0]
    assert (problem.line, problem.mend) == (12, "")
    assert problem.fix
    assert "--fix" not in problem.fix


@pytest.mark.parametrize("name", ["a.b", "ferry times", "x" * 65, "naïve", "f()"])
@pytest.mark.parametrize(
    ("path", "rule", "where"),
    [
        ("tools.0.function.name", "tools", "tools[0].function.name"),
        (f"{CALL}.function.name", "tool-call", "messages[2].tool_calls[0].function.name"),
        ("functions.0.name", "tools", "functions[0].name"),
        ("messages.2.function_call.name", "tool-call", "messages[2].function_call.name"),
    ],
)
def test_a_function_name_has_the_letters_that_endpoints_take(
    tmp_path: Path, path: str, rule: str, where: str, name: str
) -> None:
    more = {"functions": [{"name": "weather"}]} if path.startswith("functions") else {}
    good = TOOLS | more
    bad = changed(good, "messages.2.function_call", {"name": "weather", "arguments": "{}"})
    report = check_with(tmp_path, changed(bad, path, name), good)
    problem = next(one for one in report.of_rule(rule) if one.path == where)
    assert problem.severity == "error"
    assert "1 to 64 letters, digits, _ and -" in problem.message


def test_names_of_up_to_64_letters_are_taken(tmp_path: Path) -> None:
    for name in ("a", "get-weather_2", "x" * 64):
        good = changed(changed(TOOLS, "tools.0.function.name", name), f"{CALL}.function.name", name)
        assert not check_with(tmp_path, good, TOOLS).counts


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:8000/p.png",
        "https://127.0.0.1/p.png",
        "http://10.0.0.7/p.png",
        "http://192.168.1.5:9000/p.png",
        "http://[::1]/p.png",
        "http://169.254.169.254/p.png",
        "http://nas/p.png",
        "https://printer.local/p.png",
        "https://img.svc.internal/p.png",
        "https:///p.png",
        "http://[/p.png",
        "file:///home/me/p.png",
        "/home/me/p.png",
        "./img/p.png",
        "C:\\img\\p.png",
        "img/p.jpeg",
    ],
)
def test_an_image_that_nobody_outside_can_fetch_is_told(tmp_path: Path, url: str) -> None:
    report = check_with(tmp_path, changed(VISION, f"{IMAGE}.image_url.url", url), VISION)
    (problem,) = report.of_rule("image-url")
    assert (problem.line, problem.severity) == (12, "warning")
    assert "the endpoint cannot fetch" in problem.message


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/a.png",
        "https://8.8.8.8/a.png",
        "https://store.blob.core.windows.net/a/b.png?sp=r&se=2020-01-01",
        "http://xn--bcher-kva.example/a.webp",
        f"data:image/png;base64,{PNG}",
        f"data:image/jpeg;base64,{PNG}",
        f"DATA:image/PNG;base64,{PNG[:20]}\n{PNG[20:]}",
    ],
)
def test_an_image_that_can_be_had_is_not(tmp_path: Path, url: str) -> None:
    example = changed(VISION, f"{IMAGE}.image_url.url", url)
    assert not check_with(tmp_path, example, VISION).of_rule("image-url")
    assert not check_with(tmp_path, example, VISION).errors


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("not base64 at all!!", "is broken"),
        (PNG[:-1], "is broken"),
        (PNG.replace("R", "-"), "is broken"),
        ("é", "is broken"),
        ("", "is empty"),
        (base64.b64encode(b"GIF89a" + bytes(9)).decode(), "is GIF inside"),
        (base64.b64encode(b"%PDF-1.7 ").decode(), "is PDF inside"),
    ],
)
def test_a_picture_that_is_none_is_an_error(tmp_path: Path, data: str, words: str) -> None:
    bad = changed(VISION, f"{IMAGE}.image_url.url", f"data:image/png;base64,{data}")
    (problem,) = check_with(tmp_path, bad, VISION).of_rule("image-format")
    assert (problem.line, problem.severity) == (12, "error")
    assert words in problem.message


def test_a_picture_is_measured_by_what_its_text_stands_for(tmp_path: Path) -> None:
    for size, told in ((1200, 0), (1201, 1)):
        data = base64.b64encode(b"\x89PNG" + bytes(size - 4)).decode()
        bad = changed(VISION, f"{IMAGE}.image_url.url", f"data:image/png;base64,{data}")
        report = check_with(tmp_path, bad, VISION, limits=Limits(image_bytes=1200))
        assert report.counts.get("image-format", 0) == told


def test_arguments_that_are_encoded_twice_or_no_object_are_told(tmp_path: Path) -> None:
    for arguments, words in (
        ('"{\\"city\\": 1}"', "encoded twice"),
        ('"Rome"', "hold a text, not an object"),
        ("[]", "hold an empty list, not an object"),
        ("{", "not valid JSON"),
    ):
        bad = changed(TOOLS, f"{CALL}.function.arguments", arguments)
        assert words in only(check_with(tmp_path, bad, TOOLS), "tool-arguments").message


@pytest.mark.parametrize("prompt", ["", "  \n"])
def test_an_empty_prompt_is_told(tmp_path: Path, prompt: str) -> None:
    bad = changed(COMPLETION, "prompt", prompt)
    (problem,) = check_with(tmp_path, bad, COMPLETION).of_rule("prompt-empty")
    assert (problem.line, problem.path, problem.severity) == (12, "prompt", "warning")


def test_pictures_of_other_apis_count_and_belong_to_the_user_as_well(tmp_path: Path) -> None:
    block = {"type": "image", "source": BLOCK}
    bad = changed(VISION, "messages.1.content", [block] * 11)
    assert check_with(tmp_path, bad, VISION).counts["image-count"] == 1
    by_assistant = changed(CHAT, "messages.2.content", [block])
    assert check_with(tmp_path, by_assistant).counts["image-role"] == 1


def test_a_long_line_with_two_pictures_is_taken(tmp_path: Path) -> None:
    data = base64.b64encode(b"\x89PNG" + bytes(6_200_000)).decode()
    part = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}}
    long = changed(VISION, "messages.1.content", [part, part])
    assert check(tmp_path, [*many(VISION), long]).ok


NULLS: list[tuple[dict[str, Any], str, Any, str]] = [
    (PREFERENCE, "input.temperature", 1, "keys"),
    (CHAT, "messages.1.annotations", [], "nulls"),
    (CHAT, "messages.2.reasoning_content", None, "nulls"),
    (CHAT, "messages.2.images", [], "nulls"),
    (TOOLS, "tools.0.function.strict", None, "nulls"),
    (TOOLS, f"{CALL}.index", None, "nulls"),
    (VISION, "messages.1.content.0.image_url", None, "nulls"),
    (VISION, f"{IMAGE}.image_url.detail", None, "nulls"),
]


@pytest.mark.parametrize(
    ("good", "path", "value", "mend"),
    [*((good, path, value, mend) for good, path, value, _rule, mend in CERTAIN), *NULLS],
)
def test_what_is_promised_is_done_and_told_and_no_promise_is_left(
    tmp_path: Path, good: dict[str, Any], path: str, value: Any, mend: str
) -> None:
    example, done = changed(good, path, value), []
    wanted = check(tmp_path, many(good)).format
    assert wanted is not None
    mend_example(example, wanted, lambda kind, _name: done.append(kind))
    assert mend in done
    assert not [one for one in check_with(tmp_path, example, good).problems if one.mend]
