"""Writing a corrected copy of a training file; the original is only read.

Only what is certain is corrected: the encoding, line ends, blank lines, exact duplicates, commas
before a closing bracket, and JSON that is an array or spread over lines. What a person has to
decide stays in the copy and is told by its check.
"""

import re
from array import array
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import orjson

from fttui.training_data.check import CheckCancelled, Limits, Settings, check_file
from fttui.training_data.converting import Layout, Line, RepairRefused, layout_of, lines_of
from fttui.training_data.files import CheckedFile, open_checked
from fttui.training_data.report import Report
from fttui.training_data.wording import plural
from fttui.training_data.writing import new_file

__all__ = ["Correction", "RepairRefused", "RepairReport", "repair"]

_FIRST = 10
_TICK = 1_000
_STRING_OR_COMMA = re.compile(rb'("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])')
_BOM = b"\xef\xbb\xbf"

_KINDS = {
    "array": ("JSON value put on a line of its own", "JSON values put on lines of their own"),
    "encoding": ("line converted to UTF-8", "lines converted to UTF-8"),
    "bom": ("byte order mark removed", ""),
    "crlf": ("carriage return removed", "carriage returns removed"),
    "blank": ("blank line removed", "blank lines removed"),
    "comma": ("line with a comma too many corrected", "lines with a comma too many corrected"),
    "duplicate": ("duplicate example removed", "duplicate examples removed"),
    "newline": ("line feed added at the end of the file", ""),
}


@dataclass(frozen=True, slots=True)
class Correction:
    """One kind of correction: how often it was made, and the lines of the first ones."""

    kind: str
    count: int
    lines: tuple[int, ...]

    @property
    def sentence(self) -> str:
        """What was done, e.g. `3 blank lines removed (lines 4, 9, 12)`."""
        one, many = _KINDS[self.kind]
        text = plural(self.count, one, many)
        if not self.lines or self.kind in ("bom", "newline", "array"):
            return text
        more = ", …" if self.count > len(self.lines) else ""
        numbers = ", ".join(f"{line:,}" for line in self.lines)
        return f"{text} (line{'s' if self.count > 1 else ''} {numbers}{more})"


@dataclass(frozen=True, slots=True)
class RepairReport:
    """What was corrected, and the check of the copy."""

    source: str
    destination: Path
    corrections: tuple[Correction, ...]
    lines_read: int
    examples_written: int
    check: Report


class _Journal:
    """Counts the corrections as they are made."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._lines: dict[str, list[int]] = {}

    def note(self, kind: str, line: int) -> None:
        """Count a correction of a line of the original."""
        self._counts[kind] = self._counts.get(kind, 0) + 1
        lines = self._lines.setdefault(kind, [])
        if len(lines) < _FIRST:
            lines.append(line)

    def corrections(self) -> tuple[Correction, ...]:
        """All kinds that were made, in a fixed order."""
        return tuple(
            Correction(kind, self._counts[kind], tuple(self._lines[kind]))
            for kind in _KINDS
            if kind in self._counts
        )


def repair(
    source: Path | str | CheckedFile,
    destination: Path | str,
    *,
    method: str | None = None,
    model: str | None = None,
    count_tokens: bool = True,
    cancelled: Callable[[], bool] | None = None,
    limits: Limits | None = None,
    settings: Settings | None = None,
) -> RepairReport:
    """Write a corrected copy to a file that does not exist yet, and check the copy.

    The copy appears under its name only when it is complete. Raises FileRefused or RepairRefused
    with a sentence, and CheckCancelled, after which nothing is left behind.
    """
    target = Path(destination).expanduser()
    with ExitStack() as stack:
        file = source
        if not isinstance(file, CheckedFile):
            file = stack.enter_context(open_checked(file))
        layout = layout_of(file)
        journal = _Journal()
        stop = cancelled or (lambda: False)
        repeated = _repeated_hashes(file, layout, stop)
        read = written = 0
        with new_file(target) as out:
            if file.size and not layout.is_json:
                _note_edges(file, journal)
            seen: dict[int, set[bytes]] = {value: set() for value in repeated}
            for line in _watched(lines_of(file, layout), stop):
                read += 1
                data = _corrected(line, journal)
                if data is None or _is_repeat(data, line.number, seen, journal):
                    continue
                if layout.is_json:
                    journal.note("array", line.number)
                out.write(data + b"\n")
                written += 1
        checked = check_file(
            target,
            method=method,
            model=model,
            count_tokens=count_tokens,
            cancelled=cancelled,
            limits=limits or Limits(),
            settings=settings or Settings(),
        )
        return RepairReport(file.name, target, journal.corrections(), read, written, checked)


def _watched(lines: Iterator[Line], stop: Callable[[], bool]) -> Iterator[Line]:
    for count, line in enumerate(lines):
        if count % _TICK == 0 and stop():
            raise CheckCancelled
        yield line


def _repeated_hashes(file: CheckedFile, layout: Layout, stop: Callable[[], bool]) -> set[int]:
    """Hashes that two or more lines share: the only lines that need a closer look."""
    quiet = _Journal()
    hashes = array("q")
    for line in _watched(lines_of(file, layout), stop):
        data = _corrected(line, quiet)
        if data is not None:
            hashes.append(hash(data))
    ordered = sorted(hashes)
    return {one for one, other in pairwise(ordered) if one == other}


def _corrected(line: Line, journal: _Journal) -> bytes | None:
    """The line as it is written, None if it is left out."""
    data = line.data
    if not data.strip():
        journal.note("blank", line.number)
        return None
    if line.had_crlf:
        journal.note("crlf", line.number)
    if line.was_converted:
        journal.note("encoding", line.number)
    if b",}" in data or b",]" in data or re.search(rb",\s+[}\]]", data):
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


def _is_repeat(data: bytes, number: int, seen: dict[int, set[bytes]], journal: _Journal) -> bool:
    known = seen.get(hash(data))
    if known is None:
        return False
    digest = sha256(data).digest()
    if digest in known:
        journal.note("duplicate", number)
        return True
    known.add(digest)
    return False


def _note_edges(file: CheckedFile, journal: _Journal) -> None:
    """Note what the copy changes at the beginning and the end of the file."""
    head, tail = file.pread(3, 0), file.pread(1, file.size - 1)
    if head == _BOM:
        journal.note("bom", 1)
    if tail != b"\n":
        journal.note("newline", 0)
