"""The order of the list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from fttui.interface.jobs.columns import LIST_COLUMNS, STANDARD, Known
from fttui.services.endpoint.models import Job


@dataclass(frozen=True, slots=True)
class SortOrder:
    """The column that the list is sorted by; jobs without a value there come last either way."""

    column: str = "created"
    descending: bool = True

    @property
    def title(self) -> str:
        """The order in words."""
        falling, rising = LIST_COLUMNS[self.column].orders
        return falling if self.descending else rising

    def next(self, among: Sequence[str] = STANDARD) -> SortOrder:
        """By the next column of these; each begins with its more useful order."""
        place = among.index(self.column) if self.column in among else -1
        return SortOrder.first_by(among[(place + 1) % len(among)])

    @classmethod
    def first_by(cls, column: str) -> SortOrder:
        """By a column, in the order that it begins with."""
        return cls(column, LIST_COLUMNS[column].starts_big)

    def by(self, column: str) -> SortOrder:
        """The order after a press on `column`: by it, or turned round if it is by it already."""
        if column == self.column:
            return SortOrder(column, not self.descending)
        return SortOrder.first_by(column)

    def sort(self, jobs: Iterable[tuple[str, Job]], known: Known) -> list[str]:
        """The keys of `jobs` in this order; equal ones stay as they came."""
        value_of = LIST_COLUMNS[self.column].value
        valued: list[tuple[Any, str]] = []
        unknown: list[str] = []
        for key, job in jobs:
            value = value_of(job, known)
            if value is None:
                unknown.append(key)
            else:
                valued.append((value, key))
        valued.sort(key=lambda pair: pair[0], reverse=self.descending)
        return [key for _unused, key in valued] + unknown
