"""Telling quickly, before the formats of other tools are loaded, that an example is ours."""

from collections.abc import Collection
from typing import Any

from fttui.training_data.profile import Format

MESSAGES_KEYS = frozenset({"messages", "tools", "parallel_tool_calls"})
"""Keys of a chat example without functions."""
SYSTEM_KEYS = ("system", "system_prompt", "system_message", "system_instruction")
"""Where other tools put what the model is told to be, beside the messages."""

_BESIDE = frozenset(
    {
        *("rejected_response", "rejected_messages", "chosen", "rejected", "choices", "response"),
        *("prompt", "chosen_response", "output", "outputs", "label", "kto_tag", "schemaVersion"),
        *SYSTEM_KEYS,
    }
)
"""Keys that make another format of messages when they stand beside them."""


def is_plain(value: Any, wants: Collection[Format] | None = None) -> bool:
    """Tell quickly that an example is ours: messages of texts, and nothing but ours beside."""
    if not isinstance(value, dict):
        return False
    if value.keys() == {"prompt", "completion"} and not takes_no_completions(wants):
        return isinstance(value["prompt"], str) and isinstance(value["completion"], str)
    messages = value.get("messages")
    if not value.keys() <= MESSAGES_KEYS or not isinstance(messages, list):
        return False
    return not isinstance(value.get("tools"), str) and all(
        isinstance(message, dict) and "role" in message and isinstance(message.get("content"), str)
        for message in messages
    )


def takes_no_completions(wants: Collection[Format] | None) -> bool:
    """Tell whether the formats that are taken make pairs of texts foreign."""
    return wants is not None and Format.CHAT in wants and Format.COMPLETION not in wants


def may_be_foreign(example: Any, found: Format | None, wanted: Format) -> bool:
    """Tell quickly that an example needs no closer look: it is like the others, right or faulty."""
    if not isinstance(example, dict):
        return isinstance(example, list)
    if found is not wanted:
        return True
    if wanted is Format.COMPLETION:
        return type(example.get("prompt", "")) is not str or "label" in example
    if wanted is not Format.CHAT:
        return False
    messages, tools = example["messages"], example.get("tools")
    if not isinstance(messages, list) or not _BESIDE.isdisjoint(example) or _is_text(tools):
        return True
    with_parts = []
    for message in messages:
        if type(message) is not dict or "role" not in message:
            return True
        if type(message.get("content")) is list:
            with_parts.append(message)
    if not with_parts:
        return False
    from fttui.training_data.foreign.blocks import has_foreign_blocks, has_untyped_blocks

    return has_untyped_blocks(with_parts) or has_foreign_blocks(with_parts)


def _is_text(tools: Any) -> bool:
    return isinstance(tools[0] if isinstance(tools, list) and tools else tools, str)
