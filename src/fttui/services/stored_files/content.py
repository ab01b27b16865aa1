"""The content of files on the endpoint: saved to the disk, or fetched to be looked at."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

from fttui.disk.writing import new_files
from fttui.services.endpoint.errors import ConnectionLostError, ServiceError
from fttui.services.result_files import decoded, rows_of, unpacked
from fttui.terminal.format import size_text
from fttui.terminal.language import _

if TYPE_CHECKING:
    from fttui.services.endpoint.fine_tuning_handle import FineTuningHandle
    from fttui.services.endpoint.models import TrainingFile

LARGEST_RESULT = 512 * 1024 * 1024
LARGEST_PREVIEW = 8 * 1024 * 1024
"""Bytes from the beginning of a file that are fetched to show examples of it."""
AS_IT_IS, CSV, JSON, JSON_LINES = "", ".csv", ".json", ".jsonl"
RESULT_FORMATS = (CSV, JSON, JSON_LINES)
"""What the rows of a result file can be written as, by the ending of a name."""
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_NAME = 80
_WHOLE = re.compile(r"-?\d{1,15}")


class NoRowsError(ServiceError):
    """A content that has no rows was to be written as rows."""

    def __init__(self) -> None:
        super().__init__(
            _("The file has no rows of steps, so it cannot be written as CSV or JSON."),
            _("Save it as it is."),
            code="no_rows",
        )


class _EnoughError(OSError):
    """As much has come as was wanted."""


def is_result(file: TrainingFile) -> bool:
    """True of a file that holds what a job has measured."""
    return "result" in (file.purpose or "").lower()


def local_name(file: TrainingFile) -> str:
    """A name to save the file by, of letters that any shell takes; never hidden, never a path."""
    name = _NOT_IN_A_NAME.sub("-", file.filename or file.id or "").strip(".-")
    name = name[-_LONGEST_NAME:].strip(".-") or "file"
    if is_result(file) and not name.lower().endswith(RESULT_FORMATS):
        name += CSV
    return name


def rows_as(content: bytes, kind: str) -> bytes:
    """The rows of a result file, decoded, as CSV, JSON or JSON lines; raises NoRowsError."""
    text = decoded(unpacked(content))
    is_csv = text.lstrip()[:1] not in (b"{", b"[")
    if kind == AS_IT_IS or (kind == CSV and is_csv):
        return text
    rows = [_numbered(row) for row in rows_of(text)]
    if not rows or not any("step" in row for row in rows):
        raise NoRowsError
    if kind == CSV:
        return _as_csv(rows)
    if kind == JSON:
        return json.dumps(rows, indent=1).encode() + b"\n"
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def _numbered(row: Mapping[str, object]) -> dict[str, object]:
    """The cells of a row: numbers as numbers, nothing as null; what is no number as it is."""
    return {str(name): _cell(cell) for name, cell in row.items() if name}


def _cell(cell: object) -> object:
    if not isinstance(cell, str):
        return cell
    if not cell.strip():
        return None
    if _WHOLE.fullmatch(cell):
        return int(cell)
    with suppress(ValueError):
        number = float(cell)
        if number == number and abs(number) != float("inf"):
            return number
    return cell


def _as_csv(rows: list[dict[str, object]]) -> bytes:
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode("utf-8", "replace")


async def save(
    handle: FineTuningHandle,
    file: TrainingFile,
    path: Path,
    kind: str = AS_IT_IS,
    *,
    raw: bool = False,
) -> int:
    """Write the file's content to `path`, which must be free; the bytes that were written.

    Result files are decoded, into `kind` if that is given, unless `raw`; all others are written as
    they come. Raises ServiceError, and NotWritten of the disk; nothing is left then.
    """
    whole: bytes | None = None
    if not raw and (is_result(file) or kind):
        content = await handle.file_content(file.raw_id, LARGEST_RESULT)
        _require_all(handle, file, len(content))
        whole = await asyncio.to_thread(rows_as, content, kind)
    with ExitStack() as stack:
        (target,) = await asyncio.to_thread(stack.enter_context, new_files(path))
        if whole is not None:
            count = await asyncio.to_thread(target.write, whole)
        else:
            count = await handle.records.content(file.raw_id, target.write, size=file.size)
            _require_all(handle, file, count)
        await asyncio.to_thread(stack.pop_all().close)
    return count


def _require_all(handle: FineTuningHandle, file: TrainingFile, came: int) -> None:
    """Raise when fewer bytes came than the file's record tells; an archive may have decoded it."""
    if handle.endpoint.archive or file.size is None or came >= file.size:
        return
    raise ConnectionLostError(
        _(
            "Only {came} of {size} came, so nothing was written.",
            came=size_text(came),
            size=size_text(file.size),
        ),
        _("The connection was cut, or something in between answered. Try again."),
        retryable=True,
    )


async def fetch(handle: FineTuningHandle, file: TrainingFile, target: IO[bytes], most: int) -> bool:
    """Put the first `most` bytes of a file into `target`; True when that is all of it.

    A line that is cut at the end is left out. Raises ServiceError, and OSError of the disk.
    """
    came = 0

    def take(piece: bytes) -> None:
        nonlocal came
        room = most - came
        target.write(piece[:room])
        came += min(len(piece), room)
        if len(piece) > room:
            raise _EnoughError

    try:
        await handle.records.content(file.raw_id, take, size=file.size)
    except _EnoughError:
        await asyncio.to_thread(_cut_last_line, target, most)
        return False
    target.flush()
    return True


def _cut_last_line(target: IO[bytes], size: int) -> None:
    """Leave out what stands behind the last line's end, if there is one."""
    target.flush()
    step, end = 65_536, size
    while end > 0:
        start = max(end - step, 0)
        target.seek(start)
        place = target.read(end - start).rfind(b"\n")
        if place >= 0:
            target.truncate(start + place + 1)
            return
        end = start
