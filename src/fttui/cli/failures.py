"""Telling a failure: a sentence and a next step on stderr, a document on stdout with `--json`."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from fttui.cli.problems import CommandError
from fttui.cli.streams import OutputLost
from fttui.disk.writing import NotWritten
from fttui.storage.folders import FolderRefused
from fttui.storage.secrets import KeyRefused, redact
from fttui.storage.settings import SettingsError
from fttui.terminal.language import _
from fttui.terminal.text import safe, safe_json, safe_path


@dataclass(frozen=True, slots=True)
class Failure:
    """What to print for an exception and the status to leave with."""

    exit_status: int
    text: str
    document: dict[str, object]


def print_failure(failure: Failure, *, json: bool) -> None:
    """Print `failure` for people, with `json` for programs too; OSError from stdout."""
    _say(failure.text)
    if json:
        print(safe_json({"error": failure.document}), flush=True)


def report_stray(error: Exception) -> None:
    """Tell on stderr of an error in a thread, a task or a finaliser; the command goes on."""
    _say(_unexpected(error).text)


def _say(text: str) -> None:
    from fttui.cli.output import wrapped_for

    lines = [line for part in text.split("\n") for line in wrapped_for(sys.stderr, part)]
    print("\n".join(lines), file=sys.stderr)


def describe(error: Exception) -> Failure:
    """The failure in words; an exception that nobody expects is written to a report file."""
    from fttui.services.endpoint.errors import ServiceError

    if isinstance(error, ServiceError):
        # A key that is not there is a matter of configuration, like a profile that is not there.
        exit_status = 2 if error.code == "no_key" else 1
        return Failure(exit_status, error.full_text, error.to_json())
    if isinstance(error, CommandError):
        return _plain(error.exit_status, error.sentence, error.hint)
    if isinstance(error, SettingsError | KeyRefused | FolderRefused):
        return _plain(2, safe(redact(str(error))))
    if isinstance(error, OutputLost):
        return _plain(1, _("The output could not be written: {error}.", error=safe(error)))
    if isinstance(error, NotWritten):
        return _plain(1, str(error))
    if isinstance(error, OSError) and error.errno is not None:
        return _plain(1, _os_sentence(error))
    return _unexpected(error)


def _plain(exit_status: int, sentence: str, hint: str = "") -> Failure:
    text = "\n".join(part for part in (sentence, hint) if part)
    return Failure(exit_status, text, {"message": sentence, "hint": hint or None})


def _os_sentence(error: OSError) -> str:
    reason = safe(error.strerror or error)
    if error.filename is not None:
        return f"{safe_path(str(error.filename))}: {reason}."
    return _("The system refused: {reason}.", reason=reason)


def _unexpected(error: Exception) -> Failure:
    from fttui.storage.logs import write_report

    reason = safe(redact(f"{type(error).__name__}: {error}"), maxlen=300)
    sentence = _("fttui met an error that it does not know ({reason}).", reason=reason)
    try:
        hint = _(
            "The report is in {write_report}; it holds no key.",
            write_report=safe_path(write_report(error)),
        )
    except (OSError, FolderRefused) as problem:
        hint = _("No report could be written: {problem}", problem=safe(redact(str(problem))))
    return _plain(1, sentence, hint)
