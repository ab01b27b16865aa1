"""Writing a file that appears under its name only when it is complete."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from fttui.terminal.text import safe_path
from fttui.training_data.converting import RepairRefused

_BUFFER = 1 << 20


@contextmanager
def new_file(path: Path) -> Iterator[IO[bytes]]:
    """A file to write to, which takes the name `path` at the end of the block.

    It is readable by its owner only. Raises RepairRefused if the name is taken, so that nothing
    is ever overwritten, or if it cannot be written; after any failure nothing is left.
    """
    shown = safe_path(path)
    if path.is_symlink() or path.exists():
        raise RepairRefused(f"{shown} exists already, and is not overwritten. Choose another name.")
    try:
        descriptor, name = tempfile.mkstemp(prefix=".fttui-", suffix=".part", dir=path.parent)
    except OSError as error:
        raise RepairRefused(_sentence(shown, error)) from None
    part = Path(name)
    try:
        with os.fdopen(descriptor, "wb", _BUFFER) as out:
            yield out
        _give_name(part, path)
    except OSError as error:
        raise RepairRefused(_sentence(shown, error)) from None
    finally:
        with suppress(OSError):
            part.unlink()


def _give_name(part: Path, path: Path) -> None:
    """Name the finished file; unlike a rename, a link never replaces what came meanwhile."""
    try:
        path.hardlink_to(part)
    except FileExistsError:
        raise
    except OSError:
        if path.exists():
            raise
        part.rename(path)


def _sentence(shown: str, error: OSError) -> str:
    return f"{shown} cannot be written: {os.strerror(error.errno or 0)}. Choose another place."
