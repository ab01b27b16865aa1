"""Which fine-tuned models each account's endpoint has listed, so that it is known when one is gone.

One file an account, in the state folder. Anybody may have written there since, so whoever reads it
trusts none of it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from fttui.disk.reading import NotReadable, read_small
from fttui.storage.folders import (
    FolderRefused,
    check_private_folder,
    private_folder,
    state_folder,
    write_private,
)
from fttui.storage.last_lists import ListOwner, file_name_of

MOST_MODELS = 10_000
_FOLDER = "models"
_LARGEST = 4_000_000
_LONGEST = 300
_VERSION = 1


@dataclass(frozen=True, slots=True)
class SeenModels:
    """Names of models that were listed once, and of those that fttui has deleted."""

    listed: frozenset[str] = frozenset()
    deleted: frozenset[str] = frozenset()


def read_seen(owner: ListOwner) -> SeenModels:
    """What is known of the owner's models; nothing where nothing sound is kept."""
    path = _path(owner)
    try:
        check_private_folder(path.parent)
        content, _unused = read_small(path, _LARGEST)
        document = orjson.loads(content)
    except (NotReadable, OSError, ValueError, FolderRefused):
        return SeenModels()
    if not isinstance(document, dict) or document.get("version") != _VERSION:
        return SeenModels()
    if document.get("owner") != asdict(owner):
        return SeenModels()
    return SeenModels(_names(document.get("listed")), _names(document.get("deleted")))


def keep_seen(owner: ListOwner, seen: SeenModels) -> None:
    """Keep these in place of what is known, 10,000 at most; nothing where none can be."""
    document = {
        "version": _VERSION,
        "owner": asdict(owner),
        "listed": _kept(seen.listed),
        "deleted": _kept(seen.deleted),
    }
    with contextlib.suppress(OSError, FolderRefused, TypeError):
        private_folder(state_folder())
        private_folder(state_folder() / _FOLDER)
        write_private(_path(owner), orjson.dumps(document))


def _path(owner: ListOwner) -> Path:
    return state_folder() / _FOLDER / file_name_of(owner, ".json")


def _kept(names: Collection[str]) -> list[str]:
    return sorted(name for name in names if len(name) <= _LONGEST)[:MOST_MODELS]


def _names(told: object) -> frozenset[str]:
    entries = told if isinstance(told, list) else []
    return frozenset(one for one in entries if isinstance(one, str) and len(one) <= _LONGEST)
