"""Which foreign format examples are in: decided by the whole shape of several of them."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from fttui.terminal.language import _, clauses
from fttui.terminal.text import safe
from fttui.training_data.foreign.chats import CHATS
from fttui.training_data.foreign.pairs import PAIRS, PROMPT_AND_COMPLETION, TEXTS
from fttui.training_data.foreign.plain import is_plain, takes_no_completions
from fttui.training_data.foreign.preferences import PREFERENCES
from fttui.training_data.foreign.requests import REQUESTS, decoded, wrapped
from fttui.training_data.foreign.shapes import (
    Unconvertible,
    chat,
    for_reinforcement,
    is_messages,
    left_out,
    quiet_keys,
    turns_of,
)
from fttui.training_data.foreign.table import Made, Reading, Row
from fttui.training_data.profile import (
    PREFERENCE_KEYS,
    PREFERENCE_OUTPUTS,
    Format,
    Recognition,
    format_of,
)
from fttui.training_data.rules import EXCERPT
from fttui.training_data.wording import listed, quoted

ROWS: tuple[Row, ...] = (*PREFERENCES, *REQUESTS, *CHATS, *PAIRS, *TEXTS)
"""The table of foreign formats; the first row that fits an example reads it."""

_DEEPEST = 3
_MOST_COLUMNS = 12


def reading_of(
    example: Any, *, wants: Collection[Format] | None = None, depth: int = 0
) -> Reading | None:
    """What an example is in a foreign format; None if it is ours or nothing known.

    `wants` are the formats that are taken; prompt/completion is foreign where it is not among
    them.
    """
    if isinstance(example, dict) and not PREFERENCE_OUTPUTS.isdisjoint(example):
        return None
    is_deep = depth >= _DEEPEST
    inner = None if is_deep else decoded(example)
    if inner is not None:
        return _within(inner, wants, depth + 1, _("written as a text"))
    row = next((row for row in ROWS if row.fits(example)), None)
    if row is not None and not row.is_guess:
        return row.read(example)
    if takes_no_completions(wants) and PROMPT_AND_COMPLETION.fits(example):
        return PROMPT_AND_COMPLETION.read(example)
    if isinstance(example, dict) and format_of(example) is not None:
        return None
    held = None if is_deep else wrapped(example)
    if held is not None:
        key, inner = held
        found = _within(inner, wants, depth + 1, _('within "{key}"', key=key))
        beside = tuple(other for other in example if other != key)
        return found and replace(found, left_out=(*beside, *found.left_out))
    return _folded(example) or (row.read(example) if row else None)


def _folded(example: Any) -> Reading | None:
    """The reading of a row whose columns are known but for their case, as tables write them."""
    if not isinstance(example, dict):
        return None
    names = {key.strip().lower().replace(" ", "_"): key for key in example}
    if len(names) < len(example) or all(name == key for name, key in names.items()):
        return None
    folded = {name: example[key] for name, key in names.items()}
    row = next((row for row in (*PREFERENCES, *PAIRS) if row.fits(folded)), None)
    if row is None:
        return None
    found = row.read(folded)
    others = tuple(names.get(name, name) for name in found.left_out)
    return replace(found, columns=tuple(example), left_out=others)


def _within(
    inner: dict[str, Any], wants: Collection[Format] | None, depth: int, name: str
) -> Reading | None:
    """The reading of what was wrapped; an example of ours needs nothing but to be unwrapped."""
    found = reading_of(inner, wants=wants, depth=depth)
    columns = tuple(inner)
    if found is not None:
        return replace(found, name=f"{found.name}, {name}", columns=columns)
    ours = format_of(inner)
    if ours is None:
        return None
    bare = Reading(_("examples {name}", name=name), "", ours, columns)
    try:
        value, used = _OURS[ours](inner)
        others = left_out(inner, used)
    except Unconvertible as fault:
        return replace(bare, fault=fault)
    return replace(bare, value=value, left_out=(*others, *quiet_keys(inner, value)))


def _chat_of_ours(example: dict[str, Any]) -> Made:
    messages = example["messages"]
    if not is_messages(messages):
        raise Unconvertible(_("messages is no list of messages"))
    made, used = chat(example, turns_of(messages))
    return made, {"messages", *used}


def _prompt_of_ours(example: dict[str, Any]) -> Made:
    made, _used = _chat_of_ours({"messages": example["messages"]})
    return {**example, "messages": for_reinforcement(made["messages"])}, set(example)


_OURS: Mapping[Format, Callable[[dict[str, Any]], Made]] = {
    Format.CHAT: _chat_of_ours,
    Format.REINFORCEMENT: _prompt_of_ours,
    Format.PREFERENCE: lambda example: (
        {key: example[key] for key in PREFERENCE_KEYS if key in example},
        PREFERENCE_KEYS,
    ),
    Format.COMPLETION: lambda example: (
        {key: example[key] for key in ("prompt", "completion") if key in example},
        ("prompt", "completion"),
    ),
}
"""What of an example of ours that was wrapped goes into the one that is made."""


def recognise_examples(
    values: Sequence[Any], *, wants: Collection[Format] | None = None
) -> Recognition | None:
    """Tell the foreign format that most of some examples are in.

    None if most are ours, or nothing known. A single odd example decides nothing. `wants` as for
    `reading_of`.
    """
    readings: list[Reading] = []
    ours = 0
    for value in values:
        found = None if is_plain(value, wants) else reading_of(value, wants=wants)
        if found is not None:
            readings.append(found)
        elif isinstance(value, dict) and format_of(value) is not None:
            ours += 1
    if len(readings) <= ours:
        return None
    return _recognition(readings)


def _recognition(readings: list[Reading]) -> Recognition:
    """Sum the readings up: the formats with the target of most of them, the usual one first."""
    targets = Counter(reading.target for reading in readings)
    target = max(targets, key=lambda each: targets[each])
    chosen = [reading for reading in readings if reading.target == target]
    certain = [reading for reading in chosen if reading.value is not None]
    is_certain = target is not None and len(certain) * 2 > len(chosen)
    if not is_certain:
        unsure = [reading for reading in chosen if reading.value is None] or chosen
        usual_name = Counter(reading.name for reading in unsure).most_common(1)[0][0]
        first = next(reading for reading in unsure if reading.name == usual_name)
        columns = first.columns if first.hint else ()
        return Recognition(first.name, first.mapping, target, False, columns, _advice(first))
    names = Counter(reading.name for reading in certain)
    usual = [name for name, _count in names.most_common(3)]
    mappings = [max((r.mapping for r in certain if r.name == name), key=len) for name in usual]
    return Recognition(
        _(" and ").join(usual),
        clauses(mapping for mapping in mappings if mapping),
        target,
        True,
        left_out=tuple(dict.fromkeys(key for reading in certain for key in reading.left_out)),
    )


def _advice(reading: Reading) -> str:
    """What a person can do about an example that does not convert for certain."""
    fault = reading.fault
    if fault is None and reading.hint:
        columns = [safe(column, maxlen=EXCERPT) for column in reading.columns[:_MOST_COLUMNS]]
        return _(
            "say which column is which: fttui check --fix OUT --map {hint} (columns: {columns})",
            hint=safe(reading.hint),
            columns=listed(columns),
        )
    if fault is None:
        return reading.advice
    if not fault.keys:
        return _("it takes a person to write it anew: {fault}", fault=safe(fault))
    keys = listed([quoted(key) for key in fault.keys[:5]])
    if reading.hint:
        return _(
            "a copy would lose {keys}; to make one without: fttui check --fix OUT --map {hint}",
            keys=keys,
            hint=safe(reading.hint),
        )
    return _("a copy would lose {keys}, so it takes a person to write the examples anew", keys=keys)
