"""Which jobs of the list are shown, and in which order."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input, Static

from fttui.interface.guard.typing_ahead import focus_now
from fttui.interface.kit.inputs import TextInput
from fttui.services.endpoint.models import Job
from fttui.services.job_progress import took
from fttui.services.job_words import short_name
from fttui.services.retirement_clock import RetirementClock
from fttui.terminal.language import _


def _status(job: Job) -> str:
    return f"{job.status.word} {job.status.raw}".rstrip()


def _everything(job: Job) -> str:
    parts = (_status(job), job.suffix, job.fine_tuned_model, job.model, job.id)
    return " ".join(part for part in parts if part)


_FIELDS: dict[str, Callable[[Job], str]] = {
    "": _everything,
    "status": _status,
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


def _days_left(job: Job, retirement: RetirementClock) -> int | None:
    goes = retirement.of_job(job)
    return goes.days_left if goes else None


_SORT_KEYS: dict[str, Callable[[Job, datetime], Any]] = {
    "created": lambda job, now: job.created_at,
    "status": lambda job, now: job.status.word,
    "name": lambda job, now: short_name(job).lower() if job.name else None,
    "model": lambda job, now: job.model and job.model.lower(),
    "id": lambda job, now: job.id.lower() or None,
    "fine_tuned_model": lambda job, now: job.fine_tuned_model and job.fine_tuned_model.lower(),
    "duration": took,
    "tokens": lambda job, now: job.trained_tokens,
}
_SORTED_BY = (*_SORT_KEYS, "days_left")
SORTABLE = frozenset(_SORTED_BY)
"""Columns that jobs can be sorted by."""
_TITLES = {
    "created": (_("newest first"), _("oldest first")),
    "status": (_("by status, z to a"), _("by status")),
    "name": (_("by name, z to a"), _("by name")),
    "model": (_("by model, z to a"), _("by model")),
    "id": (_("by id, z to a"), _("by id")),
    "fine_tuned_model": (_("by fine-tuned model, z to a"), _("by fine-tuned model")),
    "duration": (_("longest first"), _("shortest first")),
    "tokens": (_("most tokens first"), _("fewest tokens first")),
    "days_left": (_("last to go first"), _("first to go first")),
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
        column = _SORTED_BY[(_SORTED_BY.index(self.column) + 1) % len(_SORTED_BY)]
        return SortOrder(column, column in _BIGGEST_FIRST)

    def by(self, column: str) -> SortOrder:
        """The order after a press on `column`: by it, or turned round if it is by it already."""
        if column == self.column:
            return SortOrder(column, not self.descending)
        return SortOrder(column, column in _BIGGEST_FIRST)

    def sort(
        self, jobs: Iterable[tuple[str, Job]], now: datetime, retirement: RetirementClock
    ) -> list[str]:
        """The keys of `jobs` in this order; equal ones stay as they came."""
        key_of = _SORT_KEYS.get(self.column)
        known: list[tuple[Any, str]] = []
        unknown: list[str] = []
        for key, job in jobs:
            value = key_of(job, now) if key_of else _days_left(job, retirement)
            if value is None:
                unknown.append(key)
            else:
                known.append((value, key))
        known.sort(key=lambda pair: pair[0], reverse=self.descending)
        return [key for _, key in known] + unknown


_PAUSE = 0.12
_LONGEST = 200


class FilterInput(TextInput):
    """What the filter is typed into."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", _("Keep the filter"), id="filter.keep"),
    ]


class FilterBar(Horizontal):
    """Posts `Changed` a moment after typing pauses, and `Left` when it is done with."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "clear", _("No filter"), id="filter.clear"),
        Binding("down", "leave", _("To the list"), show=False, id="filter.leave"),
    ]

    class Changed(Message):
        """The filter is now `text`."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Left(Message):
        """Typing is over: the filter is kept, or was cleared."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._timer: Timer | None = None
        self._reported = ""
        self._field = FilterInput(id="filter-text", max_length=_LONGEST)

    def compose(self) -> ComposeResult:
        """A label, the field, and what can be typed."""
        yield Static(Content("/"), id="filter-label")
        yield self._field
        hint = _("name, model, id · status:failed · model:mini · -cancelled")
        yield Static(Content(hint), id="filter-hint")

    @property
    def filter(self) -> JobFilter:
        """The filter as typed."""
        return JobFilter.parse(self.text)

    @property
    def text(self) -> str:
        """What is typed."""
        return self._field.value.strip()

    def open(self) -> None:
        """Show the bar and take the focus."""
        self.display = True
        focus_now(self._field)

    def clear(self) -> None:
        """Empty the filter and hide the bar."""
        self._field.value = ""
        self.display = False
        self._report()

    def action_clear(self) -> None:
        """Empty the filter, hide the bar, go back to the list."""
        self.clear()
        self.post_message(self.Left())

    def action_leave(self) -> None:
        """Keep the filter and go back to the list."""
        self._report()
        self.display = bool(self.text)
        self.post_message(self.Left())

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(_PAUSE, self._report)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_leave()

    def _report(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if self.text != self._reported:
            self._reported = self.text
            self.post_message(self.Changed(self.text))
