"""An archive that is being written: one run at a time, every file whole under its name."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Self

from fttui.storage.archive.head import (
    LOCK,
    UNFINISHED,
    VERSION,
    Head,
    looks_like_archive,
    read_head,
)
from fttui.storage.archive.known import archive_folder, is_of
from fttui.storage.archive.names import folder_name
from fttui.storage.archive.remembered import remember_archive
from fttui.storage.archive.saved import SAVED, SavedContent, SavedFile, SavedJob, parsed
from fttui.storage.archive.tree import Tree, is_part
from fttui.storage.folders import private_folder
from fttui.storage.locks import FileLock
from fttui.terminal.language import _
from fttui.terminal.text import safe, safe_json, safe_path

CONTENTS = "contents"
JOBS = "jobs"
FILES = "files"
_LONGEST_RECORD = 64 * 1024 * 1024
_PIECE = 1 << 20
_SNIFFED = 4096


class ArchiveRefused(Exception):  # noqa: N818 - reads as what happened
    """A folder that this archive may not be written to; a sentence, and what to do as `hint`."""

    def __init__(self, sentence: str, hint: str) -> None:
        super().__init__(sentence)
        self.hint = hint


class ArchiveFolder:
    """The folder of one archive, held by a lock until `close`.

    Nothing is forced to the disk before the end of a run: what a power loss may have left of one
    that did not end is known by its hash at the next. Nothing outside is read or written, whatever
    links are in it, and also when another folder takes its place.
    Writing raises OSError.
    """

    def __init__(
        self, path: Path, head: Head, earlier: Head | None, lock: FileLock, tree: Tree
    ) -> None:
        self.path = path
        self.head = head
        self.earlier = earlier
        self._lock = lock
        self._tree = tree
        self._is_doubtful = earlier is None or not earlier.is_finished

    @classmethod
    def open(cls, path: Path, head: Head) -> Self:
        """Make the folder, or go on with the archive of the same host that it holds.

        Raises ArchiveRefused, FolderRefused, and OSError when it cannot be made.
        """
        shown = safe_path(path)
        path = Path(os.path.realpath(path))  # `resolve` raises RuntimeError for a loop of links
        _require_ours(path, shown)
        private_folder(path)
        lock = FileLock(path / LOCK)
        if not lock.acquire():
            raise ArchiveRefused(
                _("Another fttui is saving into {shown}, so nothing was done.", shown=shown),
                _("Wait until it has ended, or choose another folder with --to."),
            )
        try:
            earlier = read_head(path)
            _require_same(earlier, head, shown)
            _sweep(path)
            tree = Tree(path)
        except BaseException:
            lock.release()
            raise
        return cls(path, head, earlier, lock, tree)

    def close(self) -> None:
        """Free the folder for another run."""
        self._tree.close()
        self._lock.release()

    def begin(self) -> None:
        """Say that a run is at work, until `mark_finished`."""
        began = {"began": now_text(), "host": self.head.host}
        told = {**began, "base_url": self.head.base_url, "account": self.head.account}
        self.write(UNFINISHED, [f"{safe_json(told)}\n".encode()], "")
        for name in (JOBS, FILES, CONTENTS):
            self._tree.make_folder(name)

    def mark_finished(self) -> None:
        """Say that a run has come to its end, once its index is on the disk; remember where."""
        os.sync()
        self._tree.remove(UNFINISHED)
        usual = archive_folder(self.head.host, self.head.account, self.head.base_url)
        remember_archive(usual.name, self.path)

    def write(self, path: str, pieces: Iterable[bytes], source: str) -> SavedFile:
        """Write a file anew, from pieces; `path` is below the archive and of our own making."""
        with self.writing(path, source) as file:
            for piece in pieces:
                file.write(piece)
        return file.saved()

    @contextmanager
    def writing(self, path: str, source: str) -> Iterator[HashedFile]:
        """A file that is written piece by piece, and takes its name when the block ends well."""
        folder, _slash, name = path.rpartition("/")
        with self._tree.part_in(folder) as (file, take_name):
            hashed = HashedFile(file, path, source)
            yield hashed
            take_name(name)

    @contextmanager
    def content(self, source: str) -> Iterator[ContentFile]:
        """A file for bytes that come piece by piece; without `ContentFile.keep` it goes away."""
        with self._tree.part_in(CONTENTS) as (file, take_name):
            yield ContentFile(file, take_name, source)

    def make_folder(self, kind: str, raw_id: str) -> str:
        """The folder, below the archive's, of the job or file with this id; made if need be."""
        name = f"{kind}/{folder_name(raw_id)}"
        self._tree.make_folder(name)
        return name

    def saved_job(self, raw_id: str) -> SavedJob | None:
        """What is kept of a job, if all of it is there as it was written; else None."""
        folder = f"{JOBS}/{folder_name(raw_id)}"
        saved = SavedJob.read(self.read_json(f"{folder}/{SAVED}"))
        if saved is None or saved.id != raw_id:
            return None
        whole = all(self._is_whole(f"{folder}/{file.path}", file) for file in saved.files)
        return saved if whole else None

    def saved_content(self, raw_id: str) -> SavedContent | None:
        """What is kept of a file's bytes, if all is there as it was written; else None."""
        saved = SavedContent.read(self.read_json(f"{FILES}/{folder_name(raw_id)}/{SAVED}"))
        if saved is None or saved.id != raw_id:
            return None
        return saved if all(self._is_whole(file.path, file) for file in saved.kept) else None

    def read_json(self, path: str) -> object:
        """The JSON value of a file of the archive; None where there is none."""
        content = self.read(path)
        return None if content is None else parsed(content)

    def read(self, path: str) -> bytes | None:
        """The content of a file of the archive of at most 64 MB; None where it cannot be read."""
        try:
            with self._tree.open(path) as file:
                content = file.read(_LONGEST_RECORD + 1)
        except OSError:
            return None
        return content if len(content) <= _LONGEST_RECORD else None

    def has(self, path: str) -> bool:
        """Whether there is such a file."""
        return self._tree.size(path) is not None

    def remove(self, path: str) -> None:
        """Remove a file of the archive if it is there."""
        self._tree.remove(path)

    def lines(self, path: str) -> Iterator[bytes]:
        """The lines of a file of the archive; none where no file can be read under that name.

        A line of more than 64 MB comes in pieces, none of which is a record.
        """
        with suppress(OSError), self._tree.open(path) as file:
            while line := file.readline(_LONGEST_RECORD):
                yield line

    def names_in(self, kind: str) -> list[str]:
        """The names in one of the folders, sorted; what is only being written has none yet."""
        return sorted(self._tree.names(kind))

    def hashed(self, path: str) -> SavedFile:
        """The entry of a file that nothing else tells of. Raises OSError."""
        digest, size = hashlib.sha256(), 0
        with self._tree.open(path) as file:
            while piece := file.read(_PIECE):
                digest.update(piece)
                size += len(piece)
        return SavedFile(path, digest.hexdigest(), size, "", now_text())

    def _is_whole(self, path: str, told: SavedFile) -> bool:
        """By its size; by its hash too behind a run that did not end, maybe by a power loss."""
        if self._tree.size(path) != told.size:
            return False
        try:
            return not self._is_doubtful or self.hashed(path).sha256 == told.sha256
        except OSError:
            return False


class HashedFile:
    """Bytes on their way to the disk, hashed as they come; `size` counts them."""

    def __init__(self, file: IO[bytes], path: str, source: str) -> None:
        self._file = file
        self._path = path
        self._source = source
        self._digest = hashlib.sha256()
        self.size = 0

    def write(self, piece: bytes) -> None:
        """Add bytes."""
        self._digest.update(piece)
        self.size += len(piece)
        self._file.write(piece)

    def saved(self) -> SavedFile:
        """The entry of what was written."""
        return SavedFile(self._path, self.sha256, self.size, self._source, now_text())

    @property
    def sha256(self) -> str:
        """The hash of all bytes so far, in hex."""
        return self._digest.hexdigest()


class ContentFile(HashedFile):
    """A file's bytes, which are named by themselves: equal contents are one file."""

    def __init__(self, file: IO[bytes], take_name: Callable[[str], None], source: str) -> None:
        super().__init__(file, "", source)
        self._take_name = take_name
        self._start = b""

    def write(self, piece: bytes) -> None:
        """Add bytes."""
        if len(self._start) < _SNIFFED:
            self._start += piece[: _SNIFFED - len(self._start)]
        super().write(piece)

    def keep(self) -> SavedFile:
        """Give the file its name."""
        name = f"{self.sha256}.{_extension(self._start)}"
        self._take_name(name)
        self._path = f"{CONTENTS}/{name}"
        return self.saved()


def _extension(start: bytes) -> str:
    """By content alone, so that equal contents have equal names."""
    if start.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        return "jsonl"
    try:
        text = start[: _SNIFFED - 4].decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(start) - 8:
            return "bin"
        text = start[: error.start].decode("utf-8")
    if not text.isprintable() and "\0" in text:
        return "bin"
    return "csv" if "," in text.partition("\n")[0] else "txt"


def now_text() -> str:
    """The present moment as RFC 3339 in UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _sweep(path: Path) -> None:
    """Remove what a killed run left half-written."""
    for folder, _folders, names in os.walk(path):
        for name in names:
            if is_part(name):
                (Path(folder) / name).unlink(missing_ok=True)


def _require_ours(path: Path, shown: str) -> None:
    try:
        is_empty = not any(path.iterdir())
    except FileNotFoundError:
        return
    except NotADirectoryError:
        raise ArchiveRefused(
            _("{shown} is not a folder, so no archive was begun.", shown=shown),
            _("Name a new or an empty folder with --to."),
        ) from None
    if not is_empty and not looks_like_archive(path):
        raise ArchiveRefused(
            _("{shown} holds other files, so no archive was begun in it.", shown=shown),
            _("Name a new or an empty folder, or an earlier archive, with --to."),
        )


def _require_same(earlier: Head | None, head: Head, shown: str) -> None:
    if earlier is None:
        return
    if earlier.version > VERSION:
        raise ArchiveRefused(
            _("{shown} was made by a newer fttui, so it was left as it is.", shown=shown),
            _("Use that fttui, or name another folder with --to."),
        )
    if earlier.host != head.host or not is_of(earlier.base_url, head.base_url):
        by_url = earlier.host == head.host
        raise ArchiveRefused(
            _(
                "{shown} is the archive of {earlier}, not of {host}.",
                shown=shown,
                earlier=safe(earlier.base_url if by_url else earlier.host),
                host=safe(head.base_url if by_url else head.host),
            ),
            _("Name another folder with --to."),
        )
