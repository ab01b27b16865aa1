"""What the rows of the table share: turns, parts and tools of other tools, made into ours."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, TypeGuard

from fttui.terminal.language import _
from fttui.training_data.exact import NotExact, dumps, loads_within, whole_number
from fttui.training_data.foreign.plain import SYSTEM_KEYS
from fttui.training_data.key_names import MEANINGLESS, MEANINGLESS_IN_MESSAGES, ROLE_OF
from fttui.training_data.wording import kind_of, listed, quoted

Message = dict[str, Any]

ROLE_KEYS = ("role", "from", "speaker", "author")
TEXT_KEYS = ("content", "value", "text")
_OF_TOOLS = frozenset({"input", "arguments", "parameters", "input_schema", "tools"})
_OURS_IN_MESSAGES = frozenset(
    {"name", "weight", "tool_calls", "function_call", "tool_call_id", "refusal"}
)


class Unconvertible(Exception):  # noqa: N818 - an outcome with a sentence for the user
    """A line that does not fit its format; the text says why.

    `keys` are those of its keys that a conversion would lose.
    """

    def __init__(self, sentence: str, keys: Collection[str] = ()) -> None:
        super().__init__(sentence)
        self.keys = tuple(keys)


def left_out(
    example: Mapping[str, Any], used: Collection[str], known: Collection[str] = ()
) -> tuple[str, ...]:
    """The keys that a conversion leaves out, all known to be meaningless or empty.

    Raises Unconvertible for keys that may carry a meaning; `known` are meaningless here.
    """
    others = [key for key in example if key not in used]
    lost = [
        key
        for key in others
        if key not in MEANINGLESS and key not in known and not _is_nothing(example[key])
    ]
    if lost:
        raise Unconvertible(
            _(
                "a copy would lose what it holds beside: {keys}",
                keys=listed([quoted(key) for key in lost[:5]]),
            ),
            lost,
        )
    return tuple(others)


def quiet_keys(example: Any, made: Any, leaves: Collection[str] = ()) -> tuple[str, ...]:
    """Keys within messages that are not in the example that was made: bookkeeping, or empty.

    `leaves` are others that mean nothing in the format of the example.
    """
    kept = {key for key, _value in _pairs(made)}
    known = {*MEANINGLESS, *MEANINGLESS_IN_MESSAGES, *leaves}
    inner = example.values() if isinstance(example, dict) else [example]
    lost = [
        key
        for value in inner
        for key, item in _pairs(value)
        if key not in kept and (key in known or _is_nothing(item))
    ]
    return tuple(dict.fromkeys(lost))


def _pairs(value: Any) -> Iterator[tuple[str, Any]]:
    """The keys and values of all objects within, but not of what tools are given."""
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            yield from value.items()
            waiting += [item for key, item in value.items() if key not in _OF_TOOLS]
        elif isinstance(value, list):
            waiting += value


def _is_nothing(value: Any) -> bool:
    return value is None or value == "" or value == [] or value == {}


def is_message(value: Any) -> bool:
    """Tell whether a value is a message by its keys: it says who, and what."""
    if not isinstance(value, dict):
        return False
    has_role = any(isinstance(value.get(key), str) for key in ROLE_KEYS)
    return has_role and any(key in value for key in (*TEXT_KEYS, "tool_calls", "function_call"))


def is_turns(value: Any) -> TypeGuard[list[Message]]:
    """Tell whether a value is a list of messages, whatever they call their keys."""
    return isinstance(value, list) and bool(value) and all(map(is_message, value))


def is_messages(value: Any) -> TypeGuard[list[Message]]:
    """Tell whether a value is a list of messages with our keys."""
    return is_turns(value) and all("role" in turn and "from" not in turn for turn in value)


def text_at(example: Mapping[str, Any], key: str) -> str:
    """The text or whole number under a key; raises Unconvertible for anything else."""
    value = example.get(key)
    if isinstance(value, str):
        return value
    if digits := whole_number(value):
        return digits
    what = kind_of(value) if key in example else _("missing")
    raise Unconvertible(_("{key} must be a text, but it is {what}", key=quoted(key), what=what))


def said(role: str, content: Any) -> Message:
    """A message."""
    return {"role": role, "content": content}


def prompt_of(example: Mapping[str, Any]) -> tuple[list[Message], set[str]]:
    """The system message at the top level, if there is one that is not empty; and its keys.

    Raises Unconvertible for two, and for one that is no text.
    """
    used = {key for key in SYSTEM_KEYS if key in example}
    texts = [_system_text(example[key]) for key in SYSTEM_KEYS if example.get(key)]
    if len(texts) > 1:
        raise Unconvertible(_("it has two system prompts"))
    return [said("system", text) for text in texts if text], used


def _system_text(value: Any) -> str:
    """A system prompt that is a text, or a list of parts with texts. Raises Unconvertible."""
    parts = value if isinstance(value, list) else [value]
    texts = [part.get("text") if isinstance(part, dict) else part for part in parts]
    for part in parts:
        extra = set(part) - {"text", "type", "cache_control"} if isinstance(part, dict) else ()
        if extra:
            raise Unconvertible(_("the system prompt holds more than texts"))
    if not all(isinstance(text, str) for text in texts):
        raise Unconvertible(_("the system prompt is no text, but {kind}", kind=kind_of(value)))
    return "\n\n".join(str(text) for text in texts)


def turns_of(turns: Sequence[Any]) -> list[Message]:
    """Messages with our roles and keys. Raises Unconvertible."""
    made: list[Message] = []
    waiting: list[str] = []
    for number, turn in enumerate(turns, 1):
        if not is_message(turn):
            raise Unconvertible(_("turn {number} does not say who speaks", number=number))
        _add_turn(turn, number, made, waiting)
    return made


def _add_turn(turn: Message, number: int, made: list[Message], waiting: list[str]) -> None:
    """Add a turn to the messages; `waiting` are the calls that no tool has answered yet."""
    speaker = next(turn[key] for key in ROLE_KEYS if isinstance(turn.get(key), str))
    name = speaker.strip().lower()
    if name in ("function_call", "function-call", "tool_call"):
        calls = _calls_of(_turn_text(turn, number), sum(map(_calls, made)))
        made.append({"role": "assistant", "tool_calls": calls})
        waiting[:] = [call["id"] for call in calls]
        return
    is_answer = name in ("observation", "function_response", "tool", "function")
    if is_answer and "tool_call_id" not in turn and "name" not in turn:
        if not waiting:
            raise Unconvertible(_("turn {number} answers no call of a tool", number=number))
        call = waiting.pop(0)
        made.append({**said("tool", _turn_text(turn, number)), "tool_call_id": call})
        return
    if waiting:
        raise Unconvertible(_("turn {number} comes before the answer of a tool", number=number))
    if name not in ROLE_OF:
        raise Unconvertible(
            _(
                "turn {number} is {name}'s, who is none of our roles",
                number=number,
                name=quoted(speaker),
            )
        )
    made.append(_message(turn, ROLE_OF[name], number))


def _calls(message: Message) -> int:
    return len(message.get("tool_calls") or ())


def _turn_text(turn: Message, number: int) -> str:
    text = next((turn[key] for key in TEXT_KEYS if key in turn), None)
    if isinstance(text, str):
        return text
    raise Unconvertible(
        _("turn {number} holds no text, but {kind}", number=number, kind=kind_of(text))
    )


def _message(turn: Message, role: str, number: int) -> Message:
    """One message with what else of ours it has; what has no place in it is not lost silently."""
    keys = [key for key in TEXT_KEYS if key in turn]
    known = {*ROLE_KEYS, *keys[:1], *_OURS_IN_MESSAGES}
    lost = [
        key
        for key in turn
        if key not in known | MEANINGLESS_IN_MESSAGES and not _is_nothing(turn[key])
    ]
    if lost:
        raise Unconvertible(
            _(
                "turn {number} also has {keys}",
                number=number,
                keys=listed([quoted(key) for key in lost[:5]]),
            ),
            lost,
        )
    kept = {key: turn[key] for key in turn if key in _OURS_IN_MESSAGES and turn[key] is not None}
    content = turn[keys[0]] if keys else None
    if isinstance(content, str) or (content is not None and is_parts(content)):
        return {**said(role, content), **kept}
    if content is None and role == "assistant" and kept:
        return {"role": role, **kept}
    raise Unconvertible(
        _("turn {number} holds no text, but {kind}", number=number, kind=kind_of(content))
    )


def is_parts(content: Any) -> bool:
    """Tell whether a content is a list of parts that chat messages take."""
    return (
        isinstance(content, list)
        and bool(content)
        and all(
            isinstance(part, dict) and part.get("type") in ("text", "image_url") for part in content
        )
    )


def _calls_of(text: str, before: int) -> list[Message]:
    """Tool calls of a JSON text with the name and arguments of each.

    Their ids count on from `before`. Raises Unconvertible.
    """
    called = json_of(text)
    calls = called if isinstance(called, list) else [called]
    made = []
    for number, call in enumerate(calls, before + 1):
        if not isinstance(call, dict) or call.keys() != {"name", "arguments"}:
            raise Unconvertible(_("a call of a tool is not written as its name and arguments"))
        made.append(call_of(f"call_{number}", call["name"], call["arguments"]))
    if not made:
        raise Unconvertible(_("a call of a tool calls none"))
    return made


def call_of(identity: str, name: Any, arguments: Any) -> Message:
    """A call of a function as chat messages hold it. Raises Unconvertible if it has no name."""
    if not isinstance(name, str):
        raise Unconvertible(_("a call of a tool has no name"))
    text = arguments if isinstance(arguments, str) else _written(arguments)
    return {"id": identity, "type": "function", "function": {"name": name, "arguments": text}}


def _written(arguments: Any) -> str:
    try:
        return json.dumps(arguments, ensure_ascii=False)
    except TypeError:  # a number that only `dumps` writes as it is
        return dumps(arguments).decode()


def tools_of(value: Any) -> list[Any]:
    """The tools that an example declares, also as a JSON text, also by name and schema alone.

    Raises Unconvertible.
    """
    tools = json_of(value) if isinstance(value, str) and value.strip() else value or []
    if not isinstance(tools, list):
        raise Unconvertible(_("tools is no list, but {kind}", kind=kind_of(tools)))
    return [_tool(tool) for tool in tools]


def _tool(tool: Any) -> Message:
    if isinstance(tool, str):
        tool = json_of(tool)
    if not isinstance(tool, dict):
        raise Unconvertible(_("a tool is no object, but {kind}", kind=kind_of(tool)))
    if isinstance(tool.get("function"), dict):
        return {"type": "function", **tool}
    function = {key: value for key, value in tool.items() if key not in ("type", "input_schema")}
    if "input_schema" in tool:
        function["parameters"] = tool["input_schema"]
    known = {"name", "description", "parameters", "strict"}
    if not isinstance(function.get("name"), str) or not function.keys() <= known:
        raise Unconvertible(_("a tool has other keys than name, description and parameters"))
    return {"type": "function", "function": function}


def json_of(text: str) -> Any:
    """The value of a JSON text; raises Unconvertible."""
    try:
        return loads_within(text)
    except NotExact:
        raise Unconvertible(_("{text} is no JSON", text=quoted(text))) from None


def with_tools(made: Message, example: Mapping[str, Any]) -> tuple[Message, set[str]]:
    """The made example with the tools of the other one, if it has any; and the keys of those."""
    used = {key for key in ("tools", "parallel_tool_calls") if key in example}
    tools = tools_of(example.get("tools"))
    if tools:
        made["tools"] = tools
        if isinstance(example.get("parallel_tool_calls"), bool):
            made["parallel_tool_calls"] = example["parallel_tool_calls"]
    return made, used


def chat(example: Mapping[str, Any], messages: list[Message]) -> tuple[Message, set[str]]:
    """A chat example of `messages` with the top level's system prompt and tools; the used keys.

    Raises Unconvertible for two system prompts.
    """
    prompt, used = prompt_of(example)
    if prompt and any(message["role"] in ("system", "developer") for message in messages):
        raise Unconvertible(_("it has two system prompts"))
    made, tools = with_tools({"messages": [*prompt, *messages]}, example)
    return made, used | tools


def for_reinforcement(messages: list[Message]) -> list[Message]:
    """Messages with developer in the place of system, which reinforcement does not take."""
    return [{**m, "role": "developer"} if m["role"] == "system" else m for m in messages]
