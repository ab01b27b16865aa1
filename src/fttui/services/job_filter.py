"""Which jobs a filter lets through, as it is typed in the app and on the command line.

run                 a word that stands in the name, model, id, status, labels or note
status:failed       a word in one field; with quotes round it where it has blanks
metadata.team:desk  a value of the job's metadata
endpoint:nebius     the profile, in a list of several endpoints
since:7d            made in the last 7 days; 12h, 2w, or a date such as 2026-11-01
is:hidden           hidden, active or ended
!word  -word        not so
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from fttui.services.endpoint.models import Job
from fttui.services.job_words import status_word
from fttui.storage.annotations import Annotation
from fttui.terminal.language import _
from fttui.terminal.text import safe

UNKEPT = Annotation()
"""What is kept beside a job that nothing is kept of."""
METADATA = "metadata."
_SPAN = re.compile(r"(\d{1,6})([hdw])")
_HOURS = {"h": 1, "d": 24, "w": 168}
_SPANS = ("1d", "7d", "4w")
_WORD = re.compile(r"[a-z][a-z_]*(\.[^:]*)?")
_NO_FIELDS = frozenset({"ft", "http", "https", "s3"})
"""What stands before a colon in names that are pasted."""
_LONGEST = 40


def _status(job: Job, kept: Annotation) -> str:
    status = job.status
    return " ".join(dict.fromkeys((status.word, status.raw, status_word(status)))).rstrip()


def _everything(job: Job, kept: Annotation) -> str:
    parts = (_status(job, kept), job.suffix, job.fine_tuned_model, job.model, job.id, job.profile)
    return " ".join(part for part in (*parts, *kept.labels, kept.note) if part)


TEXTS: dict[str, Callable[[Job, Annotation], str]] = {
    "status": _status,
    "name": lambda job, kept: f"{job.suffix or ''} {job.fine_tuned_model or ''}",
    "model": lambda job, kept: f"{job.model or ''} {job.fine_tuned_model or ''}",
    "suffix": lambda job, kept: job.suffix or "",
    "id": lambda job, kept: job.id,
    "method": lambda job, kept: job.method or "",
    "file": lambda job, kept: f"{job.training_file or ''} {job.validation_file or ''}",
    "label": lambda job, kept: " ".join(kept.labels),
    "note": lambda job, kept: kept.note,
    "endpoint": lambda job, kept: job.profile,
}
"""By the word before the colon, the text that is looked in."""
STATES: dict[str, Callable[[Job, Annotation], bool]] = {
    "hidden": lambda job, kept: kept.hidden,
    "active": lambda job, kept: job.status.is_moving,
    "ended": lambda job, kept: job.status.is_final,
}
"""What `is:` can ask for."""
FIELDS = (*TEXTS, "since", "is", METADATA)
"""The words that may stand before a colon; of the last the name goes on."""


@dataclass(frozen=True, slots=True)
class Term:
    """One word of a filter, lower case: looked for in one field, or in all where `field` is ""."""

    field: str
    needle: str
    wanted: bool = True
    since: datetime | None = None

    def matches(self, job: Job, kept: Annotation = UNKEPT) -> bool:
        """True when the job has the word, or lacks it where it is not wanted."""
        return self._has(job, kept) is self.wanted

    def _has(self, job: Job, kept: Annotation) -> bool:
        if self.since is not None:
            return job.created_at is not None and job.created_at >= self.since
        if self.field == "is":
            return STATES[self.needle](job, kept)
        if self.field.startswith(METADATA):
            wanted = self.field.removeprefix(METADATA)
            values = (value for key, value in job.metadata.items() if key.lower() == wanted)
            return any(self.needle in value.lower() for value in values)
        return self.needle in TEXTS.get(self.field, _everything)(job, kept).lower()


@dataclass(frozen=True, slots=True)
class Word:
    """One word as typed, without what inverts it; `field` and `needle` are lower case.

    `is_quoted` where it is text alone.
    """

    text: str
    wanted: bool
    field: str
    needle: str
    is_quoted: bool = False


@dataclass(frozen=True, slots=True)
class JobFilter:
    """All its terms must hold; `problems` are sentences about words that are none of its terms."""

    terms: tuple[Term, ...] = ()
    problems: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str, now: datetime | None = None) -> JobFilter:
        """Read a filter as typed at `now`.

        `field:` without a word yet is no term. What stands before a colon and is no field is told,
        and looked for as text.
        """
        terms, problems = [], []
        for word in words_of(text):
            term, problem = _read(word, now or datetime.now(UTC))
            terms += [term] if term else []
            problems += [problem] if problem else []
        return cls(tuple(terms), tuple(problems))

    @property
    def asks_for_hidden(self) -> bool:
        """True for one that says itself what becomes of hidden jobs: they are not left out."""
        return Term("is", "hidden") in self.terms

    def pick(
        self, jobs: Mapping[str, Job], kept: Callable[[Job], Annotation], *, but_hidden: bool
    ) -> Iterable[tuple[str, Job]]:
        """The jobs that it lets through, with their keys; `but_hidden` leaves hidden ones out."""
        found: Iterable[tuple[str, Job]] = jobs.items()
        if but_hidden:
            found = [pair for pair in found if not kept(pair[1]).hidden]
        if self.terms:
            found = [pair for pair in found if self.matches(pair[1], kept(pair[1]))]
        return found

    def matches(self, job: Job, kept: Annotation = UNKEPT) -> bool:
        """True when every term holds for the job and what is kept beside it."""
        return all(term.matches(job, kept) for term in self.terms)


def words_of(text: str) -> Iterator[Word]:
    """The words of a filter; between double quotes blanks are text, an open quote has no end."""
    start, is_open = 0, False
    for place, sign in enumerate(f"{text} "):
        if sign == '"':
            is_open = not is_open
        elif sign.isspace() and (not is_open or place == len(text)):
            if place > start:
                yield _word(text[start:place])
            start = place + 1


def _word(typed: str) -> Word:
    wanted = not (typed[0] in "-!" and len(typed) > 1)
    bare = typed if wanted else typed[1:]
    lower = bare.lower()
    field, colon, needle = lower.partition(":")
    is_quoted = bare.startswith('"')
    if is_quoted or not colon or not (_is_field(field) or _looks_like_one(field)):
        field, needle = "", lower
    return Word(bare, wanted, field.replace('"', ""), needle.replace('"', ""), is_quoted)


def _is_field(word: str) -> bool:
    return word != METADATA and (word in FIELDS or word.startswith(METADATA))


def _looks_like_one(word: str) -> bool:
    return bool(_WORD.fullmatch(word)) and word not in _NO_FIELDS


def _read(word: Word, now: datetime) -> tuple[Term | None, str]:
    """The term of a word, if it has one, and what is wrong with the word."""
    if word.field and not _is_field(word.field):
        return Term("", word.text.lower().replace('"', ""), word.wanted), _unknown(word.field)
    if not word.needle:
        return None, ""
    if word.field == "since":
        since = since_of(word.needle, now)
        if since is None:
            return None, _no_time(word.needle)
        return Term("since", word.needle, word.wanted, since), ""
    if word.field == "is" and word.needle not in STATES:
        return None, _no_state(word.needle)
    return Term(word.field, word.needle, word.wanted), ""


def since_of(text: str, now: datetime) -> datetime | None:
    """The moment that `7d`, `12h`, `2w` or `2026-11-01` (its first in local time) stands for."""
    span = _SPAN.fullmatch(text)
    try:
        if span:
            return now - timedelta(hours=int(span[1]) * _HOURS[span[2]])
        return datetime.strptime(text, "%Y-%m-%d").astimezone()
    except OverflowError:  # before all times
        return datetime.min.replace(tzinfo=UTC) if span else None
    except (ValueError, OSError):
        return None


def _unknown(field: str) -> str:
    known = " ".join(f"{name}:" for name in FIELDS if name != METADATA)
    return _(
        "“{field}:” is no word of a filter. There are {known} {metadata}KEY:",
        field=safe(field, maxlen=_LONGEST),
        known=known,
        metadata=METADATA,
    )


def _no_time(text: str) -> str:
    return _(
        "since: takes 7d, 12h, 2w or a date such as 2026-11-01, not “{text}”.",
        text=safe(text, maxlen=_LONGEST),
    )


def _no_state(text: str) -> str:
    return _(
        "is: takes {known}, not “{text}”.",
        known=", ".join(STATES),
        text=safe(text, maxlen=_LONGEST),
    )


def near_field(text: str, fields: Iterable[str]) -> str:
    """The question which field may have been meant by the first that is none, or ""."""
    from fttui.terminal.near_words import did_you_mean

    known = [field for field in fields if field != METADATA]
    strange = [word.field for word in words_of(text) if word.field and word.field not in known]
    return did_you_mean(strange[0], known) if strange else ""


def completions(text: str, values: Callable[[str], Iterable[str]]) -> list[str]:
    """What `text` may go on as: its last word completed, the likeliest first.

    `values` tells which values of a field the jobs have; of `metadata.` it tells the keys.
    """
    words = [*words_of(text)]
    if not words or words[-1].is_quoted or not text.endswith(words[-1].text):
        return []
    word = words[-1].text
    head = text[: len(text) - len(word)]
    field, colon, begun = word.partition(":")
    name = field.lower()
    if colon:
        known = {"is": STATES, "since": _SPANS}.get(name) or values(name)
        fitting = (one for one in known if _goes_on(one, begun.removeprefix('"')))
        return [f"{head}{field}:{_quoted(one)}" for one in fitting]
    if name.startswith(METADATA):
        begun = name.removeprefix(METADATA)
        return [
            f"{head}{METADATA}{_quoted(key)}:" for key in values(METADATA) if _goes_on(key, begun)
        ]
    return [head + one + (":" if one != METADATA else "") for one in FIELDS if one.startswith(name)]


def _goes_on(value: str, begun: str) -> bool:
    return value.lower().startswith(begun.lower()) and len(value) > len(begun)


def _quoted(value: str) -> str:
    return f'"{value}"' if any(sign.isspace() for sign in value) else value
