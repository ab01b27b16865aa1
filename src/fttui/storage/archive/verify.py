"""Telling whether an archive is as it was written: every byte of it, and nothing beside it.

The folder may have been changed by anybody. No link in it is followed, nothing outside it is
opened, and no more than a few MB of it are held at once.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import IO, Literal

from fttui.disk.reading import kind_of, why
from fttui.storage.archive.head import INDEX, LOCK, UNFINISHED, VERSION, no_archive
from fttui.storage.archive.listing import BadLine, Entry, Shape, entries, shape_of
from fttui.terminal.format import NOTHING
from fttui.terminal.language import _
from fttui.terminal.text import safe_path

Kind = Literal["changed", "missing", "added", "unfinished", "unreadable"]
OnProgress = Callable[[int, int], None]

MOST_FINDINGS = 10_000
"""Findings after which nothing more is looked for."""

_SIGNS = (INDEX, UNFINISHED, LOCK, "jobs.jsonl")
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_FOLDERS = ("contents/", "files/", "jobs/")
"""Of every archive, also where there is nothing to put into one."""
_DEEPEST = 16
_BUFFER = 1 << 20


class NotAnArchive(Exception):  # noqa: N818 - the outcome is named, as the caller reads it
    """A folder that is no archive or cannot be opened; the text is a sentence for the user."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with one path of an archive; `path` and `sentence` are safe to show."""

    path: str
    kind: Kind
    sentence: str

    def to_json(self) -> dict[str, object]:
        """The stable shape that `--json` prints."""
        return {"path": self.path, "kind": self.kind, "sentence": self.sentence}


def verify(folder: Path, on_progress: OnProgress | None = None) -> list[Finding]:
    """All that differs from what the archive in `folder` says of itself; nothing if it is sound.

    `on_progress` is told how many of the listed files are done, and how many there are.

    Raises:
        NotAnArchive: there is no archive in the folder.
    """
    try:
        root = os.open(folder, _FOLDER)
    except (OSError, ValueError) as error:
        raise NotAnArchive(
            _("{folder} cannot be opened: {why}.", folder=safe_path(folder), why=why(error))
        ) from None
    try:
        found = list(islice(_findings(root, folder, on_progress), MOST_FINDINGS + 1))
    finally:
        os.close(root)
    if len(found) > MOST_FINDINGS:
        more = _("There is more: only the first {most:,} are told.", most=MOST_FINDINGS)
        found[MOST_FINDINGS:] = [Finding(safe_path(folder), "unreadable", more)]
    return found


def _findings(root: int, folder: Path, on_progress: OnProgress | None) -> Iterator[Finding]:
    there = [name for name in _SIGNS if _stat(root, name) is not None]
    if not there:
        raise NotAnArchive(no_archive(folder))
    if UNFINISHED in there:
        text = _("The archive is not finished. Run `fttui archive` again to finish it.")
        yield Finding(UNFINISHED, "unfinished", text)
    if INDEX not in there:
        if UNFINISHED not in there:
            yield Finding(INDEX, "missing", _("It is gone, so nothing can be compared with it."))
        return
    try:
        index = _open(root, INDEX)
    except OSError as error:
        yield Finding(INDEX, "unreadable", _("It cannot be read: {why}.", why=_why(error)))
        return
    with index:
        shape = shape_of(index)
        if shape.version is None and there == [INDEX]:
            raise NotAnArchive(no_archive(folder))
        yield from _index_findings(shape)
        if not shape.listed and not shape.is_untouched:
            return  # cut short before its list, so that everything would seem to be added
        yield from _Comparison(root, index, shape, on_progress).findings()


def _index_findings(shape: Shape) -> Iterator[Finding]:
    if not shape.is_untouched:
        text = _("It is not as it was written: its own sha256 does not fit.")
        yield Finding(INDEX, "changed", text)
    elif shape.version != VERSION:
        text = _(
            "Version {version} of the format is not known to this fttui, which writes {ours}. A"
            " newer fttui may read it.",
            version=NOTHING if shape.version is None else shape.version,
            ours=VERSION,
        )
        yield Finding(INDEX, "unreadable", text)


class _Comparison:
    """The list in the index and the tree, both by rising path, compared in one go.

    In the tree a folder stands where its name with a slash would, so that both have one order.
    """

    def __init__(
        self, root: int, index: IO[bytes], shape: Shape, on_progress: OnProgress | None
    ) -> None:
        self._root = root
        self._entries = entries(index)
        self._next: Entry | None = None
        self._total = shape.listed
        self._done = 0
        self._on_progress = on_progress or (lambda _done, _total: None)

    def findings(self) -> Iterator[Finding]:
        """All that differs between the two."""
        self._on_progress(0, self._total)
        yield from self._advance()
        yield from self._folder(self._root, "", 0)
        yield from self._missing_before(None)

    def _advance(self) -> Iterator[Finding]:
        """Go to the next good entry of the list."""
        for entry in self._entries:
            if isinstance(entry, Entry):
                self._next = entry
                return
            yield self._of_line(entry)
        self._next = None

    def _pass(self) -> Iterator[Finding]:
        """Leave the entry behind that is dealt with."""
        self._count()
        yield from self._advance()

    def _count(self) -> None:
        self._done += 1
        self._on_progress(self._done, self._total)

    def _of_line(self, line: BadLine) -> Finding:
        self._count()
        text = _(
            "Line {number} names no file of an archive, or one again or out of its order.",
            number=line.number,
        )
        return Finding(INDEX, "unreadable", text)

    def _missing_before(self, path: bytes | None) -> Iterator[Finding]:
        """The listed files that come before `path` in the order; all that are left for None."""
        while self._next is not None and (path is None or self._next.path.encode() < path):
            yield Finding(self._next.path, "missing", _("It is gone."))
            yield from self._pass()

    def _folder(self, descriptor: int, path: str, depth: int) -> Iterator[Finding]:
        try:
            with os.scandir(descriptor) as scanned:
                names = sorted(map(_ordered, scanned))
        except OSError as error:
            yield from self._unreadable_folder(path, error)
            return
        for name in names:
            below = path + os.fsdecode(name)
            yield from self._missing_before(os.fsencode(below))
            if name.endswith(b"/"):
                yield from self._subfolder(descriptor, name, below, depth)
            elif below in (INDEX, UNFINISHED, LOCK):
                yield from self._own_file(below)
            elif self._next is not None and self._next.path == below:
                yield from _differences(descriptor, os.fsdecode(name), self._next)
                yield from self._pass()
            else:
                yield _added(descriptor, name, below)

    def _subfolder(self, parent: int, name: bytes, path: str, depth: int) -> Iterator[Finding]:
        is_listed = self._next is not None and self._next.path.startswith(path)
        if not is_listed and path not in _FOLDERS:
            text = _("This folder is no part of the archive.")
            yield Finding(safe_path(path), "added", text)
        if depth >= _DEEPEST:
            return
        try:
            descriptor = os.open(name[:-1], _FOLDER | os.O_NOFOLLOW, dir_fd=parent)
        except OSError as error:
            yield from self._unreadable_folder(path, error)
            return
        try:
            yield from self._folder(descriptor, path, depth + 1)
        finally:
            os.close(descriptor)

    def _unreadable_folder(self, path: str, error: OSError) -> Iterator[Finding]:
        """One finding for all that the list names in a folder that cannot be looked into."""
        text = _("This folder cannot be read: {why}.", why=_why(error))
        yield Finding(safe_path(path or "."), "unreadable", text)
        while self._next is not None and self._next.path.startswith(path):
            yield from self._pass()

    def _own_file(self, name: str) -> Iterator[Finding]:
        """What is wrong with a file of the archive that is not listed."""
        found = _stat(self._root, name)
        if found is None or name == INDEX:
            return
        if not stat.S_ISREG(found.st_mode):
            yield Finding(name, "changed", _is_no_file(found.st_mode))
        elif name == LOCK and found.st_size:
            yield Finding(name, "changed", _("It has content, where there never is any."))


def _ordered(entry: os.DirEntry[str]) -> bytes:
    """A name as it stands in the order of whole paths."""
    name = os.fsencode(entry.name)
    return name + b"/" if entry.is_dir(follow_symlinks=False) else name


def _added(parent: int, name: bytes, path: str) -> Finding:
    found = _stat(parent, os.fsdecode(name))
    kind = kind_of(found.st_mode) if found else _("a file")
    text = _("It is {kind} that is no part of the archive.", kind=kind)
    return Finding(safe_path(path), "added", text)


def _differences(parent: int, name: str, entry: Entry) -> Iterator[Finding]:
    """How a file differs from what the list says of it: nothing, or one finding."""
    found = _stat(parent, name)
    if found is not None and not stat.S_ISREG(found.st_mode):
        yield Finding(entry.path, "changed", _is_no_file(found.st_mode))
        return
    try:
        with _open(parent, name) as file:
            size, digest = _content(file, entry.size)
    except FileNotFoundError:
        yield Finding(entry.path, "missing", _("It is gone."))
    except OSError as error:
        yield Finding(entry.path, "unreadable", _("It cannot be read: {why}.", why=_why(error)))
    else:
        if size != entry.size:
            text = _(
                "It has {size:,} bytes; {wanted:,} were written.", size=size, wanted=entry.size
            )
            yield Finding(entry.path, "changed", text)
        elif digest != entry.sha256:
            text = _("Its content is another: the sha256 does not fit.")
            yield Finding(entry.path, "changed", text)


def _content(file: IO[bytes], wanted: int) -> tuple[int, str]:
    """The length of a file, and its sha256 where that is the length `wanted`."""
    size = os.fstat(file.fileno()).st_size
    if size != wanted:
        return size, ""
    digest, read = sha256(), 0
    while piece := file.read(min(_BUFFER, wanted + 1 - read)):
        digest.update(piece)
        read += len(piece)
    return read, digest.hexdigest()


def _open(parent: int, name: str) -> IO[bytes]:
    """A regular file, never one that a link leads to. Raises OSError."""
    descriptor = os.open(name, _FILE, dir_fd=parent)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.ENXIO, "")
    return os.fdopen(descriptor, "rb")


def _stat(parent: int, name: str) -> os.stat_result | None:
    with suppress(OSError):
        return os.stat(name, dir_fd=parent, follow_symlinks=False)
    return None


def _is_no_file(mode: int) -> str:
    return _("It is {kind} now, not a file.", kind=kind_of(mode))


def _why(error: OSError) -> str:
    return why(error, {errno.ELOOP: _("it is a link")})
