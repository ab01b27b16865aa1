"""Reading and writing a JSON value so that nothing in it changes.

Parsers turn what a float cannot hold into something near it: 1e999, 20 digits after the point. A
value that is read here to be written again keeps such numbers as they stand in the file.
"""

import ast
import json
import re
import warnings
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import orjson

from fttui.training_data.syntax import has_repeated_key

_ODD_NUMBER = re.compile(rb"[\d.]{16}|\d[eE]|-0")
_OPEN, _CLOSE = "\ue0f0", "\ue0f1"
_KEPT = re.compile(f'"{_OPEN}([^"{_CLOSE}]*){_CLOSE}"')
_LONGEST_LITERAL = 1 << 20


class NotExact(ValueError):  # noqa: N818 - an outcome, not a failure
    """The text is no JSON, or cannot be written again as it was."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number that neither an int nor a float stands for as it is written."""

    digits: str


def whole_number(value: Any) -> str:
    """The figures of a whole number that was read here; empty for anything else."""
    if type(value) is int:
        return str(value)
    is_whole = isinstance(value, Number) and value.digits.removeprefix("-").isdecimal()
    return value.digits if is_whole else ""


def loads(data: bytes) -> Any:
    """The value of a JSON text, with a `Number` for each that Python would change.

    Raises NotExact.
    """
    try:
        if not _ODD_NUMBER.search(data):
            return orjson.loads(data)
        return json.loads(data, parse_float=_float, parse_int=_whole, parse_constant=_refused)
    except (ValueError, RecursionError) as error:
        raise NotExact from error


def loads_within(text: str) -> Any:
    """The value of a JSON text that stands within another; raises NotExact as `loads` does.

    Raises it for a key that is there twice too: of its values only one could be written.
    """
    try:
        data = text.encode()
    except UnicodeEncodeError as error:
        raise NotExact from error
    value = loads(data)
    if repeats_a_key(data):
        raise NotExact
    return value


def literal_within(text: str) -> Any:
    """The value of a text that Python printed; raises NotExact for any other, and as `loads`."""
    if len(text) > _LONGEST_LITERAL:
        raise NotExact
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text.strip(), mode="eval")
        value = ast.literal_eval(tree)
        if not all(map(_is_exact, ast.walk(tree))) or _has_rounded(tree, text):
            raise NotExact
        return loads(json.dumps(value, allow_nan=False).encode())
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError) as error:
        raise NotExact from error


def value_within(text: str) -> Any:
    """The value that a text holds, as JSON or as Python prints it; None if it holds none."""
    for read in (loads_within, literal_within):
        with suppress(NotExact):
            return read(text)
    return None


def _is_exact(node: ast.AST) -> bool:
    """Tell whether no key of a dictionary would be lost or changed by JSON."""
    if not isinstance(node, ast.Dict):
        return True
    keys = [key.value for key in node.keys if isinstance(key, ast.Constant)]
    are_texts = len(keys) == len(node.keys) and all(isinstance(key, str) for key in keys)
    return are_texts and len(set(keys)) == len(keys)


def _has_rounded(tree: ast.AST, text: str) -> bool:
    """Tell whether there may be a number of which Python holds only something near it."""
    return _ODD_NUMBER.search(text.encode("utf-8", "replace")) is not None and any(
        isinstance(node, ast.Constant) and isinstance(node.value, float) for node in ast.walk(tree)
    )


def dumps(value: Any) -> bytes:
    """The JSON text of a value that `loads` read; raises NotExact for one that has none."""
    kept = 0

    def marked(number: Any) -> str:
        nonlocal kept
        if not isinstance(number, Number):
            raise TypeError
        kept += 1
        return f"{_OPEN}{number.digits}{_CLOSE}"

    try:
        written = orjson.dumps(value, marked, orjson.OPT_PASSTHROUGH_DATACLASS)
    except (orjson.JSONEncodeError, RecursionError) as error:
        raise NotExact from error
    if not kept:
        return written
    text = written.decode()
    if text.count(_OPEN) != kept:  # the mark is a character of a text too
        raise NotExact
    return _KEPT.sub(r"\1", text).encode()


def repeats_a_key(data: bytes) -> bool:
    """Tell whether a value of an object would be lost if a JSON text were written anew."""
    try:
        return has_repeated_key(data, orjson.loads(data))
    except orjson.JSONDecodeError:  # a number that its parser does not take
        pass
    try:
        json.loads(data, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return True
    return False


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise NotExact
    return found


def _float(digits: str) -> Any:
    number = float(digits)
    return number if repr(number) == digits else Number(digits)


def _whole(digits: str) -> Any:
    number = int(digits) if len(digits) < 16 else None
    return Number(digits) if number is None or str(number) != digits else number


def _refused(name: str) -> Any:
    raise NotExact(name)
