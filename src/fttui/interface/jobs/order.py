"""The order of the list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from fttui.interface.jobs.columns import LIST_COLUMNS, STANDARD, Known
from fttui.interface.kit.order import Order, Sortable
from fttui.services.endpoint.models import Job


@dataclass(frozen=True, slots=True)
class SortOrder(Order):
    """The order of jobs: by one of the list's columns."""

    column: str = "created"
    descending: bool = True

    COLUMNS: ClassVar[Mapping[str, Sortable]] = LIST_COLUMNS

    def next(self, among: Sequence[str] = STANDARD) -> SortOrder:
        """By the next column of these; each begins with its more useful order."""
        return Order.next(self, among)

    def sort(self, jobs: Iterable[tuple[str, Job]], known: Known) -> list[str]:
        """The keys of `jobs` in this order."""
        value_of = LIST_COLUMNS[self.column].value
        return self.arranged((key, value_of(job, known)) for key, job in jobs)
