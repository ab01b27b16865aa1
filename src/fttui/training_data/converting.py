"""The rows of a file in whatever encoding and layout it is, as lines of UTF-8 JSON."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from fttui.terminal.language import _
from fttui.training_data import workbooks
from fttui.training_data.containers import rows_of_container
from fttui.training_data.file_kinds import Ends, FileKind, Rows, kind_of_file
from fttui.training_data.file_text import (
    BOM,
    RepairRefused,
    blocks,
    limit,
    pread,
    texts,
    whole_lines,
)
from fttui.training_data.files import CheckedFile
from fttui.training_data.json_text import JsonText, decoded, rows_of_values
from fttui.training_data.tables import rows_of_table

__all__ = ["BOM", "Layout", "Line", "RepairRefused", "batches_of", "layout_of", "line_of",
           "lines_of", "require_unchanged", "whole_lines"]  # fmt: skip

_PUNCTUATION = frozenset("€‚„…†‡‰‹›‘’“”•–—™¡¢£¥§©«»®°±²³´·¹º¼½¾¿×÷\u00a0\u00ad")
_BATCH = 1_000
_BATCH_BYTES = 16_000_000
# The end of the data stands for an end too, so that no place is looked at twice.
_LINE_OF = {
    Ends.USUAL: re.compile(rb"([^\n]*+)(\n|\Z)"),
    Ends.CR: re.compile(rb"([^\r\n]*+)(\r\n|\n|\r|\Z)"),
    Ends.BOTH: re.compile(rb"((?:[^\r\n]++|\r(?!\n|\s{0,99}+(?:[{\[]|\Z)))*+)(\r\n|\n|\r|\Z)"),
}


@dataclass(frozen=True, slots=True)
class Layout:
    """How the examples are laid out in a file."""

    codec: str = "utf-8"
    """Python's name of the encoding of the file, or of the lines that are not UTF-8."""
    mixed: bool = False
    """Most lines are UTF-8; only the others are decoded with `codec`."""
    kind: FileKind | None = None
    """What the file is instead of JSON Lines with line feeds."""

    @property
    def rows(self) -> Rows:
        """How the examples lie in the file."""
        return (self.kind and self.kind.rows) or Rows.LINES

    @property
    def is_json(self) -> bool:
        """Whether the rows are not lines of the file, so that line ends say nothing of them."""
        return self.rows is not Rows.LINES

    @property
    def correction(self) -> str:
        """The correction that each row is, empty if it is none."""
        return self.kind.mend if self.is_json and self.kind is not None else ""

    @property
    def left_out(self) -> tuple[str, ...]:
        """What the file holds beside its examples, and a copy does not."""
        return self.kind.left_out if self.kind is not None else ()


@dataclass(frozen=True, slots=True)
class Line:
    """A line without its line end, as UTF-8 where that could be done."""

    data: bytes
    number: int
    """The line of the original in which it begins, or for JSON across lines and tables that are
    no text the number of the value or row."""
    had_crlf: bool = False
    was_converted: bool = False
    corrections: tuple[str, ...] = ()
    """The other corrections that reading it has made."""


def layout_of(file: CheckedFile) -> Layout:
    """Look a file over, as far as that is needed, and tell its layout.

    Raises RepairRefused for an archive, a document or an encoding that is not certain.
    """
    pread(file, 0, 1)
    return layout_of_kind(file, kind_of_file(file), is_thorough=True)


def layout_of_kind(
    file: CheckedFile, kind: FileKind | None, *, is_thorough: bool = False
) -> Layout:
    """The layout of a file whose kind is known.

    Only when it `is_thorough` are all lines looked at to tell their encoding. Raises
    RepairRefused as `layout_of` does.
    """
    if kind is not None and kind.rows is None:
        raise RepairRefused(
            _(
                "{name} is {name2}, which cannot be corrected: {fix}.",
                name=file.name,
                name2=kind.name,
                fix=kind.fix,
            )
        )
    if kind is not None and (kind.codec or kind.rows in (Rows.WORKBOOK, Rows.PARQUET)):
        return Layout(kind.codec or "utf-8", kind=kind)
    codec = _encoding_of_lines(file) if is_thorough else ""
    return Layout(codec or "utf-8", mixed=bool(codec), kind=kind)


def _encoding_of_lines(file: CheckedFile) -> str:
    """The one other encoding that all lines that are not UTF-8 agree on; empty if there is none."""
    bad: list[bytes] = []
    seen_multibyte = False
    for data in _lines(whole_lines(file)) if not _is_one_line(file) else _pieces(file):
        if data.isascii():
            continue
        try:
            data.decode()
            seen_multibyte = True
        except UnicodeDecodeError:
            bad.append(data[:4096])
            if len(bad) >= 1000:
                break
    if not bad:
        return ""
    if all(_is_cesu(line) for line in bad):
        return "cesu-8"
    if not seen_multibyte and all(_is_windows_1252(line) for line in bad):
        return "cp1252"
    raise RepairRefused(
        _(
            "{name} is not UTF-8, and its encoding cannot be told for certain. "
            "Save it as UTF-8 with the program that wrote it.",
            name=file.name,
        )
    )


def _is_one_line(file: CheckedFile) -> bool:
    return b"\n" not in file.pread(1 << 20, 0)


def _lines(found: Iterable[bytes]) -> Iterator[bytes]:
    """The bytes between line feeds; nothing after the last one if that ends the file."""
    for block in found:
        yield from block[:-1].split(b"\n")


def _pieces(file: CheckedFile) -> Iterator[bytes]:
    """The bytes of a file without line feeds, in pieces that begin and end with ASCII."""
    rest = b""
    for data in blocks(file):
        rest += data
        end = next((at for at in range(len(rest), 0, -1) if rest[at - 1] < 0x80), 0)
        yield rest[:end]
        rest = rest[end:]
    yield rest


def _is_cesu(line: bytes) -> bool:
    """Surrogate pairs written as two sequences of three bytes, as Java and Oracle do."""
    try:
        _from_cesu(line)
    except UnicodeError:
        return False
    return True


def _from_cesu(line: bytes) -> str:
    text = line.decode("utf-8", "surrogatepass")
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")


def _is_windows_1252(line: bytes) -> bool:
    """Every byte has a meaning, and what is not ASCII are letters and usual punctuation."""
    try:
        text = line.decode("cp1252")
    except UnicodeDecodeError:
        return False
    return all(c.isascii() or c.isalpha() or c in _PUNCTUATION for c in text)


def lines_of(file: CheckedFile, layout: Layout) -> Iterator[Line]:
    """Yield the lines, or the examples of another layout one to a line, blank lines included.

    Raises RepairRefused where the file is not what its layout says.
    """
    if layout.rows in (Rows.WORKBOOK, Rows.PARQUET):
        is_book = layout.rows is Rows.WORKBOOK
        read = workbooks.rows_of_workbook if is_book else workbooks.rows_of_parquet
        for number, row in read(file):
            text, is_whole = workbooks.written(row, number, file.name)
            yield Line(text.encode(), number, corrections=() if is_whole else ("no-number",))
    elif layout.is_json:
        yield from _rows_of_text(file, layout)
    elif layout.kind is None:
        for number, raw in enumerate(_lines(whole_lines(file)), 1):
            yield line_of(raw.removeprefix(BOM) if number == 1 else raw, number, layout)
    else:
        yield from _ended_lines(file, layout)


def _rows_of_text(file: CheckedFile, layout: Layout) -> Iterator[Line]:
    pieces, kind = texts(file, layout.codec), layout.kind
    assert kind is not None
    if kind.table is not None:
        for number, row in rows_of_table(pieces, kind.table, file.name):
            yield _line_of_text(row, number, layout, ())
        return
    text = JsonText(pieces, file.name)
    if kind.container is not None:
        found = rows_of_container(text, kind.container, file.name)
    else:
        found = rows_of_values(text, opens_arrays=kind.rows is Rows.ITEMS)
    for number, row in enumerate(found, 1):
        plain = decoded(row)
        corrections = ("control",) if text.has_escaped else ()
        text.has_escaped = False
        if plain is not row:
            corrections = (*corrections, "decoded")
        yield _line_of_text(plain, number, layout, corrections)


def _line_of_text(text: str, number: int, layout: Layout, corrections: tuple[str, ...]) -> Line:
    """A row of a text in any encoding; halves of a pair that CESU-8 leaves apart are joined."""
    was_converted = layout.codec != "utf-8" and not (layout.mixed and text.isascii())
    try:
        data = text.encode()
    except UnicodeEncodeError:
        data = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()
    return Line(data, number, was_converted=was_converted, corrections=corrections)


def line_of(raw: bytes, number: int, layout: Layout) -> Line:
    """A line of a file whose lines are bytes, as it stands between two line feeds."""
    data = raw.removesuffix(b"\r")
    had_crlf = len(data) != len(raw)
    if not layout.mixed or data.isascii():
        return Line(data, number, had_crlf)
    try:
        data.decode()
    except UnicodeDecodeError:
        text = _from_cesu(data) if layout.codec == "cesu-8" else data.decode(layout.codec)
        return Line(text.encode(), number, had_crlf, was_converted=True)
    return Line(data, number, had_crlf)


def _ended_lines(file: CheckedFile, layout: Layout) -> Iterator[Line]:
    """The lines of a file in another encoding, or whose lines end in other ways."""
    ends = layout.kind.ends if layout.kind is not None else Ends.USUAL
    is_decoded = layout.codec != "utf-8" and not layout.mixed
    pieces = blocks(file)
    if is_decoded:
        pieces = (text.encode() for text in texts(file, layout.codec))
    for number, (raw, end) in enumerate(_split(pieces, _LINE_OF[ends]), 1):
        line = line_of(raw.removeprefix(BOM) if number == 1 else raw, number, layout)
        yield Line(
            line.data,
            number,
            line.had_crlf or end == b"\r\n",
            was_converted=line.was_converted or is_decoded,
            corrections=("line-ends",) if end == b"\r" else (),
        )


def _split(pieces: Iterator[bytes], line: re.Pattern[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Each line and what ends it, nothing for the last one."""
    rest = b""
    for piece in chain(pieces, [b""]):
        rest += piece
        limit(len(rest))
        # What a carriage return is can be told when something follows it.
        sure = rest.rstrip() if piece else rest
        at = 0
        for found in line.finditer(sure):
            if not found[2]:
                break
            yield found[1], found[2]
            at = found.end()
        rest = rest[at:]
    if rest:
        yield rest, b""


def batches_of(lines: Iterable[Line]) -> Iterator[list[Line]]:
    """Lines in batches of some, and of few bytes, so that long ones are not held together."""
    batch: list[Line] = []
    held = 0
    for line in lines:
        batch.append(line)
        held += len(line.data)
        if len(batch) >= _BATCH or held >= _BATCH_BYTES:
            yield batch
            batch, held = [], 0
    if batch:
        yield batch


def require_unchanged(file: CheckedFile) -> None:
    """Raise RepairRefused if the file is not what it was when it was opened, or not there."""
    change = file.change()
    if change:
        raise RepairRefused(
            _(
                "{name} was not left alone: {change}. Nothing was written; start again.",
                name=file.name,
                change=change,
            )
        )
