"""What is wrong with a line that is not JSON, and the faults that a JSON parser lets pass.

orjson decides what is JSON; only a line that it refuses, or that looks suspicious, is looked at
again here to find the words for the message.
"""

import json
import re
from collections import deque
from collections.abc import Iterator
from typing import Any, Final

import orjson

from fttui.terminal.language import _
from fttui.terminal.text import safe
from fttui.training_data.needles import CONTROL_ESCAPE, SEPARATORS
from fttui.training_data.rules import EXCERPT, Problems
from fttui.training_data.wording import key_path

MAX_DEPTH = 64
"""Levels of lists and objects that a line may nest."""

MAX_VALUES = 1_000_000
"""Commas and brackets that a long line may hold; in memory each may stand for 70 bytes."""

REFUSED: Final = object()
"""Stands for the value of a line that has none."""

LONG_LINE = 1 << 20
"""Bytes of a line from which on its values are counted."""


def has_too_many_values(line: bytes) -> bool:
    """Tell whether a line would become millions of objects in memory."""
    if len(line) < LONG_LINE:
        return False
    return line.count(b",") + line.count(b"[") + line.count(b"{") > MAX_VALUES


def parse(line: bytes, out: Problems) -> Any:
    """Parse a line; report why it is not JSON and return REFUSED if it is not."""
    if has_too_many_values(line):
        out.add(
            "line-length",
            "",
            _("the line holds more than {max_values:,} values", max_values=MAX_VALUES),
        )
        return REFUSED
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError as error:
        _report(line, error, out)
        return REFUSED


def _report(line: bytes, error: orjson.JSONDecodeError, out: Problems) -> None:
    """Find the rule that the line breaks and word the message."""
    try:
        text = line.rstrip(b"\r\n").decode()
    except UnicodeDecodeError as bad:
        _report_encoding(line, bad, out)
        return
    if "depth" in error.msg or "recursion" in error.msg:
        if not out.only_count("json-depth"):
            out.add("json-depth", "", _("lists and objects are nested deeper than 1,000 levels"))
    elif "surrogate" in error.msg:
        if not out.only_count("lone-surrogate"):
            column = _surrogate_column(text)
            message = _("half a surrogate pair in column {column}", column=column)
            out.add("lone-surrogate", "", message, column=column)
    elif not out.only_count("json-syntax"):
        from fttui.training_data.line_faults import report_syntax  # slow to import

        report_syntax(text, error.pos, out)


def _report_encoding(line: bytes, bad: UnicodeDecodeError, out: Problems) -> None:
    if out.only_count("not-utf8"):
        return
    byte = out.offset + bad.start
    guess = _guess_encoding(line, bad.start)
    near = safe(line[max(0, bad.start - 20) : bad.start + 20].decode("ascii", "replace"))
    out.add(
        "not-utf8",
        "",
        _(
            "byte {byte:,} of the file (0x{line:02x}) is not UTF-8, {guess}: …{near}…",
            byte=byte,
            line=line[bad.start],
            guess=guess,
            near=near,
        ),
        column=len(line[: bad.start].decode()) + 1,
    )


def _guess_encoding(line: bytes, start: int) -> str:
    """Say what the bytes probably are."""
    if line.count(0) * 3 > len(line):
        return _("it looks like UTF-16")
    around = line[start : start + 3]
    if around[:1] in (b"\xed", b"\xc0"):
        return _("it looks like CESU-8 or Java's UTF-8")
    around = line[max(0, start - 200) : start + 200]
    if sum(byte >= 0x80 for byte in around) * 4 < len(around):
        return _("it looks like Windows-1252 or Latin-1")
    return _("the encoding is unknown")


def _surrogate_column(text: str) -> int:
    for found in re.finditer(r"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])", text):
        return found.start() + 1
    found_low = re.search(r"\\u[dD][c-fC-F]", text)
    return found_low.start() + 1 if found_low else 1


def check_hidden_faults(line: bytes, value: Any, out: Problems) -> None:
    """Report what a parser accepts in silence: repeated keys and deep nesting."""
    if line.count(b"[") + line.count(b"{") > MAX_DEPTH and depth_of(value) > MAX_DEPTH:
        out.add(
            "json-depth",
            "",
            _("lists and objects are nested deeper than {max_depth} levels", max_depth=MAX_DEPTH),
        )
    elif has_repeated_key(line, value):
        _report_repeated_key(line, out)


def check_characters(line: bytes, out: Problems) -> None:
    """Report escaped control characters and raw Unicode line separators."""
    if b"\\u00" in line and (found := _control_escape(line)):
        out.add(
            "control-character", "", _("the text holds the control character {found}", found=found)
        )
    if any(separator in line for separator in SEPARATORS):
        out.add("line-separator", "", _("the line holds a raw U+2028 or U+2029"))


def _control_escape(line: bytes) -> str:
    """The first escape of a control character whose backslash is not itself escaped."""
    if not CONTROL_ESCAPE.search(line):
        return ""
    if b"\\\\" in line:
        line = line.replace(b"\\\\", b"")
    found = CONTROL_ESCAPE.search(line)
    return f"U+{found.group()[2:].decode().upper()}" if found else ""


def has_repeated_key(line: bytes, value: Any) -> bool:
    """Tell whether an object repeats a key: then the line has more strings than its value.

    Counting quotes costs a tenth of parsing with a hook on every object.
    """
    try:
        written = orjson.dumps(value)
    except orjson.JSONEncodeError:
        return False
    if line.count(b'"') == written.count(b'"'):
        return False
    return structural_quotes(line) != structural_quotes(written)


def structural_quotes(text: bytes) -> int:
    """Count the quotes that begin or end a string, not those within one."""
    if b"\\" not in text:
        return text.count(b'"')
    if b"\\\\" in text:
        text = text.replace(b"\\\\", b"")
    return text.count(b'"') - text.count(b'\\"')


class _Pairs(dict[str, Any]):
    """An object as it was written, with the key that it repeats."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.repeated = _first_repeated(pairs)


def _first_repeated(pairs: list[tuple[str, Any]]) -> str | None:
    seen: set[str] = set()
    for key, _unused in pairs:
        if key in seen:
            return key
        seen.add(key)
    return None


def _report_repeated_key(line: bytes, out: Problems) -> None:
    if out.only_count("duplicate-key"):
        return
    try:
        written = json.loads(line, object_pairs_hook=_Pairs)
    except (ValueError, RecursionError):
        return
    for path, container in walk(written):
        if isinstance(container, _Pairs) and container.repeated is not None:
            name = safe(container.repeated, maxlen=EXCERPT)
            where = key_path(path, container.repeated)
            out.add(
                "duplicate-key",
                where,
                _('the object has the key "{name}" more than once', name=name),
            )
            return
    out.add("duplicate-key", "", _("an object has the same key more than once"))


def walk(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield every list and object within a value with its JSON path, outer ones first."""
    waiting = deque([("", value)])
    while waiting:
        path, container = waiting.popleft()
        yield path, container
        if isinstance(container, dict):
            inner = ((key_path(path, key), item) for key, item in container.items())
        else:
            inner = ((f"{path}[{index}]", item) for index, item in enumerate(container))
        waiting.extend(pair for pair in inner if isinstance(pair[1], dict | list))


def depth_of(value: Any) -> int:
    """The number of lists and objects that are open at the deepest point."""
    depth = 0
    containers = [value] if isinstance(value, dict | list) else []
    while containers:
        depth += 1
        inner = (
            item
            for container in containers
            for item in (container.values() if isinstance(container, dict) else container)
        )
        containers = [item for item in inner if isinstance(item, dict | list)]
    return depth


def path_of_text(line: bytes, at: int) -> str:
    """The JSON path of the text that begins around byte `at` of a line, empty if unknown."""
    piece = line[at : at + 24].decode("ascii", "ignore")
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        return ""
    for path, container in walk(value):
        items = container.items() if isinstance(container, dict) else enumerate(container)
        for key, item in items:
            if isinstance(item, str) and piece in item:
                return f"{path}[{key}]" if isinstance(key, int) else key_path(path, key)
    return ""
