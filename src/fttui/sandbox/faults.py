"""What to answer when this machine fails: a full disk, too many open files, damaged records."""

from __future__ import annotations

import errno
import sqlite3

from .errors import ApiError
from .start_errors import reason

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_SQLITE_FULL = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE})
_TOO_MANY = frozenset({errno.EMFILE, errno.ENFILE})


def is_full(error: Exception) -> bool:
    """Whether nothing more can be written because there is no space."""
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", 0) in _SQLITE_FULL
    return isinstance(error, OSError) and error.errno in _FULL


def as_refusal(error: OSError | sqlite3.Error) -> ApiError:
    """507 without space, 503 without descriptors, else 500; always with the reason."""
    if is_full(error):
        return ApiError(
            507, "The sandbox cannot write: its disk is full or a limit is reached. Nothing of "
            "this request was kept. Make space, then try again.", kind="server_error",
            code="disk_full",
        )  # fmt: skip
    if isinstance(error, OSError) and error.errno in _TOO_MANY:
        return ApiError(
            503, "The sandbox has too many files and connections open. Try again in a moment.",
            kind="server_error", code="too_many_open_files",
        )  # fmt: skip
    if isinstance(error, FileNotFoundError):
        return ApiError(
            500, "The bytes of this file are gone from the sandbox's folder.",
            kind="server_error", code="bytes_missing",
        )  # fmt: skip
    why = reason(error) if isinstance(error, OSError) else str(error)
    return ApiError(
        500, f"The sandbox could not read or write its folder: {why}.", kind="server_error",
        code="storage_failed",
    )  # fmt: skip
