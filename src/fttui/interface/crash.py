"""What happens to an error that nobody caught: one sentence, a private report, status 1."""

import logging
from dataclasses import dataclass
from pathlib import Path

from textual.worker import WorkerFailed

from fttui.storage.folders import FolderRefused
from fttui.storage.reports import report_text, write_report
from fttui.storage.secrets import redact
from fttui.terminal.text import safe, safe_path

_LONGEST_REASON = 300
_REASSURANCE = "What was sent to the endpoint is not lost: run `fttui recover`."


@dataclass(frozen=True, slots=True)
class CrashReport:
    """A sentence for the user, and the traceback (no locals, no secrets) with the file it is in."""

    sentence: str
    text: str
    path: Path | None


def format_crash(error: BaseException, what_happened: str = "fttui had to stop") -> CrashReport:
    """Report an error that nobody expected; writes a file of mode 0600 if that is possible.

    The error's own text may come from a server, so it is redacted, made safe and cut.
    """
    cause = root_error(error)
    text = report_text(cause)
    what = f"{type(cause).__name__}: {safe(redact(safe(cause)), maxlen=_LONGEST_REASON)}"
    what = what.rstrip(": .")
    kept, path = "No report could be written", None
    try:
        path = write_report(cause)
        kept = f"The report is in {safe_path(path)}"
    except (OSError, FolderRefused) as problem:
        kept += f" ({safe(problem, maxlen=200)})"
        logging.getLogger("fttui").error("%s", text)  # noqa: TRY400 - the crash, not this
    sentence = f"{what_happened} ({what}). {kept}. {_REASSURANCE}"
    return CrashReport(sentence, text, path)


def root_error(error: BaseException) -> BaseException:
    """The error that a worker failed with, for the wrapper that Textual puts around it."""
    while isinstance(error, WorkerFailed) and error.error is not None:
        error = error.error
    return error
