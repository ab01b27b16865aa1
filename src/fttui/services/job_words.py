"""One glyph for each status, the same in the app and on the command line."""

from __future__ import annotations

import re

from fttui.services.endpoint.models import JobError, Status

_GLYPHS = {
    "succeeded": "✓",
    "failed": "✗",
    "cancelled": "-",
    "running": "●",
    "resuming": "●",
    "validating_files": "◌",
    "queued": "○",
    "pending": "○",
    "created": "○",
    "paused": "=",
    "pausing": "=",
    "notRunning": "=",
}
_UNKNOWN = "·"


def glyph_of(status: Status) -> str:
    """A glyph one cell wide; statuses that nobody knows yet share a neutral one."""
    return _GLYPHS.get(status.word, _UNKNOWN)


_ADVICE = {
    "invalid_training_file": (
        "The training file breaks a rule of the format or of the content policy. Check the file"
        " with `fttui check`, correct it and create the job again."
    ),
    "invalid_validation_file": (
        "The validation file breaks a rule; it must obey the same rules as the training file."
        " Check it with `fttui check`, correct it and create the job again."
    ),
    "invalid_n_examples": (
        "The file has too few examples (at least 10 are needed) or too many. Add or remove"
        " examples and create the job again."
    ),
    "invalid_file_format": (
        "An example has a key or a shape that this method does not take. `fttui check` names the"
        " line; correct it and create the job again."
    ),
    "unsafe_file": (
        "The endpoint's safety check refused the file as a whole. Remove what its policies forbid"
        " and create the job again."
    ),
    "exceeded_quota": (
        "The account's quota is used up. Check its plan and billing, then create the job again."
    ),
    "server_error": (
        "The endpoint failed by itself; the file is not at fault. Create the same job again, and"
        " write to the endpoint's support with the job id if it fails again."
    ),
    "model_not_available": (
        "This model cannot be fine-tuned by this account, or not any more. Choose another model."
    ),
    "training_failed": (
        "The training itself failed. Try again with a smaller learning rate or fewer epochs."
    ),
}
_SAME = {
    "insufficient_quota": "exceeded_quota",
    "quotaExceeded": "exceeded_quota",
    "internalFailure": "server_error",
    "internal_error": "server_error",
    "serviceUnavailable": "server_error",
    "jsonlValidationFailed": "invalid_file_format",
    "fileImportFailed": "invalid_training_file",
    "contentFilter": "unsafe_file",
    "invalidPayload": "invalid_file_format",
}
_MODERATION = re.compile(r"moderation|safety checks", re.IGNORECASE)
_FLAGGED = re.compile(r"Flagged lines:\s*(\d[\d,\s]*)", re.IGNORECASE)


def failure_advice(error: JobError) -> str:
    """What a job's error means and what to do next; "" for a code that nobody has explained."""
    if _MODERATION.search(error.message):
        lines = flagged_lines(error.message)
        which = f"Look at lines {_enumerate(lines)}. " if lines else ""
        return (
            "The moderation check flagged examples in the file. "
            + which
            + "Remove or rewrite what the usage policies forbid, then create the job again."
        )
    return _ADVICE.get(_SAME.get(error.code, error.code), "")


def flagged_lines(message: str) -> list[int]:
    """The line numbers that a moderation message names; they count from 1."""
    found = _FLAGGED.search(message)
    return [int(number) for number in re.findall(r"\d{1,9}", found[1])] if found else []


def _enumerate(lines: list[int], most: int = 8) -> str:
    shown = ", ".join(map(str, lines[:most]))
    return f"{shown} and {len(lines) - most} more" if len(lines) > most else shown
