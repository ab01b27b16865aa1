"""Files that only their owner can read, written whole or not at all."""

import contextlib
import os
import secrets
from pathlib import Path

_NEW_FILE = (
    os.O_WRONLY
    | os.O_CREAT
    | os.O_EXCL
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


def write_private(path: Path, data: str | bytes) -> None:
    """Put `data` into `path` with mode 0600: after a crash it holds the old or the new content.

    A symlink at `path` is replaced, never followed. Text is written as UTF-8, lone
    surrogates as `?`. Raises OSError.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    try:
        create_private(temporary, data)
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    _sync_folder(path.parent)


def create_private(path: Path, data: str | bytes) -> None:
    """Write a new file of mode 0600 and force it to the disk; FileExistsError if there is one."""
    content = data.encode("utf-8", "replace") if isinstance(data, str) else data
    descriptor = os.open(path, _NEW_FILE, 0o600)
    with open(descriptor, "wb", closefd=True) as file:  # noqa: PTH123 - a descriptor, not a path
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Make a rename survive a power loss, where the file system can do so."""
    if os.name != "posix":
        return
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
