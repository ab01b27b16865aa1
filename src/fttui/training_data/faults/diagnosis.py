"""What is wrong with a line that is not JSON, and the line without it where that is certain."""

import ast
import json
import re
import warnings
from dataclasses import dataclass, field, replace
from typing import Any

from fttui.terminal.language import _, clauses
from fttui.training_data.faults.characters import shown
from fttui.training_data.faults.finders import is_json
from fttui.training_data.faults.lines import LineRow, Whole, find_in_line
from fttui.training_data.faults.rows import Found, find
from fttui.training_data.faults.scanner import DONE, Scanner

_MOST_FAULTS = 50_000
"""Faults of a line that are mended; a line with more is left to a person."""

_TELLING = frozenset({"prefix", "suffix", "comment", "dropped"})
"""Corrections that take something away, which is told then."""

_PYTHON = frozenset({"other-quotes", "python-word", "python-prefix", "unquoted-key"})
"""Faults that begin a line which Python wrote."""

_LONGEST_PYTHON = 1 << 18
_IS_PYTHON = _("the line is a Python dictionary, not JSON: {what}")
_PYTHON_BEGINS = re.compile(r"\s*\{\s*[uU]?'")
_HUGE = re.compile(r"(?<![0-9.])(?:-?[0-9]{1,400}+(?:\.[0-9]++)?[eE]\+?[0-9]++|[0-9]{300,}+)")
_WRITE_OBJECT = _("write one JSON object {{ … }} on the line, or remove the line")


@dataclass(frozen=True, slots=True)
class Fault:
    """What breaks the grammar, where, and what to do about it; the texts are safe to print."""

    name: str
    column: int
    """In characters, from 1."""
    what: str
    fix: str
    is_certain: bool
    """The whole line can be mended without a person."""
    kind: str = ""
    """The correction that mends it, empty where a person decides."""


@dataclass(frozen=True, slots=True)
class Examined:
    """The first fault of a line and what the line becomes without all of them."""

    fault: Fault
    lines: tuple[str, ...] | None = None
    """The mended lines, none if the line is left out; None where a person decides."""
    kinds: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The corrections that were made, and what they took away."""


def diagnose(text: str) -> Fault:
    """Name the first fault of a line that is not JSON, as somebody would who has to mend it."""
    return examine(text).fault


def examine(text: str) -> Examined:
    """Walk through a line that is not JSON, past each fault that can be mended for certain."""
    whole = find_in_line(text)
    if whole is not None:
        return _of_line(text, *whole)
    scanner = Scanner(text)
    faults: list[Found] = []
    is_certain = True
    while is_certain and scanner.run():
        found = None if scanner.is_exhausted or len(faults) > _MOST_FAULTS else find(scanner)
        if found is None and scanner.begin():
            continue
        if found is None:
            is_certain = False
            break
        faults.append(found)
        is_certain = found.hit.new is not None
        if found.hit.taken == DONE:
            break
        scanner.take(found.hit.taken, found.hit.end)
    if not faults:
        return Examined(_without_place(text))
    lines = _edited(text, faults) if is_certain else None
    python = _python_value(text) if faults[0].row.name in _PYTHON else None
    if python is not None and lines is not None and not _are_equal(lines, python):
        lines = None
    fault = _fault(faults[0], is_certain=lines is not None)
    if python is not None and _PYTHON_BEGINS.match(text):
        fault = replace(fault, name="python-dict", what=_(_IS_PYTHON, what=fault.what))
    if len(faults) > 1 and faults[-1].hit.new is None:
        fault = _with_more(fault, _fault(faults[-1], is_certain=False))
    return Examined(fault, lines, {} if lines is None else _kinds(text, faults))


def _python_value(text: str) -> dict[Any, Any] | None:
    """The dictionary that the line writes in Python; None if it is something else."""
    if len(text) > _LONGEST_PYTHON:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _are_equal(lines: tuple[str, ...], value: dict[Any, Any]) -> bool:
    """Tell whether what was mended means what Python reads, keys that are no texts apart."""
    if len(lines) != 1:
        return False
    try:
        return bool(json.loads(lines[0]) == json.loads(json.dumps(value)))
    except (ValueError, TypeError, RecursionError):
        return False


def _of_line(text: str, row: LineRow, whole: Whole) -> Examined:
    is_certain = whole.lines is not None
    what = row.what.format(sign=whole.sign)
    kind = row.kind if is_certain else ""
    fault = Fault(row.name, whole.at + 1, what, row.fix, is_certain, kind)
    names = (shown(text),) if kind in _TELLING else ()
    return Examined(fault, whole.lines, {kind: names} if kind else {})


def _fault(found: Found, *, is_certain: bool) -> Fault:
    row, words = found.row, found.hit.words
    what, fix = row.what.format(**words), row.fix.format(**words)
    return Fault(row.name, found.at + 1, what, fix, is_certain, row.kind if is_certain else "")


def _with_more(fault: Fault, last: Fault) -> Fault:
    """The first fault, with the one on the same line for which a person is needed."""
    what = _(
        "{what}; and in column {column:,}: {more}",
        what=fault.what,
        column=last.column,
        more=last.what,
    )
    fix = fault.fix if fault.fix == last.fix else clauses((fault.fix, last.fix))
    return replace(fault, what=what, fix=fix)


def _without_place(text: str) -> Fault:
    """A line that keeps to the grammar as far as it was looked at."""
    for found in _HUGE.finditer(text):
        if float(found.group()) in (float("inf"), float("-inf")):
            what = _("the number {number} is too large", number=shown(found.group()))
            fix = _("write a smaller number, or a text in double quotes")
            return Fault("huge-number", found.start() + 1, what, fix, is_certain=False)
    what = _("the line cannot be read as JSON")
    return Fault("unknown", 1, what, _WRITE_OBJECT.format(), is_certain=False)


def _kinds(text: str, faults: list[Found]) -> dict[str, tuple[str, ...]]:
    kinds: dict[str, tuple[str, ...]] = {}
    for found in faults:
        kind = found.row.kind
        piece = (shown(text[found.start : found.hit.end]),) if kind in _TELLING else ()
        kinds[kind] = kinds.get(kind, ()) + piece
    return kinds


def _edited(text: str, faults: list[Found]) -> tuple[str, ...] | None:
    """The text with what is to be written for each fault; None unless that makes it JSON."""
    pieces: list[str] = []
    at = 0
    for found in faults:
        pieces += (text[at : found.start], found.hit.new or "")
        at = found.hit.end
    lines = "".join((*pieces, text[at:])).split("\n")
    mended = tuple(line.strip() for line in lines if line.strip())
    return mended if mended and all(map(is_json, mended)) else None
