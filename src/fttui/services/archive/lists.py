"""The lists of an archive: one line a job, a file or a model, as the endpoint lists them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from fttui.services.endpoint.records import Record
from fttui.storage.archive.annotations import NOTES
from fttui.storage.archive.saved import parsed
from fttui.terminal.text import safe_json

__all__ = ["FILE_LIST", "JOB_LIST", "MODEL_LIST", "NOTES"]

JOB_LIST = "jobs.jsonl"
FILE_LIST = "files.jsonl"
MODEL_LIST = "models.jsonl"


def line_of(entry: Record) -> bytes:
    """The line for an entry."""
    return f"{safe_json(entry)}\n".encode()


def entry_of(line: bytes) -> Record:
    """The entry on a line; an empty one where it cannot be read."""
    found = parsed(line)
    return found if isinstance(found, dict) else {}


def record_of(entry: Record) -> Record:
    """The endpoint's own object in an entry; an empty one where there is none."""
    found = entry.get("record")
    return found if isinstance(found, dict) else {}


def id_of(line: bytes) -> str:
    """The id on a line, or ""."""
    found = entry_of(line).get("id")
    return found if isinstance(found, str) else ""


def sound(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of an earlier list that are entries, and not what a power loss left of one."""
    return (line for line in lines if entry_of(line) and line.endswith(b"\n"))


def merged(
    lines: Iterable[bytes], named: dict[str, Record], entry: Callable[[str], Record]
) -> Iterator[bytes]:
    """An earlier list with new records of some things; those that were not on it come first."""
    kept = list(sound(lines))
    there = {id_of(line) for line in kept}
    new = {raw_id: line_of({**entry(raw_id), "record": named[raw_id]}) for raw_id in named}
    yield from (line for raw_id, line in new.items() if raw_id not in there)
    for line in kept:
        yield new.get(id_of(line), line)
