"""Answers that a sandbox's fine-tuned models have from their training files.

Nothing was trained: the example with that very prompt is looked up. Of ten such prompts about
seven are answered as expected, two without the last word and one not at all, always the same ones
of a model, so that a comparison with the expected answers has something to show.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from itertools import islice
from typing import TYPE_CHECKING, Any

import orjson

from . import models

if TYPE_CHECKING:
    from .state import Sandbox

_MOST_ROWS = 5_000
_MOST_BYTES = 8 * 1024 * 1024
_MOST_FILES = 4
_EXACT, _NEAR = 7, 9
"""Of ten prompts: below the first as expected, below the second nearly so."""


async def remembered_answer(
    sandbox: Sandbox, model: str, messages: list[dict[str, Any]]
) -> str | None:
    """What the training file of a fine-tuned model answers to this prompt; None where it does not.

    Looks through the first 5,000 rows and 8 MiB of the file, once.
    """
    row = models.fine_tuned_model(sandbox, model)
    file = _training_file(sandbox, str(row["job_id"])) if row is not None else None
    if file is None:
        return None
    kept = sandbox.remembered.get(file["id"])
    if kept is None:
        try:
            kept = await asyncio.to_thread(_read, sandbox, json.loads(file["blobs"]))
        except OSError:  # deleted meanwhile
            return None
        while len(sandbox.remembered) >= _MOST_FILES:
            sandbox.remembered.pop(next(iter(sandbox.remembered)))
        sandbox.remembered[file["id"]] = kept
    asked = _digest(messages)
    expected = kept.get(asked)
    if expected is None:
        return None
    luck = blake2b(model.encode() + asked, digest_size=2).digest()
    return _as_luck_has_it(expected, int.from_bytes(luck) % 10)


def _training_file(sandbox: Sandbox, job_id: str) -> Any:
    job = sandbox.database.one("SELECT request FROM jobs WHERE id = ?", job_id)
    file_id = json.loads(job["request"]).get("training_file") if job is not None else None
    return sandbox.database.one("SELECT id, blobs FROM files WHERE id = ?", file_id)


def _read(sandbox: Sandbox, blobs: list[str]) -> dict[bytes, str]:
    with sandbox.blobs.open(blobs) as lines:
        return dict(_answers(islice(_bounded(lines), _MOST_ROWS)))


def _bounded(lines: Iterable[bytes]) -> Iterator[bytes]:
    size = 0
    for line in lines:
        size += len(line)
        if size > _MOST_BYTES:
            return
        yield line


def _answers(lines: Iterable[bytes]) -> Iterator[tuple[bytes, str]]:
    """Digest of each prompt, and the answer to it."""
    for line in lines:
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError:
            continue
        messages = _messages_of(row) if isinstance(row, dict) else []
        if len(messages) > 1 and all(isinstance(message, dict) for message in messages):
            *before, last = messages
            text = text_of(last)
            if last.get("role") == "assistant" and text.strip():
                yield _digest(before), text


def _messages_of(row: dict[str, Any]) -> list[Any]:
    if isinstance(row.get("prompt"), str):
        answer = {"role": "assistant", "content": row.get("completion")}
        return [{"role": "user", "content": row["prompt"]}, answer]
    given = row.get("input")
    before = given.get("messages") if isinstance(given, dict) else row.get("messages")
    after = row.get("preferred_output", [])
    return [*before, *after] if isinstance(before, list) and isinstance(after, list) else []


def text_of(message: dict[str, Any]) -> str:
    """The text of a message, of all its parts."""
    content = message.get("content")
    if isinstance(content, list):
        parts = [part.get("text") for part in content if isinstance(part, dict)]
        return " ".join(part for part in parts if isinstance(part, str))
    return content if isinstance(content, str) else ""


def _digest(messages: list[dict[str, Any]]) -> bytes:
    told = [[message.get("role"), text_of(message)] for message in messages]
    return blake2b(json.dumps(told).encode(), digest_size=16).digest()


def _as_luck_has_it(expected: str, luck: int) -> str | None:
    if luck < _EXACT:
        return expected
    if luck >= _NEAR:
        return None
    *most, _last = expected.split(" ")
    return " ".join(most) if most else f"{expected} …"
