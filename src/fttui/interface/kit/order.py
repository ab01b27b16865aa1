"""The order of a list: by one of its columns, either way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, Self


class Sortable(Protocol):
    """What an order knows of a column.

    `orders` names the order by the biggest first and the one by the smallest; `starts_big` says
    which of them comes first.
    """

    @property
    def orders(self) -> tuple[str, str]:
        """The two orders in words."""

    @property
    def starts_big(self) -> bool:
        """Whether the biggest come first at first."""


@dataclass(frozen=True, slots=True)
class Order:
    """The column that a list is sorted by; what has no value there comes last either way."""

    column: str
    descending: bool

    COLUMNS: ClassVar[Mapping[str, Sortable]] = {}

    @property
    def title(self) -> str:
        """The order in words."""
        falling, rising = self.COLUMNS[self.column].orders
        return falling if self.descending else rising

    def next(self, among: Sequence[str]) -> Self:
        """By the next column of these; each begins with its more useful order."""
        place = among.index(self.column) if self.column in among else -1
        return self.first_by(among[(place + 1) % len(among)])

    @classmethod
    def first_by(cls, column: str) -> Self:
        """By a column, in the order that it begins with."""
        return cls(column, cls.COLUMNS[column].starts_big)

    def by(self, column: str) -> Self:
        """The order after a press on `column`: by it, or turned round if it is by it already."""
        if column == self.column:
            return type(self)(column, not self.descending)
        return self.first_by(column)

    def arranged(self, valued: Iterable[tuple[str, Any]]) -> list[str]:
        """Keys in the order of their values, None last; equal ones stay as they came."""
        values: dict[str, Any] = {}
        unknown: list[str] = []
        for key, value in valued:
            if value is None:
                unknown.append(key)
            else:
                values[key] = value
        return sorted(values, key=values.__getitem__, reverse=self.descending) + unknown
