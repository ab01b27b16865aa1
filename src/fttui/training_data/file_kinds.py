"""What the beginning of a file says about all of it: that it is JSON Lines, or what else it is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import orjson

from fttui.terminal.language import _
from fttui.terminal.text import safe
from fttui.training_data import workbooks
from fttui.training_data.file_text import RepairRefused, nuls_at_end, texts
from fttui.training_data.files import CheckedFile
from fttui.training_data.joining import is_object
from fttui.training_data.magic_numbers import EXAMPLES, EXPORT, MAGIC, MARKED_ENCODINGS, ZIPPED
from fttui.training_data.wording import CONVERT

if TYPE_CHECKING:
    from fttui.training_data.containers import Container
    from fttui.training_data.tables import Table

LOOK = 1 << 20
"""Bytes by which a file is recognised."""

_LONE_CR = re.compile(rb"\r(?!\n)")
_CR_BETWEEN = re.compile(rb"[}\]][ \t]*\r[ \t\r]*[{\[]")
_LINES = 50
_LONGEST_BLANK = 4096


class Rows(StrEnum):
    """How the examples lie in a file."""

    LINES = "lines"
    """One to a line."""
    VALUES = "values"
    """JSON values that span lines."""
    ITEMS = "items"
    """The items of one or more JSON arrays."""
    CONTAINER = "container"
    """In one JSON object."""
    TABLE = "table"
    """The rows of a text table."""
    WORKBOOK = "workbook"
    PARQUET = "parquet"


class Ends(StrEnum):
    """What ends a line."""

    USUAL = "usual"
    """A line feed, or a carriage return and one."""
    CR = "cr"
    """A carriage return alone."""
    BOTH = "both"
    """Now one, now the other."""


@dataclass(frozen=True, slots=True)
class FileKind:
    """A recognised kind: the rule that it breaks, what it is, and what to do."""

    rule: str
    name: str
    fix: str
    codec: str = ""
    """Python's name of the encoding, when it is not UTF-8."""
    mend: str = ""
    """The correction with which a copy lays it out anew; empty where that is not certain."""
    rows: Rows | None = None
    """How its examples lie; None where no examples can be read from it."""
    ends: Ends = Ends.USUAL
    columns: tuple[str, ...] = ()
    """The names of its columns, or of the keys of its examples, as far as they are known."""
    table: Table | None = None
    container: Container | None = None
    left_out: tuple[str, ...] = ()
    """What it holds besides and a copy does not."""


def kind_of_file(file: CheckedFile) -> FileKind | None:
    """Tell what a file is; None if it is JSON Lines, or may be.

    Looks at the beginning, and goes through all of a file that may be one JSON object.
    """
    head = file.pread(LOOK, 0)
    whole = len(head) >= file.size
    kind = _by_magic(head)
    if whole and kind is None:
        head = head[: file.size - nuls_at_end(file)]
    kind = kind or recognise(head, whole)
    if kind is not None and kind.rows in (Rows.WORKBOOK, Rows.PARQUET):
        return _of_libraries(kind, file)
    if kind is None or kind.codec or kind.rows is Rows.VALUES or kind.ends is not Ends.USUAL:
        return _in_one_object(kind, head, file) or kind
    return kind


def recognise(head: bytes, whole: bool) -> FileKind | None:
    """Tell what a file is by its beginning; None if it may be JSON Lines.

    `whole` says that `head` is all there is.
    """
    known = _by_magic(head)
    if known is not None:
        return known
    encoded = _encoding(head)
    if encoded is not None and not encoded.codec:
        return encoded
    if encoded is None:
        return _text_kind(head, whole)
    text = head.decode(encoded.codec, "ignore").encode()
    inner = _text_kind(text, whole)
    if inner is None:
        return encoded
    name = _("{kind}, in {encoding}", kind=inner.name, encoding=encoded.name)
    return replace(inner, name=name, codec=encoded.codec)


def _by_magic(head: bytes) -> FileKind | None:
    for magic, name, fix in MAGIC:
        if head.startswith(magic):
            return FileKind("file-kind", name, fix)
    if head.startswith(b"PK\x03\x04"):
        return _zipped(head)
    if head.startswith(b"PAR1"):
        fix = CONVERT if workbooks.is_installed("pyarrow") else workbooks.WITHOUT_EXTRA
        return FileKind("file-kind", _("a Parquet table"), fix, mend="table", rows=Rows.PARQUET)
    return None


def _zipped(head: bytes) -> FileKind:
    for mark, name in ZIPPED:
        if mark not in head:
            continue
        if mark != b"xl/":
            return FileKind("file-kind", name, EXPORT)
        fix = CONVERT if workbooks.is_installed("openpyxl") else workbooks.WITHOUT_EXTRA
        return FileKind("file-kind", name, fix, mend="table", rows=Rows.WORKBOOK)
    fix = _("unpack it, or export it as JSON Lines")
    return FileKind("file-kind", _("a zip archive"), fix)


def _of_libraries(kind: FileKind, file: CheckedFile) -> FileKind:
    """The kind with its columns, or with why it cannot be read."""
    if kind.fix != CONVERT:
        return replace(kind, mend="", rows=None)
    try:
        if kind.rows is Rows.PARQUET:
            return _with_columns(replace(kind, columns=workbooks.columns_of_parquet(file)))
        sheets = workbooks.sheets_of(file)
    except RepairRefused:
        name = _("{kind}, damaged or encrypted", kind=kind.name)
        return FileKind(kind.rule, name, EXPORT)
    if not sheets:
        return FileKind(kind.rule, _("{kind} without rows", kind=kind.name), EXAMPLES)
    name = kind.name
    if len(sheets) > 1:
        first = safe(sheets[0][0], maxlen=40)
        many = len(sheets)
        name = _(
            '{kind} ("{first}", the first of {many} sheets)', kind=name, first=first, many=many
        )
    others = tuple(title for title, _columns in sheets[1:])
    return _with_columns(replace(kind, name=name, columns=sheets[0][1], left_out=others))


def _with_columns(kind: FileKind) -> FileKind:
    if not kind.columns:
        return kind
    shown = ", ".join(safe(column, maxlen=40) for column in kind.columns[:12])
    more = ", …" if len(kind.columns) > 12 else ""
    words = _("{kind} with the columns {shown}{more}", kind=kind.name, shown=shown, more=more)
    return replace(kind, name=words)


def _encoding(head: bytes) -> FileKind | None:
    """UTF-16 and UTF-32, with a byte order mark or by the NULs between Latin letters."""
    fix = _("save it as UTF-8, or convert a copy: fttui check --fix OUT")
    for mark, name, codec in MARKED_ENCODINGS:
        if head.startswith(mark):
            return FileKind("not-utf8", name, fix, codec, "encoding", Rows.LINES)
    look = head[:4096]
    nuls = look.count(0)
    if not nuls:
        return None
    for width, codec in ((4, "utf-32"), (2, "utf-16")):
        for order, place in (("le", 0), ("be", width - 1)):
            if nuls > len(look) * 0.3 and _is_padded(look, width, place):
                name = _("{upper} without a mark", upper=codec.upper())
                codec = f"{codec}-{order}"
                return FileKind("not-utf8", name, fix, codec, "encoding", Rows.LINES)
    if b"\x00\x00\x00\x00" in look or nuls * 10 > len(look):
        what = _("a binary file (it holds NUL bytes)")
        return FileKind("file-kind", what, _("give a text file with one JSON object on each line"))
    return None


def _is_padded(look: bytes, width: int, place: int) -> bool:
    """Tell whether every unit of `width` bytes has its letter at `place` and NULs elsewhere."""
    usable = len(look) - len(look) % width
    if usable < 2 * width:
        return False
    letters = look[place:usable:width]
    padding = sum(look[other:usable:width].count(0) for other in range(width) if other != place)
    units = usable // width
    return letters.count(0) == 0 and padding > units * (width - 1) * 0.9


def _text_kind(head: bytes, whole: bool) -> FileKind | None:
    """What a text in UTF-8 is, by its first character and its line ends."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text:
        return None
    has_cr = _LONE_CR.search(text) is not None
    plain = _LONE_CR.sub(b"\n", text) if has_cr else text
    if text[:1] == b"[":
        kind = _array(plain, whole)
    elif text[:1] == b"{":
        kind = _spread_object(plain)
    else:
        kind = _other_text(text, whole)
    return _line_ends(text) if kind is None and has_cr else kind


def _line_ends(text: bytes) -> FileKind | None:
    """Lines that end with a carriage return alone, between whole JSON values."""
    if not _CR_BETWEEN.search(text):
        return None
    ends, name = (
        Ends.BOTH,
        _("a text with some lines that end with a carriage return (U+000D) alone"),
    )
    if b"\n" not in text:
        ends, name = Ends.CR, _("a text whose lines end with a carriage return (U+000D) alone")
    return FileKind("file-kind", name, CONVERT, mend="line-ends", rows=Rows.LINES, ends=ends)


def _filled_lines(text: bytes) -> Iterator[bytes]:
    return (line for line in text[:LOOK].split(b"\n", _LINES)[:_LINES] if line.strip())


def _array(text: bytes, whole: bool) -> FileKind | None:
    """A JSON array of examples, or several; None for lists of messages, one on each line."""
    line, newline, rest = text.partition(b"\n")
    after = next(_filled_lines(rest), b"")
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        if is_object(after) and not (whole and text.rstrip().endswith(b"]")):
            return None
        if newline or whole or text[1:].lstrip()[:1] == b"{":
            return _array_of(text)
        return None
    if not any(isinstance(item, dict) for item in value):
        is_encoded = value and all(isinstance(one, str) and one[:1] == "{" for one in value)
        return _array_of(text) if is_encoded and not rest.strip() else None
    if not rest.strip():
        return _array_of(text)
    is_more = after.lstrip()[:1] == b"[" and not _is_conversation(value)
    return _array_of(text, _("JSON arrays, not JSON Lines")) if is_more else None


def _is_conversation(value: list[Any]) -> bool:
    from fttui.training_data.containers import is_message  # slow to import

    return bool(value) and all(map(is_message, value))


def _array_of(text: bytes, name: str = "") -> FileKind:
    """An array whose items are examples, or the messages of one example."""
    items = _first_items(text)
    rows = Rows.VALUES if _is_conversation(items) else Rows.ITEMS
    keys = tuple(dict.fromkeys(key for item in items if isinstance(item, dict) for key in item))
    return FileKind(
        "file-kind",
        name or _("a JSON array, not JSON Lines"),
        CONVERT,
        mend="array",
        rows=rows,
        columns=keys if rows is Rows.ITEMS else (),
    )


def _first_items(text: bytes) -> list[Any]:
    """Some items of the array that begins here, as far as they can be parsed."""
    from fttui.training_data.json_text import JsonText  # slow to import

    found: list[Any] = []
    array = JsonText(iter([text.decode("utf-8", "ignore")]), "")
    array.next()
    try:
        for item in array.items():
            found.append(json.loads(item))
            if len(found) >= _LINES:
                break
    except (RepairRefused, ValueError, RecursionError):
        pass
    return found


def _spread_object(text: bytes) -> FileKind | None:
    """An object written over several lines, as pretty printers do."""
    line, newline, rest = text.partition(b"\n")
    if not newline or len(line) > LOOK or is_object(line):
        return None
    if any(map(is_object, list(_filled_lines(rest))[:2])):
        return None  # the first line is broken, and the others are whole
    kind = FileKind("file-kind", _("pretty-printed JSON"), CONVERT, mend="array", rows=Rows.VALUES)
    try:
        piece = text[:LOOK].decode("utf-8", "ignore")
        _unused, end = json.JSONDecoder().raw_decode(piece)
    except (ValueError, RecursionError):
        return kind if line.strip() == b"{" else None
    if end <= len(line.decode("utf-8", "ignore")):
        return None
    return replace(kind, name=_("pretty-printed JSON, an object over several lines"))


def _in_one_object(kind: FileKind | None, head: bytes, file: CheckedFile) -> FileKind | None:
    """The kind of a file that is one JSON object with all examples in it."""
    first_line, _newline, others = head.lstrip().partition(b"\n")
    if kind is None and is_object(first_line) and others[:_LONGEST_BLANK].strip():
        return None
    from fttui.training_data.containers import Shape, container_of  # slow to import
    from fttui.training_data.json_text import JsonText

    codec = (kind.codec if kind else "") or "utf-8"
    text = head.decode(codec, "ignore").lstrip("\ufeff \t\r\n")
    line, _unused, rest = text.replace("\r", "\n").partition("\n")
    if not text.startswith("{") or (rest.strip() and is_object(line.encode("utf-8", "replace"))):
        return None
    container = container_of(JsonText(texts(file, codec), file.name))
    if container is None:
        return None
    if container.shape is Shape.SEVERAL:
        fix = _("write each list to a file of its own, as JSON Lines")
        return FileKind("file-kind", container.name, fix, codec)
    found = FileKind(
        "file-kind",
        container.name,
        CONVERT,
        "" if codec == "utf-8" else codec,
        mend="table" if container.shape in (Shape.COLUMNS, Shape.LISTS, Shape.SPLIT) else "array",
        rows=Rows.CONTAINER,
        columns=container.columns,
        container=container,
        left_out=container.left_out,
    )
    return _with_columns(found) if found.mend == "table" else found


def _other_text(text: bytes, whole: bool) -> FileKind | None:
    """A table or a document that somebody renamed."""
    if text[:1] == b"<":
        fix = _("export the data as JSON Lines")
        return FileKind("file-kind", _("an HTML or XML document"), fix)
    from fttui.training_data.tables import table_of  # slow to import

    table = table_of(text.decode("utf-8", "replace"), whole)
    if table is None:
        return None
    if not table.columns:
        fix = _("write the names of its columns as its first line, such as prompt and completion")
        return FileKind("file-kind", table.name, fix)
    kind = FileKind("file-kind", table.name, CONVERT, mend="table", rows=Rows.TABLE)
    return _with_columns(replace(kind, columns=table.columns, table=table))
