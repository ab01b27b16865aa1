"""An example as the conversation that it is: who says what, for a person to read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from fttui.terminal.language import _
from fttui.terminal.text import safe
from fttui.training_data.profile import CHAT_KEYS, PREFERENCE_KEYS, Format, format_of
from fttui.training_data.wording import key_path

_LONGEST_TEXT = 100_000
_LONGEST_NAME = 60
_MOST_TURNS = 2_000
_MOST_SIMPLE = 200
"""Characters of arguments that are written in one line, `name: value`."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What one says; every text in it is safe to print.

    `part` is the part of the example that it begins, "" within one. `texts` are what is said, each
    with its kind: `text`, or `call`, `image`, `refusal` and `data` for what is no plain text.
    `path` is its JSON path, and `counted` what its tokens are counted of.
    """

    role: str
    texts: tuple[tuple[str, str], ...]
    path: str = ""
    part: str = ""
    notes: tuple[str, ...] = ()
    counted: Any = None


def turns_of(example: Any) -> tuple[Turn, ...]:
    """The turns of an example of any format that is known; none for anything else."""
    if not isinstance(example, dict):
        return ()
    kind = format_of(example)
    if kind is Format.COMPLETION:
        return tuple(_completion(example))
    if kind is Format.PREFERENCE:
        return tuple(_preference(example))
    if kind is None or not isinstance(example.get("messages"), list):
        return ()
    return (*_tools(example, ""), *_messages(example["messages"], "messages"), *_items(example))


def _completion(example: Mapping[str, Any]) -> Iterator[Turn]:
    for key in ("prompt", "completion"):
        if key in example:
            text = example[key]
            yield Turn(key, (_text(text),), key, counted=text)


_PARTS = {"preferred_output": _("preferred"), "non_preferred_output": _("not preferred")}


def _preference(example: Mapping[str, Any]) -> Iterator[Turn]:
    given = example.get("input")
    if isinstance(given, dict):
        yield from _tools(given, "input.")
        yield from _messages(given.get("messages"), "input.messages", _("asked"))
    for key in PREFERENCE_KEYS[1:]:
        yield from _messages(example.get(key), key, _PARTS[key])


def _tools(example: Mapping[str, Any], path: str) -> Iterator[Turn]:
    """What the assistant may call."""
    for key in ("tools", "functions"):
        declared = example.get(key)
        if isinstance(declared, list) and declared:
            texts = tuple(("data", _signature(tool)) for tool in declared)
            yield Turn(key, texts, f"{path}{key}", counted=orjson.dumps(declared).decode())


def _signature(tool: Any) -> str:
    """A tool as it is called: `find_order(order)`."""
    function = tool.get("function", tool) if isinstance(tool, dict) else None
    if not isinstance(function, dict) or "name" not in function:
        return _data(tool)
    parameters = function.get("parameters")
    known = parameters.get("properties") if isinstance(parameters, dict) else None
    names = ", ".join(map(_name, known)) if isinstance(known, dict) else ""
    return f"{_name(function['name'])}({names})"


def _messages(messages: Any, path: str, part: str = "") -> Iterator[Turn]:
    if not isinstance(messages, list):
        return
    for index, message in enumerate(messages[:_MOST_TURNS]):
        yield _turn(message, f"{path}[{index}]", "" if index else part)
    if len(messages) > _MOST_TURNS:
        more = _("{count:,} more messages", count=len(messages) - _MOST_TURNS)
        yield Turn("…", (("data", more),), path)


def _turn(message: Any, path: str, part: str) -> Turn:
    if not isinstance(message, dict):
        return Turn(_("no message"), (("data", _data(message)),), path, part)
    role = _name(message.get("role")) or _("no role")
    notes = tuple(_notes(message))
    return Turn(role, tuple(_said(message)), path, part, notes, message)


def _notes(message: Mapping[str, Any]) -> Iterator[str]:
    if message.get("name") is not None:
        yield _("name {name}", name=_name(message["name"]))
    if message.get("tool_call_id") is not None:
        yield _("answers {call}", call=_name(message["tool_call_id"]))
    weight = message.get("weight")
    if weight == 0 and type(weight) is int:
        yield _("weight 0: not learned")
    elif weight is not None:
        yield _("weight {weight}", weight=_data(weight))


def _said(message: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    content = message.get("content")
    if isinstance(content, list):
        yield from map(_part, content)
    elif content is not None:
        yield _text(content)
    if message.get("refusal") is not None:
        yield "refusal", _("refusal: {text}", text=_text(message["refusal"])[1])
    calls = message.get("tool_calls")
    for call in calls if isinstance(calls, list) else ():
        yield "call", _call(call)
    if message.get("function_call") is not None:
        yield "call", _call({"function": message["function_call"]})


def _part(part: Any) -> tuple[str, str]:
    if isinstance(part, dict) and isinstance(part.get("text"), str):
        return _text(part["text"])
    image = part.get("image_url") if isinstance(part, dict) else None
    if image is None:
        return "data", _data(part)
    url = image.get("url") if isinstance(image, dict) else image
    detail = image.get("detail") if isinstance(image, dict) else None
    where = _inline(url) if isinstance(url, str) else _data(url)
    if detail is None:
        return "image", _("image {where}", where=where)
    return "image", _("image {where}, detail {detail}", where=where, detail=_name(detail))


def _inline(url: str) -> str:
    """An address as it is; of an image in the file itself its kind and size."""
    head, comma, body = url.partition(",")
    if head[:5].lower() != "data:" or not comma:
        return safe(url, maxlen=300)
    size = len(body) * 3 // 4
    return _("in the file, {kind}, {size:,} bytes", kind=_name(head[5:].split(";")[0]), size=size)


def _call(call: Any) -> str:
    """A call as a person writes it: `find_order(order: "HS-10023")`, and its id."""
    function = call.get("function") if isinstance(call, dict) else None
    if not isinstance(function, dict):
        return _data(call)
    name = _name(function.get("name")) or "?"
    written = f"{name}({_arguments(function.get('arguments'))})"
    return f"{written}  {_name(call['id'])}" if call.get("id") is not None else written


def _arguments(arguments: Any) -> str:
    value = arguments
    if isinstance(arguments, str):
        try:
            value = json.loads(arguments)
        except (ValueError, RecursionError):
            return safe(arguments, maxlen=_LONGEST_TEXT)
    if isinstance(value, dict) and len(str(arguments)) <= _MOST_SIMPLE:
        return ", ".join(f"{_name(key)}: {_data(one)}" for key, one in value.items())
    return _data(value)


def _items(example: Mapping[str, Any]) -> Iterator[Turn]:
    """What a grader is given beside the messages, and whatever else a row holds."""
    for key, value in example.items():
        if key not in CHAT_KEYS and value is not None:
            text = _text(value) if isinstance(value, str) else ("data", _data(value))
            yield Turn(_name(key), (text,), key_path("", key), _("beside the messages"))


def _text(value: Any) -> tuple[str, str]:
    if isinstance(value, str):
        return "text", safe(value, newlines=True, maxlen=_LONGEST_TEXT)
    return "data", _data(value)


def _data(value: Any) -> str:
    try:
        written = json.dumps(value, ensure_ascii=False)
    except (ValueError, RecursionError, TypeError):
        written = type(value).__name__
    return safe(written, maxlen=_LONGEST_TEXT)


def _name(value: Any) -> str:
    """A short text; "" for none."""
    if value is None:
        return ""
    return safe(value if isinstance(value, str) else _data(value), maxlen=_LONGEST_NAME)
