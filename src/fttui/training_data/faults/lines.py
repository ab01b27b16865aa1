"""Lines that are no example at all, or hold one in another writing: the table of the rows."""

import html
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from fttui.terminal.language import _
from fttui.training_data.faults.characters import INVISIBLE, character_name

FRONT_MATTER = 100
"""Lines at the beginning of a file that may be front matter."""

_DECODED_TWICE = 3


@dataclass(frozen=True, slots=True)
class Whole:
    """What a line becomes: the texts of lines, none if it is left out, None if nobody can tell."""

    lines: tuple[str, ...] | None
    at: int = 0
    sign: str = ""


@dataclass(frozen=True, slots=True)
class LineRow:
    """One kind of line, how it is known, and what is said of it."""

    name: str
    find: Callable[[str], Whole | None]
    what: str
    fix: str
    kind: str = ""
    """The correction that mends it; empty where a person decides."""


def _dropped(pattern: str) -> Callable[[str], Whole | None]:
    known = re.compile(pattern, re.DOTALL)
    return lambda text: Whole(()) if known.fullmatch(text.strip()) else None


def _told(pattern: str) -> Callable[[str], Whole | None]:
    known = re.compile(pattern)
    return lambda text: Whole(None) if known.match(text) else None


_INVISIBLE = re.compile(rf"(?:{INVISIBLE})")


def _invisible(text: str) -> Whole | None:
    """Nothing but characters that cannot be seen, such as the Ctrl+Z that ends a DOS file."""
    first = _INVISIBLE.search(text)
    if first is None or _INVISIBLE.sub("", text).strip():
        return None
    return Whole((), first.start(), character_name(first.group()))


_OTHER_AMPERSAND = re.compile(r"&(?!(?:quot|amp|lt|gt|apos|nbsp|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});)")
"""One that no program wrote that writes the quotes as entities: it writes each as `&amp;`."""


def _entities(text: str) -> Whole | None:
    if '"' in text or "&" not in text or _OTHER_AMPERSAND.search(text):
        return None
    at = text.find("&")
    return _if_objects(html.unescape(text), at)


def _escaped(text: str) -> Whole | None:
    if not re.match(r'\s*[{\[]\s*\\"', text):
        return None
    try:
        inner = json.loads(f'"{text.strip()}"')
    except ValueError:
        return None
    return _if_objects(inner, text.find("\\"))


def _csv_quoted(text: str) -> Whole | None:
    found = re.fullmatch(r'\s*"(\s*[{\[]\s*"".*)"[,;]?\s*', text, re.DOTALL)
    return _if_objects(found[1].replace('""', '"'), text.find('"')) if found else None


def _wrapped(text: str) -> Whole | None:
    found = re.fullmatch(r"\s*['`´‘’“”„«(]+(\{.*\})['`´‘’“”„»)]+[,;]?\s*", text, re.DOTALL)
    sign = text.strip()[:1]
    return _if_objects(found[1], text.find(sign), character_name(sign)) if found else None


def _if_objects(text: str, at: int, sign: str = "") -> Whole | None:
    """The line as `text` if that is an object, or holds objects alone."""
    held = held_texts(text)
    return Whole(tuple(held), at, sign) if held else None


def held_texts(text: str, depth: int = 0) -> list[str] | None:
    """The examples in a JSON text, as they are written there.

    That is the text itself, or those in a list or in a text that is JSON again. None if there
    is anything else in it, or if the list is a conversation of messages.
    """
    try:
        value = orjson.loads(text)
    except (orjson.JSONDecodeError, UnicodeEncodeError):
        return None
    if isinstance(value, dict):
        # A raw line feed stands between values alone, where a space means the same.
        return [re.sub(r"[\r\n]+", " ", text.strip())]
    if isinstance(value, str):
        return held_texts(value, depth + 1) if depth < _DECODED_TWICE else None
    if not isinstance(value, list) or depth > _DECODED_TWICE or any(map(_is_no_example, value)):
        return None
    found: list[str] = []
    for piece in _items(text):
        held = held_texts(piece, depth + 1)
        if held is None:
            return None
        found += held
    return found or None


def _items(text: str) -> Iterator[str]:
    """The items of a valid JSON list as they are written."""
    decode = json.JSONDecoder(parse_int=str, parse_float=str).raw_decode
    space = re.compile(r"[\s,]*")
    at = text.index("[") + 1
    while (begin := at + len(space.match(text, at).group())) < len(text):  # type: ignore[union-attr]
        if text[begin] == "]":
            return
        try:
            _unused, at = decode(text, begin)
        except RecursionError:
            return
        yield text[begin:at]


def _is_no_example(value: Any) -> bool:
    return not isinstance(value, dict | str) or (isinstance(value, dict) and _is_message(value))


def _is_message(value: dict[str, Any]) -> bool:
    return not {"role", "from", "speaker"}.isdisjoint(value)


LINE_ROWS: tuple[LineRow, ...] = (
    LineRow(
        "invisible-line",
        _invisible,
        _("the line holds nothing but {sign}"),
        _("remove the line"),
        "dropped",
    ),
    LineRow(
        "code-fence",
        _dropped(r"(?:```+|~~~+)[\w.+-]*"),
        _("the line is the fence of a Markdown code block, no example"),
        _("remove the line"),
        "dropped",
    ),
    LineRow(
        "conflict-mark",
        _told(r"(?:<{7}|>{7}|\|{7})(?:\s|$)|={7}\s*$"),
        _("the line is a mark of a merge conflict in git"),
        _("keep one of the two sides and remove the marks"),
    ),
    LineRow(
        "separator",
        _dropped(r"-{3,}|={3,}|\*{3,}|_{3,}|\+{3,}|\.{3}"),
        _("the line is a rule between parts, no example"),
        _("remove the line"),
        "dropped",
    ),
    LineRow(
        "comment-line",
        _dropped(r"//.*|#(?!\d+[.):]).*|/\*(?:(?!\*/).)*+\*/|--\s.*|<!--(?:(?!-->).)*+-->|;[^{]*"),
        _("the line is a comment, which JSON has not"),
        _("remove the line"),
        "dropped",
    ),
    LineRow(
        "end-of-stream",
        _dropped(r"(?:data:\s*)?\[DONE\]|event:\s*[\w.-]+|retry:\s*\d+"),
        _("the line is a sign of an event stream, no example"),
        _("remove the line"),
        "dropped",
    ),
    LineRow(
        "html-entities",
        _entities,
        _("the quotes are written as HTML does: &quot;"),
        _('write plain double quotes: "'),
        "decoded",
    ),
    LineRow(
        "escaped-outside",
        _escaped,
        _("the quotes around keys and texts are escaped by backslashes"),
        _("write them without the backslash"),
        "decoded",
    ),
    LineRow(
        "csv-quoted",
        _csv_quoted,
        _("the object is quoted as in a CSV table, each quote in it twice"),
        _("write the object without the quotes around it, and each quote once"),
        "decoded",
    ),
    LineRow(
        "wrapped",
        _wrapped,
        _("the object stands within {sign}"),
        _("write the object alone"),
        "decoded",
    ),
)
"""All rows, those first that take precedence where two fit."""


def find_in_line(text: str) -> tuple[LineRow, Whole] | None:
    """The first row that fits the whole line."""
    for row in LINE_ROWS:
        whole = row.find(text)
        if whole is not None:
            return row, whole
    return None


def front_matter(lines: Sequence[bytes]) -> int:
    """How many lines at the beginning of a file are YAML front matter: `---`, keys, `---`."""
    if not lines or lines[0].strip() != b"---":
        return 0
    for count, line in enumerate(lines[1:FRONT_MATTER], 2):
        piece = line.strip()
        if piece in (b"---", b"..."):
            return count
        if piece[:1] in (b"{", b"["):
            return 0
    return 0
