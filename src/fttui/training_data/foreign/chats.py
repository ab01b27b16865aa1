"""Foreign formats that hold a whole conversation."""

from typing import Any

from fttui.terminal.language import _
from fttui.terminal.text import safe
from fttui.training_data.foreign.blocks import (
    block_messages,
    gemini_messages,
    gemini_system,
    has_foreign_blocks,
    has_untyped_blocks,
)
from fttui.training_data.foreign.plain import MESSAGES_KEYS, SYSTEM_KEYS
from fttui.training_data.foreign.shapes import (
    ROLE_KEYS,
    Unconvertible,
    chat,
    is_message,
    is_messages,
    is_turns,
    said,
    text_at,
    tools_of,
    turns_of,
)
from fttui.training_data.foreign.table import Made, Row
from fttui.training_data.key_names import ROLE_OF
from fttui.training_data.profile import Format
from fttui.training_data.rules import EXCERPT

_SHAREGPT = ("conversations", "conversation")
_PAIR_OF = {
    **ROLE_OF,
    **dict.fromkeys(("input", "question", "instruction", "prompt", "query"), "user"),
    **dict.fromkeys(("output", "answer", "response", "completion"), "assistant"),
}
"""Who says what stands under a key of a turn that holds the words of both."""
_TALKS = (*_SHAREGPT, "dialogue", "dialog", "messages", "turns", "chat")


def _turns_key(example: Any) -> str | None:
    """The one key that holds turns, None where there is none or where there are several."""
    if not isinstance(example, dict) or "prompt" in example or "chosen" in example:
        return None
    found = [key for key, value in example.items() if is_turns(value)]
    if len(found) != 1 or (found == ["messages"] and is_messages(example["messages"])):
        return None
    return str(found[0])


def _is_conversation(example: Any) -> bool:
    key = _turns_key(example)
    return key is not None and "messages" not in {*example} - {key}


def _conversation(example: Any) -> Made:
    key = _turns_key(example) or ""
    made, used = chat(example, turns_of(example[key]))
    return made, {key, *used}


def _conversation_words(example: Any) -> tuple[str, str]:
    key = _turns_key(example) or ""
    turns = example[key]
    names: dict[str, str] = {}
    for turn, message in zip(turns, _quietly(turns), strict=False):
        theirs = next(turn[key] for key in ROLE_KEYS if isinstance(turn.get(key), str))
        names.setdefault(safe(theirs, maxlen=EXCERPT), message["role"])
    renamed = [f"{theirs} → {ours}" for theirs, ours in names.items() if theirs != ours]
    if key == "messages" and not any("from" in turn for turn in turns):
        who = next(key for key in ROLE_KEYS if key in turns[0])
        name = _("messages that say who speaks as {key}", key=who)
        return name, ", ".join([f"{who} → role", *renamed])
    if key in _SHAREGPT or any("from" in turn for turn in turns):
        return "ShareGPT", ", ".join([f"{key} → messages", *renamed])
    key = safe(key, maxlen=EXCERPT)
    name = _('messages under the key "{key}"', key=key)
    return name, ", ".join([f"{key} → messages", *renamed])


def _quietly(turns: Any) -> list[dict[str, Any]]:
    try:
        return turns_of(turns)
    except Unconvertible:
        return []


def _is_bare_list(example: Any) -> bool:
    return is_turns(example)


def _bare_list(example: Any) -> Made:
    return {"messages": turns_of(example)}, ()


def _paired_key(example: Any) -> str | None:
    """The key of turns that each hold the user's words and the answer: `human`, `assistant`."""
    if not isinstance(example, dict):
        return None
    found = [key for key, value in example.items() if isinstance(value, list) and _is_paired(value)]
    return found[0] if len(found) == 1 else None


def _is_paired(turns: list[Any]) -> bool:
    return bool(turns) and all(
        isinstance(turn, dict)
        and [_PAIR_OF.get(key.lower()) for key in turn] == ["user", "assistant"]
        and all(isinstance(text, str) for text in turn.values())
        for turn in turns
    )


def _paired(example: Any) -> Made:
    key = _paired_key(example) or ""
    pairs = (pair for turn in example[key] for pair in turn.items())
    made, used = chat(example, [said(_PAIR_OF[name.lower()], text) for name, text in pairs])
    return made, {key, *used}


def _paired_words(example: Any) -> tuple[str, str]:
    asks, answers = example[_paired_key(example) or ""][0]
    return _("turns of a question and its answer"), f"{asks} → user, {answers} → assistant"


def _is_gemini(example: Any) -> bool:
    contents = example.get("contents") if isinstance(example, dict) else None
    return (
        isinstance(contents, list)
        and bool(contents)
        and all(isinstance(turn, dict) and "parts" in turn for turn in contents)
    )


def _gemini(example: Any) -> Made:
    keys = [key for key in ("systemInstruction", "system_instruction") if key in example]
    messages = [
        *(message for key in keys for message in gemini_system(example[key])),
        *gemini_messages(example["contents"]),
    ]
    return {"messages": messages}, {"contents", *keys}


def _is_vertex(example: Any) -> bool:
    return isinstance(example, dict) and {"input_text", "output_text"} <= example.keys()


def _vertex(example: Any) -> Made:
    messages = [
        {"role": "user", "content": text_at(example, "input_text")},
        {"role": "assistant", "content": text_at(example, "output_text")},
    ]
    return {"messages": messages}, {"input_text", "output_text"}


def _has_messages(example: Any) -> bool:
    return isinstance(example, dict) and is_messages(example.get("messages"))


def _is_request(example: Any) -> bool:
    """Messages with the system prompt beside them, or made of blocks that ours do not have."""
    if not _has_messages(example) or "rejected" in example or "choices" in example:
        return False
    messages = example["messages"]
    if not any(message["role"] == "assistant" for message in messages):
        return False
    if has_untyped_blocks(messages) or has_foreign_blocks(messages):
        return True
    return any(_is_prompt(example.get(key)) for key in SYSTEM_KEYS)


def _is_prompt(value: Any) -> bool:
    if isinstance(value, list):
        return bool(value) and all(isinstance(part, dict) and "text" in part for part in value)
    return isinstance(value, str)


def _request(example: Any) -> Made:
    made, used = chat(example, block_messages(example["messages"]))
    return made, {"messages", *used}


def _request_words(example: Any) -> tuple[str, str]:
    messages = example["messages"]
    moved = _("system → first message") if any(example.get(key) for key in SYSTEM_KEYS) else ""
    if "schemaVersion" in example or has_untyped_blocks(messages):
        return "Bedrock", moved or "content[].text → content"
    if has_foreign_blocks(messages):
        return _("Anthropic messages"), moved or _("tool_use → tool_calls")
    return _("messages with the system prompt beside them"), moved


def _repeats_prompt(example: Any) -> bool:
    """Messages with the user's words once more beside them."""
    if not _has_messages(example) or "chosen" in example or "completion" in example:
        return False
    said_by_user = [m.get("content") for m in example["messages"] if m["role"] == "user"]
    return isinstance(example.get("prompt"), str) and example["prompt"] in said_by_user


def _without_prompt(example: Any) -> Made:
    made, used = chat(example, turns_of(example["messages"]))
    return made, {"messages", "prompt", *used}


def _has_tools_as_text(example: Any) -> bool:
    if not _has_messages(example) or not example.keys() <= MESSAGES_KEYS:
        return False
    tools = example.get("tools")
    return isinstance(tools, str) or (
        isinstance(tools, list)
        and bool(tools)
        and all(isinstance(tool, str) and tool.lstrip()[:1] == "{" for tool in tools)
    )


def _tools_as_text(example: Any) -> Made:
    made = dict(example)
    tools = tools_of(example["tools"])
    made["tools"] = tools
    if not tools:
        del made["tools"]
        made.pop("parallel_tool_calls", None)
    return made, set(example)


def _is_messages_in_pairs(example: Any) -> bool:
    if not isinstance(example, dict) or "label" in example:
        return False
    prompt, completion = example.get("prompt"), example.get("completion")
    if isinstance(prompt, list):
        return is_turns(prompt) and (isinstance(completion, str) or _is_turn_or_turns(completion))
    return isinstance(prompt, str) and _is_turn_or_turns(completion)


def _is_turn_or_turns(value: Any) -> bool:
    return is_turns(value) or is_message(value)


def _messages_in_pairs(example: Any) -> Made:
    messages = [
        *_as_messages("user", example["prompt"]),
        *_as_messages("assistant", example["completion"]),
    ]
    made, used = chat(example, messages)
    return made, {"prompt", "completion", *used}


def _as_messages(role: str, value: Any) -> list[dict[str, Any]]:
    if isinstance(value, str):
        return [{"role": role, "content": value}]
    return turns_of(value if isinstance(value, list) else [value])


def _is_unsigned(example: Any) -> bool:
    """Turns that are texts alone."""
    turns = [example[key] for key in _TALKS if key in example] if isinstance(example, dict) else []
    return len(turns) == 1 and (
        isinstance(turns[0], list)
        and len(turns[0]) > 1
        and all(isinstance(text, str) for text in turns[0])
    )


CHATS = (
    Row(
        _("TRL prompt and completion of messages"),
        _is_messages_in_pairs,
        "prompt + completion → messages",
        Format.CHAT,
        _messages_in_pairs,
    ),
    Row("", _is_request, "", Format.CHAT, _request, words=_request_words),
    Row(
        _("messages with the prompt beside them once more"),
        _repeats_prompt,
        "messages → messages",
        Format.CHAT,
        _without_prompt,
        hint=lambda _example: "messages=messages",
    ),
    Row(
        _("chat messages with the tools as a text"),
        _has_tools_as_text,
        _("tools: the JSON in the text"),
        Format.CHAT,
        _tools_as_text,
    ),
    Row(
        "Gemini",
        _is_gemini,
        "contents → messages, model → assistant, systemInstruction → system",
        Format.CHAT,
        _gemini,
        leaves=frozenset({"generationConfig", "generation_config", "safetySettings"}),
    ),
    Row(
        _("Vertex AI text pairs"),
        _is_vertex,
        "input_text → user, output_text → assistant",
        Format.CHAT,
        _vertex,
    ),
    Row(
        _("bare lists of messages"),
        _is_bare_list,
        _("the list → messages"),
        Format.CHAT,
        _bare_list,
    ),
    Row(
        "",
        lambda example: _paired_key(example) is not None,
        "",
        Format.CHAT,
        _paired,
        words=_paired_words,
    ),
    Row(
        _("turns without roles"),
        _is_unsigned,
        advice=_("the turns do not say who speaks: write each with its role and content"),
    ),
    Row(
        "ShareGPT",
        _is_conversation,
        "",
        Format.CHAT,
        _conversation,
        hint=lambda example: f"messages={_turns_key(example)}",
        words=_conversation_words,
    ),
)
"""Rows for conversations, the more particular ones first."""
