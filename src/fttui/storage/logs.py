"""The log file: everything that would otherwise be written over the screen goes there."""

from __future__ import annotations

import contextlib
import errno
import io
import logging
import os
import platform
import stat
import sys
import threading
import traceback
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

from fttui import __version__
from fttui.storage.folders import FolderRefused, private_folder, state_folder, write_private
from fttui.storage.secrets import RedactingFilter, redact
from fttui.terminal.language import _
from fttui.terminal.text import safe

_NAME = "fttui.log"
_VARIABLE = "OPENAI_LOG"
_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO}
_MAX_RECORD = 20_000
_MOST_REPORTED = 20
_QUIET_LOGGERS = ("httpx", "httpx2", "httpcore", "httpcore2", "markdown_it")


Listener = Callable[[Exception], None]

_beginning = threading.Lock()
_listener: Listener | None = None
_reported: set[tuple[type, str, int]] = set()


@dataclass(frozen=True, slots=True)
class LogPlace:
    """Where this run logs: `path` is None, and `problem` a sentence, when there is no log."""

    path: Path | None
    problem: str = ""


class _PrivateHandler(RotatingFileHandler):
    """A rotating file of mode 0600 that follows no symlink and holds no control characters."""

    def _open(self) -> io.TextIOWrapper:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        flags |= os.O_NOFOLLOW | os.O_CLOEXEC
        flags |= os.O_NONBLOCK  # a pipe that nobody reads is refused, not waited for
        descriptor = os.open(self.baseFilename, flags, 0o600)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise OSError(errno.ENXIO, _("it is not a regular file"), self.baseFilename)
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
    level = _LEVELS.get(environ.pop(_VARIABLE, "").strip().lower(), logging.WARNING)
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
    _install_hooks()
    return place


def begin_logging() -> None:
    """`configure_logging`, where this process does not log there already.

    Several sessions begin with it, also at one time: the log must neither be there twice, nor be
    gone for a moment, in which Python would write to stderr, nor lose the level of the first.
    """
    with _beginning:
        path = os.fspath(state_folder() / _NAME)
        files = (one for one in logging.getLogger().handlers if isinstance(one, _PrivateHandler))
        if _VARIABLE in os.environ or not any(one.baseFilename == path for one in files):
            configure_logging()


def hear_strays(listener: Listener | None) -> Listener | None:
    """Tell `listener` of each error that no code is there to handle; the listener before.

    It is called in the thread where the error was, and once for each place that fails, so that
    what fails again and again does not flood anybody.
    """
    global _listener
    before, _listener = _listener, listener
    _install_hooks()
    return before


def _install_hooks() -> None:
    sys.unraisablehook = _log_unraisable
    threading.excepthook = _log_thread_exception
    logging.getLogger("asyncio").addHandler(_UNAWAITED)


def _open_handler(folder: Path) -> tuple[logging.Handler, LogPlace]:
    """The handler for the log file, or one that drops everything and the reason."""
    handler: logging.Handler
    try:
        path = private_folder(folder) / _NAME
        handler = _PrivateHandler(path, maxBytes=1_000_000, backupCount=3)
    except (OSError, FolderRefused) as problem:
        return logging.NullHandler(), LogPlace(
            None, _("No log is kept: {problem}", problem=safe(problem))
        )
    handler.setFormatter(
        logging.Formatter("%(asctime)s %(levelname)s %(process)d %(name)s: %(message)s")
    )
    handler.addFilter(RedactingFilter())
    return handler, LogPlace(path)


def _log_unraisable(failure: sys.UnraisableHookArgs) -> None:
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
    """Log an error that no code is there to handle, in a log that is begun for it if need be."""
    if not logging.getLogger().handlers:
        configure_logging()  # else Python would write the traceback to stderr
    info = (type(error), error, place) if error is not None else None
    logging.getLogger("fttui").error(message, argument, exc_info=info)
    _report(error, place)


class _Unawaited(logging.Handler):
    """Hears of the errors of tasks that nobody awaits, which asyncio only logs."""

    def emit(self, record: logging.LogRecord) -> None:
        """Tell of the record's error, unless it is a connection's, which its user hears of."""
        if record.exc_info and not isinstance(record.exc_info[1], OSError):
            _report(record.exc_info[1], record.exc_info[2])


_UNAWAITED = _Unawaited(logging.ERROR)


def _report(error: BaseException | None, place: TracebackType | None) -> None:
    if _listener is None or not isinstance(error, Exception):
        return
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    name, line = (place.tb_frame.f_code.co_filename, place.tb_lineno) if place else ("", 0)
    key = type(error), name, line
    if key in _reported or len(_reported) >= _MOST_REPORTED:
        return
    _reported.add(key)
    with contextlib.suppress(Exception):  # there is nobody left to tell of it
        _listener(error)


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
    head = _(
        "fttui {version}, Python {python_version}, {platform}\n\n",
        version=__version__,
        python_version=platform.python_version(),
        platform=platform.platform(),
    )
    return safe(redact(head + lines), newlines=True, maxlen=_LONGEST_REPORT)


def write_report(error: BaseException) -> Path:
    """Write the report of `error` (0600) to the state folder; OSError or FolderRefused."""
    folder = private_folder(private_folder(_folder or state_folder()) / "reports")
    moment = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
    path = folder / f"report-{moment}-{os.getpid()}.txt"
    write_private(path, report_text(error))
    return path
