"""The state of a job: the words of known servers, and which of fttui's own each of them means.

Everything that asks whether a job is over, goes on or rests asks it here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from fttui.services.endpoint.reading import as_name

_MEANINGS: Mapping[str, str] = {
    "succeeded": "succeeded success successful completed complete finished done",
    "failed": "failed failure error errored failed_validation validation_failed validation_error "
    "user_error expired rejected timeout timed_out crashed killed",
    "cancelled": "cancelled canceled stopped terminated deleted aborted user_cancelled "
    "user_canceled cancelled_by_user canceled_by_user",
    "validating_files": "validating_files validating",
    "queued": "queued enqueued validated",
    "pending": "pending",
    "created": "created creating",
    "notRunning": "notrunning",
    "running": "running started in_progress",
    "pausing": "pausing",
    "paused": "paused",
    "resuming": "resuming",
    "cancelling": "cancelling canceling cancellation_requested cancel_requested",
}
"""By fttui's word, those of servers for the same; case, `-`, `_` and blanks do not count."""
_PREFIX = re.compile(r".*(state|status|\.)")
"""What servers put before a word, as in `JOB_STATE_RUNNING` and `JobStatus.RUNNING`."""
STATES = ("status", "state", "phase")
"""What servers call the state of a job."""

FINAL_STATUSES = frozenset({"succeeded", "failed", "cancelled"})
KNOWN_STATUSES = frozenset(_MEANINGS)
RESTING_STATUSES = frozenset({"paused"})
BEING_CANCELLED = frozenset({"cancelled", "cancelling"})
"""Of a job that was to be cancelled, what is as good as done."""


def _plain(word: str) -> str:
    return "".join(word.split()).replace("-", "").replace("_", "").lower()


_OURS = frozenset(map(_plain, _MEANINGS))
_WORDS = {_plain(word): ours for ours, words in _MEANINGS.items() for word in words.split()}


def meaning_of(word: str) -> str | None:
    """What a server's word is in fttui's own; None for a word that nobody knows."""
    plain = _plain(word)
    return _WORDS.get(plain) or _WORDS.get(_PREFIX.sub("", plain, count=1))


def is_ours(word: str) -> bool:
    """True when `word`, as somebody types it, is one of fttui's own."""
    return _plain(word) in _OURS


@dataclass(frozen=True, slots=True)
class Status:
    """The state of a job: `word` in fttui's words, an unknown one as the endpoint sent it.

    `raw` is the endpoint's own word where it is another. `has_ended` is True for an unknown word
    of a job that has an end or a model.
    """

    word: str
    raw: str = ""
    has_ended: bool = False

    @classmethod
    def read(cls, value: object, *, has_ended: bool) -> Status:
        """Read a job's `status`, a word or an object that holds one."""
        for _unused in range(2):
            if isinstance(value, dict):
                value = next((value[name] for name in STATES if value.get(name)), None)
        raw = as_name(value, 40)
        if raw is None:
            return replace(UNKNOWN, has_ended=True) if has_ended else UNKNOWN
        word = meaning_of(raw)
        if word is None:
            return cls(raw, has_ended=has_ended)
        return cls(word, "" if word == raw else raw)

    @property
    def shown(self) -> str:
        """The endpoint's own word."""
        return self.raw or self.word

    @property
    def is_final(self) -> bool:
        """True when the job can never change again."""
        return self.word in FINAL_STATUSES or self.has_ended

    @property
    def is_known(self) -> bool:
        """True for the words of servers that fttui knows."""
        return self.word in KNOWN_STATUSES

    @property
    def is_success(self) -> bool:
        """True when the job has ended well."""
        return self.word == "succeeded"

    @property
    def is_moving(self) -> bool:
        """True while the job may change without anybody's action."""
        return not self.is_final and self.word not in RESTING_STATUSES

    @property
    def may_train(self) -> bool:
        """True while the job makes steps, or does what nobody has a word for."""
        return self.is_moving and (self.word == "running" or not self.is_known)

    def is_named(self, word: str) -> bool:
        """True when `word`, as somebody types it, is this one in fttui's words or the server's."""
        return _plain(word) in {_plain(self.word), _plain(self.shown)}

    def __str__(self) -> str:
        return self.word


UNKNOWN = Status("unknown")
"""Of a job that tells no status."""
