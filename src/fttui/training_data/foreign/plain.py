"""Telling quickly, before the formats of other tools are loaded, that an example is ours."""

from collections.abc import Collection
from typing import Any

from fttui.training_data.profile import Format

MESSAGES_KEYS = frozenset({"messages", "tools", "parallel_tool_calls"})
"""Keys of a chat example without functions."""
SYSTEM_KEYS = ("system", "system_prompt", "system_message", "system_instruction")
"""Where other tools put what the model is told to be, beside the messages."""


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
