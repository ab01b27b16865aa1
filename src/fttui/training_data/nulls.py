"""Keys that are there and hold nothing: null, as tables and dumped answers write them.

Such a key counts as absent for everything that is checked and measured.
"""

from collections.abc import Iterator
from typing import Any

from fttui.training_data.profile import Format

OPTIONAL = ("tools", "functions", "parallel_tool_calls")
"""Keys beside the messages that may be null."""
OPTIONAL_IN_MESSAGES = (
    "name",
    "weight",
    "tool_calls",
    "function_call",
    "tool_call_id",
    "refusal",
    "audio",
)
"""Keys of a message that may be null."""
SILENT = frozenset({"audio", "function_call", "refusal", "tool_calls"})
"""Keys that are null in every answer that a library dumped."""

_OPTIONAL_IN_FUNCTIONS = ("description", "parameters", "strict")
_LISTS_OF_MESSAGES = ("preferred_output", "non_preferred_output")


def may_hold_nulls(line: bytes) -> bool:
    """Tell whether it is worth looking for such keys in the example of a line."""
    return b"null" in line or b"[]" in line


def leave_out_nulls(example: dict[str, Any], kind: Format | None) -> set[str]:
    """Take the keys that hold nothing out of an example, in place.

    Returns the names of those that are worth a word: an endpoint may refuse them.
    """
    told: set[str] = set()
    given = example.get("input") if kind is Format.PREFERENCE else example
    if isinstance(given, dict) and kind is not Format.COMPLETION:
        # Whatever else a reinforcement example holds are fields of its item.
        optional = OPTIONAL[:1] if kind is Format.REINFORCEMENT else OPTIONAL
        told.update(_drop(given, [key for key in optional if given.get(key, 0) is None]))
        if given.get("tools") == []:
            del given["tools"]
        told |= leave_out_nulls_of_tools(given.get("tools"))
        for message in _dicts(given.get("messages")):
            told.update(_left_out(message))
    if kind is Format.PREFERENCE:
        for key in _LISTS_OF_MESSAGES:
            for message in _dicts(example.get(key)):
                told.update(_left_out(message))
    return told


def _left_out(message: dict[str, Any]) -> set[str]:
    """Take the keys that hold nothing out of a message; returns those worth a word."""
    dropped = _drop_nulls(message, OPTIONAL_IN_MESSAGES)
    told = dropped - SILENT if message.get("role") == "assistant" else dropped
    if not message.get("annotations", True):
        told |= _drop(message, ["annotations"])
    return told | leave_out_nulls_within(message)


def leave_out_nulls_of_tools(tools: Any) -> set[str]:
    """Take the keys that are null out of the functions of tools; returns their names."""
    told: set[str] = set()
    for tool in _dicts(tools):
        if isinstance(function := tool.get("function"), dict):
            told |= _drop_nulls(function, _OPTIONAL_IN_FUNCTIONS)
    return told


def leave_out_nulls_within(message: dict[str, Any]) -> set[str]:
    """Take the keys that are null out of the parts and calls of a message; returns their names."""
    told: set[str] = set()
    for part in _dicts(message.get("content")):
        kind = part.get("type")
        empty = [key for key, value in part.items() if value is None and key not in ("type", kind)]
        told |= _drop(part, empty)
        if isinstance(image := part.get("image_url"), dict):
            told |= _drop_nulls(image, ("detail",))
    for call in _dicts(message.get("tool_calls")):
        told |= _drop_nulls(call, ("index",))
    return told


def _drop_nulls(container: dict[str, Any], keys: tuple[str, ...]) -> set[str]:
    return _drop(container, [key for key in keys if container.get(key, 0) is None])


def _drop(container: dict[str, Any], keys: list[str]) -> set[str]:
    for key in keys:
        del container[key]
    return set(keys)


def _dicts(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, list):
        yield from (item for item in value if isinstance(item, dict))
