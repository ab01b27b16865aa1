"""One JSON object that holds all examples of a file, in a list or by columns, as programs save."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from fttui.terminal.language import _
from fttui.terminal.text import safe
from fttui.training_data.file_text import RepairRefused
from fttui.training_data.json_text import JsonText

_LOOK = 20
_LARGEST = 64_000_000
_MANY = 10
_MOST_MEMBERS = 1_000


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


KNOWN_COLUMNS = _words(
    """
    messages prompt completion response instruction input output question answer text chosen
    rejected conversations conversation system user assistant role content query reply label
    id title category context tools human gpt source target preferred_output
    non_preferred_output reference reference_answer summary dialogue history
    """
)
"""Names that columns of examples usually have."""

_LISTS = _words(
    """
    data examples rows records items samples train training dataset instances entries results
    test validation eval conversations dialogues documents lines
    """
)
_ONE_EXAMPLE = _words(
    """
    messages conversations preferred_output non_preferred_output contents instruction tools
    functions chosen rejected prompt completion custom_id role
    """
)
_WHO = ("role", "from", "author", "speaker", "sender")
_WHAT = ("content", "value", "text", "parts", "tool_calls", "function_call")


class Shape(StrEnum):
    """How the examples lie in the object."""

    LIST = "list"
    """A list of objects under one key."""
    ROWS = "rows"
    """A list of objects that hold the example as `row`, as a data set viewer answers."""
    SPLIT = "split"
    """`columns` with the names, and `data` with lists of values."""
    INDEX = "index"
    """An object of examples by their number or name."""
    COLUMNS = "columns"
    """An object for each column, with the values by their row's number."""
    LISTS = "lists"
    """A list of values for each column."""
    SEVERAL = "several"
    """Several lists of objects: which one is meant is not certain."""


@dataclass(frozen=True, slots=True)
class Container:
    """Where the examples are, and what else the object holds."""

    shape: Shape
    key: str = ""
    columns: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    """Keys of what is no example, and does not go into a copy."""
    lists: tuple[str, ...] = ()
    """The keys, where there are several lists."""

    @property
    def name(self) -> str:
        """What the file is, with its article."""
        if self.shape is Shape.SEVERAL:
            names = _(" and ").join(f'"{safe(key, maxlen=40)}"' for key in self.lists[:4])
            return _("one JSON object with the lists {names}", names=names)
        if self.shape in (Shape.LIST, Shape.ROWS):
            key = safe(self.key, maxlen=40)
            return _('one JSON object with the examples in "{key}"', key=key)
        if self.shape is Shape.INDEX:
            return _("one JSON object with the examples by their numbers or names")
        return _("one JSON object with a table by columns")


class _IsExample(Exception):  # noqa: N818 - an outcome
    """The object is one example."""


@dataclass(slots=True)
class _Member:
    """What stands under a key of the object."""

    kind: str
    count: int = 0
    first: list[Any] = field(default_factory=list)
    """The first items or values, parsed."""
    keys: list[str] = field(default_factory=list)
    """The first keys."""
    mark: int = 0
    """The same for members with the same keys."""
    is_numbered: bool = True
    """Whether all keys are numbers."""


def is_message(value: Any) -> bool:
    """Tell a message of a conversation, in any format, from an example."""
    if not isinstance(value, dict):
        return False
    return any(key in value for key in _WHO) and any(key in value for key in _WHAT)


def container_of(text: JsonText) -> Container | None:
    """Tell where the examples of a text lie that is one JSON object; None if it is an example.

    Reads all of it; None too if it is not JSON, or if more follows.
    """
    seen: dict[str, _Member] = {}
    try:
        if text.next() != "{":
            return None
        for key in text.members():
            member = _look_at(key, text)
            if len(seen) < _MOST_MEMBERS:
                seen[key] = member
            elif member.kind != "object":
                return None
        if text.next():
            return None
    except (RepairRefused, _IsExample):
        return None
    return next((found for judge in _JUDGES if (found := judge(seen)) is not None), None)


def _look_at(key: str, text: JsonText) -> _Member:
    character = text.next()
    if character == "[":
        return _look_at_list(key, text)
    if character != "{":
        text.value()
        return _Member("scalar")
    found = _Member("object")
    for inner in text.members():
        value = text.value()
        found.mark = hash((found.mark, inner))
        found.is_numbered = found.is_numbered and inner.isdecimal()
        found.count += 1
        if found.count <= _LOOK:
            found.keys.append(inner)
            found.first.append(_parsed(value))
    return found


def _look_at_list(key: str, text: JsonText) -> _Member:
    found = _Member("list")
    for item in text.items():
        found.count += 1
        if found.count <= _LOOK:
            found.first.append(_parsed(item))
        if found.count == 1:
            first = found.first[0]
            if is_message(first) or (key == "messages" and isinstance(first, dict)):
                raise _IsExample
    return found


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _of_kind(seen: Mapping[str, _Member], kind: str) -> dict[str, _Member]:
    return {key: member for key, member in seen.items() if member.kind == kind}


def _without(seen: Mapping[str, _Member], *keys: str) -> tuple[str, ...]:
    return tuple(key for key in seen if key not in keys)


def _rows(seen: Mapping[str, _Member]) -> Container | None:
    rows = seen.get("rows")
    if rows is None or not rows.first:
        return None
    inner = [item.get("row") if isinstance(item, dict) else None for item in rows.first]
    if not all(isinstance(row, dict) for row in inner):
        return None
    return Container(Shape.ROWS, "rows", _keys(inner), _without(seen, "rows"))


def _split(seen: Mapping[str, _Member]) -> Container | None:
    names, data = seen.get("columns"), seen.get("data")
    if names is None or data is None or not names.first or not data.first:
        return None
    columns = [name for name in names.first if isinstance(name, str)]
    is_table = len(columns) == names.count and all(
        isinstance(row, list) and len(row) == names.count for row in data.first
    )
    if not is_table or "columns" not in list(seen)[: list(seen).index("data")]:
        return None
    return Container(Shape.SPLIT, "data", tuple(columns), _without(seen, "columns", "data"))


def _lists(seen: Mapping[str, _Member]) -> Container | None:
    """Columns: lists of equal length, and nothing else."""
    members = list(seen.values())
    counts = {member.count for member in members}
    if len(members) < 2 or _of_kind(seen, "list") != dict(seen) or len(counts) != 1:
        return None
    if counts == {0} or counts == {1}:
        return None
    if any(isinstance(item, dict) for member in members for item in member.first):
        return None
    return Container(Shape.LISTS, "", tuple(seen))


def _objects(seen: Mapping[str, _Member]) -> Container | None:
    """A table by columns or by rows: every member is an object."""
    members = list(seen.values())
    if not members or _of_kind(seen, "object") != dict(seen):
        return None
    same = len({member.mark for member in members}) == 1
    if same and members[0].keys and members[0].is_numbered:
        return Container(Shape.COLUMNS, "", tuple(seen))
    columns = tuple(dict.fromkeys(key for member in members[:_LOOK] for key in member.keys))
    by_number = all(key.isdecimal() for key in seen)
    by_name = len(seen) > 1 and KNOWN_COLUMNS & set(columns) and not KNOWN_COLUMNS & set(seen)
    if not by_number and not by_name:
        return None
    return Container(Shape.INDEX, "", columns, () if by_number else tuple(seen))


def _list_of_examples(seen: Mapping[str, _Member]) -> Container | None:
    full = {
        key: member
        for key, member in _of_kind(seen, "list").items()
        if member.first and all(isinstance(item, dict) for item in member.first)
    }
    if not full or any(is_message(item) for member in full.values() for item in member.first):
        return None
    beside = {key for key in seen if key not in full}
    if any(key in _ONE_EXAMPLE for key in beside) or _ONE_EXAMPLE & set(full) - _LISTS:
        return None
    if len(full) > 1:
        is_certain = not beside or full.keys() <= _LISTS
        return Container(Shape.SEVERAL, lists=tuple(full)) if is_certain else None
    ((key, member),) = full.items()
    has_scalars = all(seen[other].kind == "scalar" for other in beside)
    if key.lower() not in _LISTS and beside and not (has_scalars and member.count >= _MANY):
        return None
    return Container(Shape.LIST, key, _keys(member.first), _without(seen, key))


def _keys(rows: list[Any]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(key for row in rows for key in row))


_JUDGES: tuple[Callable[[Mapping[str, _Member]], Container | None], ...] = (
    _rows,
    _split,
    _lists,
    _objects,
    _list_of_examples,
)


def rows_of_container(text: JsonText, container: Container, name: str) -> Iterator[str]:
    """The examples of an object, each in its own text.

    Raises RepairRefused where lists or columns differ in length, or a table by columns is large.
    """
    if container.shape in (Shape.COLUMNS, Shape.LISTS):
        yield from _rows_of_columns(text, container, name)
        return
    text.next()
    for key in text.members():
        if container.shape is Shape.INDEX:
            yield text.value()
        elif key == container.key and text.next() == "[":
            for number, item in enumerate(text.items(), 1):
                yield _ROW[container.shape](item, number, container, name)
        else:
            text.value()


def _row_of_viewer(item: str, number: int, container: Container, name: str) -> str:
    parts = JsonText(iter([item]), name)
    if parts.next() == "{":
        for key in parts.members():
            value = parts.value()
            if key == "row":
                return value
    return item


def _row_of_split(item: str, number: int, container: Container, name: str) -> str:
    parts = JsonText(iter([item]), name)
    values = list(parts.items()) if parts.next() == "[" else [item]
    return _object(container.columns, values, number, name)


def _as_it_is(item: str, number: int, container: Container, name: str) -> str:
    return item


_ROW: Mapping[Shape, Callable[[str, int, Container, str], str]] = MappingProxyType(
    {Shape.LIST: _as_it_is, Shape.ROWS: _row_of_viewer, Shape.SPLIT: _row_of_split}
)


def _object(columns: tuple[str, ...], values: list[str], number: int, name: str) -> str:
    if len(values) != len(columns):
        raise RepairRefused(
            _(
                "Row {number:,} of the table in {name} has {have} values for {want} columns: "
                "mend it there first.",
                number=number,
                name=name,
                have=len(values),
                want=len(columns),
            )
        )
    pairs = zip(columns, values, strict=True)
    return "{" + ", ".join(f"{json.dumps(c, ensure_ascii=False)}: {v}" for c, v in pairs) + "}"


def _rows_of_columns(text: JsonText, container: Container, name: str) -> Iterator[str]:
    columns: list[list[str]] = []
    length = 0
    text.next()
    for _key in text.members():
        column: list[str] = []
        for value in _values(text):
            column.append(value)
            length += len(value)
            if length > _LARGEST:
                raise RepairRefused(
                    _(
                        "{name} is a table by columns of more than {most:,} characters, which has "
                        'to be held in memory. Save it by rows: df.to_json(path, orient="records", '
                        "lines=True).",
                        name=name,
                        most=_LARGEST,
                    )
                )
        columns.append(column)
    for number, values in enumerate(zip(*columns, strict=True), 1):
        yield _object(container.columns, list(values), number, name)


def _values(text: JsonText) -> Iterator[str]:
    if text.next() == "[":
        yield from text.items()
    else:
        for _key in text.members():
            yield text.value()
