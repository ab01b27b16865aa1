"""Reports of errors that nobody expected: for the owner's eyes, and fit to be sent on."""

from __future__ import annotations

import os
import platform
import traceback
from datetime import UTC, datetime
from pathlib import Path

from fttui import __version__
from fttui.storage.atomic import write_private
from fttui.storage.folders import private_folder, state_folder
from fttui.storage.secrets import redact
from fttui.terminal.text import safe

_LONGEST_REPORT = 200_000

_folder: Path | None = None


def keep_reports_in(folder: Path) -> None:
    """From now on keep reports below the state folder `folder`, whatever the environment says.

    For a demo, whose own state goes away with it.
    """
    global _folder
    _folder = folder


def report_text(error: BaseException) -> str:
    """The traceback without secrets, control characters or the values of local variables."""
    lines = "".join(traceback.format_exception(error))
    head = f"fttui {__version__}, Python {platform.python_version()}, {platform.platform()}\n\n"
    return safe(redact(head + lines), newlines=True, maxlen=_LONGEST_REPORT)


def write_report(error: BaseException) -> Path:
    """Write the report of `error` (0600) to the state folder; OSError or FolderRefused."""
    folder = private_folder(private_folder(_folder or state_folder()) / "reports")
    moment = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
    path = folder / f"report-{moment}-{os.getpid()}.txt"
    write_private(path, report_text(error))
    return path
