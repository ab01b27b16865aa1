"""The bytes of one file in an archive, for who takes them elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from fttui.storage.archive.names import folder_name
from fttui.storage.archive.saved import SAVED, SavedContent, parsed
from fttui.storage.archive.tree import Tree

_LONGEST_RECORD = 1_000_000
_LONGEST_LINE = 16_000_000


@dataclass(frozen=True, slots=True)
class KeptContent:
    """What an archive says of a file that it holds; `name` as the endpoint told it, "" for none.

    `is_redacted` where a key stood in it, which was taken out.
    """

    archive: Path
    path: str
    sha256: str
    size: int
    name: str = ""
    is_redacted: bool = False

    @contextmanager
    def opened(self) -> Iterator[IO[bytes]]:
        """The file, which may have been edited since. Raises OSError."""
        with closing(Tree(self.archive)) as tree, tree.open(self.path) as file:
            yield file


def kept_content(archive: Path, file_id: str) -> KeptContent | None:
    """The file with this id in the archive of that folder; None where it has none."""
    with suppress(OSError), closing(Tree(archive.resolve())) as tree:
        with tree.open(f"files/{folder_name(file_id)}/{SAVED}") as record:
            saved = SavedContent.read(parsed(record.read(_LONGEST_RECORD)))
        if saved is None or saved.id != file_id or saved.content is None:
            return None
        kept = saved.content
        name = _name_of(tree, file_id)
        return KeptContent(
            archive.resolve(), kept.path, kept.sha256, kept.size, name, saved.redacted
        )
    return None


def _name_of(tree: Tree, file_id: str) -> str:
    wanted = json.dumps(file_id).encode()
    with suppress(OSError), tree.open("files.jsonl") as file:
        while line := file.readline(_LONGEST_LINE):
            told = parsed(line) if wanted in line else None
            if isinstance(told, dict) and told.get("id") == file_id:
                name = told.get("filename")
                return name if isinstance(name, str) else ""
    return ""
