"""A job's result file: the CSV of its steps, which OpenAI sends as base64 and others as text."""

from __future__ import annotations

import base64
import binascii
import csv
import io
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, replace

from fttui.services.endpoint.events import Metrics
from fttui.services.endpoint.reading import parse_json

_COLUMNS = {
    "step": "step",
    "train_loss": "train_loss",
    "train_accuracy": "train_mean_token_accuracy",
    "train_mean_token_accuracy": "train_mean_token_accuracy",
    "valid_loss": "valid_loss",
    "valid_accuracy": "valid_mean_token_accuracy",
    "valid_mean_token_accuracy": "valid_mean_token_accuracy",
    "validation_mean_token_accuracy": "valid_mean_token_accuracy",
    "full_valid_loss": "full_valid_loss",
    "full_valid_mean_token_accuracy": "full_valid_mean_token_accuracy",
    "train_mean_reward": "train_mean_reward",
    "full_valid_mean_reward": "full_valid_mean_reward",
    "loss": "train_loss",
    "eval_loss": "valid_loss",
    "val_loss": "valid_loss",
    "validation_loss": "valid_loss",
}
_PACKED = b"\x1f\x8b"
_LARGEST = 256 * 1024 * 1024
_MOST_PARTS = 100_000
_PIECE = 16_384
"""Bytes that are unpacked at once: what is behind a part's end is copied each time."""
_LISTS = ("data", "metrics", "steps", "results", "history", "log_history")
_MOST_ROWS = 1_000_000


def decoded(content: bytes) -> bytes:
    """The file as text: base64 is undone when the whole content is base64 of a text."""
    compact = b"".join(content.split())
    if b"," in compact or len(compact) % 4:
        return content
    inner = b""
    try:
        inner = base64.b64decode(compact, validate=True)
        inner.decode("utf-8")
    except (binascii.Error, ValueError):
        return unpacked(inner) if inner.startswith(_PACKED) else content
    return inner


def read_metrics(content: bytes) -> list[Metrics]:
    """The steps of a result file, by its header; cells that are no number are left out.

    It may be CSV, or JSON whose objects have the names of its columns; and packed by gzip.
    """
    content = decoded(unpacked(content))
    steps = []
    try:
        for row in rows_of(content):
            cells = {
                _COLUMNS[name]: _number(cell) for name, cell in row.items() if name in _COLUMNS
            }
            measured = {
                name: number for name, number in cells.items() if not _is_blank(name, number)
            }
            metrics = Metrics.read(measured)
            if metrics is not None and metrics.step is not None:
                steps.append(metrics)
            if len(steps) >= _MOST_ROWS:
                break
    except csv.Error:
        return merge_steps(steps)
    return merge_steps(steps)


def has_steps(content: bytes) -> bool:
    """Whether a result file is one that steps can be read from, though it may have none yet."""
    content = decoded(unpacked(content)).strip()
    if content[:1] in (b"{", b"["):
        return any("step" in row for row in rows_of(content))
    header = content.partition(b"\n")[0].removeprefix(b"\xef\xbb\xbf")
    return not content or b"step" in [name.strip(b' "\r') for name in header.split(b",")]


def unpacked(content: bytes) -> bytes:
    """What is packed by gzip, as far as it came and up to 256 MB of it; all else as it is."""
    return _unpacked(content)[0]


def is_cut(content: bytes) -> bool:
    """True of what is packed by gzip and lacks its end, or is too large when it is unpacked."""
    return not _unpacked(content)[1]


def _unpacked(content: bytes) -> tuple[bytes, bool]:
    """What is packed, of one part or several, and whether that is all of it."""
    if not content.startswith(_PACKED):
        return content, True
    found, at, count = list[bytes](), 0, 0
    room = _LARGEST
    while content.startswith(_PACKED, at) and count < _MOST_PARTS:
        unpacker = zlib.decompressobj(wbits=31)
        while not unpacker.eof and at < len(content) and room > 0:
            piece = content[at : at + _PIECE]
            try:
                found.append(unpacker.decompress(piece, room))
            except zlib.error:
                return (b"".join(found), False) if count else (content, True)
            at += len(piece) - len(unpacker.unused_data) - len(unpacker.unconsumed_tail)
            room -= len(found[-1])
        if not unpacker.eof:
            return b"".join(found), False
        count += 1
    return b"".join(found), not content[at:].strip(b"\0")


def rows_of(content: bytes) -> Iterator[Mapping[str, object]]:
    """The rows of CSV, or the objects of JSON: of a list, of one in an object, or one a line."""
    if content.lstrip()[:1] not in (b"{", b"["):
        text = content.decode("utf-8-sig", "replace").replace("\0", "")
        yield from csv.DictReader(io.StringIO(text))
        return
    told = _json(content)
    if isinstance(told, dict):
        told = next((told[name] for name in _LISTS if isinstance(told.get(name), list)), [told])
    found = told if isinstance(told, list) else map(_json, content.splitlines())
    yield from (row for row in found if isinstance(row, dict))


def _json(content: bytes) -> object:
    try:
        return parse_json(content)
    except (ValueError, OverflowError):
        return None


def merge_steps(found: Iterable[Metrics]) -> list[Metrics]:
    """One entry a step, in order; of a number that is told twice for a step, the last counts."""
    steps: dict[int, Metrics] = {}
    for metrics in found:
        if metrics.step is None:
            continue
        if metrics.step not in steps:
            steps[metrics.step] = metrics
            continue
        measured = {
            field.name: value
            for field in fields(metrics)
            if (value := getattr(metrics, field.name)) is not None
        }
        steps[metrics.step] = replace(steps[metrics.step], **measured)
    return [steps[step] for step in sorted(steps)]


def _is_blank(name: str, number: float | None) -> bool:
    """Whether nothing was measured: some endpoints write -1 there, which only a reward can be."""
    return number is None or (number == -1 and "reward" not in name)


def _number(cell: object) -> float | None:
    if isinstance(cell, bool):
        return None
    try:
        return float(cell) if isinstance(cell, str | int | float) else None
    except (ValueError, OverflowError):
        return None
