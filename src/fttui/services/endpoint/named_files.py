"""The files that a job's record names, in whatever form: what a job may need nobody should delete.

A file is told by a text, an object that holds its id, or its address in the API; alone or listed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

from fttui.services.endpoint.reading import as_name, snake_cased

_MOST_FILES = 10_000
_DEEPEST = 6
_ABOUT_FILES = re.compile(r"(?i)(?<!pro)file|dataset|(?<!meta)data$")
_OWN_LISTS = frozenset({"events", "metadata"})
_ADDRESS = re.compile(r"https?://[^?#\s]{1,300}/files/([^/?#\s]{1,200})(?:/content)?/?")
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class NamedFiles:
    """Ids of files by what a job has them for; `others` are named in places that nobody knows."""

    training: tuple[str, ...]
    validation: tuple[str, ...]
    results: tuple[str, ...]
    others: tuple[str, ...]

    @classmethod
    def of(cls, record: Mapping[str, object]) -> NamedFiles:
        """Those of a job, whose names of fields are in snake case."""
        training = _under(record, "training_file")
        validation = _under(record, "validation_file")
        results = _under(record, "result_file")
        told = {*training, *validation, *results}
        rest = {name: each for name, each in record.items() if name not in _OWN_LISTS}
        others = dict.fromkeys(one for one in _anywhere(rest) if one not in told)
        return cls(training, validation, results, tuple(others))


def _under(record: Mapping[str, object], name: str) -> tuple[str, ...]:
    """The ids under `name`, its plural, or those with `_id`."""
    told: list[object] = []
    for each in map(record.get, (name, f"{name}_id", f"{name}s", f"{name}_ids")):
        told += each[:_MOST_FILES] if isinstance(each, list) else [each]
    return tuple(dict.fromkeys(filter(None, map(_file_id, told))))


def _file_id(value: object) -> str | None:
    if isinstance(value, dict):
        value = next(filter(None, map(snake_cased(value).get, ("file_id", "id"))), None)
    if isinstance(value, str) and (found := _ADDRESS.fullmatch(value)):
        value = unquote(found[1])
    return as_name(value, _LONGEST)


@lru_cache(maxsize=1024)
def _is_about_files(name: str) -> bool:
    return _ABOUT_FILES.search(name) is not None


def _anywhere(value: object, depth: int = 0, *, is_file: bool = False) -> Iterator[str]:
    """What may be the id of a file: each text below a name that speaks of files or of data."""
    if depth > _DEEPEST:
        return
    if isinstance(value, dict):
        for name, each in value.items():
            is_told = is_file or _is_about_files(name)
            if is_told or isinstance(each, dict | list):
                yield from _anywhere(each, depth + 1, is_file=is_told)
    elif isinstance(value, list):
        for each in value[:_MOST_FILES]:
            yield from _anywhere(each, depth + 1, is_file=is_file)
    elif is_file and isinstance(value, str) and (found := _file_id(value)):
        yield found
