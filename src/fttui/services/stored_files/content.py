"""The content of files on the endpoint: saved to the disk, or fetched to be looked at."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import os
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

from fttui.disk.writing import new_files
from fttui.services.aside import aside
from fttui.services.endpoint.errors import ConnectionLostError, ServiceError
from fttui.services.result_files import decoded, is_cut, rows_of, unpacked
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
_NOT_IN_A_NAME = re.compile(r"(?:<U\+[0-9A-F]+>|[^\w.-])+")
_ENDING = re.compile(r"\.[A-Za-z0-9]{1,8}$")
_LONGEST_NAME = 90
"""Bytes: names of files have 255 at most, and one that is taken gets a number."""
_WHOLE = re.compile(r"-?\d{1,15}")


class NoRowsError(ServiceError):
    """A content that has no rows was to be written as rows."""

    def __init__(self) -> None:
        super().__init__(
            _("The file has no rows of steps, so it cannot be written as CSV or JSON."),
            _("Save it as it is."),
            code="no_rows",
        )


class CutContentError(ServiceError):
    """A packed content has no end, or more in it than is unpacked."""

    def __init__(self) -> None:
        super().__init__(
            _("Its content is packed, and is cut or too large to be unpacked here."),
            _("`fttui files download --raw` gives it as it is."),
            code="cut_content",
        )


class _EnoughError(OSError):
    """As much has come as was wanted."""


def is_result(file: TrainingFile) -> bool:
    """True of a file that holds what a job has measured."""
    return "result" in (file.purpose or "").lower()


def local_name(file: TrainingFile) -> str:
    """A name to save the file by, without what a shell reads; never hidden, never a path."""
    told = _harmless(file.filename or file.id)
    ending = found[0] if (found := _ENDING.search(told)) else ""
    stem = told.removesuffix(ending).strip(".-") or _harmless(file.id).strip(".-") or "file"
    name = stem + ending
    if is_result(file) and not name.lower().endswith(RESULT_FORMATS):
        name += CSV
    while len(os.fsencode(name)) > _LONGEST_NAME:
        name = name[1:].lstrip(".-")
    return name


def _harmless(text: str) -> str:
    """Letters and digits of any script, as far as the disk has them, and a dash for all else."""
    text = unicodedata.normalize("NFC", text)
    try:
        os.fsencode(text)
    except UnicodeEncodeError:
        text = text.encode("ascii", "replace").decode()
    return _NOT_IN_A_NAME.sub("-", text).rstrip(".-")


def rows_as(content: bytes, kind: str) -> bytes:
    """The rows of a result file, decoded, as CSV, JSON or JSON lines; raises NoRowsError."""
    if is_cut(content):
        raise CutContentError
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
    on_bytes: Callable[[int], None] = lambda came: None,
) -> int:
    """Write the file's content to `path`, which must be free; the bytes that were written.

    Result files are decoded, into `kind` if that is given, unless `raw`; all others are written as
    they come, and `on_bytes` is told how many have. Raises ServiceError, and NotWritten of the
    disk; nothing is left then.
    """
    if not raw and (is_result(file) or kind):
        whole = await whole_content(handle, file, kind)
        async with aside(new_files(path)) as ((target,), disk):
            return await disk.do(target.write, whole)
    came = 0
    async with aside(new_files(path)) as ((target,), disk):

        async def take(piece: bytes) -> None:
            nonlocal came
            came += await disk.do(target.write, piece)
            on_bytes(came)

        await handle.receive_file(file.raw_id, take, file.size)
        _require_all(handle, file, came)
    return came


async def whole_content(
    handle: FineTuningHandle, file: TrainingFile, kind: str = AS_IT_IS, *, raw: bool = False
) -> bytes:
    """The content of a file in memory, up to 512 MB; decoded, into `kind`, unless `raw`."""
    content = await handle.file_content(file.raw_id, LARGEST_RESULT)
    _require_all(handle, file, len(content))
    return content if raw else await asyncio.to_thread(rows_as, content, kind)


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


async def fetch(handle: FineTuningHandle, file: TrainingFile, path: Path, most: int) -> bool:
    """Put the first `most` bytes of a file into a new one; True when that is all of it.

    A line that is cut at the end is left out. Raises ServiceError, and OSError of the disk.
    """
    came = 0

    def take(target: IO[bytes], piece: bytes) -> None:
        nonlocal came
        target.write(piece[: most - came])
        came += len(piece)
        if came > most:
            raise _EnoughError

    async with aside(_opened(path)) as (target, disk):
        try:
            await handle.receive_file(
                file.raw_id, lambda piece: disk.do(take, target, piece), file.size
            )
        except _EnoughError:
            await disk.do(_cut_last_line, target, most)
            return False
    return True


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    with path.open("x+b") as file:
        yield file


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
