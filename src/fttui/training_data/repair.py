"""Writing a corrected copy of a training file; the original is only read.

Only what is certain is corrected: the encoding, line ends, blank lines, exact duplicates, commas
before a closing bracket, and JSON that is an array or spread over lines. What a person has to
decide stays in the copy and is told by its check.
"""

import re
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from itertools import compress, islice
from pathlib import Path
from typing import IO
from zlib import crc32

import orjson

from fttui.disk.writing import new_files, require_free, target_of
from fttui.training_data.check import CheckCancelled, CheckSettings, Limits, check_file
from fttui.training_data.converting import (
    BOM,
    Layout,
    Line,
    RepairRefused,
    layout_of,
    line_of,
    lines_of,
    require_unchanged,
    whole_lines,
)
from fttui.training_data.corrections import Correction, RepairLog
from fttui.training_data.files import CheckedFile, open_checked
from fttui.training_data.report import Report
from fttui.training_data.tally import later_equals

__all__ = ["Correction", "RepairRefused", "RepairReport", "repair"]

_SOME = 1_000
_BLANK = re.compile(rb"\n\s*\n")
_COMMA = re.compile(rb",\s*[}\]]")
_STRING_OR_COMMA = re.compile(rb'("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])')


@dataclass(frozen=True, slots=True)
class RepairReport:
    """What was corrected, and the check of the copy."""

    source: str
    destination: Path
    corrections: tuple[Correction, ...]
    examples_written: int
    check: Report


def repair(
    source: Path | str | CheckedFile,
    destination: Path | str,
    *,
    method: str | None = None,
    model: str | None = None,
    count_tokens: bool = True,
    cancelled: Callable[[], bool] | None = None,
    limits: Limits | None = None,
    settings: CheckSettings | None = None,
    check: Callable[[Path], Report] | None = None,
) -> RepairReport:
    """Write a corrected copy to a file that does not exist yet, and check the copy.

    The copy appears under its name only when it is complete. `check` checks it, in the place of
    what the options for that say. Raises FileRefused, RepairRefused or NotWritten with a
    sentence, and CheckCancelled, after which nothing is left behind.
    """
    target = target_of(destination)
    with ExitStack() as stack:
        file = source
        if not isinstance(file, CheckedFile):
            file = stack.enter_context(open_checked(file))
        require_free(target)
        layout = layout_of(file)
        journal = RepairLog()
        stop = cancelled or (lambda: False)
        repeated = _repeated(file, layout, stop)
        with new_files(target) as (out,):
            if file.size and not layout.is_json:
                _note_edges(file, journal)
            kind = "array" if layout.is_json else ""
            batches = _batches(file, layout, journal, stop)
            written = _copy(batches, repeated, journal, kind, out)
            require_unchanged(file)
        check = check or partial(
            check_file,
            method=method,
            model=model,
            count_tokens=count_tokens,
            cancelled=cancelled,
            limits=limits or Limits(),
            settings=settings or CheckSettings(),
        )
        corrections = journal.corrections()
        return RepairReport(file.name, target, corrections, written, check(target))


@dataclass(frozen=True, slots=True)
class _Batch:
    """What is left of some lines of the original, corrected, with their numbers there."""

    numbers: Sequence[int]
    lines: list[bytes]


def _batches(
    file: CheckedFile, layout: Layout, journal: RepairLog, stop: Callable[[], bool]
) -> Iterator[_Batch]:
    """All lines, corrected; what needs no correction is passed on a block at a time."""
    if layout != Layout():
        lines = lines_of(file, layout)
        while some := list(islice(lines, _SOME)):
            _stop_if(stop)
            yield _corrected_batch(some, journal)
        return
    number = 1
    for block in whole_lines(file):
        _stop_if(stop)
        text = block.removeprefix(BOM) if number == 1 else block
        pieces = text[:-1].split(b"\n")
        numbers = range(number, number + len(pieces))
        if _needs_nothing(text):
            yield _Batch(numbers, pieces)
        else:
            found = [line_of(raw, at, layout) for at, raw in zip(numbers, pieces, strict=True)]
            yield _corrected_batch(found, journal)
        number += len(pieces)


def _stop_if(stop: Callable[[], bool]) -> None:
    if stop():
        raise CheckCancelled


def _needs_nothing(block: bytes) -> bool:
    """Tell whether whole lines hold nothing that `_corrected` would look at more closely."""
    return not (
        block[:1].isspace() or b"\r" in block or _BLANK.search(block) or _COMMA.search(block)
    )


def _corrected_batch(lines: list[Line], journal: RepairLog) -> _Batch:
    kept = [(line.number, _corrected(line, journal)) for line in lines]
    left = [(number, data) for number, data in kept if data is not None]
    return _Batch([number for number, _ in left], [data for _, data in left])


def _repeated(file: CheckedFile, layout: Layout, stop: Callable[[], bool]) -> bytearray:
    """A 1 for each line of the copy that equals an earlier one.

    12 bytes are kept of a line, too many bits for two lines to share them by chance.
    """
    hashes, others = array("q"), array("I")
    for batch in _batches(file, layout, RepairLog(), stop):
        hashes.extend(map(hash, batch.lines))
        others.extend(map(crc32, batch.lines))
    return later_equals(hashes, others)


def _copy(
    batches: Iterator[_Batch], repeated: bytearray, journal: RepairLog, kind: str, out: IO[bytes]
) -> int:
    """Write what is left without the repeats; how many lines were written.

    `kind` is the correction that every line is, if it is one.
    """
    written = place = 0
    for batch in batches:
        numbers, lines = batch.numbers, batch.lines
        marks = repeated[place : place + len(lines)]
        place += len(lines)
        if 1 in marks:
            for number in compress(numbers, marks):
                journal.note("duplicate", number)
            first = [not again for again in marks]
            numbers, lines = list(compress(numbers, first)), list(compress(lines, first))
        if kind:
            for number in numbers:
                journal.note(kind, number)
        if lines:
            out.write(b"\n".join(lines) + b"\n")
        written += len(lines)
    return written


def _corrected(line: Line, journal: RepairLog) -> bytes | None:
    """The line as it is written, None if it is left out."""
    data = line.data
    if not data.strip():
        journal.note("blank", line.number)
        return None
    if line.had_crlf:
        journal.note("crlf", line.number)
    if line.was_converted:
        journal.note("encoding", line.number)
    if _COMMA.search(data):
        mended = _without_commas(data)
        if mended is not None:
            journal.note("comma", line.number)
            return mended
    return data


def _without_commas(data: bytes) -> bytes | None:
    """The line without commas before closing brackets, None unless that makes it valid JSON."""
    if _is_json(data):
        return None
    mended = _STRING_OR_COMMA.sub(lambda found: found.group(1) or b"", data)
    return mended if _is_json(mended) else None


def _is_json(data: bytes) -> bool:
    try:
        orjson.loads(data)
    except orjson.JSONDecodeError:
        return False
    return True


def _note_edges(file: CheckedFile, journal: RepairLog) -> None:
    """Note what the copy changes at the beginning and the end of the file."""
    head, tail = file.pread(3, 0), file.pread(1, file.size - 1)
    if head == BOM:
        journal.note("bom", 1)
    if tail != b"\n":
        journal.note("newline", 0)
