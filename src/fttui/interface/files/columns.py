"""The columns of the list of files: what each shows of a file, and how it sorts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from fttui.interface.kit.columns import Column
from fttui.interface.kit.order import Order, Sortable
from fttui.services.endpoint.models import TrainingFile
from fttui.services.job_words import shorten_model
from fttui.services.stored_files.uses import FileUses
from fttui.services.stored_files.words import (
    expiry_words,
    file_age,
    file_status_text,
    name_of,
    purpose_text,
    used_text,
)
from fttui.terminal.format import NOTHING, moment_text, size_text
from fttui.terminal.language import _

_PURPOSE = 9


@dataclass(frozen=True, slots=True)
class Known:
    """What a list knows beside its files: the time of its refresh, and the jobs that use them."""

    now: datetime
    uses: FileUses


@dataclass(frozen=True, slots=True)
class FileColumn:
    """A column; `shown` gives its text, `value` what it sorts by, None for nothing.

    `orders` names the order by the biggest first and the one by the smallest; `starts_big` says
    which of them comes first.
    """

    column: Column
    shown: Callable[[TrainingFile, Known], str]
    value: Callable[[TrainingFile, Known], Any]
    orders: tuple[str, str]
    starts_big: bool = False


def _brief_purpose(text: str, columns: int) -> str:
    return purpose_text(TrainingFile("", purpose=text), columns)


def _seconds(moment: datetime | None) -> float | None:
    """Numbers compare much faster than moments, which ask for their time zones each time."""
    return None if moment is None else moment.timestamp()


_ALL = (
    FileColumn(
        Column("name", _("Name"), 20, 40, 0, grows=True),
        lambda file, known: name_of(file),
        lambda file, known: (file.filename or "").lower() or None,
        (_("by name, z to a"), _("by name")),
    ),
    FileColumn(
        Column("purpose", _("Purpose"), _PURPOSE, 17, 5, shorten=_brief_purpose),
        lambda file, known: file.purpose or NOTHING,
        lambda file, known: file.purpose,
        (_("by purpose, z to a"), _("by purpose")),
    ),
    FileColumn(
        Column("size", _("Size"), 9, 9, 1, right=True),
        lambda file, known: size_text(file.size),
        lambda file, known: file.size,
        (_("biggest first"), _("smallest first")),
        starts_big=True,
    ),
    FileColumn(
        Column("status", _("Status"), 11, 12, 2),
        lambda file, known: file_status_text(file),
        lambda file, known: file.status,
        (_("by status, z to a"), _("by status")),
    ),
    FileColumn(
        Column("used", _("Used by"), 10, 18, 3, shorten=shorten_model),
        lambda file, known: used_text(known.uses, file),
        lambda file, known: len(known.uses.of(file)),
        (_("most used first"), _("least used first")),
    ),
    FileColumn(
        Column("age", _("Age"), 9, 9, 4),
        lambda file, known: file_age(file, known.now),
        lambda file, known: _seconds(file.created_at),
        (_("newest first"), _("oldest first")),
        starts_big=True,
    ),
    FileColumn(
        Column("expires", _("Expires"), 11, 11, 6),
        lambda file, known: expiry_words(file, known.now),
        lambda file, known: _seconds(file.expires_at),
        (_("last to expire first"), _("first to expire first")),
    ),
    FileColumn(
        Column("id", _("File ID"), 14, 28, 7, keep_end=True),
        lambda file, known: file.id or NOTHING,
        lambda file, known: file.id.lower() or None,
        (_("by id, z to a"), _("by id")),
    ),
    FileColumn(
        Column("created", _("Created"), 16, 16, 8),
        lambda file, known: moment_text(file.created_at),
        lambda file, known: _seconds(file.created_at),
        (_("newest first"), _("oldest first")),
        starts_big=True,
    ),
)
FILE_COLUMNS: Mapping[str, FileColumn] = {each.column.key: each for each in _ALL}
SORTED_BY = tuple(name for name in FILE_COLUMNS if name != "created")
"""The columns that the key for the next order goes through; by age is by the time of making."""


@dataclass(frozen=True, slots=True)
class FileOrder(Order):
    """The order of files: by one of the list's columns."""

    column: str = "age"
    descending: bool = True

    COLUMNS: ClassVar[Mapping[str, Sortable]] = FILE_COLUMNS

    def sort(self, files: Iterable[tuple[str, TrainingFile]], known: Known) -> list[str]:
        """The keys of `files` in this order."""
        value_of = FILE_COLUMNS[self.column].value
        return self.arranged((key, value_of(file, known)) for key, file in files)
