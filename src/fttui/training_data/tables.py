"""Text tables: what separates the cells of one, what its columns are, and its rows as JSON."""

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from fttui.terminal.language import _
from fttui.terminal.text import safe
from fttui.training_data import file_text
from fttui.training_data.containers import KNOWN_COLUMNS
from fttui.training_data.file_text import RepairRefused

_NAMES = {
    ",": _("a CSV table"),
    ";": _("a CSV table (with semicolons)"),
    "\t": _("a table of tab-separated values"),
    "|": _("a table (with | between the cells)"),
}
_LOOK = 200
_LONGEST_NAME = 60
_HEADER = re.compile(r"[^\W\d][\w .:/()#%&+-]*")
_WORD = re.compile(r"[^\W\d][\w.-]*")
_LINE = re.compile(r"[^\r\n]*+(\r\n|\n|\r|\Z)")
_SURE = 3
_MOST_WORDS = 5
"""Of a name of a column, in a table whose rows all have as many cells."""


@dataclass(frozen=True, slots=True)
class Table:
    """How a table is written."""

    delimiter: str
    columns: tuple[str, ...]
    """Empty where the first row holds no names."""
    has_quotes: bool = True
    """Whether quotes enclose cells; else they are characters like others."""

    @property
    def name(self) -> str:
        """What the file is, with its article."""
        kind = _NAMES[self.delimiter]
        if not self.columns:
            return _("{kind} whose first line holds no names of columns", kind=kind)
        return kind


def table_of(text: str, whole: bool) -> Table | None:
    """Tell how a table is written that begins like this; None for any other text.

    `whole` says that this is all there is. A table has as many cells in each of several records
    as in its header, and a header that reads like one; lines of JSON and prose never do.
    """
    if _is_mostly_json(text):
        return None
    found = [
        Table(delimiter, names, has_quotes)
        for delimiter in _NAMES
        for has_quotes in ((True, False) if delimiter == "\t" else (True,))
        if (names := _names(text, whole, delimiter, has_quotes)) is not None
    ]
    return max(found, key=lambda one: len(one.columns), default=None)


def _is_mostly_json(text: str) -> bool:
    lines = [line for line in text.splitlines()[:_LOOK] if line.strip()]
    return sum(line.lstrip()[:1] in ("{", "[") for line in lines) * 2 > len(lines)


def _names(text: str, whole: bool, delimiter: str, has_quotes: bool) -> tuple[str, ...] | None:
    """The header of a table with this delimiter, empty if it has none; None if it is no table."""
    records = _records(text, whole, delimiter, has_quotes)
    if len(records) < 2:
        return None
    header, rows = _trimmed(records[0]), records[1:]
    same = sum(len(row) == len(header) or _fits(row, len(header)) for row in rows)
    if same < 1 or same * 10 < len(rows) * 9:
        return None
    names = tuple(cell.strip() for cell in header)
    known = {name.lower() for name in names} & KNOWN_COLUMNS
    if len(header) < 2:
        return names if known and all(_is_json_cell(row) for row in rows) else None
    words = _SURE if same < len(rows) else _MOST_WORDS
    is_sure = known or all(map(_WORD.fullmatch, names)) or same >= _SURE
    if is_sure and _is_header(header, words):
        return names
    is_table = (delimiter == "\t" or '"' in text) and same >= _SURE and same == len(rows)
    return () if is_table and not any(cell[:1] == " " for cell in header) else None


def _is_json_cell(row: Sequence[str]) -> bool:
    return len(row) == 1 and row[0][:1] in ("{", "[")


def _is_header(cells: Sequence[str], words: int) -> bool:
    """Tell whether all cells read like names: short, different, and no sentences or numbers."""
    names = [cell.strip() for cell in cells]
    return len(set(names)) == len(names) and all(
        len(name) <= _LONGEST_NAME
        and _HEADER.fullmatch(name)
        and not cell.startswith(" ")
        and len(name.split()) <= words
        for cell, name in zip(cells, names, strict=True)
    )


def _records(text: str, whole: bool, delimiter: str, has_quotes: bool) -> list[list[str]]:
    """The first records that are not blank; none where the text is not such a table."""
    reader = _reader(iter(_lines(iter([text]))), delimiter, has_quotes)
    records: list[list[str]] = []
    try:
        for record in reader:
            if any(cell.strip() for cell in record):
                records.append(record)
            if len(records) > _LOOK:
                return records
    except csv.Error as error:
        if "end of data" in str(error) and not whole:
            return records
        return records if len(records) > _SURE and delimiter != "\t" else []
    return records if whole else records[:-1]


def _reader(lines: Iterator[str], delimiter: str, has_quotes: bool) -> Any:
    csv.field_size_limit(file_text.MAX_LINE)
    if has_quotes:
        return csv.reader(lines, delimiter=delimiter, strict=True)
    return csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)


def _trimmed(cells: list[str]) -> list[str]:
    """A row without the empty cells at its end."""
    end = len(cells)
    while end and not cells[end - 1].strip():
        end -= 1
    return cells[:end]


def _fits(cells: list[str], width: int) -> bool:
    """Tell whether a row is as wide as the header but for empty cells after its end."""
    return len(cells) > width >= len(_trimmed(cells))


def rows_of_table(pieces: Iterator[str], table: Table, name: str) -> Iterator[tuple[int, str]]:
    """Each row as a JSON object of texts, with the line in which it begins; "" for a blank one.

    Raises RepairRefused, with the line, for a row that has more or fewer cells than the header
    and for a quote that is not closed.
    """
    reader = _reader(_lines(pieces), table.delimiter, table.has_quotes)
    keys = [json.dumps(column, ensure_ascii=False) for column in table.columns]
    is_header, number = True, 1
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise _broken(number, reader.line_num, name, str(error)) from None
        if cells is None:
            return
        if not any(cell.strip() for cell in cells):
            yield number, ""
        elif is_header:
            is_header = False
        else:
            if len(cells) != len(keys):
                if not _fits(cells, len(keys)):
                    raise _ragged(number, len(_trimmed(cells)), table, name)
                cells = cells[: len(keys)]
            values = (json.dumps(cell, ensure_ascii=False) for cell in cells)
            pairs = zip(keys, values, strict=True)
            yield number, "{" + ", ".join(f"{key}: {value}" for key, value in pairs) + "}"


def _ragged(number: int, cells: int, table: Table, name: str) -> RepairRefused:
    return RepairRefused(
        _(
            "Line {number:,} of {name} does not fit the table: it has {cells} cells, and there are "
            "{width} columns ({columns}). Put a cell that holds a separator in quotes, then "
            "convert again.",
            number=number,
            name=name,
            cells=cells,
            width=len(table.columns),
            columns=safe(", ".join(table.columns), maxlen=_LOOK),
        )
    )


def _broken(number: int, last: int, name: str, why: str) -> RepairRefused:
    if "end of data" in why or "field larger" in why:
        return RepairRefused(
            _(
                "A quote in {name} is not closed: the row that begins in line {number:,} has no "
                "end. Close it, or write a quote within a cell twice.",
                name=name,
                number=number,
            )
        )
    return RepairRefused(
        _(
            "A cell in line {last:,} of {name} goes on after its closing quote. Write each quote "
            "within a cell twice, then convert again.",
            last=last,
            name=name,
        )
    )


def _lines(pieces: Iterator[str]) -> Iterator[str]:
    """The lines of a text with their ends, of which there are three kinds."""
    rest = ""
    for piece in pieces:
        rest += piece
        at = 0
        for found in _LINE.finditer(rest):
            if found.end() == len(rest) and found[1] != "\n":
                break  # it may go on in the next piece, if only with a line feed
            yield found.group()
            at = found.end()
        rest = rest[at:]
        file_text.limit(len(rest))
    if rest:
        yield from io.StringIO(rest, newline="")
