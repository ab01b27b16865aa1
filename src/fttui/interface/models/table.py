"""The two lists of models in one table: the fine-tuned ones, and the bases to tune."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from fttui.interface.guard.notices import notice
from fttui.interface.kit.columns import Column
from fttui.interface.kit.list_table import ListTable
from fttui.interface.models.columns import BASES, TUNED, ModelColumn, in_order
from fttui.services.tuned_models.account import AccountModels
from fttui.services.tuned_models.bases import BaseModel
from fttui.services.tuned_models.inventory import TunedModel
from fttui.services.tuned_models.model_filter import ModelFilter
from fttui.terminal.language import _

Kind = Literal["tuned", "bases"]


@dataclass
class _List:
    """One of the lists: its columns, its models by id, its order, and where its cursor was."""

    columns: Mapping[str, ModelColumn[Any]]
    order: str
    descending: bool
    models: dict[str, Any] = field(default_factory=dict)
    cursor: str = ""


class ModelsTable(ListTable):
    """Models by id; `kind` tells which of the lists is shown."""

    def __init__(self, *, id: str) -> None:
        self.kind: Kind = "tuned"
        self._lists: dict[Kind, _List] = {
            "tuned": _List(TUNED, "created", descending=True),
            "bases": _List(BASES, "", descending=False),
        }
        self._busy: Collection[str] = ()
        self._filter = ModelFilter()
        super().__init__([one.column for one in TUNED.values()], id=id)

    @property
    def _list(self) -> _List:
        return self._lists[self.kind]

    @property
    def total(self) -> int:
        """How many models the list has, those that a filter leaves out too."""
        return len(self._list.models)

    @property
    def gone(self) -> int:
        """How many of the fine-tuned models are deleted."""
        return sum(model.is_deleted for model in self._lists["tuned"].models.values())

    def count(self, kind: Kind) -> int:
        """How many models one of the lists has."""
        return len(self._lists[kind].models)

    def knows(self, model: str) -> bool:
        """True of a fine-tuned model of which the list tells whether it is there."""
        found = self._lists["tuned"].models.get(model)
        return found is not None and found.exists is not None

    @property
    def current(self) -> TunedModel | BaseModel | None:
        """The model under the cursor."""
        found: TunedModel | BaseModel | None = self._list.models.get(self.cursor_key or "")
        return found

    def as_now(self, model: TunedModel | BaseModel) -> TunedModel | BaseModel:
        """What is known by now of a model that was shown."""
        kind: Kind = "bases" if isinstance(model, BaseModel) else "tuned"
        found: TunedModel | BaseModel = self._lists[kind].models.get(model.id, model)
        return found

    @property
    def marked(self) -> list[TunedModel]:
        """The marked models, in the order of marking."""
        models = self._lists["tuned"].models
        return [models[name] for name in self.marks if name in models]

    @property
    def order_title(self) -> str:
        """The order of the rows in words."""
        if not self._list.order:
            return _("as offered")
        return self._list.columns[self._list.order].orders[not self._list.descending]

    def set_account(self, account: AccountModels) -> None:
        """Show these models; marks and cursor stay where they are."""
        self._lists["tuned"].models = {one.id: one for one in account.tuned}
        self._lists["bases"].models = {one.id: one for one in account.bases}
        self.keep_marks(self._lists["tuned"].models)
        self.refresh_rows()

    def set_busy(self, names: Collection[str]) -> None:
        """Show that these are being deleted."""
        self._busy = names
        self.repaint()

    def show_kind(self, kind: Kind) -> None:
        """Show the other list, where its cursor was."""
        if kind == self.kind:
            return
        self._list.cursor = self.cursor_key or ""
        self.kind = kind
        self.set_rows([])
        self.have_columns([one.column for one in self._list.columns.values()])
        self.move_to(self._list.cursor)
        self.refresh_rows()

    @property
    def listed(self) -> list[TunedModel | BaseModel]:
        """All models of the list that is shown, filtered out ones too."""
        return [*self._list.models.values()]

    def set_filter(self, wanted: ModelFilter) -> None:
        """Show only models that the filter lets through."""
        self._filter = wanted
        self.refresh_rows()

    def sort_by(self, column: str) -> None:
        """Sort by a column, or turn the order round where it is that one."""
        one = self._list
        is_same = one.order == column
        one.descending = not one.descending if is_same else one.columns[column].starts_big
        one.order = column
        self.refresh_rows()

    def sort_by_next(self) -> None:
        """Sort by the next column."""
        names = list(self._list.columns)
        place = names.index(self._list.order) if self._list.order else -1
        self.sort_by(names[(place + 1) % len(names)])

    def turn_order(self) -> None:
        """Turn the order round."""
        self.sort_by(self._list.order or next(iter(self._list.columns)))

    def refresh_rows(self) -> None:
        """Filter and sort all models anew."""
        super().refresh_rows()
        one = self._list
        shown = [model for model in one.models.values() if self._filter.matches(model)]
        column = one.columns[one.order] if one.order else None
        self.set_rows([each.id for each in in_order(shown, column, descending=one.descending)])
        self.repaint()
        self.post_message(self.Refreshed())

    def can_mark(self, key: str) -> bool:
        """True for a fine-tuned model."""
        return self.kind == "tuned" and key in self._list.models

    def action_mark(self) -> None:
        """Mark the fine-tuned model under the cursor, or unmark it; of a base say why not."""
        if self.kind == "bases" and self.cursor_key is not None:
            text = _("Base models cannot be marked: each action goes to one of them.")
            notice(self.app, text, severity="warning")
            return
        super().action_mark()

    def cell(self, key: str, column: Column) -> tuple[str, str]:
        """The text and look of one cell."""
        if column.key == "state" and key in self._busy:
            return _("… deleting"), "waiting"
        model = self._list.models.get(key)
        return self._list.columns[column.key].shown(model) if model is not None else ("", "plain")

    def is_marked(self, key: str) -> bool:
        """True for a model that a common action would go to."""
        return self.kind == "tuned" and super().is_marked(key)

    def row_style(self, key: str) -> str:
        """Models that are gone are faint."""
        model = self._list.models.get(key)
        return "muted" if isinstance(model, TunedModel) and not model.is_there else ""

    def title_of(self, column: Column) -> str:
        """The column's title, with an arrow where the list is sorted by it."""
        if column.key != self._list.order:
            return column.title
        return f"{column.title} {'▼' if self._list.descending else '▲'}"
