"""What the beginning of a file says about all of it: that it is not JSON Lines, or its format."""

import json
import os
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import orjson

from fttui.terminal.language import _
from fttui.training_data.examples import PROMPT_ROLES, item_keys
from fttui.training_data.profile import CheckProfile, Format, Method, detect
from fttui.training_data.syntax import has_too_many_values
from fttui.training_data.wording import CONVERT

_LONGEST_LOOK = 1 << 20

_MAGIC: tuple[tuple[bytes, str, str], ...] = (
    (b"\x1f\x8b", _("a gzip archive"), _("unpack it with gunzip")),
    (
        b"PK\x03\x04",
        _("a zip archive or an Office document"),
        _("unpack it, or export it as JSON Lines"),
    ),
    (b"\xfd7zXZ\x00", _("an xz archive"), _("unpack it with xz -d")),
    (b"\x28\xb5\x2f\xfd", _("a zstd archive"), _("unpack it with zstd -d")),
    (b"BZh", _("a bzip2 archive"), _("unpack it with bunzip2")),
    (b"7z\xbc\xaf\x27\x1c", _("a 7z archive"), _("unpack it")),
    (b"PAR1", _("a Parquet table"), _("export it as JSON Lines")),
    (b"ARROW1", _("an Arrow table"), _("export it as JSON Lines")),
    (b"%PDF", _("a PDF document"), _("give a file of examples, one JSON object on each line")),
    (b"SQLite format 3\x00", _("an SQLite database"), _("export it as JSON Lines")),
    (b"\xd0\xcf\x11\xe0", _("an old Office document"), _("export it as JSON Lines")),
    (b"\x7fELF", _("a program"), _("give a file of examples, one JSON object on each line")),
    (b"\x89PNG", _("a picture"), _("give a file of examples, one JSON object on each line")),
)
_MARKED_ENCODINGS = (
    (b"\xff\xfe\x00\x00", _("UTF-32 (little endian)"), "utf-32"),
    (b"\x00\x00\xfe\xff", _("UTF-32 (big endian)"), "utf-32"),
    (b"\xff\xfe", _("UTF-16 (little endian)"), "utf-16"),
    (b"\xfe\xff", _("UTF-16 (big endian)"), "utf-16"),
)

_FIRST_LOOK = 1 << 20
_EXAMPLES = 50


@dataclass(frozen=True, slots=True)
class FileKind:
    """A recognised kind: the rule that it breaks, what it is, and what to do."""

    rule: str
    name: str
    fix: str
    codec: str = ""
    """Python's name of the encoding, when that is all that is wrong."""


def recognise(head: bytes, whole: bool) -> FileKind | None:
    """Tell what a file is by its beginning; None if it may be JSON Lines.

    `whole` says that `head` is all there is.
    """
    for magic, name, fix in _MAGIC:
        if head.startswith(magic):
            return FileKind("file-kind", name, fix)
    encoded = _encoding(head)
    if encoded is not None:
        return encoded
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text:
        return None
    if text[:1] == b"[":
        return _array(text, whole)
    if text[:1] == b"{":
        return _spread_object(text)
    return _other_text(text)


def _encoding(head: bytes) -> FileKind | None:
    """UTF-16 and UTF-32, with a byte order mark or by the NULs between Latin letters."""
    fix = _("save it as UTF-8, or convert a copy: fttui check --fix OUT")
    for mark, name, codec in _MARKED_ENCODINGS:
        if head.startswith(mark):
            return FileKind("not-utf8", name, fix, codec)
    look = head[:4096]
    nuls = look.count(0)
    if not nuls:
        return None
    for width, codec in ((4, "utf-32"), (2, "utf-16")):
        for order, place in (("le", 0), ("be", width - 1)):
            if nuls > len(look) * 0.3 and _is_padded(look, width, place):
                return FileKind(
                    "not-utf8",
                    _("{upper} without a mark", upper=codec.upper()),
                    fix,
                    f"{codec}-{order}",
                )
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


def _array(text: bytes, whole: bool) -> FileKind | None:
    """A JSON array of examples, unless each line is an array of its own."""
    line, newline, rest = text.partition(b"\n")
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        if newline or whole or text[1:].lstrip()[:1] == b"{":
            return FileKind("file-kind", _("a JSON array, not JSON Lines"), CONVERT)
        return None
    if rest.strip() or not any(isinstance(item, dict) for item in value):
        return None
    return FileKind("file-kind", _("a JSON array, not JSON Lines"), CONVERT)


def _spread_object(text: bytes) -> FileKind | None:
    """An object written over several lines, as pretty printers do."""
    line, newline, _unused = text.partition(b"\n")
    if not newline or len(line) > _LONGEST_LOOK:
        return None
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError:
        pass
    else:
        return None
    try:
        piece = text[:_LONGEST_LOOK].decode("utf-8", "ignore")
        _unused, end = json.JSONDecoder().raw_decode(piece)
    except (ValueError, RecursionError):
        return (
            FileKind("file-kind", _("pretty-printed JSON"), CONVERT)
            if line.strip() == b"{"
            else None
        )
    if end <= len(line.decode("utf-8", "ignore")):
        return None
    return FileKind("file-kind", _("pretty-printed JSON, an object over several lines"), CONVERT)


def _other_text(text: bytes) -> FileKind | None:
    """A table or a document that somebody renamed."""
    line, newline, rest = text.partition(b"\n")
    second = rest.partition(b"\n")[0]
    if text[:1] == b"<":
        return FileKind(
            "file-kind", _("an HTML or XML document"), _("export the data as JSON Lines")
        )
    for mark, name in ((b",", _("a CSV table")), (b"\t", _("a table of tab-separated values"))):
        is_table = newline and mark in line and mark in second
        if is_table and b"{" not in line and b"{" not in second[:1]:
            return FileKind(
                "file-kind", name, _("export it as JSON Lines, one object for each row")
            )
    return None


@dataclass(frozen=True, slots=True)
class Head:
    """The first examples of a file that could be parsed, and its kind if it is not JSON Lines."""

    kind: FileKind | None
    examples: tuple[Any, ...]

    def profile(self, base: CheckProfile, method: Method | None) -> CheckProfile:
        """Complete a profile by what the first examples look like."""
        found = detect(self.examples, method)
        first = next((e for e in self.examples if isinstance(e, dict)), {})
        return replace(
            base,
            format=found,
            item_keys=item_keys(first) if found is Format.REINFORCEMENT else (),
            first_prompt=_first_prompt(first),
        )


def read_head(fd: int, size: int, max_line: int) -> Head:
    """Read the first megabyte, or more if the first line is longer than that.

    An error of the disk gives an empty head: the reader will meet it again and report it.
    """
    try:
        head = os.pread(fd, _FIRST_LOOK, 0)
        if b"\n" not in head.lstrip() and size > len(head):
            head = os.pread(fd, max_line, 0)
    except OSError:
        return Head(None, ())
    whole = len(head) >= size
    kind = recognise(head, whole)
    return Head(kind, () if kind else _examples(head, whole))


def _examples(head: bytes, whole: bool) -> tuple[Any, ...]:
    lines = head.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    if not whole:
        lines.pop()
    filled = (line for line in lines if line.strip())
    parsed = (_parse(line) for line in islice(filled, _EXAMPLES))
    return tuple(value for value in parsed if value is not None)


def _parse(line: bytes) -> Any:
    if has_too_many_values(line):
        return None
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return None


def _first_prompt(example: dict[str, Any]) -> str | None:
    given = example.get("input", example)
    messages = given.get("messages") if isinstance(given, dict) else None
    for message in messages if isinstance(messages, list) else []:
        if isinstance(message, dict) and message.get("role") in PROMPT_ROLES:
            content = message.get("content")
            return content if isinstance(content, str) else None
    return None
