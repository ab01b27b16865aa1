"""An example that was broken over several lines, most often by a raw line feed within a text."""

from collections.abc import Iterable

import orjson

from fttui.training_data.faults.scanner import Due, Scanner

_MOST_LINES = 200
_LONGEST = 4_000_000


def joined(first: str, following: Iterable[bytes]) -> tuple[str, int] | None:
    """The example that begins in `first`, and how many of the lines that follow belong to it.

    A line feed within a text becomes its escape. None unless the whole is valid JSON; a line
    that is an example itself is never taken for the rest of another's text.
    """
    if first.lstrip()[:1] != "{":
        return None
    scanner = Scanner(first)
    if not scanner.run() or scanner.at < len(first):
        return None
    for count, line in enumerate(following, 1):
        if count > _MOST_LINES or len(scanner.text) + len(line) > _LONGEST:
            return None
        is_text = scanner.due is Due.STRING
        if is_text and is_object(line):
            return None
        try:
            scanner.text += ("\\n" if is_text else " ") + line.decode().rstrip("\r\n")
        except UnicodeDecodeError:
            return None
        if not scanner.run():
            return (scanner.text, count) if is_object(scanner.text.encode()) else None
        if scanner.at < len(scanner.text):
            return None
    return None


def is_object(line: bytes) -> bool:
    """Tell whether a line is one JSON object."""
    if line.lstrip()[:1] != b"{":
        return False
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return True
