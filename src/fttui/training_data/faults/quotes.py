"""Finding where a text ends that is not in plain double quotes, or holds such quotes itself."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

_ANY = "\"'`´“”„‟‘’‚‛«»‹›「」『』＂″"

FAMILIES: Mapping[str, str] = MappingProxyType(
    {
        '"': '"',
        "'": "'",
        "`": "`'´",
        "´": "´'`",
        **dict.fromkeys("“”„‟＂″", '“”„‟＂″"'),
        **dict.fromkeys("‘’‚‛", "‘’‚‛'"),
        **dict.fromkeys("«»", "«»"),
        **dict.fromkeys("‹›", "‹›"),
        **dict.fromkeys("「」", "「」"),
        **dict.fromkeys("『』", "『』"),
    }
)
"""The quotes that may begin a text, each with those that may end it then."""

KEY = rf"(?:[{_ANY}][^{_ANY}]{{0,80}}[{_ANY}]|[A-Za-z_$][\w$-]*)\s*[:：=]"
"""A pattern for a key, quoted or not, with what follows it."""

_AFTER_KEY = re.compile(r"\s*(?:[:：]|=>?)")
_AFTER_IN_OBJECT = re.compile(rf"\s*(?:}}\s*(?:[,;}}\]\s]|$)|[,，;]\s*(?:{KEY}|}})|[,，;]?\s*$)")
_AFTER_IN_LIST = re.compile(
    rf"\s*(?:\]\s*(?:[,;}}\]\s]|$)|[,，;]\s*(?:[{_ANY}{{\[\]]|-?\d|\w+\s*[,\]])|$)"
)
_END_OF_KEY = re.compile(rf"[{_ANY}]\s*:")
_MORE = re.compile(rf"[{_ANY}]\s*(?::|,\s*[{_ANY}])")
_LONGEST_LOOK = 20_000
_MOST_QUOTES = 2_000


@dataclass(frozen=True, slots=True)
class Reading:
    """A text from its first quote to its last."""

    end: int
    """The place of the quote that ends it."""
    inner: tuple[int, ...]
    """The places of like quotes within it."""
    is_only: bool
    """No other quote could be the end of it."""


def read_text(text: str, start: int, *, is_key: bool, in_object: bool) -> Reading | None:
    """The text that begins with the quote at `start`: it ends where the grammar can go on."""
    after = _AFTER_KEY if is_key else _AFTER_IN_OBJECT if in_object else _AFTER_IN_LIST
    quotes = re.compile(rf"\\.|[{FAMILIES[text[start]]}]", re.DOTALL)
    inner: list[int] = []
    for seen, found in enumerate(quotes.finditer(text, start + 1)):
        if seen > _MOST_QUOTES:
            return None
        if found.group()[0] == "\\":
            continue
        if after.match(text, found.end()):
            is_only = not inner or not (
                _MORE.search(text, start + 1, found.start())
                or _has_other(text, found.end(), quotes, after)
            )
            return Reading(found.start(), tuple(inner), is_only)
        inner.append(found.start())
    return None


def _has_other(text: str, at: int, quotes: re.Pattern[str], after: re.Pattern[str]) -> bool:
    """Tell whether a later quote could end the text too, before the next key."""
    next_key = _END_OF_KEY.search(text, at, at + _LONGEST_LOOK)
    limit = next_key.start() if next_key else at + _LONGEST_LOOK
    for seen, found in enumerate(quotes.finditer(text, at, limit)):
        if seen > _MOST_QUOTES or (found.group()[0] != "\\" and after.match(text, found.end())):
            return True
    return False


_TO_WRITE = re.compile(r'\\(?:x([0-9A-Fa-f]{2})|(.))|(["\x00-\x1f])', re.DOTALL)


def as_json(content: str, *, is_python: bool = False) -> str:
    """The content of a text as a JSON string, quotes and controls within it escaped."""

    def written(found: re.Match[str]) -> str:
        number, escaped, plain = found.groups()
        if number and is_python:
            return f"\\u00{number}"
        if plain:
            return escape(plain)
        return escaped if escaped in ("'", "`") else found.group()

    return f'"{_TO_WRITE.sub(written, content)}"'


_SHORT = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"'}


def escape(character: str) -> str:
    """How JSON writes a character that may not stand in a text as it is."""
    return _SHORT.get(character) or f"\\u{ord(character):04x}"
