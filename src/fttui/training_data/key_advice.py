"""What to do about a key that an example may not have, so that nothing it says is lost.

Only keys that are known to keep books are to be removed. What another key holds may be an answer,
a label or a prompt: the advice keeps its value.
"""

from collections.abc import Collection, Mapping
from typing import Any

from fttui.terminal.language import _
from fttui.terminal.text import safe
from fttui.training_data.key_names import (
    HOLDS_NOTHING,
    MEANINGLESS,
    MEANINGLESS_IN_MESSAGES,
    near_miss,
)
from fttui.training_data.rules import EXCERPT

Advice = tuple[str, str]
"""What to write, and the name of the correction that a copy makes of it or ""."""

KEEP_THE_VALUE = _("write its value into a message, or keep it in a file beside this one")
"""The advice for a key of which nothing is known."""

REMOVE_KEY: Advice = (_("remove the key: fttui check --fix OUT"), "keys")
"""The advice for a key that only keeps books."""

LEAVE_OUT: Advice = (_("leave the key out, it holds nothing: fttui check --fix OUT"), "nulls")
"""The advice for a key without a value."""

_OF_MESSAGES = frozenset({"weight", "role", "content", "name"})
_OF_INPUT = frozenset({"messages", "tools", "parallel_tool_calls"})
_FOR_GRADERS = frozenset(
    {
        *("answer", "answers", "correct_answer", "reference_answer", "reference", "references"),
        *("label", "labels", "class", "category", "ideal", "target", "targets", "expected"),
        *("gold", "ground_truth", "solution", "rubric", "score", "scores", "reward", "rating"),
        *("test", "tests"),
    }
)
_REASONING = frozenset({"reasoning_content", "reasoning", "thinking", "thought", "rationale"})


def example_key(key: str, container: Mapping[str, Any], known: Collection[str]) -> Advice:
    """What to do about a key beside the messages, where only `known` ones are taken."""
    if key in container and container[key] is None:
        return LEAVE_OUT
    if key in _OF_MESSAGES:
        return _("move {key} into the message that it belongs to", key=key), ""
    if advice := _misspelt(key, container, known):
        return advice
    if key in MEANINGLESS:
        return REMOVE_KEY
    if key in _OF_INPUT and "input" in known:
        return _("move {key} into input", key=key), ""
    if key in ("system", "system_prompt") and "messages" in known:
        return _('write it as the first message: {"role": "system", "content": …}'), ""
    if key.lower() in _FOR_GRADERS and "messages" in known:
        fix = _(
            "for a grader choose the method reinforcement, where it is item.{key}; else {keep}",
            key=safe(key, maxlen=EXCERPT),
            keep=KEEP_THE_VALUE,
        )
        return fix, ""
    return KEEP_THE_VALUE, ""


def message_key(key: str, value: Any, container: Collection[str], known: Collection[str]) -> Advice:
    """What to do about a key of a message, where only `known` ones are taken."""
    if value is None or (key in HOLDS_NOTHING and not value):
        return LEAVE_OUT
    if advice := _misspelt(key, container, known):
        return advice
    if key in MEANINGLESS_IN_MESSAGES:
        return REMOVE_KEY
    if key in _REASONING:
        return _("write what is to be learned into content, and keep the original"), ""
    return _("write its value into content, or keep it in a file beside this one"), ""


def _misspelt(key: str, container: Collection[str], known: Collection[str]) -> Advice | None:
    """How a key is to be written that is a known one with a slip; None for any other."""
    free = sorted(name for name in known if name not in container)
    if (plain := key.strip().lower()) in free:
        return _('write "{plain}": fttui check --fix OUT', plain=plain), "names"
    close = near_miss(key, free)
    return (_('write "{close}"', close=close), "") if close else None


def inner_key(key: str, container: Collection[str], known: Collection[str]) -> str:
    """What to write for a key of a part of a content, of an image or of a tool call."""
    if advice := _misspelt(key, container, known):
        return _('write "{close}"', close=key.strip().lower()) if advice[1] else advice[0]
    if key == "weight":
        return _("give the whole message a weight of 0 or 1, beside its content")
    return _("write its value into a text, or keep it in a file beside this one")
