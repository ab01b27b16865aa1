"""The certain corrections of an example: what is written in another way than endpoints take it.

Each has one meaning only: a role of another tool, a key that holds nothing, arguments as an object.
What a person has to decide is left as it is, and the check of the copy tells it.
"""

import base64
import binascii
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from fttui.training_data.conversation import MESSAGE_KEYS, ROLES
from fttui.training_data.exact import NotExact, dumps, loads_within, value_within, whole_number
from fttui.training_data.key_names import (
    HOLDS_NOTHING,
    MEANINGLESS,
    MEANINGLESS_IN_MESSAGES,
    MEANINGLESS_IN_PARTS,
    ROLE_OF,
)
from fttui.training_data.nulls import (
    OPTIONAL,
    SILENT,
    leave_out_nulls_of_tools,
    leave_out_nulls_within,
)
from fttui.training_data.profile import (
    CHAT_KEYS,
    OLD_PREFERENCE_KEYS,
    PREFERENCE_KEYS,
    Format,
)

_COMPLETION_KEYS = ("prompt", "completion")
_PICTURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"RIFF", "image/webp"),
)
_TEXT_PARTS = frozenset({"input_text", "output_text"})

Note = Callable[[str, str], None]
"""Takes the name of a correction and the name of the key that it is made to, or ""."""


def mend_example(example: dict[str, Any], wanted: Format, note: Note) -> None:
    """Correct an example of a file in `wanted` format, in place, and note each correction."""
    _respell(example, _KEYS[wanted], note)
    if wanted is not Format.REINFORCEMENT:
        for key in [key for key in example if key not in _KEYS[wanted] and example[key] is None]:
            del example[key]
            note("nulls", key)
    if wanted is Format.COMPLETION:
        _texts(example, _COMPLETION_KEYS, note)
        _leave_out(example, MEANINGLESS, note)
        return
    prompt = example
    if wanted is Format.PREFERENCE:
        prompt = _mend_pair(example, note)
    _mend_prompt(prompt, note)
    if wanted is not Format.REINFORCEMENT:
        _leave_out(example, MEANINGLESS, note)
        _leave_out(prompt, MEANINGLESS, note)
    messages = prompt.get("messages")
    _mend_messages(messages, note, "developer" if wanted is Format.REINFORCEMENT else "")
    if wanted is Format.PREFERENCE:
        for key in PREFERENCE_KEYS[1:]:
            _mend_messages(example.get(key), note)


_KEYS = {
    Format.CHAT: tuple(CHAT_KEYS),
    Format.REINFORCEMENT: ("messages", "tools"),
    Format.PREFERENCE: (*PREFERENCE_KEYS, *OLD_PREFERENCE_KEYS),
    Format.COMPLETION: _COMPLETION_KEYS,
}


def _respell(container: dict[str, Any], known: tuple[str, ...], note: Note) -> None:
    """Write keys as they are known that differ only by case or white space around them."""
    renamed = {}
    for key in container:
        plain = key.strip().lower()
        if key not in known and plain in known and plain not in container:
            renamed[key] = plain
    _rename(container, renamed, note)


def _rename(container: dict[str, Any], names: dict[str, str], note: Note) -> None:
    """Give keys other names and leave all of them in their places."""
    if not names or len(set(names.values())) < len(names):
        return
    pairs = [(names.get(key, key), value) for key, value in container.items()]
    container.clear()
    container.update(pairs)
    for old in names:
        note("names", old)


def _leave_out(container: dict[str, Any], keys: frozenset[str], note: Note) -> None:
    for key in container.keys() & keys:
        del container[key]
        note("keys", key)


def _mend_pair(example: dict[str, Any], note: Note) -> dict[str, Any]:
    """Correct the frame of a preference example; returns what holds its messages."""
    old = {key: new for key, new in OLD_PREFERENCE_KEYS.items() if key in example}
    _rename(example, {key: new for key, new in old.items() if new not in example}, note)
    for key in PREFERENCE_KEYS[1:]:
        output = example.get(key)
        if isinstance(output, str):
            example[key] = [{"role": "assistant", "content": output}]
            note("outputs", key)
        elif isinstance(output, dict) and "role" in output:
            example[key] = [output]
            note("outputs", key)
    prompt = example.get("input")
    if isinstance(prompt, str):
        prompt = example["input"] = {"messages": [{"role": "user", "content": prompt}]}
        note("outputs", "input")
    if not isinstance(prompt, dict):
        return {}
    if isinstance(prompt.get("messages"), dict) and "role" in prompt["messages"]:
        prompt["messages"] = [prompt["messages"]]
        note("outputs", "input.messages")
    _respell(prompt, ("messages", "tools", "parallel_tool_calls"), note)
    return prompt


def _mend_prompt(prompt: dict[str, Any], note: Note) -> None:
    """Correct what stands beside the messages, and messages that are written as a text."""
    for key in OPTIONAL:
        if key in prompt and (prompt[key] is None or (key == "functions" and not prompt[key])):
            del prompt[key]
            note("nulls", key)
    for key in ("messages", "tools"):
        if isinstance(prompt.get(key), str) and isinstance(held := value_within(prompt[key]), list):
            prompt[key] = held
            note("json-text", key)
    tools = prompt.get("tools")
    for key in sorted(leave_out_nulls_of_tools(tools)):
        note("nulls", key)
    if isinstance(tools, list):
        for index, tool in enumerate(tools):
            if (meant := _tool_meant(tool)) is not None:
                tools[index] = meant
                note("tools", "")


def _tool_meant(tool: Any) -> dict[str, Any] | None:
    """A tool of the Responses API or of Anthropic's as chat takes it; None for any other."""
    if not isinstance(tool, dict) or "function" in tool or not isinstance(tool.get("name"), str):
        return None
    if tool.get("type", "function") not in ("function", "custom"):
        return None
    rest = {key: value for key, value in tool.items() if key != "type"}
    if "input_schema" in rest and "parameters" not in rest:
        rest = {("parameters" if key == "input_schema" else key): v for key, v in rest.items()}
    for key in MEANINGLESS_IN_PARTS:
        rest.pop(key, None)
    if not rest.keys() <= {"name", "description", "parameters", "strict"}:
        return None
    return {"type": "function", "function": rest}


def _mend_messages(messages: Any, note: Note, system: str = "") -> None:
    """Correct each message; `system` is the role that takes the place of a system message's."""
    if not isinstance(messages, list):
        return
    for message in messages:
        if isinstance(message, dict):
            _respell(message, MESSAGE_KEYS, note)
            _mend_role(message, system, note)
            _mend_keys(message, note)
            _mend_calls(message, note)
            _mend_content(message, note)
            for key in sorted(leave_out_nulls_within(message)):
                note("nulls", key)


def _mend_role(message: dict[str, Any], system: str, note: Note) -> None:
    role = message.get("role")
    if not isinstance(role, str):
        return
    meant = ROLE_OF.get(role.strip().lower(), role)
    if system and meant == "system":
        meant = system
    if meant != role:
        message["role"] = meant
        note("role", role)


def _mend_keys(message: dict[str, Any], note: Note) -> None:
    is_answer = message.get("role") == "assistant"
    for key in list(message):
        value = message[key]
        nothing = value is None and key not in ("role", "content")
        if key in HOLDS_NOTHING and value in ([], {}, ""):
            nothing = True
        if nothing and not (is_answer and key in SILENT and value is None):
            del message[key]
            note("nulls", key)
    _leave_out(message, MEANINGLESS_IN_MESSAGES, note)
    if "weight" in message and "role" in message:
        weight = message["weight"]
        if not is_answer and message["role"] in ROLES:
            del message["weight"]
            note("weight", "")
        elif (
            is_answer
            and type(weight) is not int
            and isinstance(weight, bool | float)
            and weight in (0, 1)
        ):
            message["weight"] = int(weight)
            note("weight", "")


def _mend_calls(message: dict[str, Any], note: Note) -> None:
    calls = message.get("tool_calls")
    functions = [message.get("function_call")]
    if isinstance(calls, list):
        functions += [call.get("function") for call in calls if isinstance(call, dict)]
    for function in functions:
        if not isinstance(function, dict):
            continue
        arguments = function.get("arguments")
        if isinstance(arguments, dict):
            function["arguments"] = dumps(arguments).decode()
            note("arguments", "")
        elif isinstance(arguments, str) and (held := _text_within(arguments)):
            function["arguments"] = held
            note("arguments", "")


def _text_within(text: str) -> str:
    """The JSON text of an object that a JSON text holds once more; empty for any other."""
    held = _value_in_json(text)
    return held if isinstance(held, str) and isinstance(_value_in_json(held), dict) else ""


def _value_in_json(text: str) -> Any:
    with suppress(NotExact):
        return loads_within(text)
    return None


def _mend_content(message: dict[str, Any], note: Note) -> None:
    _texts(message, ("content",), note)
    content = message.get("content")
    if not isinstance(content, list):
        return
    for index, part in enumerate(content):
        if isinstance(part, dict):
            content[index] = _part_meant(part, note)
    if message.get("role") == "tool" and len(content) == 1:
        (part,) = content
        if isinstance(part, dict) and part.keys() == {"type", "text"} and part["type"] == "text":
            message["content"] = part["text"]
            note("tool-text", "")


def _texts(container: dict[str, Any], keys: tuple[str, ...], note: Note) -> None:
    """Write whole numbers as texts."""
    for key in keys:
        if digits := whole_number(container.get(key)):
            container[key] = digits
            note("number", key)


def _part_meant(part: dict[str, Any], note: Note) -> dict[str, Any]:
    """A part of a content as chat takes it."""
    for key in part.keys() & MEANINGLESS_IN_PARTS:
        del part[key]
        note("parts", key)
    kind, image = part.get("type"), part.get("image_url")
    if kind in _TEXT_PARTS and isinstance(part.get("text"), str):
        note("parts", str(kind))
        kept = {key: v for key, v in part.items() if key != "annotations" or v}
        return kept | {"type": "text"}
    if kind == "image" and (url := _anthropic_image(part.get("source"))):
        note("parts", "image")
        return {"type": "image_url", "image_url": {"url": url}}
    if kind == "input_image" and isinstance(image, str):
        note("parts", "input_image")
        detail = {"detail": part["detail"]} if part.get("detail") else {}
        part = {"type": "image_url", "image_url": {"url": image} | detail}
    elif kind == "image_url" and isinstance(image, str):
        note("parts", "image_url")
        part["image_url"] = {"url": image}
    image = part.get("image_url")
    address = image.get("url") if isinstance(image, dict) else None
    if isinstance(image, dict) and isinstance(address, str) and (media := _picture_in(address)):
        image["url"] = f"data:{media};base64,{address}"
        note("parts", "base64")
    return part


def _anthropic_image(source: Any) -> str:
    """The address of an image as Anthropic's API takes it, empty for anything else."""
    if not isinstance(source, dict):
        return ""
    media, data, url = source.get("media_type"), source.get("data"), source.get("url")
    if source.get("type") == "base64" and isinstance(media, str) and isinstance(data, str):
        return f"data:{media};base64,{data}"
    return url if source.get("type") == "url" and isinstance(url, str) else ""


def _picture_in(text: str) -> str | None:
    """The media type of a picture that a text is the base64 of; None if it is none."""
    head = text[:64]
    if ":" in head or "/" in head[:1] or len(text) < 24 or "." in head:
        head = head if head.startswith("/9j/") else ""
    try:
        start = base64.b64decode(head[: len(head) // 4 * 4], validate=True)
    except (binascii.Error, ValueError):
        return None
    return next((media for magic, media in _PICTURES if start.startswith(magic)), None)
