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
from datetime import datetime

from fttui.services.endpoint.models import TrainingFile
from fttui.services.filter_words import Term, Vocabulary
from fttui.services.stored_files.uses import FileUses, UseState
from fttui.services.stored_files.words import expires_soon, file_status_style


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
WORDS = Vocabulary((*TEXTS, "since", "is"), (*STATES,), states_alone=True)
"""What the list of files can be asked for."""


def _everything(file: TrainingFile, uses: FileUses) -> str:
    return f"{file.filename or ''} {file.id} {file.purpose or ''} {file.status or ''}"


@dataclass(frozen=True, slots=True)
class FileFilter:
    """All its terms must hold; `problems` are sentences about words that are none of its terms."""

    terms: tuple[Term, ...] = ()
    problems: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str, now: datetime | None = None) -> FileFilter:
        """Read a filter as typed at `now`; what stands before a colon and is no field is told."""
        terms, problems = WORDS.read(text, now)
        return cls(terms, tuple(problems))

    @property
    def asks_for_uses(self) -> bool:
        """True when it depends on what is known of jobs."""
        return any(term.field == "used" or term.needle in ("used", "unused") for term in self.terms)

    def pick(
        self, files: Mapping[str, TrainingFile], uses: FileUses, now: datetime
    ) -> Iterable[tuple[str, TrainingFile]]:
        """The files that it lets through, with their keys."""
        found: Iterable[tuple[str, TrainingFile]] = files.items()
        texts_wanted: dict[Callable[[TrainingFile, FileUses], str], list[Term]] = {}
        for term in self.terms:
            if _is_text(term):
                texts_wanted.setdefault(_text_of(term), []).append(term)
            else:
                found = [pair for pair in found if _has(term, pair[1], uses, now) is term.wanted]
        for text_of, terms in texts_wanted.items():
            # The text of a field is made once, however many words are looked for in it.
            texts = [(pair, text_of(pair[1], uses).lower()) for pair in found]
            for term in terms:
                texts = [one for one in texts if (term.needle in one[1]) is term.wanted]
            found = [pair for pair, _text in texts]
        return found

    def matches(self, file: TrainingFile, uses: FileUses, now: datetime) -> bool:
        """True when every term holds for the file."""
        return all(_has(term, file, uses, now) is term.wanted for term in self.terms)


def _is_text(term: Term) -> bool:
    return term.since is None and term.field != "is"


def _text_of(term: Term) -> Callable[[TrainingFile, FileUses], str]:
    return TEXTS.get(term.field, _everything)


def _has(term: Term, file: TrainingFile, uses: FileUses, now: datetime) -> bool:
    if term.since is not None:
        return file.created_at is not None and file.created_at >= term.since
    if term.field == "is":
        return STATES[term.needle](file, uses, now)
    return term.needle in _text_of(term)(file, uses).lower()


def file_completions(text: str, files: Iterable[TrainingFile]) -> list[str]:
    """What `text` may go on as: its last word completed by a field, a state or a known value."""

    def values(field: str) -> Iterable[str]:
        if field not in ("purpose", "status"):
            return ()
        return dict.fromkeys(value for file in files if (value := getattr(file, field)))

    return WORDS.completions(text, values)
