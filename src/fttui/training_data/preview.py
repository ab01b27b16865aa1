"""Leafing through the examples of a file of any size, one at a time.

The index of line starts grows only as far as somebody has looked, and keeps every 64th line, so
that a gigabyte is open at once and takes a few hundred kilobytes of memory.
"""

import json
from array import array
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Self

import orjson

from fttui.terminal.text import safe
from fttui.training_data.files import CheckedFile, open_checked
from fttui.training_data.syntax import has_too_many_values
from fttui.training_data.wording import key_path

_EVERY = 64
_BLOCK = 1 << 20
_LONGEST_LINE = 24 << 20
"""Bytes of a line that is read as an example: two pictures of 8 MB take 21 MB as text."""
_LONGEST_SHOWN = 200_000
_LONGEST_SHOWN_TEXT = 2_000
"""Characters of one text in a line that is longer, so that what follows is seen, too."""

_INDENT = "  "
_MAX_DEPTH = 100
_LONGEST_TEXT = 200_000


class Span(NamedTuple):
    """A stretch of a text, `end` exclusive."""

    start: int
    end: int


def pretty(value: Any, path: str = "", longest: int = _LONGEST_TEXT) -> tuple[str, Span | None]:
    """Write a value as indented JSON and locate a path such as `messages[1].role` in it.

    Of each text there are `longest` characters at most.
    Where the path leads to something that is not there, the innermost thing that is there is
    located; None stands for no path, or one of another value.
    """
    writer = _Writer(path, longest)
    writer.write(value, "", 0, 0)
    return "".join(writer.pieces), writer.span


class _Writer:
    """Collects the pieces of the text and remembers where the path was met."""

    def __init__(self, path: str, longest: int) -> None:
        self._longest = longest
        self.pieces: list[str] = []
        self.span: Span | None = None
        self._path = path
        self._length = 0
        self._found = ""

    def write(self, value: Any, path: str, depth: int, start: int) -> None:
        """Write a value; `start` is where its key begins, or it itself."""
        if depth >= _MAX_DEPTH:
            self._put("…")
        elif isinstance(value, dict) and value:
            self._write_items(value.items(), "{}", path, depth)
        elif isinstance(value, list) and value:
            self._write_items(((None, item) for item in value), "[]", path, depth)
        else:
            part = value[: self._longest + 1] if isinstance(value, str) else value
            written = json.dumps(part, ensure_ascii=False)
            self._put(safe(written, maxlen=self._longest))
        if path and len(path) > len(self._found) and self._leads_through(path):
            self._found = path
            self.span = Span(start, self._length)

    def _write_items(self, items: Any, brackets: str, path: str, depth: int) -> None:
        self._put(brackets[0])
        for index, (key, item) in enumerate(items):
            self._put(("," if index else "") + "\n" + _INDENT * (depth + 1))
            start = self._length
            if key is None:
                inner = f"{path}[{index}]"
            else:
                inner = key_path(path, key)
                self._put(safe(json.dumps(key, ensure_ascii=False)) + ": ")
            self.write(item, inner, depth + 1, start)
        self._put("\n" + _INDENT * depth + brackets[1])

    def _put(self, piece: str) -> None:
        self.pieces.append(piece)
        self._length += len(piece)

    def _leads_through(self, path: str) -> bool:
        """Tell whether the path that is looked for is this one or goes on from here."""
        if not self._path.startswith(path):
            return False
        rest = self._path[len(path) :]
        return not rest or rest[0] in ".["


@dataclass(frozen=True, slots=True)
class ExamplePage:
    """One line of the file, made readable; every text in it is safe to print."""

    line: int
    """From 1, blank lines included."""
    offset: int
    """The byte at which the line begins."""
    text: str
    """The example as indented JSON, or the line as it is if it is not JSON."""
    is_json: bool
    span: Span | None
    """Where in `text` the JSON path that was asked for is, as start and end; None if nowhere."""
    is_cut: bool
    """The line is longer than what is shown."""
    value: Any = None
    """The parsed example; None for a line that is not JSON."""
    size: int = 0
    """Bytes that were read of the line."""


class Preview:
    """An open file with an index of its lines that is filled in as needed.

    Every method may read from the disk: call them from a thread. `scan` lets a thread fill the
    index ahead, a piece at a time.
    """

    def __init__(self, source: Path | str | CheckedFile) -> None:
        self._owned = not isinstance(source, CheckedFile)
        self._file = source if isinstance(source, CheckedFile) else open_checked(source)
        self._marks = array("q", [0])
        """Offsets of the lines 1, 65, 129, ..."""
        self._met: deque[tuple[int, int]] = deque(maxlen=_EVERY)
        """Lines that were looked at last, with their offsets: long lines are not read again."""
        self._lines = 1
        self._scanned = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file, unless the caller opened it."""
        if self._owned:
            self._file.close()

    @property
    def name(self) -> str:
        """The file's name, safe to print."""
        return self._file.name

    @property
    def lines(self) -> int | None:
        """The number of lines, None until the whole file has been scanned."""
        if self._scanned < self._file.size:
            return None
        ends_open = self._file.size > 0 and self._last_byte() != b"\n"
        return self._lines - (0 if ends_open else 1)

    @property
    def lines_known(self) -> int:
        """Lines that have been found so far."""
        return self.lines if self.lines is not None else self._lines - 1

    def page(self, line: int, path: str = "") -> ExamplePage | None:
        """The line with this number, with a JSON path of it located; None behind the last line."""
        offset = self.offset_of(line)
        return None if offset is None else self._page(line, offset, path)

    def page_of(self, line: int, offset: int, path: str = "") -> ExamplePage:
        """The line that begins at a known byte, such as a problem's; needs no index."""
        return self._page(line, offset, path)

    def next_filled(self, line: int, step: int = 1) -> int | None:
        """The nearest line after (or, with step -1, before) `line` that is not blank."""
        line += step
        while line >= 1:
            offset = self.offset_of(line)
            if offset is None:
                return None
            if self._read(offset, 256).partition(b"\n")[0].strip():
                return line
            line += step
        return None

    def offset_of(self, line: int) -> int | None:
        """The byte at which a line begins, None behind the last line."""
        if line < 1:
            return None
        while self._lines < line and self.scan():
            pass
        if self._lines < line:
            return None
        mark = (line - 1) // _EVERY
        near = max((each for each in self._met if each[0] <= line), default=(0, 0))
        known, offset = max((mark * _EVERY + 1, self._marks[mark]), near)
        skip = line - known
        while skip:
            data = self._read(offset, _BLOCK)
            if not data:
                return None
            end = _nth_newline(data, skip)
            if end >= 0:
                offset += end + 1
                break
            skip -= data.count(b"\n")
            offset += len(data)
        self._met.append((line, offset))
        return offset if offset < self._file.size else None

    def scan(self) -> bool:
        """Read another piece of the file into the index; False when there is nothing more."""
        data = self._read(self._scanned, min(_BLOCK, self._file.size - self._scanned))
        if not data:
            self._scanned = max(self._scanned, self._file.size)
            return False
        found = data.count(b"\n")
        wanted = -(self._lines - 1) % _EVERY or _EVERY
        at = -1
        count = 0
        while count + wanted <= found:
            at = _nth_newline(data, wanted, at + 1)
            count += wanted
            self._marks.append(self._scanned + at + 1)
            wanted = _EVERY
        self._lines += found
        self._scanned += len(data)
        return True

    def _page(self, line: int, offset: int, path: str) -> ExamplePage:
        whole, is_cut = self._line(offset)
        size, is_long = len(whole), len(whole) > _LONGEST_SHOWN
        if offset == 0:
            whole = whole.removeprefix(b"\xef\xbb\xbf")
        value = _REFUSED if is_cut else _parsed(whole)
        if value is _REFUSED:
            is_cut = is_cut or size > _LONGEST_SHOWN
            text = safe(whole[: 2 * _LONGEST_SHOWN], maxlen=_LONGEST_SHOWN)
            return ExamplePage(line, offset, text, False, None, is_cut, size=size)
        written, span = pretty(value, path, _LONGEST_SHOWN_TEXT if is_long else _LONGEST_TEXT)
        is_cut = len(written) > _LONGEST_SHOWN
        return ExamplePage(line, offset, written[:_LONGEST_SHOWN], True, span, is_cut, value, size)

    def _line(self, offset: int) -> tuple[bytes, bool]:
        """The line that begins at a byte, without its end, and whether more of it is left."""
        pieces: list[bytes] = []
        length = 0
        while length < _LONGEST_LINE:
            piece, newline, _rest = self._read(offset + length, _BLOCK).partition(b"\n")
            pieces.append(piece)
            length += len(piece)
            if newline or not piece:
                return b"".join(pieces), False
        return b"".join(pieces), offset + length < self._file.size

    def _read(self, offset: int, wanted: int) -> bytes:
        return self._file.pread(wanted, offset)

    def _last_byte(self) -> bytes:
        return self._read(self._file.size - 1, 1)


_REFUSED: Any = object()


def _parsed(line: bytes) -> Any:
    if has_too_many_values(line):
        return _REFUSED
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return _REFUSED


def _nth_newline(data: bytes, count: int, start: int = 0) -> int:
    """The position of the `count`-th line feed from `start` on, -1 if there are fewer."""
    at = start - 1
    for _ in range(count):
        at = data.find(b"\n", at + 1)
        if at < 0:
            return -1
    return at
