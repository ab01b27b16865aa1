"""Looks through uploaded training files once, off the event loop, and remembers the result."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import asdict

from . import errors
from .state import Sandbox
from .training_files import Inspection, Rules, inspect_lines


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
        return inspect_lines(_until_ending(sandbox, lines), rules)


def _until_ending(sandbox: Sandbox, lines: Iterable[bytes]) -> Iterator[bytes]:
    for line in lines:
        if sandbox.ending.is_set():
            raise errors.ending()
        yield line
