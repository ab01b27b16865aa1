"""The files below one folder, held open: every name is opened below it, and no link is followed."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from fttui.disk.reading import kind_of
from fttui.terminal.language import _
from fttui.terminal.text import safe_path

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_BUFFER = 1 << 18
_PART = ".part"


class Tree:
    """A folder, by what it is and not by its name: one that takes its place is not touched.

    Paths are below it, their names parted by slashes. All raise OSError, too for a path that
    leads out of it or over a link, unless they say otherwise.
    """

    def __init__(self, path: Path) -> None:
        self._top = os.open(path, _FOLDER)

    def close(self) -> None:
        """Let the folder go; a second call does nothing."""
        top, self._top = self._top, -1
        if top >= 0:
            os.close(top)

    def open(self, path: str) -> IO[bytes]:
        """A regular file, to be read; anything else counts as not there.

        Raises OSError, FileNotFoundError where there is none.
        """
        with self._place_of(path) as (place, name):
            descriptor = os.open(name, _FILE, dir_fd=place)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        return os.fdopen(descriptor, "rb")

    def size(self, path: str) -> int | None:
        """The bytes of a regular file; None where there is none."""
        with suppress(OSError), self._place_of(path) as (place, name):
            found = os.stat(name, dir_fd=place, follow_symlinks=False)
            return found.st_size if stat.S_ISREG(found.st_mode) else None
        return None

    def make_folder(self, path: str) -> None:
        """Make a folder unless it is there; what has its name and is none is refused."""
        with self._place_of(path) as (place, name):
            with suppress(FileExistsError):
                os.mkdir(name, 0o700, dir_fd=place)
            found = os.stat(name, dir_fd=place, follow_symlinks=False)
        if not stat.S_ISDIR(found.st_mode):
            sentence = _(
                "{path} in it is {kind}, not a folder",
                path=safe_path(path),
                kind=kind_of(found.st_mode),
            )
            raise NotADirectoryError(errno.ENOTDIR, sentence)

    def names(self, path: str) -> list[str]:
        """What is in a folder, in any order; what is only being written has no name yet."""
        with self._place_of(f"{path}/.") as (place, _name), os.scandir(place) as scanned:
            return [entry.name for entry in scanned if not is_part(entry.name)]

    def remove(self, path: str) -> None:
        """Remove a file if it is there."""
        with suppress(FileNotFoundError), self._place_of(path) as (place, name):
            os.unlink(name, dir_fd=place)

    @contextmanager
    def part_in(self, folder: str) -> Iterator[tuple[IO[bytes], Callable[[str], None]]]:
        """A new file in a folder ("" for the top), and what gives it its name.

        Without a name it goes away. No other process looks for it: the archive's lock is held.
        """
        part = f".fttui-{secrets.token_hex(8)}{_PART}"
        with self._place_of(f"{folder}/{part}" if folder else part) as (place, _name):
            file = os.fdopen(os.open(part, _NEW, 0o600, dir_fd=place), "wb", _BUFFER)

            def take_name(name: str) -> None:
                file.flush()
                os.replace(part, name, src_dir_fd=place, dst_dir_fd=place)

            try:
                yield file, take_name
            finally:
                with suppress(OSError):
                    file.close()
                with suppress(FileNotFoundError):
                    os.unlink(part, dir_fd=place)

    @contextmanager
    def _place_of(self, path: str) -> Iterator[tuple[int, str]]:
        """The folder that a path's last name is in, opened, and that name."""
        *folders, name = path.split("/")
        if ".." in (*folders, name) or "" in (*folders, name) or "\0" in path:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path[:100])
        place = os.dup(self._top)
        try:
            for folder in folders:
                below = os.open(folder, _FOLDER, dir_fd=place)
                os.close(place)
                place = below
            yield place, name
        finally:
            os.close(place)


def is_part(name: str) -> bool:
    """True for the name of a file that is only being written."""
    return name.startswith(".fttui-") and name.endswith(_PART)
