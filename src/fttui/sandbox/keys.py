"""The key that a sandbox asks for: its data folder's own, unless one is given."""

from __future__ import annotations

import os
import re
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path

from .data_folder import write_new
from .start_errors import StartError, reason, shown

VARIABLE = "FTTUI_SANDBOX_KEY"
KEY_FILE = "key"
_KEY = re.compile(r"[!-~]{1,256}")


def new_key() -> str:
    """A key that nobody can guess."""
    return "sk-" + secrets.token_hex(16)


def key_from(environ: Mapping[str, str]) -> str | None:
    """The key that FTTUI_SANDBOX_KEY fixes; None when it is not set. Raises StartError."""
    text = environ.get(VARIABLE, "").strip()
    return _checked(text, f"The value of {VARIABLE}") if text else None


def kept_key(folder: Path) -> str:
    """The key in a data folder, made the first time; raises StartError if it is not private."""
    path = folder / KEY_FILE
    try:
        if not path.is_symlink() and not path.exists():
            _make(path)
        return _checked(
            _read_private(path), shown(path), "Delete the file: the sandbox then makes a new key."
        )
    except OSError as error:
        raise StartError(f"The key in {shown(path)} cannot be read: {reason(error)}.") from None


def _make(path: Path) -> None:
    # Written aside first: a key of which half is on the disk would be one for good.
    draft = path.with_name(f"{KEY_FILE}.{secrets.token_hex(8)}")
    try:
        write_new(draft, f"{new_key()}\n".encode())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _read_private(path: Path) -> str:
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    descriptor = os.open(path, flags | getattr(os, "O_CLOEXEC", 0))
    with open(descriptor, "rb") as source:  # noqa: PTH123 - a descriptor
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise StartError(f"{shown(path)} is no ordinary file.")
        if os.name == "posix" and (found.st_mode & 0o077 or found.st_uid != os.geteuid()):
            raise StartError(
                f"Others can read or change the key in {shown(path)}.",
                "Delete the file: the sandbox then makes a new key.",
            )
        return source.read(4096).decode("ascii", "replace").strip()


def _checked(text: str, where: str, hint: str = "") -> str:
    if not _KEY.fullmatch(text):
        raise StartError(
            f"{where} is no key: it must be one word of at most 256 letters, digits and signs.",
            hint,
        )
    return text
