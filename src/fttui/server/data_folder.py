"""The folder that a sandbox keeps everything in: whether it may be used, and private files."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from .config import FolderRefusedError, StartError, reason, shown

MARKER = ".fttui-sandbox"
DATABASE = "sandbox.db"
SERVED_MARKER = ".fttui-serve"
SERVED_DATABASE = "server.db"
SANDBOX_OWNER = "fttui's sandbox"
SERVED_OWNER = "fttui serve"
_NEW = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC
_OUR_SCHEMA = b"CREATE TABLE job_metadata ("
_SCHEMA_WITHIN = 1 << 20


def claim_folder(
    folder: Path,
    *,
    marker: str = MARKER,
    is_ours: Callable[[Path], bool] | None = None,
    owner: str = SANDBOX_OWNER,
) -> None:
    """Takes a folder that is absent or empty, or that was taken before, and marks it.

    `is_ours` recognises one that was taken before there were markers. Raises FolderRefusedError
    for every other folder, StartError when the system refuses.
    """
    try:
        names = {path.name for path in folder.iterdir()}
    except FileNotFoundError:
        names = set()
    except OSError as error:
        raise _unusable(folder, error) from None
    if names and marker not in names and not (is_ours or holds_our_records)(folder):
        raise FolderRefusedError(
            f"{shown(folder)} is not empty and is no folder of {owner}. Nothing in it was changed.",
            "Name a new or an empty folder with --data.",
        )
    try:
        missing = [one for one in (folder, *folder.parents) if not one.exists()]
        for one in reversed(missing):  # `parents=True` would leave those above to the umask
            one.mkdir(mode=0o700, exist_ok=True)
        with suppress(FileExistsError):
            text = f"This folder belongs to {owner}, which writes and deletes files in it.\n"
            write_new(folder / marker, text.encode())
        if not stat.S_ISREG((folder / marker).lstat().st_mode):
            raise FolderRefusedError(f"{shown(folder / marker)} is no ordinary file.")
    except OSError as error:
        raise _unusable(folder, error) from None


def holds_our_records(folder: Path) -> bool:
    """Whether there are a sandbox's records in the folder, from before folders were marked.

    The schema is looked for in the bytes, because opening a database would change the folder.
    """
    path = folder / DATABASE
    return any(
        _OUR_SCHEMA in _beginning(file) for file in (path, path.with_name(f"{DATABASE}-wal"))
    )


def private_folder(folder: Path) -> None:
    """Makes a folder for this user alone; raises StartError for a link or another kind of file."""
    try:
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        mode = folder.lstat().st_mode
        if not stat.S_ISDIR(mode):
            raise FolderRefusedError(
                f"{shown(folder)} is not a folder, or only a link to one.",
                "The server writes to folders of its own alone.",
            )
        if mode & 0o077:
            folder.chmod(0o700)
    except OSError as error:
        raise _unusable(folder, error) from None


def private_file(path: Path) -> None:
    """Makes an empty file of mode 0600, or makes one that is there private.

    It is never opened: closing it would drop the locks that this process may have on it. Raises
    StartError for a link or another kind of file.
    """
    try:
        with suppress(FileExistsError):
            write_new(path, b"")
        mode = path.lstat().st_mode
        if not stat.S_ISREG(mode):
            raise FolderRefusedError(f"{shown(path)} is no ordinary file.")
        if mode & 0o077:
            path.chmod(0o600)
    except OSError as error:
        raise _unusable(path, error) from None


def write_new(path: Path, content: bytes) -> None:
    """Writes a file of mode 0600 that was not there; raises FileExistsError, follows no link."""
    descriptor = os.open(path, _NEW, 0o600)
    with open(descriptor, "wb") as target:  # noqa: PTH123 - a descriptor
        target.write(content)


def _beginning(path: Path) -> bytes:
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return b""
        with path.open("rb") as source:
            return source.read(_SCHEMA_WITHIN)
    except OSError:
        return b""


def _unusable(path: Path, error: OSError) -> StartError:
    return StartError(
        f"The server cannot use {shown(path)}: {reason(error)}.",
        "Name a folder that you may write to with --data.",
    )
