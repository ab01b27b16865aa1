"""Which jobs of the list are shown, and in which order."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fttui.interface.widgets.wording import short_name, span_of
from fttui.services.endpoint.models import Job


def _everything(job: Job) -> str:
    parts = (job.status.word, job.suffix, job.fine_tuned_model, job.model, job.id)
    return " ".join(part for part in parts if part)


_FIELDS: dict[str, Callable[[Job], str]] = {
    "": _everything,
    "status": lambda job: job.status.word,
    "name": lambda job: f"{job.suffix or ''} {job.fine_tuned_model or ''}",
    "model": lambda job: f"{job.model or ''} {job.fine_tuned_model or ''}",
    "id": lambda job: job.id,
    "method": lambda job: job.method or "",
    "file": lambda job: f"{job.training_file or ''} {job.validation_file or ''}",
}


@dataclass(frozen=True, slots=True)
class Term:
    """One word of a filter, lower case: looked for in one field, or in all where `field` is ""."""

    field: str
    needle: str
    wanted: bool = True

    def matches(self, job: Job) -> bool:
        """True when the job has the word, or lacks it where it is not wanted."""
        return (self.needle in _FIELDS[self.field](job).lower()) is self.wanted


@dataclass(frozen=True, slots=True)
class JobFilter:
    """All its terms must hold: `run`, `status:failed`, `model:mini`, `-cancelled`."""

    terms: tuple[Term, ...] = ()

    @classmethod
    def parse(cls, text: str) -> JobFilter:
        """Read a filter as typed; `field:` without a word yet is no term, other colons are text."""
        terms = []
        for word in text.lower().split():
            wanted = not (word.startswith("-") and len(word) > 1)
            field, colon, needle = word.removeprefix("" if wanted else "-").partition(":")
            if not colon or field not in _FIELDS or not field:
                field, needle = "", word if wanted else word[1:]
            if needle:
                terms.append(Term(field, needle, wanted))
        return cls(tuple(terms))

    def matches(self, job: Job) -> bool:
        """True when every term holds for the job."""
        return all(term.matches(job) for term in self.terms)


_SORT_KEYS: dict[str, Callable[[Job, datetime], Any]] = {
    "created": lambda job, now: job.created_at,
    "status": lambda job, now: job.status.word,
    "name": lambda job, now: short_name(job).lower() if job.name else None,
    "model": lambda job, now: job.model and job.model.lower(),
    "id": lambda job, now: job.id.lower() or None,
    "fine_tuned_model": lambda job, now: job.fine_tuned_model and job.fine_tuned_model.lower(),
    "duration": span_of,
    "tokens": lambda job, now: job.trained_tokens,
}
_TITLES = {
    "created": ("newest first", "oldest first"),
    "status": ("by status, z to a", "by status"),
    "name": ("by name, z to a", "by name"),
    "model": ("by model, z to a", "by model"),
    "id": ("by id, z to a", "by id"),
    "fine_tuned_model": ("by fine-tuned model, z to a", "by fine-tuned model"),
    "duration": ("longest first", "shortest first"),
    "tokens": ("most tokens first", "fewest tokens first"),
}
_BIGGEST_FIRST = frozenset({"created", "duration", "tokens"})


@dataclass(frozen=True, slots=True)
class SortOrder:
    """The column that the list is sorted by; jobs without a value there come last either way."""

    column: str = "created"
    descending: bool = True

    @property
    def title(self) -> str:
        """The order in words."""
        return _TITLES[self.column][0 if self.descending else 1]

    def next(self) -> SortOrder:
        """The next column's order."""
        columns = list(_SORT_KEYS)
        column = columns[(columns.index(self.column) + 1) % len(columns)]
        return SortOrder(column, column in _BIGGEST_FIRST)

    def by(self, column: str) -> SortOrder:
        """The order after a press on `column`: by it, or turned round if it is by it already."""
        if column == self.column:
            return SortOrder(column, not self.descending)
        return SortOrder(column, column in _BIGGEST_FIRST)

    def sort(self, jobs: Iterable[tuple[str, Job]], now: datetime) -> list[str]:
        """The keys of `jobs` in this order; equal ones stay as they came."""
        key_of = _SORT_KEYS[self.column]
        told: list[tuple[Any, str]] = []
        untold: list[str] = []
        for key, job in jobs:
            value = key_of(job, now)
            if value is None:
                untold.append(key)
            else:
                told.append((value, key))
        told.sort(key=lambda pair: pair[0], reverse=self.descending)
        return [key for _, key in told] + untold
