"""Small pieces of messages: what a JSON value is called, quoted safely, and its nearest word."""

from collections.abc import Collection
from typing import Any

from fttui.terminal.text import safe
from fttui.training_data.problems import EXCERPT


def kind_of(value: Any) -> str:
    """Name the JSON type of a value, with its article."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return "a text" if value else "an empty text"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    if isinstance(value, dict):
        return "an object"
    return "a number"


def quoted(value: Any) -> str:
    """Show a value of the file in a message: a short text in quotes, anything else by its kind."""
    if isinstance(value, str):
        return f'"{safe(value, maxlen=EXCERPT)}"'
    if isinstance(value, int | float) and not isinstance(value, bool):
        return safe(value, maxlen=EXCERPT)
    return kind_of(value)


def key_path(base: str, key: str) -> str:
    """The JSON path of a key, in brackets when it is not a plain word."""
    if key.isidentifier() and len(key) <= EXCERPT and key.isascii():
        return f"{base}.{key}" if base else key
    return f'{base}["{safe(key, maxlen=EXCERPT)}"]'


def listed(words: Collection[str]) -> str:
    """Join words by commas, in their own order."""
    return ", ".join(words)


def nearest(word: Any, choices: Collection[str]) -> str | None:
    """The choice that a misspelt word is closest to, None when none is close."""
    if not isinstance(word, str) or len(word) > EXCERPT:
        return None
    from difflib import get_close_matches

    found = get_close_matches(word.strip().lower(), choices, n=1, cutoff=0.7)
    return found[0] if found else None
