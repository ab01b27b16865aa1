"""The rows of a training file in OpenAI's formats, as the trainer uses them.

The server has looked through the file by its rules; what is looked at here is what training
needs, and each fault names the line.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .conversation import Message, normal_messages, normal_tools
from .failure import RowFaultError


@dataclass(frozen=True)
class Chat:
    """Messages of which those with weight 1 are learnt; `weights` has one for each assistant's."""

    line: int
    messages: list[Message]
    tools: list[dict[str, Any]] | None
    weights: tuple[int, ...]


@dataclass(frozen=True)
class Completion:
    """A text and how it goes on."""

    line: int
    prompt: str
    completion: str


@dataclass(frozen=True)
class Pair:
    """Two ways to go on from the same messages: only what was answered is learnt from."""

    line: int
    chosen: Chat
    rejected: Chat


Row = Chat | Completion | Pair


def read_rows(path: Path, method: str) -> Iterator[Row]:
    """The rows of a file, blank lines left out; raises RowFaultError that names the line."""
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            text = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
            if not text.strip():
                continue
            try:
                yield row_of(json.loads(text), number, method)
            except (ValueError, RecursionError):
                raise RowFaultError(f"line {number} is not JSON") from None
            except RowFaultError as fault:
                raise RowFaultError(f"line {number} {fault}") from None
            except (KeyError, TypeError, AttributeError):
                raise RowFaultError(f"line {number} has not the shape of an example") from None


def row_of(row: Any, line: int, method: str) -> Row:
    """One row as read from JSON; raises RowFaultError, and what a strange shape raises."""
    if not isinstance(row, dict):
        raise RowFaultError("is not a JSON object")
    if method == "dpo":
        return _pair(row, line)
    if "messages" in row:
        messages, weights = normal_messages(row["messages"])
        return _chat(line, messages, normal_tools(row), weights)
    if isinstance(row.get("prompt"), str) and isinstance(row.get("completion"), str):
        return Completion(line, row["prompt"], row["completion"])
    raise RowFaultError("has neither 'messages' nor 'prompt' and 'completion'")


def _chat(
    line: int, messages: list[Message], tools: list[dict[str, Any]] | None, weights: list[int]
) -> Chat:
    if 1 not in weights:
        raise RowFaultError("has no assistant message to learn")
    return Chat(line, messages, tools, tuple(weights))


def _pair(row: dict[str, Any], line: int) -> Pair:
    if not {"input", "preferred_output", "non_preferred_output"} <= set(row):
        raise RowFaultError("has not 'input', 'preferred_output' and 'non_preferred_output'")
    given = row["input"]
    before, weights = normal_messages(given["messages"])
    tools = normal_tools(given)
    ways = []
    for name in ("preferred_output", "non_preferred_output"):
        after, learnt = normal_messages(row[name])
        ways.append(_chat(line, before + after, tools, [0] * len(weights) + learnt))
    return Pair(line, *ways)
