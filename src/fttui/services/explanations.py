"""What a code or a message of a failure means: its cause, what to do next, and the cure.

Endpoints write one code in many ways, and some only words: both lead to one explanation here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from fttui.services.explained_calls import OF_FTTUI, OF_HTTP
from fttui.services.explained_failures import OF_FILES, OF_JOBS, OF_REFUSALS, Words
from fttui.terminal.language import _

_TABLE: dict[str, Words] = {**OF_JOBS, **OF_FILES, **OF_REFUSALS, **OF_FTTUI}

_ALSO = {
    "internal_failure": "server_error",
    "internal_error": "server_error",
    "internal_server_error": "server_error",
    "service_unavailable_error": "service_unavailable",
    "jsonl_validation_failed": "invalid_file_format",
    "content_filter": "moderation",
    "quota_exceeded": "exceeded_quota",
    "item_does_already_exist": "item_already_exists",
    "billing_hard_limit_reached": "insufficient_quota",
    "billing_not_active": "insufficient_quota",
    "resource_exhausted": "too_many_requests",
    "unauthenticated": "unauthorized",
    "permission_denied": "forbidden",
    "invalid_argument": "invalid_payload",
    "already_exists": "item_already_exists",
    "bytes_missing": "storage_failed",
    "empty_string": "out_of_range",
    "string_above_max_length": "out_of_range",
    "decimal_below_min_value": "out_of_range",
    "decimal_above_max_value": "out_of_range",
    "integer_below_min_value": "out_of_range",
    "integer_above_max_value": "out_of_range",
    "object_above_max_properties": "out_of_range",
    "array_below_min_length": "out_of_range",
    "array_above_max_length": "out_of_range",
    "foreign_host": "foreign_request",
    "foreign_origin": "foreign_request",
}
"""Other names of what stands in the tables."""

_NAMES_LOG = re.compile(r"\blog is \S.*log\.txt")
_MODERATION = re.compile(r"\bmoderation\b|safety checks|\bflagged (?:lines|by)\b", re.IGNORECASE)
_FLAGGED = re.compile(r"Flagged lines:\s*(\d[\d,\s]*)", re.IGNORECASE)
_CERTAIN = {
    "file_not_ready": r"still being processed|not ready to be used",
    "wrong_method": r"is not using '\w+' as the training method|requires the \w+ method",
    "system_message": r"system messages are not supported",
    "extra_key": r"contains an extra \W?\w",
    "example_unreadable": r"cannot be parsed|contains invalid json|valid JSON dictionary",
    "wrong_format": r"unexpected file format|must be \.jsonl",
    "model_not_available": r"not available for fine-tuning|does not support fine-tuning",
    "unsafe_file": r"unsafe training file|reasoning extraction",
    "invalid_n_examples": r"must have at (?:least|most) \d+ examples",
}
"""Words that tell more than any code beside them."""
_LIKELY = {
    "insufficient_quota": r"exceeded your current quota|out of (?:quota|credits?)|billing",
    "rate_limit_exceeded": r"rate limit|too many requests",
    "invalid_validation_file": r"invalid validation file",
    "invalid_training_file": r"invalid training file",
    "invalid_file_format": r"invalid file format|missing key|Discriminator '",
    "out_of_memory": r"out of memory",
    "server_error": r"internal (?:server )?error",
}
"""Words that count where the code says nothing."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What `code` means and what to do next, in sentences.

    With `again` creating the same job again is the cure, or a part of it.
    """

    code: str
    cause: str
    next_step: str
    again: bool = False

    @property
    def text(self) -> str:
        """Cause and next step."""
        return f"{self.cause} {self.next_step}"

    def to_json(self) -> dict[str, object]:
        """What `fttui explain --json` prints."""
        return {
            "code": self.code,
            "cause": self.cause,
            "next_step": self.next_step,
            "again": self.again,
        }


def explain(code: str, message: str = "") -> Explanation | None:
    """What a failure means, by its code and the endpoint's own words; None where neither is known.

    A code is known however it is written: `quotaExceeded`, `quota-exceeded`, `QUOTA_EXCEEDED`.
    """
    if _MODERATION.search(message):
        return _with_lines(_of("moderation"), flagged_lines(message))
    if name := _named_by(_CERTAIN, message):
        return _of(name)
    name = _BY_SPELLING.get(_plain(code), "")
    if name == "server_error" and _NAMES_LOG.search(message):
        name = "own_server_error"
    if name:
        return _of(name)
    if status := re.fullmatch(r"http([1-5]\d\d)", _plain(code)):
        return _of_http(int(status[1]), code)
    name = _named_by(_LIKELY, message)
    return _of(name) if name else None


def known_codes() -> tuple[str, ...]:
    """Every code that is explained, in alphabetical order; other spellings left out."""
    return tuple(sorted({*_TABLE, *_ALSO, *(f"http_{status}" for status in OF_HTTP)}))


def similar_codes(code: str, most: int = 3) -> tuple[str, ...]:
    """Known codes that somebody may have meant by one that is not."""
    from fttui.terminal.near_words import near_words

    if near := near_words(code, known_codes(), most):
        return near
    spellings = {_plain(known): known for known in known_codes()}
    return tuple(spellings[one] for one in near_words(_plain(code), spellings, most))


def flagged_lines(message: str) -> list[int]:
    """The line numbers that a moderation message names; they count from 1."""
    found = _FLAGGED.search(message)
    return [int(number) for number in re.findall(r"\d{1,9}", found[1])] if found else []


def _plain(code: str) -> str:
    """A code without what endpoints write differently: case, `-`, `_`, `.` and blanks."""
    return re.sub(r"[-_.\s]+", "", code).casefold()


_BY_SPELLING = {_plain(name): name for name in _TABLE}
_BY_SPELLING |= {_plain(name): meant for name, meant in _ALSO.items()}


def _named_by(words: dict[str, str], message: str) -> str:
    found = (name for name, pattern in words.items() if re.search(pattern, message, re.IGNORECASE))
    return next(found, "")


def _of(name: str) -> Explanation:
    return Explanation(name, *_TABLE[name])


def _of_http(status: int, code: str) -> Explanation | None:
    words = OF_HTTP.get(status) or OF_HTTP.get(status // 100 * 100)
    return Explanation(code, *words) if words else None


def _with_lines(explanation: Explanation, lines: list[int]) -> Explanation:
    if not lines:
        return explanation
    which = _("Look at lines {enumerate}.", enumerate=_enumerate(lines))
    return replace(explanation, next_step=f"{which} {explanation.next_step}")


def _enumerate(lines: Iterable[int], most: int = 8) -> str:
    every = list(lines)
    shown = ", ".join(map(str, every[:most]))
    if len(every) <= most:
        return shown
    return _("{shown} and {count} more", shown=shown, count=len(every) - most)
