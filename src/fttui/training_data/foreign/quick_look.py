"""Telling quickly, before the formats of other tools are loaded, that a line may be in one."""

from typing import Any

from fttui.training_data.foreign.plain import SYSTEM_KEYS
from fttui.training_data.profile import Format

_BESIDE = frozenset(
    {
        *("rejected_response", "rejected_messages", "chosen", "rejected", "choices", "response"),
        *("prompt", "chosen_response", "output", "outputs", "label", "kto_tag", "schemaVersion"),
        *SYSTEM_KEYS,
    }
)
"""Keys that make another format of messages when they stand beside them."""


def may_be_foreign(example: Any, found: Format | None, wanted: Format) -> bool:
    """Tell whether an example needs a closer look: it is not like the others, right or faulty."""
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
