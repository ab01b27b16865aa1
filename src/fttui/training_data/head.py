"""What the beginning of a file says about all of it, before the first block is judged."""

import os
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import orjson

from fttui.training_data.examples import PROMPT_ROLES, item_keys
from fttui.training_data.file_kinds import FileKind, recognise
from fttui.training_data.formats import Format, Method, detect
from fttui.training_data.profile import CheckProfile
from fttui.training_data.syntax import has_too_many_values

_FIRST_LOOK = 1 << 20
_EXAMPLES = 50


@dataclass(frozen=True, slots=True)
class Head:
    """The first examples of a file that could be parsed, and its kind if it is not JSON Lines."""

    kind: FileKind | None
    examples: tuple[Any, ...]

    def profile(self, base: CheckProfile, method: Method | None) -> CheckProfile:
        """Complete a profile by what the first examples look like."""
        found = detect(self.examples, method)
        first = next((e for e in self.examples if isinstance(e, dict)), {})
        return replace(
            base,
            format=found,
            item_keys=item_keys(first) if found is Format.REINFORCEMENT else (),
            first_prompt=_first_prompt(first),
        )


def read_head(fd: int, size: int, max_line: int) -> Head:
    """Read the first megabyte, or more if the first line is longer than that.

    An error of the disk gives an empty head: the reader will meet it again and report it.
    """
    try:
        head = os.pread(fd, _FIRST_LOOK, 0)
        if b"\n" not in head.lstrip() and size > len(head):
            head = os.pread(fd, max_line, 0)
    except OSError:
        return Head(None, ())
    whole = len(head) >= size
    kind = recognise(head, whole)
    return Head(kind, () if kind else _examples(head, whole))


def _examples(head: bytes, whole: bool) -> tuple[Any, ...]:
    lines = head.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    if not whole:
        lines.pop()
    filled = (line for line in lines if line.strip())
    parsed = (_parse(line) for line in islice(filled, _EXAMPLES))
    return tuple(value for value in parsed if value is not None)


def _parse(line: bytes) -> Any:
    if has_too_many_values(line):
        return None
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return None


def _first_prompt(example: dict[str, Any]) -> str | None:
    given = example.get("input", example)
    messages = given.get("messages") if isinstance(given, dict) else None
    for message in messages if isinstance(messages, list) else []:
        if isinstance(message, dict) and message.get("role") in PROMPT_ROLES:
            content = message.get("content")
            return content if isinstance(content, str) else None
    return None
