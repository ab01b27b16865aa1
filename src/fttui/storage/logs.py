"""The log file: everything that would otherwise be written over the screen goes there."""

import io
import logging
import os
import sys
import threading
from collections.abc import MutableMapping
from dataclasses import dataclass
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

from fttui.storage.folders import FolderRefused, private_folder, state_folder
from fttui.storage.secrets import RedactingFilter
from fttui.terminal.text import safe

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO}
_MAX_RECORD = 20_000
_QUIET_LOGGERS = ("httpx", "httpx2", "httpcore", "httpcore2", "markdown_it")


@dataclass(frozen=True, slots=True)
class LogPlace:
    """Where this run logs: `path` is None, and `problem` a sentence, when there is no log."""

    path: Path | None
    problem: str = ""


class _PrivateRotatingHandler(RotatingFileHandler):
    """A rotating file of mode 0600 that follows no symlink and holds no control characters."""

    def _open(self) -> io.TextIOWrapper:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
        descriptor = os.open(self.baseFilename, flags, 0o600)
        if os.name == "posix":
            os.fchmod(descriptor, 0o600)
        return open(  # noqa: PTH123 - a descriptor, which the handler closes
            descriptor, "a", encoding="utf-8", errors="backslashreplace"
        )

    def format(self, record: logging.LogRecord) -> str:
        """One record as lines that can be printed on a terminal without harm."""
        record.msg, record.args = safe(record.getMessage(), maxlen=_MAX_RECORD), None
        return safe(super().format(record), newlines=True, maxlen=_MAX_RECORD)


def configure_logging(
    folder: Path | None = None, environ: MutableMapping[str, str] | None = None
) -> LogPlace:
    """Send all logging, warnings and stray tracebacks to `fttui.log` and nowhere else.

    To be called before `openai` is imported: that module installs a handler on the real
    stderr when `OPENAI_LOG` is set, so the variable is taken out of `environ` and becomes
    our own level. Never raises: without a usable folder nothing is logged.
    """
    environ = os.environ if environ is None else environ
    level = _LEVELS.get(environ.pop("OPENAI_LOG", "").strip().lower(), logging.WARNING)
    handler, place = _open_handler(state_folder() if folder is None else folder)
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
        old.close()
    root.addHandler(handler)
    root.setLevel(level)
    for name in _QUIET_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(True)
    logging.raiseExceptions = False
    sys.unraisablehook = _log_unraisable
    threading.excepthook = _log_thread_exception
    return place


def _open_handler(folder: Path) -> tuple[logging.Handler, LogPlace]:
    """The handler for the log file, or one that drops everything and the reason."""
    handler: logging.Handler
    try:
        path = private_folder(folder) / "fttui.log"
        handler = _PrivateRotatingHandler(path, maxBytes=1_000_000, backupCount=3)
    except (OSError, FolderRefused) as problem:
        return logging.NullHandler(), LogPlace(None, f"No log is kept: {safe(problem)}")
    handler.setFormatter(
        logging.Formatter("%(asctime)s %(levelname)s %(process)d %(name)s: %(message)s")
    )
    handler.addFilter(RedactingFilter())
    return handler, LogPlace(path)


def _log_unraisable(failure: "sys.UnraisableHookArgs") -> None:
    """Log what Python could not raise, for instance an error in a finaliser."""
    _log_stray("Ignored: %s", failure.err_msg or "", failure.exc_value, failure.exc_traceback)


def _log_thread_exception(failure: threading.ExceptHookArgs) -> None:
    """Log the error that ended a thread."""
    if failure.exc_type is not SystemExit:
        name = failure.thread.name if failure.thread else "?"
        _log_stray("Thread %s ended by an error", name, failure.exc_value, failure.exc_traceback)


def _log_stray(
    message: str, argument: str, error: BaseException | None, place: TracebackType | None
) -> None:
    """Log an error that no code is there to handle."""
    info = (type(error), error, place) if error is not None else None
    logging.getLogger("fttui").error(message, argument, exc_info=info)
