"""What the check says of a line in a foreign format, in a file of such lines or of ours."""

from typing import Any

from fttui.terminal.language import _
from fttui.terminal.text import safe
from fttui.training_data.foreign.blocks import has_foreign_blocks, has_untyped_blocks
from fttui.training_data.foreign.converter import Converter
from fttui.training_data.foreign.recogniser import reading_of
from fttui.training_data.foreign.shapes import SYSTEM_KEYS, Unconvertible
from fttui.training_data.profile import SHAPE_OF, Format, Recognition
from fttui.training_data.rules import RULES, Problem, Problems

RULE = "foreign-format"
_BESIDE = frozenset(
    {
        *("rejected_response", "rejected_messages", "chosen", "rejected", "choices", "response"),
        *("prompt", "chosen_response", "output", "outputs", "label", "kto_tag", "schemaVersion"),
        *SYSTEM_KEYS,
    }
)
"""Keys that make another format of messages when they stand beside them."""


def foreign_problem(file: Recognition) -> Problem:
    """The one problem of a file whose examples are in a foreign format."""
    message = _("the examples are in a foreign format: {name}", name=file.name)
    if file.mapping:
        message += f" ({file.mapping})"
    if file.is_certain:
        return Problem(RULE, 1, None, "", message, RULES[RULE].fix, mend="convert")
    return Problem(RULE, 1, None, "", message, file.advice or RULES[RULE].fix)


def check_foreign_line(example: Any, file: Recognition, out: Problems) -> None:
    """Tell a line that does not fit the foreign format of its file."""
    if not file.is_certain:
        found = reading_of(example)
        if found is None or (found.name != file.name and {*found.columns} != {*file.columns}):
            message = _("the line is not like the others: {name}", name=file.name)
            out.add(RULE, "", message, _("write it like the others"))
        return
    try:
        Converter(file)(example)
    except Unconvertible as fault:
        if not out.only_count(RULE) and file.target is not None:
            fix = _("write it like the others, or as {shape_of}", shape_of=SHAPE_OF[file.target])
            out.add(RULE, "", str(fault), fix)


def report_foreign_line(example: Any, kind: Format | None, wanted: Format, out: Problems) -> bool:
    """Tell a line in a foreign format that stands in a file of ours; False if it is no such line.

    `kind` is the format of ours that the example looks like, if any. A line that merely has the
    columns of some table is none.
    """
    if not _may_be_foreign(example, kind, wanted):
        return False
    found = reading_of(example)
    if found is None or found.is_guess:
        return False
    if out.only_count(RULE):
        return True
    message = _("this example is in a foreign format: {name}", name=found.name)
    if found.value is not None and found.target is wanted:
        out.add(RULE, "", message, RULES[RULE].fix, mend="convert")
        return True
    if found.fault is not None:
        message += f"; {safe(found.fault)}"
    out.add(RULE, "", message, _("write it as {shape_of}", shape_of=SHAPE_OF[wanted]))
    return True


def _may_be_foreign(example: Any, found: Format | None, wanted: Format) -> bool:
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
    return bool(with_parts) and (has_untyped_blocks(with_parts) or has_foreign_blocks(with_parts))


def _is_text(tools: Any) -> bool:
    return isinstance(tools[0] if isinstance(tools, list) and tools else tools, str)
