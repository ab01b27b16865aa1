"""What OpenAI's service says of a training file: its format, its size, its first fault.

Like the service, it stops at the first fault and answers in the service's words.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

import orjson

from . import errors
from .inspection import Format, Inspection, Rules
from .row_rules import InvalidFileError, check_row
from .state import Sandbox

MAX_ROW_TOKENS = 65_536
BYTES_PER_TOKEN = 4.8
"""Of JSONL in general, framing and tools included; until `jobs.billing` has counted."""


def inspect_lines(lines: Iterable[bytes], rules: Rules) -> Inspection:
    """Looks through the lines of a file; `reinforcement` allows extra keys beside messages."""
    format_: Format | None = None
    examples = tokens = 0
    keys: set[str] | None = None
    try:
        for line_number, line in enumerate(lines, 1):
            text = line.removeprefix(b"\xef\xbb\xbf") if line_number == 1 else line
            if text.isspace() or not text:
                continue
            examples += 1
            row = _parse(text, line_number, examples)
            format_ = format_ or _format(row, rules)
            check_row(format_, row, examples)
            tokens += min(MAX_ROW_TOKENS, round(len(text) / BYTES_PER_TOKEN) + 1)
            if rules == "reinforcement":
                keys = set(row) if keys is None else keys & set(row)
    except InvalidFileError as fault:
        return Inspection(
            format_, examples, tokens, (), fault.message if fault.unparsed else None,
            fault.code, fault.message,
        )  # fmt: skip
    return Inspection(format_, examples, tokens, tuple(sorted(keys or ())))


def _parse(text: bytes, line_number: int, example: int) -> dict[str, Any]:
    try:
        row = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise InvalidFileError(
            f"Invalid file format. Example {example} cannot be parsed. Error: line contains "
            f"invalid json: {_explain(text, str(error))} (line {line_number})",
            unparsed=True,
        ) from None
    if not isinstance(row, dict):
        shown = json.dumps(text[:40].decode("utf-8", "replace"), ensure_ascii=False)
        raise InvalidFileError(
            "Expected file to have JSONL format, where every line is a valid JSON dictionary. "
            f"Line starts with: {shown}.",
            unparsed=True,
        )
    return row


def _explain(text: bytes, fallback: str) -> str:
    try:
        json.loads(text)
    except (ValueError, RecursionError) as error:
        return str(error)
    return fallback


def _format(row: Mapping[str, Any], rules: Rules) -> Format:
    if "input" in row or "preferred_output" in row or "non_preferred_output" in row:
        return "preference"
    if "prompt" in row or "completion" in row:
        return "completions"
    if rules == "reinforcement":
        return "reinforcement"
    if "messages" in row or not row:
        return "chat"
    raise InvalidFileError(
        "Unexpected file format, expected either prompt/completion pairs or chat messages."
    )


def unknown_item_keys(template: str, keys: Iterable[str]) -> list[str]:
    """The names in `{{ item.x }}` of a grader's JSON that some row of the file lacks."""
    known = set(keys)
    names = []
    for piece in template.split("{{")[1:]:
        name = piece.partition("}}")[0].strip()
        if name.startswith("item."):
            first = name.removeprefix("item.").split(".")[0].split("[")[0]
            if first not in known and first not in names:
                names.append(first)
    return names


async def inspect_file(sandbox: Sandbox, file: sqlite3.Row, rules: Rules) -> Inspection:
    """What is in a file under the given rules, read the first time it is asked for."""
    known = sandbox.database.one(
        "SELECT result FROM inspections WHERE file_id = ? AND rules = ?", file["id"], rules
    )
    if known is not None:
        fields = json.loads(known["result"])
        return Inspection(**{**fields, "keys": tuple(fields["keys"])})
    try:
        result = await asyncio.to_thread(_read, sandbox, json.loads(file["blobs"]), rules)
    except FileNotFoundError:
        # Deleted between the look at its record and the look at its bytes.
        raise errors.no_such_file(file["id"]) from None
    remember(sandbox, file["id"], rules, result)
    return result


def remember(sandbox: Sandbox, file_id: str, rules: Rules, result: Inspection) -> None:
    """Stores what was found; does nothing for a file deleted in the meantime."""
    with sandbox.database.transaction():
        if sandbox.database.one("SELECT 1 FROM files WHERE id = ?", file_id) is None:
            return
        sandbox.database.execute(
            "INSERT OR REPLACE INTO inspections VALUES (?, ?, ?)",
            file_id, rules, json.dumps(asdict(result)),
        )  # fmt: skip
        if result.parse_problem:
            sandbox.database.execute(
                "UPDATE files SET problem = ? WHERE id = ?", result.parse_problem, file_id
            )


def _read(sandbox: Sandbox, blobs: list[str], rules: Rules) -> Inspection:
    with sandbox.blobs.open(blobs) as lines:
        return inspect_lines(until_ending(sandbox, lines), rules)


def until_ending(sandbox: Sandbox, lines: Iterable[bytes]) -> Iterator[bytes]:
    """The lines; raises the refusal of a server that ends, once it does."""
    for line in lines:
        if sandbox.ending.is_set():
            raise errors.ending()
        yield line
