"""Opening a training file without blocking, and holding on to it until its last byte is sent.

The check and the upload read the same descriptor, so what was checked is what is sent: a file
that another program replaces, lengthens or cuts meanwhile is noticed by its identity.
"""

import errno
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

from fttui.disk.reading import kind_of, why
from fttui.terminal.language import _
from fttui.terminal.text import safe_path

_UNWANTED = re.compile(r"[^A-Za-z0-9._-]+")
_EXTENSION = ".jsonl"
_LONGEST_STEM = 64
_BLOCK = 1 << 20

INPUT = Path("-")
"""Stands for the name of a file that came as standard input."""


class FileRefused(Exception):  # noqa: N818 - the outcome is named, as the caller reads it
    """A path that cannot be a training file; the text is a sentence for the user."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What tells a file from another one, or from itself after a change."""

    device: int
    inode: int
    size: int
    mtime_ns: int


class CheckedFile:
    """A regular file, open for reading, with the identity that it had when it was opened.

    Reads go through `os.pread`, which keeps no position, so that several readers can share it.
    """

    def __init__(self, fd: int, path: Path, shown: str, *, is_by_name: bool = True) -> None:
        self.fd = fd
        self.path = path
        self.shown = shown
        self._is_by_name = is_by_name
        self._opened = _identity(fd)

    @property
    def name(self) -> str:
        """The name of the file without its folder, safe to print."""
        return safe_path(self.path.name)

    @property
    def upload_name(self) -> str:
        """The harmless name under which the file is sent."""
        return upload_name(self.path)

    @property
    def size(self) -> int:
        """Bytes in the file when it was opened."""
        return self._opened.size

    def identity(self) -> Identity:
        """The identity that the file had when it was opened."""
        return self._opened

    def unchanged(self) -> bool:
        """Tell whether the open file still has the size and time that it had when opened."""
        try:
            return _identity(self.fd) == self._opened
        except OSError:
            return False

    def change(self) -> str:
        """What happened to the file or its name since it was opened, as a clause; "" if nothing.

        A name is only looked at where the file was opened by one.
        """
        if not self.unchanged():
            return _("it was changed while it was read")
        if not self._is_by_name:
            return ""
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return _("it was removed or renamed while it was read")
        except OSError as problem:
            return _("its path can no longer be read ({why})", why=why(problem))
        if (found.st_dev, found.st_ino) != (self._opened.device, self._opened.inode):
            return _("another file took its name while it was read")
        return ""

    def pread(self, wanted: int, offset: int) -> bytes:
        """Up to `wanted` bytes from `offset`; a disk that fails reads as the end of the file."""
        try:
            return os.pread(self.fd, max(0, wanted), offset)
        except OSError:
            return b""

    def close(self) -> None:
        """Close the descriptor; a second call does nothing."""
        if self.fd >= 0:
            fd, self.fd = self.fd, -1
            os.close(fd)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_checked(path: str | Path) -> CheckedFile:
    """Open a training file as the user named it: `~`, quotes and file:// are understood.

    Raises FileRefused for anything but a readable regular file; it never waits for a pipe or
    a device.
    """
    meant = as_meant(path)
    shown = safe_path(meant) or _("(no name)")
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
    try:
        fd = os.open(meant, flags)
    except OSError as problem:
        raise FileRefused(_sentence(shown, problem, meant)) from None
    except ValueError:
        raise FileRefused(
            _("{shown} cannot be opened: the name is not a valid path.", shown=shown)
        ) from None
    try:
        _refuse_other_kinds(fd, shown)
        os.set_blocking(fd, True)
        return CheckedFile(fd, meant, _with_target(meant, shown))
    except BaseException:
        os.close(fd)
        raise


def kept_input(stream: BinaryIO) -> CheckedFile:
    """Everything that comes from a stream, as an open file without a name; ends when that does.

    Raises FileRefused when it cannot be read, or kept.
    """
    from shutil import copyfileobj  # seldom needed, and slow to import
    from tempfile import TemporaryFile

    try:
        with TemporaryFile(prefix="fttui-") as kept:
            copyfileobj(stream, kept, _BLOCK)
            kept.flush()
            return CheckedFile(os.dup(kept.fileno()), INPUT, INPUT.name, is_by_name=False)
    except OSError as problem:
        raise FileRefused(
            _("Standard input cannot be read and kept: {why}.", why=why(problem))
        ) from None


def as_meant(path: str | Path) -> Path:
    """Undo what shells, file managers and terminals do to a path that is dropped or pasted.

    Raises FileRefused for an empty text.
    """
    text = os.fspath(path)
    if isinstance(path, str) and not _exists(text):
        text = text.strip()
        if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
            text = text[1:-1]
        if text.lower().startswith("file://"):
            from urllib.parse import unquote, urlsplit  # seldom needed, and slow to import

            text = unquote(urlsplit(text).path)
    if not text:
        raise FileRefused(_("No file was named. Give the path of a .jsonl file."))
    try:
        return Path(text).expanduser()
    except RuntimeError:
        return Path(text)


def _exists(text: str) -> bool:
    try:
        return os.path.lexists(text)
    except ValueError:
        return False


def _refuse_other_kinds(fd: int, shown: str) -> None:
    mode = os.fstat(fd).st_mode
    if not stat.S_ISREG(mode):
        raise FileRefused(
            _(
                "{shown} is {kind_of}, not a file. Choose a .jsonl file.",
                shown=shown,
                kind_of=kind_of(mode),
            )
        )
    if os.fstat(fd).st_size == 0 and _has_bytes(fd):
        raise FileRefused(
            _(
                "{shown} is made up by the system as it is read, so it cannot be checked and then "
                "sent unchanged. Copy it to a regular file first.",
                shown=shown,
            )
        )


def _has_bytes(fd: int) -> bool:
    try:
        return bool(os.pread(fd, 1, 0))
    except OSError:
        return True


def _sentence(shown: str, problem: OSError, path: Path) -> str:
    reason = why(problem)
    if problem.errno == errno.ENOENT and path.is_symlink():
        reason = _(
            "it is a link to {readlink}, which does not exist", readlink=safe_path(path.readlink())
        )
    elif problem.errno == errno.ENOENT and "$" in str(path):
        reason = _("no such file; variables such as $HOME are not filled in here")
    return _("{shown} cannot be opened: {reason}.", shown=shown, reason=reason)


def _with_target(path: Path, shown: str) -> str:
    """The path for a confirmation: of a link, its target too."""
    if path.is_symlink():
        return f"{shown} -> {safe_path(path.resolve())}"
    return shown


def _identity(fd: int) -> Identity:
    found = os.fstat(fd)
    return Identity(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


def upload_name(path: str | Path) -> str:
    """The name under which a file is sent: its path reduced to `[A-Za-z0-9._-]{1,64}` and `.jsonl`.

    Folders, personal characters and anything that a server or a terminal could read as more
    than a name stay at home.
    """
    name = os.fsencode(Path(path).name).decode("ascii", "replace")
    stem = name[: -len(_EXTENSION)] if name.lower().endswith(_EXTENSION) else name
    stem = _UNWANTED.sub("_", stem).strip("._-")[:_LONGEST_STEM]
    return (stem or "training") + _EXTENSION
