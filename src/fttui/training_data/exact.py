"""Reading and writing a JSON value so that no number in it changes.

Parsers turn what a float cannot hold into something near it: 1e999, 20 digits after the point. A
value that is read here to be written again keeps such numbers as they stand in the file.
"""

import json
import re
from typing import Any

import orjson

_ODD_NUMBER = re.compile(rb"[\d.]{16}|\d[eE]|-0")
_OPEN, _CLOSE = "\ue0f0", "\ue0f1"
_KEPT = re.compile(f'"{_OPEN}([^"{_CLOSE}]*){_CLOSE}"')


class NotExact(ValueError):  # noqa: N818 - an outcome, not a failure
    """The text is no JSON, or cannot be written again as it was."""


def loads(data: bytes) -> Any:
    """The value of a JSON text, with numbers that no float can hold as marked texts.

    Raises NotExact.
    """
    try:
        if not _ODD_NUMBER.search(data):
            return orjson.loads(data)
        text = data.decode()
        if _OPEN in text or "\\ue0f" in text.lower():
            raise NotExact
        return json.loads(text, parse_float=_kept, parse_int=_whole, parse_constant=_refused)
    except (ValueError, RecursionError) as error:
        raise NotExact from error


def dumps(value: Any) -> bytes:
    """The JSON text of a value that `loads` read; raises NotExact for one that has none."""
    try:
        written = orjson.dumps(value)
    except (orjson.JSONEncodeError, RecursionError) as error:
        raise NotExact from error
    if _OPEN.encode() not in written:
        return written
    text = _KEPT.sub(r"\1", written.decode())
    if _OPEN in text:
        raise NotExact
    return text.encode()


def _kept(digits: str) -> str:
    return f"{_OPEN}{digits}{_CLOSE}"


def _whole(digits: str) -> Any:
    number = int(digits) if len(digits) < 16 else None
    return _kept(digits) if number is None or str(number) != digits else number


def _refused(name: str) -> Any:
    raise NotExact(name)
