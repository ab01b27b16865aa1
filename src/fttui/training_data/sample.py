"""A sample of a file's examples, from its beginning, middle and end: what decides its format."""

import os
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import orjson

from fttui.terminal.language import _, clauses
from fttui.training_data.examples import PROMPT_ROLES, item_keys
from fttui.training_data.file_kinds import LOOK, FileKind, kind_of_file
from fttui.training_data.file_text import BOM, RepairRefused, nuls_at_end
from fttui.training_data.files import CheckedFile
from fttui.training_data.foreign.plain import is_plain
from fttui.training_data.profile import (
    CheckProfile,
    Format,
    Method,
    Recognition,
    detect,
    format_of,
)
from fttui.training_data.rules import Problem
from fttui.training_data.syntax import has_too_many_values

WITHOUT_COMPLETION = (Format.CHAT, Format.PREFERENCE, Format.REINFORCEMENT)
"""What the rows of tables and the like become: pairs of texts are chats of two messages."""

SAMPLE = 60
"""Rows of a sample at most."""

_PART = SAMPLE // 3
_SHORT_LOOK = 1 << 18


@dataclass(frozen=True, slots=True)
class Head:
    """Some examples of a file that could be parsed, and its kind if it is not JSON Lines."""

    kind: FileKind | None
    examples: tuple[Any, ...]
    foreign: Recognition | None = None
    """What the rows of a file that is not JSON Lines are in, if in no format of ours."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns of a table, else the keys that the sample's examples have."""
        if self.kind is not None and self.kind.columns:
            return self.kind.columns
        keys = (key for one in self.examples if isinstance(one, dict) for key in one)
        return tuple(dict.fromkeys(keys))

    def problem(self) -> Problem | None:
        """What is said of a file that is not JSON Lines: what it is, and what becomes of it."""
        if self.kind is None:
            return None
        kind, found = self.kind, self.foreign
        message = _("the file is {name}", name=kind.name)
        if found is None:
            return Problem(kind.rule, None, None, "", message, kind.fix, mend=kind.mend)
        if found.columns != kind.columns:
            message = clauses((message, _("its rows are {name}", name=found.name)))
        if found.is_certain:
            message += f" ({found.mapping})" if found.mapping else ""
            return Problem(kind.rule, None, None, "", message, kind.fix, mend=kind.mend)
        return Problem(kind.rule, None, None, "", message, found.advice or kind.fix)

    def profile(self, base: CheckProfile, method: Method | None) -> CheckProfile:
        """Complete a profile by what most of the examples look like."""
        foreign = _recognised(self.examples)
        found = None if foreign else detect(self.examples, method)
        if found is None:
            return replace(base, encoding=None, foreign=foreign)
        dicts = [one for one in self.examples if isinstance(one, dict)]
        first = next((one for one in dicts if format_of(one) is not None), {})
        return replace(
            base,
            format=found,
            item_keys=item_keys(first) if found is Format.REINFORCEMENT else (),
            first_prompt=_first_prompt(first),
        )


def read_head(file: CheckedFile, max_line: int) -> Head:
    """Tell the kind of a file, and take a sample of what is JSON Lines.

    An error of the disk gives an empty head: the reader will meet it again and report it.
    """
    try:
        kind = kind_of_file(file)
        if kind is None:
            return Head(None, tuple(_values(_sample(file, max_line))))
        rows = sample_rows(file) if kind.mend else ()
        return Head(kind, (), _recognised(rows, WITHOUT_COMPLETION))
    except (OSError, RepairRefused):
        return Head(None, ())


def _recognised(
    examples: Sequence[Any], wants: Collection[Format] | None = None
) -> Recognition | None:
    """The foreign format that examples are in; None for examples of ours."""
    if all(is_plain(example, wants) for example in examples):
        return None
    from fttui.training_data.foreign.recogniser import recognise_examples  # slow to import

    return recognise_examples(examples, wants=wants)


def sample_rows(file: CheckedFile, most: int = SAMPLE) -> tuple[Any, ...]:
    """The first rows of a file in any layout, parsed; what is no JSON is left out.

    Empty for a file that cannot be read as rows.
    """
    rows: list[Any] = []
    from fttui.training_data.converting import layout_of_kind, lines_of  # slow to import

    with suppress(OSError, RepairRefused):
        lines = lines_of(file, layout_of_kind(file, kind_of_file(file)))
        rows += islice(_values(line.data for line in lines), most)
    return tuple(rows)


def _sample(file: CheckedFile, max_line: int) -> Iterator[bytes]:
    """Lines from the beginning, the middle and the end; the first if there is no other."""
    size = file.size - nuls_at_end(file)
    if size <= LOOK:
        lines = _filled(os.pread(file.fd, size, 0).removeprefix(BOM))
        yield from lines if len(lines) <= SAMPLE else _parts(lines)
        return
    after = _end_of_first_line(file, size, max_line)
    begin = 0 if after <= LOOK else after
    found = [
        *_filled(_whole(os.pread(file.fd, LOOK, begin)).removeprefix(BOM))[:_PART],
        *_filled(_whole(os.pread(file.fd, _SHORT_LOOK, size // 2), is_inner=True))[:_PART],
        *_filled(_tail(file, size))[-_PART:],
    ]
    if not found:
        found.append(os.pread(file.fd, min(after or size, max_line), 0).removeprefix(BOM))
    yield from found


def _parts(lines: list[bytes]) -> list[bytes]:
    middle = max(_PART, len(lines) // 2)
    return [
        *lines[:_PART],
        *lines[middle : middle + _PART][: len(lines) - 2 * _PART],
        *lines[-_PART:],
    ]


def _filled(data: bytes) -> list[bytes]:
    return [line for line in data.split(b"\n") if line.strip()]


def _whole(data: bytes, *, is_inner: bool = False) -> bytes:
    """What is whole lines for certain, of a piece from the middle of a file or its beginning."""
    start = data.find(b"\n") + 1 if is_inner else 0
    return data[start : data.rfind(b"\n") + 1] if start or not is_inner else b""


def _tail(file: CheckedFile, size: int) -> bytes:
    data = os.pread(file.fd, min(_SHORT_LOOK, size), max(0, size - _SHORT_LOOK))
    return data[data.find(b"\n") + 1 :] if b"\n" in data else b""


def _end_of_first_line(file: CheckedFile, size: int, max_line: int) -> int:
    """Where the second line begins; 0 if the first one is all, or longer than it may be."""
    for at in range(0, min(size, max_line), LOOK):
        found = os.pread(file.fd, LOOK, at).find(b"\n")
        if found >= 0:
            return at + found + 1
    return 0


def _values(lines: Iterator[bytes]) -> Iterator[Any]:
    for line in lines:
        if not has_too_many_values(line):
            with suppress(orjson.JSONDecodeError):
                yield orjson.loads(line)


def _first_prompt(example: dict[str, Any]) -> str | None:
    given = example.get("input", example)
    messages = given.get("messages") if isinstance(given, dict) else None
    for message in messages if isinstance(messages, list) else []:
        if isinstance(message, dict) and message.get("role") in PROMPT_ROLES:
            content = message.get("content")
            return content if isinstance(content, str) else None
    return None
