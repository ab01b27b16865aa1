"""Which models were gone when an archive was saved: among fttui's own notes, a line a model."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import closing, suppress
from pathlib import Path

from fttui.storage.archive.annotations import NOTES
from fttui.storage.archive.saved import parsed
from fttui.storage.archive.tree import Tree
from fttui.storage.seen_models import MOST_MODELS, SeenModels

_FIELD = "gone_model"
_LONGEST_LINE = 16_000_000
_LONGEST = 300


def gone_records(gone: Collection[str], deleted: Collection[str]) -> Iterator[dict[str, object]]:
    """The records of models that are `gone`, and which of them were `deleted` before their day."""
    for name in sorted(gone):
        yield {_FIELD: name, "deleted": name in deleted}


def is_gone_record(record: object) -> bool:
    """True for a record of a model that was gone."""
    return isinstance(record, dict) and isinstance(record.get(_FIELD), str)


def read_gone(folder: Path) -> SeenModels:
    """What the archive in `folder` tells of models that were gone; nothing where it cannot be read.

    All of them were listed once.
    """
    gone: set[str] = set()
    deleted: set[str] = set()
    with suppress(OSError), closing(Tree(folder)) as tree, tree.open(NOTES) as file:
        for record in map(parsed, iter(lambda: file.readline(_LONGEST_LINE), b"")):
            found = record if isinstance(record, dict) else {}
            name = found.get(_FIELD)
            if isinstance(name, str) and 0 < len(name) <= _LONGEST and len(gone) < MOST_MODELS:
                gone.add(name)
                deleted |= {name} if found.get("deleted") is True else set()
    return SeenModels(frozenset(gone), frozenset(deleted))
