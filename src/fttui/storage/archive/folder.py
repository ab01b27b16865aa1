"""An archive that is being written: one run at a time, every file whole under its name."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Self

from fttui.disk.reading import NotReadable, read_small
from fttui.storage.archive.head import (
    LOCK,
    UNFINISHED,
    VERSION,
    Head,
    looks_like_archive,
    read_head,
)
from fttui.storage.archive.names import folder_name
from fttui.storage.archive.saved import SAVED, SavedContent, SavedFile, SavedJob, parsed
from fttui.storage.folders import private_folder
from fttui.storage.locks import FileLock
from fttui.terminal.language import _
from fttui.terminal.text import safe, safe_json, safe_path

CONTENTS = "contents"
JOBS = "jobs"
FILES = "files"
_PART = ".part"
_LONGEST_RECORD = 64 * 1024 * 1024
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_SNIFFED = 4096


class ArchiveRefused(Exception):  # noqa: N818 - reads as what happened
    """A folder that this archive may not be written to; a sentence, and what to do as `hint`."""

    def __init__(self, sentence: str, hint: str) -> None:
        super().__init__(sentence)
        self.hint = hint


class ArchiveFolder:
    """The folder of one archive, held by a lock until `close`.

    Nothing is forced to the disk file by file: what a power loss may have cut is known by its size
    at the next run, and by its hash when the archive is verified. Writing raises OSError.
    """

    def __init__(self, path: Path, head: Head, earlier: Head | None, lock: FileLock) -> None:
        self.path = path
        self.head = head
        self.earlier = earlier
        self._lock = lock

    @classmethod
    def open(cls, path: Path, head: Head) -> Self:
        """Make the folder, or go on with the archive of the same host that it holds.

        Raises ArchiveRefused, FolderRefused, and OSError when it cannot be made.
        """
        shown = safe_path(path)
        path = path.resolve()
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
        except BaseException:
            lock.release()
            raise
        return cls(path, head, earlier, lock)

    def close(self) -> None:
        """Free the folder for another run."""
        self._lock.release()

    def begin(self) -> None:
        """Say that a run is at work, until `mark_finished`."""
        began = {"began": now_text(), "host": self.head.host}
        told = {**began, "base_url": self.head.base_url, "account": self.head.account}
        self.write(UNFINISHED, [f"{safe_json(told)}\n".encode()], "")
        for name in (JOBS, FILES, CONTENTS):
            (self.path / name).mkdir(mode=0o700, exist_ok=True)

    def mark_finished(self) -> None:
        """Say that a run has come to its end, once its index is there."""
        (self.path / UNFINISHED).unlink(missing_ok=True)

    def write(self, path: str, pieces: Iterable[bytes], source: str) -> SavedFile:
        """Write a file anew, from pieces; `path` is below the archive and of our own making."""
        with self.writing(path, source) as file:
            for piece in pieces:
                file.write(piece)
        return file.saved()

    @contextmanager
    def writing(self, path: str, source: str) -> Iterator[HashedFile]:
        """A file that is written piece by piece, and takes its name when the block ends well."""
        target = self.path / path
        with _part_in(target.parent) as (file, take_name):
            hashed = HashedFile(file, path, source)
            yield hashed
            take_name(target.name)

    @contextmanager
    def content(self, source: str) -> Iterator[ContentFile]:
        """A file for bytes that come piece by piece; without `ContentFile.keep` it goes away."""
        with _part_in(self.path / CONTENTS) as (file, take_name):
            yield ContentFile(file, take_name, source)

    def make_folder(self, kind: str, raw_id: str) -> str:
        """The folder, below the archive's, of the job or file with this id; made if need be."""
        name = f"{kind}/{folder_name(raw_id)}"
        (self.path / name).mkdir(mode=0o700, exist_ok=True)
        return name

    def saved_job(self, raw_id: str) -> SavedJob | None:
        """What is kept of a job, if all of it is there in its size; else None."""
        folder = f"{JOBS}/{folder_name(raw_id)}"
        saved = SavedJob.read(self.read_json(f"{folder}/{SAVED}"))
        if saved is None or saved.id != raw_id:
            return None
        whole = all(self._has(f"{folder}/{file.path}", file.size) for file in saved.files)
        return saved if whole else None

    def saved_content(self, raw_id: str) -> SavedContent | None:
        """What is kept of a file's bytes, if all of it is there in its size; else None."""
        saved = SavedContent.read(self.read_json(f"{FILES}/{folder_name(raw_id)}/{SAVED}"))
        if saved is None or saved.id != raw_id:
            return None
        return saved if all(self._has(file.path, file.size) for file in saved.kept) else None

    def read_json(self, path: str) -> object:
        """The JSON value of a file of the archive; None where there is none."""
        content = self.read(path)
        return None if content is None else parsed(content)

    def read(self, path: str) -> bytes | None:
        """The content of a file of the archive of at most 64 MB; None where it cannot be read."""
        try:
            return read_small(self.path / path, _LONGEST_RECORD)[0]
        except (NotReadable, OSError, ValueError):
            return None

    def lines(self, path: str) -> Iterator[bytes]:
        """The lines of a file of the archive, none where there is no such file."""
        with suppress(FileNotFoundError), (self.path / path).open("rb") as file:
            yield from file

    def names_in(self, kind: str) -> list[str]:
        """The names in one of the folders, sorted; what is only being written has none yet."""
        names = (entry.name for entry in os.scandir(self.path / kind))
        return sorted(name for name in names if not _is_part(name))

    def _has(self, path: str, size: int) -> bool:
        try:
            return (self.path / path).lstat().st_size == size
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


@contextmanager
def _part_in(folder: Path) -> Iterator[tuple[IO[bytes], Callable[[str], None]]]:
    """A file beside its target, and what gives it its name; without a name it goes away.

    No other process looks for it: the archive's lock is held.
    """
    part = folder / f".fttui-{secrets.token_hex(8)}{_PART}"
    file = os.fdopen(os.open(part, _NEW, 0o600), "wb", 1 << 18)

    def take_name(name: str) -> None:
        file.flush()
        part.replace(folder / name)

    try:
        yield file, take_name
    finally:
        with suppress(OSError):
            file.close()
        part.unlink(missing_ok=True)


def _is_part(name: str) -> bool:
    return name.startswith(".fttui-") and name.endswith(_PART)


def _sweep(path: Path) -> None:
    """Remove what a killed run left half-written."""
    for folder, _folders, names in os.walk(path):
        for name in names:
            if _is_part(name):
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
    if earlier.host != head.host:
        raise ArchiveRefused(
            _(
                "{shown} is the archive of {earlier}, not of {host}.",
                shown=shown,
                earlier=safe(earlier.host),
                host=safe(head.host),
            ),
            _("Name another folder with --to."),
        )
