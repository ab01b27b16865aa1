"""The base models of a server that trains: the folders below one that hold weights."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .catalogue import BaseModel
from .config import LOCAL_ORGANIZATION

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+@-]*(/[A-Za-z0-9_][A-Za-z0-9._+@-]*)*", re.ASCII)
"""No colon, which would add a field to the names of models, and no `..`, `~` or hidden folder."""
_DEPTH = 4
_MOST_TOKENS = 1 << 20


class FolderCatalogue:
    """The models below a folder; each is looked for anew, since they come and go."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def find(self, name: str) -> BaseModel | None:
        """The model in the folder of this name; None for every other name, paths included."""
        folder = self.folder(name)
        return None if folder is None else _model(name, folder)

    def folder(self, name: str) -> Path | None:
        """Where the model lies; None if there is none of this name in the folder."""
        if len(name) > 256 or not _NAME.fullmatch(name):
            return None
        try:
            root, folder = self._root.resolve(), (self._root / name).resolve()
            # Also a link inside must not lead out of the folder that the server was given.
            return folder if folder != root and _holds_weights(folder, root) else None
        except (OSError, RuntimeError):  # a link that leads to itself, which is told by either
            return None

    def listed(self) -> list[tuple[str, BaseModel]]:
        """All models there are, by name."""
        found = [(name, self.find(name)) for name in sorted(_names(self._root, ""))]
        return [(name, model) for name, model in found if model is not None]


def _names(folder: Path, head: str, depth: int = 0) -> Iterator[str]:
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    if head and any(entry.name == "config.json" for entry in entries):
        yield head
        return
    for entry in entries:
        if depth < _DEPTH and not entry.name.startswith(".") and _is_folder(entry):
            yield from _names(Path(entry), f"{head}/{entry.name}".lstrip("/"), depth + 1)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself
        return False


def _holds_weights(folder: Path, root: Path) -> bool:
    config = (folder / "config.json").resolve()
    weights = [path.resolve() for path in folder.glob("*.safetensors")]
    return bool(weights) and all(
        path.is_relative_to(root) and path.is_file() for path in (config, *weights)
    )


def _model(name: str, folder: Path) -> BaseModel:
    config = _config(folder / "config.json")
    limit = config.get("max_position_embeddings")
    if type(limit) is not int or not 0 < limit <= _MOST_TOKENS:
        limit = 2048
    return BaseModel(
        id=name,
        created=int((folder / "config.json").stat().st_mtime),
        shutdown_date=None,
        methods=("supervised", "dpo"),
        learning_rate=1.0,
        max_tokens=limit,
        encoding="",
        chats=True,
        formats=("chat", "preference"),
        owned_by=LOCAL_ORGANIZATION,
    )


def _config(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes()[: 1 << 22])
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
