"""Notes, labels and hidden jobs as an archive holds them: among fttui's own notes, a line a job."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, suppress
from pathlib import Path

from fttui.storage.annotations import Annotation
from fttui.storage.archive.saved import parsed
from fttui.storage.archive.tree import Tree

NOTES = "notes.jsonl"
"""The file of fttui's own notes."""
_LONGEST_LINE = 16_000_000
_FIELD = "annotation"


def records_of(kept: Mapping[str, Annotation]) -> Iterator[dict[str, object]]:
    """The records of what is kept, by raw ids of jobs."""
    for raw_id, one in kept.items():
        yield {"job": raw_id, _FIELD: one.to_json()}


def is_annotation(record: object) -> bool:
    """True for a record of what is kept beside a job."""
    return isinstance(record, dict) and isinstance(record.get(_FIELD), dict)


def annotations_in(records: Iterable[object]) -> dict[str, Annotation]:
    """What records tell of jobs, by their raw ids; of what is not sound nothing."""
    found = {}
    for record in records:
        if isinstance(record, dict) and isinstance(told := record.get(_FIELD), dict):
            raw_id = record.get("job")
            kept = Annotation.read(told.get("notes"), told.get("labels"), told.get("hidden"))
            if isinstance(raw_id, str) and not kept.is_empty:
                found[raw_id] = kept
    return found


def read_annotations(folder: Path) -> dict[str, Annotation]:
    """What the archive in `folder` tells of its jobs; nothing where nothing can be read."""
    with suppress(OSError), closing(Tree(folder)) as tree, tree.open(NOTES) as file:
        return annotations_in(map(parsed, iter(lambda: file.readline(_LONGEST_LINE), b"")))
    return {}
