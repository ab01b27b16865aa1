"""Which files a filter lets through, as it is typed in the app and on the command line.

train               a word that stands in the name, id, purpose or status
purpose:fine-tune   a word in one field; with quotes round it where it has blanks
used:WORD           a word in the id or the name of a job that uses the file
since:7d            made in the last 7 days; 12h, 2w, or a date such as 2026-11-01
unused              used by no job; so is used, expiring or failed; is:unused says the same
!word  -word        not so
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from fttui.services.endpoint.models import TrainingFile
from fttui.services.job_filter import Word, since_of, words_of
from fttui.services.stored_files.uses import FileUses, UseState
from fttui.services.stored_files.words import expires_soon, file_status_style
from fttui.terminal.language import _
from fttui.terminal.text import safe

_LONGEST = 40


def _users(file: TrainingFile, uses: FileUses) -> str:
    users = uses.of(file)
    return " ".join([f"{use.job.id} {use.job.name}" for use in users]) if users else ""


TEXTS: dict[str, Callable[[TrainingFile, FileUses], str]] = {
    "name": lambda file, uses: file.filename or "",
    "id": lambda file, uses: file.id,
    "purpose": lambda file, uses: file.purpose or "",
    "status": lambda file, uses: f"{file.status or ''} {file.status_details or ''}",
    "used": _users,
}
"""By the word before the colon, the text that is looked in."""
STATES: dict[str, Callable[[TrainingFile, FileUses, datetime], bool]] = {
    "unused": lambda file, uses, now: uses.state(file) is UseState.UNUSED,
    "used": lambda file, uses, now: uses.state(file) is UseState.USED,
    "expiring": lambda file, uses, now: expires_soon(file, now),
    "failed": lambda file, uses, now: file_status_style(file).style == "bad",
}
"""What `is:` can ask for, and a word alone."""
FIELDS = (*TEXTS, "since", "is")


def _everything(file: TrainingFile, uses: FileUses) -> str:
    return f"{file.filename or ''} {file.id} {file.purpose or ''} {file.status or ''}"


@dataclass(frozen=True, slots=True)
class Term:
    """One word of a filter, lower case: looked for in one field, or in all where `field` is ""."""

    field: str
    needle: str
    wanted: bool = True
    since: datetime | None = None

    @property
    def is_text(self) -> bool:
        """True where the word is looked for in the text of a field."""
        return self.since is None and self.field != "is"

    def matches(self, file: TrainingFile, uses: FileUses, now: datetime) -> bool:
        """True when the file has the word, or lacks it where it is not wanted."""
        if self.since is not None:
            has = file.created_at is not None and file.created_at >= self.since
        elif self.field == "is":
            has = STATES[self.needle](file, uses, now)
        else:
            has = self.needle in self.text_of(file, uses).lower()
        return has is self.wanted

    @property
    def text_of(self) -> Callable[[TrainingFile, FileUses], str]:
        """What gives the text that the word is looked for in."""
        return TEXTS.get(self.field, _everything)


@dataclass(frozen=True, slots=True)
class FileFilter:
    """All its terms must hold; `problems` are sentences about words that are none of its terms."""

    terms: tuple[Term, ...] = ()
    problems: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str, now: datetime | None = None) -> FileFilter:
        """Read a filter as typed at `now`; what stands before a colon and is no field is told."""
        terms: list[Term] = []
        problems: list[str] = []
        for word in words_of(text):
            term, problem = _read(word, now or datetime.now(UTC))
            terms += [term] if term else []
            problems += [problem] if problem else []
        return cls(tuple(terms), tuple(problems))

    @property
    def asks_for_uses(self) -> bool:
        """True when it depends on what is known of jobs."""
        return any(term.field == "used" or term.needle in ("used", "unused") for term in self.terms)

    def pick(
        self, files: Mapping[str, TrainingFile], uses: FileUses, now: datetime
    ) -> Iterable[tuple[str, TrainingFile]]:
        """The files that it lets through, with their keys."""
        found: Iterable[tuple[str, TrainingFile]] = files.items()
        for term in self.terms:
            if not term.is_text:
                found = [pair for pair in found if term.matches(pair[1], uses, now)]
        for text_of in dict.fromkeys(term.text_of for term in self.terms if term.is_text):
            # The text of a field is made once, however many words are looked for in it.
            texts = [(pair, text_of(pair[1], uses).lower()) for pair in found]
            for term in self.terms:
                if term.is_text and term.text_of is text_of:
                    texts = [one for one in texts if (term.needle in one[1]) is term.wanted]
            found = [pair for pair, _text in texts]
        return found

    def matches(self, file: TrainingFile, uses: FileUses, now: datetime) -> bool:
        """True when every term holds for the file."""
        return all(term.matches(file, uses, now) for term in self.terms)


def _read(word: Word, now: datetime) -> tuple[Term | None, str]:
    """The term of a word, if it has one, and what is wrong with the word."""
    if not word.field and not word.is_quoted and word.needle in STATES:
        return Term("is", word.needle, word.wanted), ""
    if word.field and word.field not in FIELDS:
        return Term("", word.text.lower().replace('"', ""), word.wanted), _unknown(word.field)
    if not word.needle:
        return None, ""
    if word.field == "since":
        since = since_of(word.needle, now)
        if since is None:
            told = safe(word.needle, maxlen=_LONGEST)
            return None, _(
                "since: takes 7d, 12h, 2w or a date such as 2026-11-01, not “{text}”.", text=told
            )
        return Term("since", word.needle, word.wanted, since), ""
    if word.field == "is" and word.needle not in STATES:
        told = safe(word.needle, maxlen=_LONGEST)
        return None, _("is: takes {known}, not “{text}”.", known=", ".join(STATES), text=told)
    return Term(word.field, word.needle, word.wanted), ""


def _unknown(field: str) -> str:
    known = " ".join(f"{name}:" for name in FIELDS)
    return _(
        "“{field}:” is no word of a filter. There are {known}",
        field=safe(field, maxlen=_LONGEST),
        known=known,
    )


def file_completions(text: str, files: Iterable[TrainingFile]) -> list[str]:
    """What `text` may go on as: its last word completed by a field, a state or a known value."""
    words = [*words_of(text)]
    if not words or words[-1].is_quoted or not text.endswith(words[-1].text):
        return []
    word = words[-1].text
    head = text[: len(text) - len(word)]
    field, colon, begun = word.partition(":")
    if not colon:
        names = [f"{one}:" for one in FIELDS] + [*STATES]
        return [head + one for one in names if one.startswith(word.lower()) and one != word]
    values: Iterable[str | None] = {"is": STATES, "since": ("1d", "7d", "4w")}.get(field, ())
    if field in ("purpose", "status"):
        values = dict.fromkeys(getattr(file, field) for file in files)
    fitting = [one for one in values if one and one.startswith(begun) and one != begun]
    return [f"{head}{field}:{one}" for one in fitting]
