"""OpenAI's messages in the shape that chat templates of open models know."""

from __future__ import annotations

import json
from typing import Any

from .failure import RowFaultError

Message = dict[str, Any]

ROLES = {"developer": "system", "function": "tool"}
"""Roles that no template knows, and what stands for them."""


def normal_messages(given: Any) -> tuple[list[Message], list[int]]:
    """The messages and the weight of each of the assistant's (1 where none is named).

    Raises RowFaultError for what no text model can be trained on.
    """
    if not isinstance(given, list) or not given:
        raise RowFaultError("has no messages")
    messages: list[Message] = []
    weights: list[int] = []
    for message in given:
        role = ROLES.get(message["role"], message["role"])
        if role not in ("system", "user", "assistant", "tool"):
            raise RowFaultError(f"has a message of the role '{str(role)[:40]}', which is unknown")
        normal: Message = {"role": role, "content": _text(message)}
        if isinstance(message.get("name"), str):
            normal["name"] = message["name"]
        if role == "tool" and isinstance(message.get("tool_call_id"), str):
            normal["tool_call_id"] = message["tool_call_id"]
        if role == "assistant":
            weights.append(0 if message.get("weight") == 0 else 1)
            calls = _calls(message)
            if calls:
                normal["tool_calls"] = calls
        messages.append(normal)
    _name_tools(messages)
    return messages, weights


def _text(message: Message) -> str:
    content = message.get("content")
    if content is None:
        refusal = message.get("refusal")
        return refusal if isinstance(refusal, str) else ""
    if isinstance(content, str):
        return content
    texts = []
    for part in content:
        kind = part["type"]
        if kind not in ("text", "refusal"):
            raise RowFaultError(
                f"holds a part of the type '{str(kind)[:40]}'; only text can be used here"
            )
        texts.append(part[kind])
    return "".join(texts)


def _calls(message: Message) -> list[dict[str, Any]]:
    calls = [
        {
            "id": str(call.get("id", "")),
            "type": "function",
            "function": _function(call["function"]),
        }
        for call in message.get("tool_calls") or []
    ]
    old = message.get("function_call")
    if old:
        calls.append({"id": "", "type": "function", "function": _function(old)})
    return calls


def _function(given: dict[str, Any]) -> dict[str, Any]:
    """The name of the function and its arguments as values where the text of them is JSON."""
    name, text = given["name"], given.get("arguments", "{}")
    if not isinstance(name, str) or not isinstance(text, str):
        raise TypeError("a call is texts")
    try:
        arguments = json.loads(text) if text.strip() else {}
    except (ValueError, RecursionError):
        arguments = text
    return {"name": name, "arguments": arguments if isinstance(arguments, dict) else text}


def _name_tools(messages: list[Message]) -> None:
    """Some templates show which function answered; OpenAI's messages say only which call."""
    names: dict[str, str] = {}
    for message in messages:
        for call in message.get("tool_calls", ()):
            if call["id"]:
                names[call["id"]] = call["function"]["name"]
        known = names.get(message.get("tool_call_id", ""))
        if message["role"] == "tool" and known is not None:
            message.setdefault("name", known)


def normal_tools(row: dict[str, Any]) -> list[dict[str, Any]] | None:
    """The tools of a row, the older `functions` among them; None where it has none."""
    tools = list(row.get("tools") or [])
    tools += [{"type": "function", "function": each} for each in row.get("functions") or []]
    return tools or None


def with_argument_texts(messages: list[Message]) -> list[Message]:
    """The same messages with each call's arguments as the JSON text that OpenAI has."""
    changed = []
    for message in messages:
        if "tool_calls" in message:
            calls = []
            for call in message["tool_calls"]:
                function = call["function"]
                if not isinstance(function["arguments"], str):
                    text = json.dumps(function["arguments"], ensure_ascii=False)
                    function = {**function, "arguments": text}
                calls.append({**call, "function": function})
            message = {**message, "tool_calls": calls}
        changed.append(message)
    return changed


def with_parts(messages: list[Message]) -> list[Message]:
    """The same messages with each content as a list of parts, as models that see images want."""
    return [
        {**message, "content": [{"type": "text", "text": message["content"]}]}
        for message in messages
    ]


def leaves(value: Any) -> list[Any]:
    """What stands in the arguments of a call: keys, texts, numbers and words, in order."""
    if isinstance(value, dict):
        return [each for key, item in value.items() for each in (key, *leaves(item))]
    if isinstance(value, list):
        return [each for item in value for each in leaves(item)]
    return [value]
