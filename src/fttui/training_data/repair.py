"""Writing a corrected copy of a training file; the original is only read.

Only what is certain is corrected: encodings, line ends, slips of syntax, values that another tool
writes in its own way, exact duplicates; tables and the formats of others are converted where it is
certain what is asked and what is answered. Each correction is told. What a person has to decide
stays in the copy and is told by its check.
"""

import os
from array import array
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from itertools import compress
from pathlib import Path
from time import monotonic
from typing import IO
from zlib import crc32

from fttui.disk.writing import new_files, require_free, target_of
from fttui.terminal.format import counted
from fttui.terminal.language import _
from fttui.training_data.check import (
    CheckCancelled,
    CheckSettings,
    Limits,
    Progress,
    check_file,
)
from fttui.training_data.converting import (
    BOM,
    Line,
    RepairRefused,
    batches_of,
    lines_of,
    require_unchanged,
)
from fttui.training_data.corrections import Correction, RepairLog
from fttui.training_data.file_text import nuls_at_end
from fttui.training_data.files import CheckedFile, open_checked
from fttui.training_data.foreign.columns import ColumnMap
from fttui.training_data.repair_plan import RepairPlan, RepairRun, plan_of
from fttui.training_data.report import Report
from fttui.training_data.tally import later_equals

__all__ = ["Correction", "RepairRefused", "RepairReport", "repair"]

_READ_AT_ONCE = 1 << 20


@dataclass(frozen=True, slots=True)
class RepairReport:
    """What was corrected, and the check of the copy."""

    source: str
    destination: Path
    corrections: tuple[Correction, ...]
    examples_written: int
    lines_corrected: int
    """Lines of the original that are not in the copy as they were."""
    plan: RepairPlan
    check: Report

    @property
    def sentence(self) -> str:
        """What the copy came to: how much was corrected, and how much is left to a person."""
        errors = self.check.error_count
        done = _("{lines} corrected", lines=counted(self.lines_corrected, "line"))
        if not errors:
            return _("{done}, no error is left.", done=done)
        left = counted(errors, "error is", "errors are")
        return _("{done}, {left} left to you.", done=done, left=left)


def repair(
    source: Path | str | CheckedFile,
    destination: Path | str,
    *,
    method: str | None = None,
    model: str | None = None,
    mapping: ColumnMap | None = None,
    count_tokens: bool = True,
    progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    limits: Limits | None = None,
    settings: CheckSettings | None = None,
    check: Callable[[Path], Report] | None = None,
) -> RepairReport:
    """Write a corrected copy to a file that does not exist yet, and check the copy.

    `mapping` says which columns are which, where the file does not say it for certain. The copy
    appears under its name only when it is complete. `check` checks it, in the place of what the
    options for that say. Raises FileRefused, RepairRefused or NotWritten with a sentence, and
    CheckCancelled, after which nothing is left behind.
    """
    target = target_of(destination)
    with ExitStack() as stack:
        file = source
        if not isinstance(file, CheckedFile):
            file = stack.enter_context(open_checked(file))
        require_free(target)
        plan = plan_of(file, method=method, model=model, mapping=mapping)
        plan.require_certain(file.name)
        log = RepairLog()
        with new_files(target) as (out,):
            copy = _Copy(file, plan, log, out, _Ticker(file.size, progress, cancelled))
            written = copy.write()
            require_unchanged(file)
        check = check or partial(
            check_file,
            method=method,
            model=model,
            count_tokens=count_tokens,
            progress=progress,
            cancelled=cancelled,
            limits=limits or Limits(),
            settings=settings or CheckSettings(),
        )
        done = log.corrections()
        return RepairReport(file.name, target, done, written, log.lines, plan, check(target))


class _Ticker:
    """Tells how far the writing has come, and stops it when that is wished."""

    def __init__(
        self,
        total: int,
        progress: Callable[[Progress], None] | None,
        cancelled: Callable[[], bool] | None,
    ) -> None:
        self._started = monotonic()
        self._total = total
        self._progress = progress
        self._cancelled = cancelled or (lambda: False)

    def tick(self, done: int) -> None:
        """`done` bytes of the original are in the copy; raises CheckCancelled."""
        if self._cancelled():
            raise CheckCancelled
        if self._progress is not None:
            seconds = monotonic() - self._started
            self._progress(Progress(min(done, self._total), self._total, seconds, 0))


class _Copy:
    """Writes the corrected lines, and then takes out those that equal an earlier one.

    12 bytes are kept of a line to find them by, too many bits for two lines to share them by
    chance, and 4 of its number.
    """

    def __init__(
        self, file: CheckedFile, plan: RepairPlan, log: RepairLog, out: IO[bytes], ticker: _Ticker
    ) -> None:
        self._file = file
        self._plan = plan
        self._log = log
        self._out = out
        self._ticker = ticker
        self._hashes, self._others, self._numbers = array("q"), array("I"), array("I")

    def write(self) -> int:
        """How many lines the copy has."""
        layout = self._plan.layout
        if self._file.size and not layout.is_json:
            _note_edges(self._file, self._log)
        if layout.left_out:
            self._log.note("left-out", 0, layout.left_out, times=len(layout.left_out))
        self._ticker.tick(0)
        for some in batches_of(RepairRun(self._plan, self._log).lines(self._numbered())):
            pieces = [line.data for line in some]
            self._hashes.extend(map(hash, pieces))
            self._others.extend(map(crc32, pieces))
            self._numbers.extend([line.number for line in some])
            self._out.write(b"\n".join(pieces) + b"\n")
            self._ticker.tick(self._read)
        repeated = later_equals(self._hashes, self._others)
        if 1 in repeated:
            self._take_out(repeated)
        return len(repeated) - repeated.count(1)

    def _numbered(self) -> Iterator[Line]:
        """The lines of the original as they stand there."""
        self._read = 0
        kind = self._plan.layout.correction
        for line in lines_of(self._file, self._plan.layout):
            self._read += len(line.data) + 1
            if kind:
                self._log.note(kind, line.number)
            yield line

    def _take_out(self, repeated: bytearray) -> None:
        """Move what is left together: the file only gets shorter."""
        for number in compress(self._numbers, repeated):
            self._log.note("duplicate", number)
        out, end, at = self._out, 0, 0
        out.flush()
        with open(out.fileno(), "rb", closefd=False) as written:
            written.seek(0)
            while lines := written.readlines(_READ_AT_ONCE):
                marks = repeated[at : at + len(lines)]
                at += len(lines)
                kept = b"".join(compress(lines, [not again for again in marks]))
                end = _put(out.fileno(), kept, end)
                self._ticker.tick(self._read)
        out.truncate(end)
        out.seek(end)


def _put(fd: int, data: bytes, at: int) -> int:
    """Write all of `data` at a place of a file; where it ends."""
    left = memoryview(data)
    while left:
        count = os.pwrite(fd, left, at)
        left, at = left[count:], at + count
    return at


def _note_edges(file: CheckedFile, log: RepairLog) -> None:
    """Note what the copy changes at the beginning and the end of the file."""
    nuls = nuls_at_end(file)
    head, tail = file.pread(3, 0), file.pread(1, file.size - nuls - 1)
    if head == BOM:
        log.note("bom", 1)
    if nuls:
        log.note("nul-tail", 0, times=nuls)
    if tail not in (b"\n", b"\r"):
        log.note("newline", 0)
