"""The one way to write a file: it appears under its name whole, or not at all.

What is written goes to a part file beside the target, of mode 0600 and locked while it is worked
on. A process that is killed leaves at most that; the next one with the same target removes it.
"""

import errno
import fcntl
import os
import re
import secrets
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path
from typing import IO

from fttui.disk.reading import kind_of, why
from fttui.terminal.language import _
from fttui.terminal.text import safe_path

_BUFFER = 1 << 20
_NEW_FILE = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_THERE = os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK
_REASONS = {
    errno.ENOSPC: _("no space is left on the disk"),
    errno.EDQUOT: _("your share of the disk is used up"),
    errno.EFBIG: _("it is larger than files may be there"),
    errno.EROFS: _("the disk is read-only"),
    errno.EACCES: _("you may not write in that folder"),
    errno.EPERM: _("you may not write in that folder"),
    errno.ENOENT: _("its folder is not there"),
}
_REMEDIES = {
    errno.ENOSPC: _("Free some, or choose another place."),
    errno.EDQUOT: _("Free some, or choose another place."),
    errno.ENOENT: _("Make the folder, or choose another place."),
    errno.ENAMETOOLONG: _("Choose a shorter one."),
}


class NotWritten(Exception):  # noqa: N818 - the outcome is named, as the caller reads it
    """A file that was not written; the text is a sentence for the user."""


def target_of(text: str | Path) -> Path:
    """The file that a person names to write to, with `~` filled in; a Path stays as it is.

    Raises NotWritten for what cannot be the name of a file: nothing, `-`, a folder's name, or
    the home of a user that there is none of.
    """
    if isinstance(text, Path):
        return text
    named = text
    if not named.strip():
        raise NotWritten(_("No file was named to write to. Give a path."))
    if named == "-":
        raise NotWritten(_("A file's name is wanted, not '-'. For a file of that name write ./-"))
    if named.endswith("/") or named.rsplit("/", 1)[-1] in (".", ".."):
        raise NotWritten(_("{named} names a folder. Add a file's name.", named=safe_path(named)))
    if "\0" in named:
        raise NotWritten(
            _("{named} cannot be a file's name. Choose another.", named=safe_path(named))
        )
    try:
        return Path(named).expanduser()
    except RuntimeError:
        home = safe_path(named.partition("/")[0])
        raise NotWritten(
            _("There is no home folder {home}. Name another place.", home=home)
        ) from None


def is_free(path: Path) -> bool:
    """Whether nothing has the name; True too where that cannot be known, as `require_free` tells.

    A link counts, wherever it leads. What cannot be looked at cannot be written either, for a
    reason that a person is told when it is tried.
    """
    try:
        path.lstat()
    except (OSError, ValueError):
        return True
    return False


def require_free(path: Path, *, called: str = "") -> None:
    """Raise NotWritten if something has the name already, or its folder is not there.

    `called` is what the sentence calls the file where there is no room for its whole path.
    """
    shown = safe_path(called or path)
    try:
        found = path.lstat()
    except FileNotFoundError:
        _require_folder(path.parent)
        return
    except (OSError, ValueError) as error:
        raise NotWritten(_sentence(shown, error)) from None
    if stat.S_ISREG(found.st_mode) or stat.S_ISLNK(found.st_mode):
        raise NotWritten(
            _("{shown} exists already, and is not overwritten. Choose another name.", shown=shown)
        )
    raise NotWritten(
        _(
            "{shown} is {kind_of}, not a new file. Choose another name.",
            shown=shown,
            kind_of=kind_of(found.st_mode),
        )
    )


def _require_folder(folder: Path) -> None:
    try:
        is_folder = stat.S_ISDIR(folder.stat().st_mode)
    except FileNotFoundError:
        raise NotWritten(
            _(
                "There is no folder {folder}. Make it, or choose another place.",
                folder=safe_path(folder),
            )
        ) from None
    except OSError as error:
        raise NotWritten(_sentence(safe_path(folder), error)) from None
    if not is_folder:
        raise NotWritten(
            _("{folder} is not a folder. Choose another place.", folder=safe_path(folder))
        )


@contextmanager
def new_files(*paths: Path) -> Iterator[tuple[IO[bytes], ...]]:
    """Files to write to, which all take their names at the end of the block, or none of them.

    They are readable by their owner only. Raises NotWritten if a name is taken, then or
    meanwhile, so that nothing is ever overwritten, or if a file cannot be written; after any
    failure nothing is left.
    """
    parts: list[_Part] = []
    try:
        for path in paths:
            require_free(path)
            parts.append(_Part(path))
            parts[-1].open()
        yield tuple(part.file for part in parts)
        for part in parts:
            part.take_name()
    except BaseException as error:
        for part in parts:
            part.take_name_back()
        if not isinstance(error, OSError):
            raise
        failed = next((part.target for part in parts if not part.is_named), paths[0])
        raise not_written(failed, error) from None
    finally:
        for part in parts:
            part.discard()


@contextmanager
def new_lines(path: Path) -> Iterator[Callable[[bytes], None]]:
    """A new file to which lines are added one by one, each of which is there whatever follows.

    It is readable by its owner only, locked meanwhile, and removed at the end if nothing was
    written. Raises NotWritten if the name is taken, or if a line cannot be written.
    """
    require_free(path)
    try:
        with os.fdopen(os.open(path, _NEW_FILE, 0o600), "wb", 0) as file:
            _lock(file.fileno())
            yield lambda line: add_line(file, line, path)
            is_empty = os.fstat(file.fileno()).st_size == 0
            if is_empty and os.path.samestat(path.lstat(), os.fstat(file.fileno())):
                path.unlink()
    except OSError as error:
        raise not_written(path, error) from None


def add_line(file: IO[bytes], line: bytes, path: Path) -> None:
    """Write all of a line at the end of the unbuffered file at `path`, or none of it.

    Half a line is no line. Raises NotWritten.
    """
    end = file.seek(0, os.SEEK_END)
    try:
        write_all(file, line + b"\n")
    except OSError as error:
        with suppress(OSError):
            file.truncate(end)
        raise not_written(path, error) from None


def write_all(file: IO[bytes], data: bytes) -> None:
    """Write all of `data` to an unbuffered file; raises OSError."""
    while data:
        data = data[file.write(data) :]


def not_written(path: Path, error: OSError) -> NotWritten:
    """Why `path` was not written, as what is raised for it."""
    return NotWritten(_sentence(safe_path(path), error))


def replace_file(path: Path, content: bytes) -> None:
    """Put `content` into `path`, mode 0600: after a crash it holds the old or the new content.

    Only for fttui's own files. A symlink there is replaced, never followed. Raises OSError.
    """
    part = _Part(path)
    try:
        part.open()
        part.file.write(content)
        part.replace()
    finally:
        part.discard()


class _Part:
    """A file beside its target, under a name that no other program makes, until it is whole."""

    def __init__(self, target: Path) -> None:
        mark = blake2b(os.fsencode(target.name), digest_size=6).hexdigest()
        self.target = target
        self.is_named = False
        self.file: IO[bytes]
        self._mark = f".fttui-{mark}-"
        self._is_made = False
        self._path = target.with_name(f"{self._mark}{secrets.token_hex(8)}.part")

    def open(self) -> None:
        """Make the file, and take away what a killed run left of the same target."""
        self._sweep()
        self._make()
        if os.fstat(self._descriptor).st_nlink == 0:  # swept before it was locked
            self.file.close()
            self._make()

    def take_name(self) -> None:
        """Name the finished file; FileExistsError if the name was taken meanwhile."""
        self._force_to_disk()
        try:
            os.link(self._path, self.target)
        except FileExistsError:
            raise
        except OSError:
            self._rename_to_free_name()
        self.is_named = True
        _sync_folder(self.target.parent)

    def replace(self) -> None:
        """Name the finished file, whatever has the name."""
        self._force_to_disk()
        self._path.replace(self.target)
        _sync_folder(self.target.parent)

    def take_name_back(self) -> None:
        """Undo `take_name`, unless another file has the name by now."""
        with suppress(OSError, ValueError):
            if self.is_named and os.path.samestat(self.target.lstat(), os.fstat(self._descriptor)):
                self.target.unlink()

    def discard(self) -> None:
        """Close the file and remove the name it had while it was worked on."""
        if hasattr(self, "file"):
            with suppress(OSError):
                self.file.close()
        if self._is_made:
            with suppress(OSError):
                self._path.unlink()

    def _make(self) -> None:
        self._is_made = True  # before it is, so that a signal in between leaves nothing
        try:
            descriptor = os.open(self._path, _NEW_FILE, 0o600)
        except FileExistsError:
            self._is_made = False
            raise
        self.file = os.fdopen(descriptor, "wb", _BUFFER)
        _lock(descriptor, wait=True)

    @property
    def _descriptor(self) -> int:
        return self.file.fileno()

    def _force_to_disk(self) -> None:
        self.file.flush()
        os.fsync(self._descriptor)

    def _rename_to_free_name(self) -> None:
        """For disks without hard links: reserve the name, since a rename replaces what is there."""
        os.close(os.open(self.target, _NEW_FILE, 0o600))
        try:
            self._path.replace(self.target)
        except BaseException:
            self.target.unlink()
            raise

    def _sweep(self) -> None:
        """Remove the part files of this target that no process works on."""
        ours = re.compile(re.escape(self._mark) + r"[0-9a-f]{16}\.part")
        with suppress(OSError), os.scandir(self.target.parent) as entries:
            for entry in entries:
                if ours.fullmatch(entry.name):
                    _remove_left(self.target.with_name(entry.name))


def _remove_left(part: Path) -> None:
    """Remove a part file of this user that is not locked; without locks none is removed."""
    with suppress(OSError):
        descriptor = os.open(part, _THERE)
        try:
            found = os.fstat(descriptor)
            ours = stat.S_ISREG(found.st_mode) and stat.S_IMODE(found.st_mode) == 0o600
            if ours and found.st_uid == os.geteuid() and _lock(descriptor):
                part.unlink()
        finally:
            os.close(descriptor)


def _lock(descriptor: int, *, wait: bool = False) -> bool:
    """Take the lock that ends with the process; False if another has it or there are no locks."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        return False
    return True


def _sync_folder(folder: Path) -> None:
    """Make a new name survive a power loss, where the disk can do so."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _sentence(shown: str, error: OSError | ValueError) -> str:
    if isinstance(error, FileExistsError):
        return _("{shown} exists by now, and is not overwritten. Choose another name.", shown=shown)
    if isinstance(error, ValueError):
        return _("{shown} cannot be a file's name. Choose another.", shown=shown)
    remedy = _REMEDIES.get(error.errno or 0, _("Choose another place."))
    return _(
        "{shown} cannot be written: {why}. {remedy}",
        shown=shown,
        why=why(error, _REASONS),
        remedy=remedy,
    )
