"""Training files on their way from one endpoint to another, in a private folder.

They stand there by the SHA-256 of what they hold, for as long as something that goes to the other
endpoint needs them. A small record for each id of the old endpoint says which content was its.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import orjson

from fttui.disk.reading import NotReadable, read_small
from fttui.disk.writing import new_files
from fttui.storage.folders import (
    FolderRefused,
    check_private_folder,
    private_folder,
    state_folder,
    write_private,
)
from fttui.storage.journal import Account

_FOLDER = "moving"
_IDS = "ids"
_LONGEST_RECORD = 10_000
_PIECE = 1 << 20
_DAY = 86_400.0
_SPARE = 64 << 20


@dataclass(slots=True)
class Incoming:
    """A file that is being received; `size` counts its bytes."""

    file: IO[bytes]
    size: int = 0
    digest: hashlib._Hash = field(default_factory=hashlib.sha256)

    def write(self, piece: bytes) -> None:
        """Add bytes. Raises OSError."""
        self.digest.update(piece)
        self.size += len(piece)
        self.file.write(piece)


class MovedFiles:
    """The files that go to one account. Everything here waits for the disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @classmethod
    def of(cls, account: Account) -> MovedFiles:
        """Those that go to `account`; nothing is made before the first file is received."""
        name = _digest(account.place, account.name)[:32]
        return cls(state_folder() / _FOLDER / name)

    @classmethod
    def for_forms(cls, account: Account) -> MovedFiles:
        """Those of single jobs, which go to `account` when somebody has said so."""
        name = _digest(account.place, account.name)[:32]
        return cls(state_folder() / _FOLDER / f"{name}-forms")

    def find(self, source: str, file_id: str) -> Path | None:
        """The file that came from `source` under this id, if it is there as it came; else None."""
        record = self._ids / f"{_digest(source, file_id)}.json"
        try:
            check_private_folder(self._folder)
            told = orjson.loads(read_small(record, _LONGEST_RECORD)[0])
            sha256, name = told["sha256"], told["name"]
            path = self._path(sha256, name)
            return path if _sha256_of(path) == sha256 else None
        except (NotReadable, FolderRefused, OSError, ValueError, TypeError, KeyError):
            return None

    @contextmanager
    def receiving(
        self, source: str, file_id: str, name: str
    ) -> Iterator[tuple[Incoming, Callable[[], Path]]]:
        """A new file, and what gives it its place once it is whole; without that it goes away.

        `name` is a harmless one. Raises OSError, NotWritten and FolderRefused.
        """
        private_folder(state_folder())
        private_folder(self._folder.parent)
        private_folder(self._folder)
        private_folder(self._ids)
        record = _digest(source, file_id)
        coming = self._folder / f"coming-{record[:32]}-{secrets.token_hex(4)}"
        kept: list[Path] = []
        with new_files(coming) as (file,):
            incoming = Incoming(file)

            def keep() -> Path:
                kept.append(self._path(incoming.digest.hexdigest(), name))
                return kept[0]

            yield incoming, keep
        if not kept:
            coming.unlink(missing_ok=True)
            return
        path = kept[0]
        private_folder(path.parent)
        coming.replace(path)
        told = {"sha256": path.parent.name, "name": path.name}
        write_private(self._ids / f"{record}.json", orjson.dumps(told))

    def has_room(self, size: int) -> bool:
        """Whether so many bytes fit on the disk, and leave some for the journal beside them."""
        folder = next(one for one in (self._folder, *self._folder.parents) if one.exists())
        return shutil.disk_usage(folder).free >= size + _SPARE

    def keep_only(self, needed: Collection[Path], *, younger_than: float = 0.0) -> None:
        """Remove all but the files at these paths, and those of so many seconds; never raises."""
        wanted = {os.fspath(path) for path in needed}
        newest = time.time() - younger_than
        is_kept = False
        with suppress(OSError, FolderRefused):
            check_private_folder(self._folder)
            for folder in list(self._folder.iterdir()):
                if folder == self._ids:
                    continue
                inside = list(folder.iterdir()) if folder.is_dir() else [folder]
                is_new = younger_than and any(one.stat().st_mtime > newest for one in inside)
                if is_new or any(os.fspath(one) in wanted for one in inside):
                    is_kept = True
                else:
                    _remove(folder)
            if not is_kept:
                _remove(self._folder)
                self._folder.parent.rmdir()

    def drop(self, paths: Collection[Path], needed: Collection[Path]) -> None:
        """Remove these files, and all of over a day, but what is needed; never raises."""
        with suppress(OSError):
            for path in set(paths) - set(needed):
                _remove(path.parent)
        self.keep_only(needed, younger_than=_DAY)

    @property
    def _ids(self) -> Path:
        return self._folder / _IDS

    def _path(self, sha256: str, name: str) -> Path:
        """Where a content stands; raises ValueError for what is no digest, or no plain name."""
        is_digest = len(sha256) == 64 and not sha256.strip("0123456789abcdef")
        if not is_digest or Path(name).name != name or name.startswith("."):
            raise ValueError(name)
        return self._folder / sha256 / name


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _digest(*parts: str) -> str:
    text = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.sha256(text).hexdigest()


def _sha256_of(path: Path) -> str:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        digest = hashlib.sha256()
        while piece := file.read(_PIECE):
            digest.update(piece)
        return digest.hexdigest()
