"""Reading a small file that may be anything: a pipe, a device, a folder, or far too long."""

import errno
import os
import stat
from collections.abc import Mapping
from pathlib import Path

from fttui.terminal.language import _, marked

_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY

_REASONS = {
    errno.ENOENT: marked("no such file"),
    errno.EACCES: marked("you may not read it"),
    errno.EPERM: marked("you may not read it"),
    errno.ENAMETOOLONG: marked("the name is too long"),
    errno.ELOOP: marked("its links lead in a circle"),
    errno.ENOTDIR: marked("a part of the path is not a folder"),
    errno.EISDIR: marked("it is a folder"),
    errno.ENXIO: marked("it is not a regular file"),
    errno.EMFILE: marked("too many files are open"),
    errno.ENFILE: marked("too many files are open"),
    errno.EIO: marked("the disk or network share gave an error"),
    errno.ESTALE: marked("the network share no longer knows it"),
}


class NotReadable(Exception):  # noqa: N818 - the outcome is named, as the caller reads it
    """A file that is no regular one or too long; the text is a clause such as `it is a folder`."""


def read_small(path: Path, most: int) -> tuple[bytes, os.stat_result]:
    """The content of a regular file of at most `most` bytes, and what it was when it was opened.

    It never waits, and never reads more than `most` bytes. Raises NotReadable, OSError, and
    ValueError for a path that cannot be one.
    """
    content, found = _read(path, most + 1)
    if len(content) > most:
        raise NotReadable(_("it is longer than {most:,} bytes", most=most))
    return content, found


def read_beginning(path: Path, most: int) -> tuple[bytes, bool]:
    """The first `most` bytes of a regular file, and whether that is all. Raises as `read_small`."""
    content, _unused = _read(path, most + 1)
    return content[:most], len(content) <= most


def _read(path: Path, most: int) -> tuple[bytes, os.stat_result]:
    descriptor = os.open(path, _FLAGS)
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise NotReadable(_("it is {kind_of}, not a file", kind_of=kind_of(found.st_mode)))
        content = b""
        while piece := os.read(descriptor, most - len(content)):
            content += piece
        return content, found
    finally:
        os.close(descriptor)


def kind_of(mode: int) -> str:
    """What a path leads to, with its article."""
    kinds = (
        (stat.S_ISREG, _("a file")),
        (stat.S_ISDIR, _("a folder")),
        (stat.S_ISLNK, _("a link")),
        (stat.S_ISFIFO, _("a named pipe")),
        (stat.S_ISSOCK, _("a socket")),
        (stat.S_ISCHR, _("a device")),
        (stat.S_ISBLK, _("a device")),
    )
    return next((name for test, name in kinds if test(mode)), _("not a regular file"))


def why(error: OSError | ValueError, instead: Mapping[int, str] | None = None) -> str:
    """Why the system refused a path, as a clause; `instead` has other words for some numbers."""
    if not isinstance(error, OSError):
        return _("it is no valid path")
    number = error.errno or 0
    known = (instead or {}).get(number) or _(_REASONS.get(number, ""))
    return known or (os.strerror(number) if number else _("the system does not say why"))
