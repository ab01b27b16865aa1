"""The rules for one row of a training file, in each of the four formats."""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Mapping
from typing import Any

from .parameters import describe

_TOP_KEYS = frozenset({"messages", "tools", "parallel_tool_calls", "functions"})
_MESSAGE_KEYS = frozenset(
    {"role", "content", "name", "weight", "tool_calls", "function_call", "tool_call_id", "refusal"}
)
_OPTIONAL = ("tools", "functions", "parallel_tool_calls")
_OPTIONAL_IN_MESSAGES = (
    "name",
    "weight",
    "tool_calls",
    "function_call",
    "tool_call_id",
    "refusal",
    "audio",
)
_ROLES = ("system", "developer", "user", "assistant", "tool", "function")
_MAX_IMAGES = 10
_MAX_TEXT = 1000
_MAX_IMAGE_BYTES = 10_000_000
_FUNCTION_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_IMAGE_DATA = re.compile(r"data:(image/(?:jpeg|jpg|png|webp));base64,", re.IGNORECASE)


class InvalidFileError(Exception):
    """The first fault of a file; `unparsed` when a line could not even be read as JSON."""

    def __init__(
        self, message: str, *, code: str = "invalid_file_format", unparsed: bool = False
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.unparsed = unparsed


def check_row(format_: str, row: Mapping[str, Any], example: int) -> None:
    """Raises InvalidFileError for the first thing wrong with a row; `example` counts from 1."""
    _CHECKS[format_](row, f"Example {example}")


def _fault(text: str) -> InvalidFileError:
    # What is quoted from a row may be as long as the row.
    return InvalidFileError(f"Invalid file format. {text[:_MAX_TEXT]}")


def _only_keys(value: Mapping[str, Any], allowed: frozenset[str], where: str) -> None:
    for key in value:
        if key not in allowed:
            raise _fault(f'{where} contains an extra "{key}"')


def _need(value: Mapping[str, Any], key: str, where: str) -> Any:
    if key not in value:
        raise _fault(f"{where} is missing key '{key}'")
    return value[key]


def _list(value: object, where: str, name: str) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise _fault(f"{where}: '{name}' must be a list with at least one message")
    return value


def _without_nulls(value: Mapping[str, Any], optional: tuple[str, ...]) -> dict[str, Any]:
    """What is there of an object: an optional key that is null counts as absent."""
    return {key: item for key, item in value.items() if item is not None or key not in optional}


def _chat(row: Mapping[str, Any], where: str) -> None:
    row = _without_nulls(row, _OPTIONAL)
    messages = _list(_need(row, "messages", where), where, "messages")
    _only_keys(row, _TOP_KEYS, where)
    _tools(row, where)
    _conversation(messages, where)
    assistants = [message for message in messages if message["role"] == "assistant"]
    if not assistants:
        raise _fault(f"{where} must contain at least one message from the assistant")
    if all(message.get("weight") == 0 for message in assistants):
        raise _fault(f"{where} has no assistant message with a weight other than 0")


def _preference(row: Mapping[str, Any], where: str) -> None:
    given = _need(row, "input", where)
    outputs = [_need(row, key, where) for key in ("preferred_output", "non_preferred_output")]
    _only_keys(row, frozenset({"input", "preferred_output", "non_preferred_output"}), where)
    if not isinstance(given, dict):
        raise _fault(f"{where}: 'input' must be an object")
    given = _without_nulls(given, _OPTIONAL)
    messages = _list(_need(given, "messages", f"{where}, input"), f"{where}, input", "messages")
    _only_keys(given, _TOP_KEYS - {"functions"}, f"{where}, input")
    _tools(given, where)
    _conversation(messages, f"{where}, input")
    for name, output in zip(("preferred_output", "non_preferred_output"), outputs, strict=True):
        _output(_list(output, where, name), f"{where}, {name}")


def _output(messages: list[Any], where: str) -> None:
    _conversation(messages, where, answers_known_calls=False)
    roles = [message["role"] for message in messages]
    for role in roles:
        if role not in ("assistant", "tool"):
            raise _fault(f"{where}: role '{role}' is not one of 'assistant', 'tool'")
    if "assistant" not in roles:
        raise _fault(f"{where} must contain at least one message from the assistant")


def _reinforcement(row: Mapping[str, Any], where: str) -> None:
    row = _without_nulls(row, _OPTIONAL)
    messages = _list(_need(row, "messages", where), where, "messages")
    _tools(row, where)
    _conversation(messages, where)
    for message in messages:
        if message["role"] == "system":
            raise _fault("System messages are not supported in 'reinforcement' examples")
        if message["role"] == "function":
            raise _fault(f"{where}: role 'function' is not supported in 'reinforcement' examples")
    if messages[-1]["role"] != "user":
        raise _fault(f"{where}: the last message must be from the user")


def _completions(row: Mapping[str, Any], where: str) -> None:
    for key in ("prompt", "completion"):
        if not isinstance(_need(row, key, where), str):
            raise _fault(f"{where}: '{key}' must be a string")
    _only_keys(row, frozenset({"prompt", "completion"}), where)


def _tools(row: Mapping[str, Any], where: str) -> None:
    functions = row.get("functions")
    if functions is not None and not (isinstance(functions, list) and 1 <= len(functions) <= 128):
        raise _fault(f"{where}: 'functions' must be a list of 1 to 128 functions")
    for place, function in enumerate(functions or (), 1):
        _function_name(function, f"{where}, function {place}")
    tools = row.get("tools")
    if tools is None:
        return
    if not isinstance(tools, list):
        raise _fault(f"{where}: 'tools' must be a list")
    for place, tool in enumerate(tools, 1):
        function = tool.get("function") if isinstance(tool, dict) else None
        if not isinstance(function, dict) or not isinstance(function.get("name"), str):
            raise _fault(f"{where}, tool {place} must have a 'function' with a 'name'")
        _function_name(function, f"{where}, tool {place}")


def _function_name(function: object, where: str) -> None:
    name = function.get("name") if isinstance(function, dict) else None
    if not isinstance(name, str) or not _FUNCTION_NAME.fullmatch(name):
        raise _fault(f"{where}: 'name' must match the pattern '^[a-zA-Z0-9_-]{{1,64}}$'")


def _conversation(messages: list[Any], where: str, *, answers_known_calls: bool = True) -> None:
    calls: set[str] = set()
    images = 0
    for place, given in enumerate(messages, 1):
        spot = f"{where}, message {place}"
        if not isinstance(given, dict):
            raise _fault(f"{spot} must be an object")
        message = _without_nulls(given, _OPTIONAL_IN_MESSAGES)
        if not message.get("annotations", True):
            del message["annotations"]
        if "role" not in message:
            raise _fault(f"{spot} Discriminator 'role' is missing in value")
        role = message["role"]
        if role not in _ROLES:
            shown = role if isinstance(role, str) else describe(role)
            raise _fault(
                f"{spot} Value for role '{shown}' is not one of {', '.join(map(repr, _ROLES))}"
            )
        _only_keys(message, _MESSAGE_KEYS, spot)
        _weight(message, spot)
        images += _content(message, spot)
        calls.update(_tool_calls(message, spot))
        if role == "tool":
            answered = _need(message, "tool_call_id", spot)
            if not isinstance(answered, str):
                raise _fault(f"{spot}: 'tool_call_id' must be a string")
            if answers_known_calls and answered not in calls:
                raise _fault(f"{spot} answers the tool call '{answered}', which nobody made")
    if images > _MAX_IMAGES:
        raise _fault(f"{where} contains {images} images, but at most {_MAX_IMAGES} are allowed")


def _weight(message: Mapping[str, Any], where: str) -> None:
    if "weight" not in message:
        return
    weight = message["weight"]
    if message["role"] != "assistant":
        raise _fault(f'{where} contains an extra "weight"')
    if isinstance(weight, bool) or weight not in (0, 1):
        raise _fault(f"{where}: 'weight' must be 0 or 1")


def _content(message: Mapping[str, Any], where: str) -> int:
    """Checks the content and returns the number of images in it."""
    content = message.get("content")
    if content is None:
        if message["role"] == "assistant" and (
            message.get("tool_calls") or message.get("function_call") or message.get("refusal")
        ):
            return 0
        raise _fault(f"{where} is missing key 'content'")
    if isinstance(content, str):
        return 0
    if not isinstance(content, list) or message["role"] == "tool":
        kinds = "a string" if message["role"] == "tool" else "a string or a list of parts"
        raise _fault(f"{where}: 'content' must be {kinds}")
    images = 0
    for part in content:
        kind = part.get("type") if isinstance(part, dict) else None
        if kind == "image_url" and message["role"] == "user":
            images += 1
            url = part.get("image_url")
            if not isinstance(url, dict) or not isinstance(url.get("url"), str):
                raise _fault(f"{where}: an image part needs 'image_url' with a 'url'")
            _image(url["url"], where)
        elif kind == "image_url":
            raise _fault(f"{where}: images are only allowed in messages from the user")
        elif kind not in ("text", "refusal") or not isinstance(part.get(kind), str):
            raise _fault(f"{where}: a content part must be text or an image_url")
    return images


def _image(url: str, where: str) -> None:
    """Checks an image that is written out; one that has to be fetched is skipped in training."""
    found = _IMAGE_DATA.match(url)
    if found is None:
        if url[:5].lower() == "data:":
            raise _fault(f"{where}: an image must be JPEG, PNG or WEBP in base64")
        return
    data = "".join(url[found.end() :].splitlines())
    try:
        size = len(binascii.a2b_base64(data, strict_mode=True))
    except ValueError:
        size = 0
    if not 0 < size <= _MAX_IMAGE_BYTES:
        raise _fault(f"{where}: an image must be valid base64 of at most 10 MB")


def _tool_calls(message: Mapping[str, Any], where: str) -> list[str]:
    """Checks the tool calls of a message and returns their ids."""
    calls = message.get("tool_calls")
    if calls is None:
        return []
    if message["role"] != "assistant" or not isinstance(calls, list):
        raise _fault(f'{where} contains an extra "tool_calls"')
    ids = []
    for call in calls:
        function = call.get("function") if isinstance(call, dict) else None
        if (
            not isinstance(function, dict)
            or not isinstance(call.get("id"), str)
            or call.get("type") != "function"
            or not isinstance(function.get("name"), str)
            or not isinstance(function.get("arguments"), str)
        ):
            raise _fault(f"{where}: a tool call needs 'id', 'type' and 'function' with strings")
        _function_name(function, f"{where}, tool call '{call['id']}'")
        ids.append(call["id"])
    return ids


_CHECKS: dict[str, Callable[[Mapping[str, Any], str], None]] = {
    "chat": _chat,
    "preference": _preference,
    "reinforcement": _reinforcement,
    "completions": _completions,
}
