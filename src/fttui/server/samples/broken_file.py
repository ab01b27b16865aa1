"""Writes a training file with the faults that people really have, each in a line of its own."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from .training_files import conversations

_EXAMPLES = 60
_FIRST_ORDER = 9_500_000

Row = dict[str, Any]


def write_sample_broken_file(path: str | os.PathLike[str], seed: int = 0) -> Path:
    """Writes a supervised chat file that no endpoint takes, and returns its path.

    Some of its faults a copy can mend, others want a decision; most lines are good.
    """
    rng = random.Random(f"broken {seed}")  # noqa: S311
    rows = list(conversations(_EXAMPLES, rng, first=_FIRST_ORDER))
    lines = [_BREAKS.get(number, _line)(row) for number, row in enumerate(rows, 1)]
    lines[_DOUBLED:_DOUBLED] = [lines[_DOUBLED - 1]]
    lines[_BLANK:_BLANK] = [""]
    target = Path(path)
    with target.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{line}\n" for line in lines)
    return target


_BLANK = 17
_DOUBLED = 30


def _line(row: Row) -> str:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"))


def _misspelt_role(row: Row) -> str:
    return _line(row).replace('"role":"assistant"', '"role":"asistant"', 1)


def _comma_too_many(row: Row) -> str:
    return _line(row).removesuffix("]}") + ",]}"


def _python_quotes(row: Row) -> str:
    spoken = [_plain(message) for message in row["messages"] if message["role"] != "tool"]
    return repr({"messages": spoken})


def _cut_off(row: Row) -> str:
    return _line(row)[:-25]


def _no_answer(row: Row) -> str:
    questions = [one for one in row["messages"] if one["role"] in ("system", "user")]
    return _line({"messages": questions[:2]})


def _number_as_content(row: Row) -> str:
    return _with_last(row, content=2012)


def _weight_of_two(row: Row) -> str:
    return _with_last(row, weight=2)


def _true_as_weight(row: Row) -> str:
    return _with_last(row, weight=True)


def _unknown_key(row: Row) -> str:
    return _line({**row, "sorce": "tickets, March"})


def _unknown_call(row: Row) -> str:
    answer = {"role": "tool", "tool_call_id": "call_lost", "content": "{}"}
    last = {"role": "assistant", "content": "…"}
    return _line({**row, "messages": [*map(_plain, row["messages"][:2]), answer, last]})


def _with_last(row: Row, **values: Any) -> str:
    """The row with these in its last message, which is the assistant's."""
    *first, last = row["messages"]
    return _line({**row, "messages": [*first, {**last, **values}]})


def _plain(message: Row) -> Row:
    """A message with its role and a text alone."""
    return {"role": message["role"], "content": message.get("content") or "…"}


_BREAKS: Mapping[int, Callable[[Row], str]] = {
    4: _misspelt_role,
    7: _comma_too_many,
    11: _number_as_content,
    14: _weight_of_two,
    16: _true_as_weight,
    20: _python_quotes,
    23: _unknown_call,
    26: _no_answer,
    34: _unknown_key,
    38: _cut_off,
}
