"""The columns of the two lists of models: what each shows, and how it sorts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from fttui.interface.kit.columns import Column
from fttui.services.job_words import shorten_model
from fttui.services.tuned_models.bases import BaseModel
from fttui.services.tuned_models.inventory import TunedModel
from fttui.services.tuned_models.words import archived_word, days_words, state_of
from fttui.terminal.format import NOTHING, brief_day, count_text, moment_text
from fttui.terminal.language import _

M = TypeVar("M", TunedModel, BaseModel)


@dataclass(frozen=True, slots=True)
class ModelColumn(Generic[M]):
    """A column; `shown` gives its text and look, `value` what it sorts by, None for nothing.

    `starts_big` where the biggest comes first, `orders` names that order and the other one.
    """

    column: Column
    shown: Callable[[M], tuple[str, str]]
    value: Callable[[M], Any]
    orders: tuple[str, str]
    starts_big: bool = False


def _plain(text: str | None) -> tuple[str, str]:
    return text or NOTHING, "plain"


def _days(model: TunedModel | BaseModel) -> tuple[str, str]:
    return days_words(model.goes, deleted=_is_deleted(model))


def _is_deleted(model: TunedModel | BaseModel) -> bool:
    return isinstance(model, TunedModel) and model.is_deleted


def _day(model: TunedModel | BaseModel) -> tuple[str, str]:
    goes = None if _is_deleted(model) else model.goes
    return _plain(brief_day(goes.day) if goes else None)


def _state(model: TunedModel) -> tuple[str, str]:
    state = state_of(model)
    return state.text, state.style


def _days_value(model: TunedModel | BaseModel) -> int | None:
    return model.goes.days_left if model.goes and not _is_deleted(model) else None


_BY_DAYS = (_("last to go first"), _("first to go first"))


def _by(what: str) -> tuple[str, str]:
    return _("by {what}, z to a", what=what), _("by {what}", what=what)


_TUNED: tuple[ModelColumn[TunedModel], ...] = (
    ModelColumn(
        Column("model", _("Model"), 34, 52, 0, grows=True, shorten=shorten_model),
        lambda model: _plain(model.id),
        lambda model: model.id.lower(),
        _by(_("model")),
    ),
    ModelColumn(
        Column("state", _("State"), 11, 11, 1),
        _state,
        lambda model: state_of(model).word,
        _by(_("state")),
    ),
    ModelColumn(
        Column("days_left", _("Days left"), 11, 11, 2, right=True), _days, _days_value, _BY_DAYS
    ),
    ModelColumn(
        Column("archived", _("Archived"), 10, 10, 3),
        lambda model: _plain(archived_word(model.archived)),
        lambda model: archived_word(model.archived),
        _by(_("archived")),
    ),
    ModelColumn(
        Column("base", _("Base"), 20, 24, 6, shorten=shorten_model),
        lambda model: _plain(model.base),
        lambda model: model.base.lower() or None,
        _by(_("base")),
    ),
    ModelColumn(
        Column("created", _("Created"), 16, 16, 4),
        lambda model: _plain(moment_text(model.created_at)),
        lambda model: model.created_at,
        (_("newest first"), _("oldest first")),
        starts_big=True,
    ),
    ModelColumn(
        Column("job", _("Job"), 14, 32, 5, keep_end=True),
        lambda model: _plain(model.job.id if model.job else None),
        lambda model: model.job.id.lower() if model.job else None,
        _by(_("job")),
    ),
    ModelColumn(
        Column("shut_down", _("Shut down"), 11, 11, 7),
        _day,
        _days_value,
        _BY_DAYS,
    ),
)
_BASES: tuple[ModelColumn[BaseModel], ...] = (
    ModelColumn(
        Column("model", _("Model"), 23, 32, 0, grows=True),
        lambda model: _plain(model.id),
        lambda model: model.id.lower(),
        _by(_("model")),
    ),
    ModelColumn(
        Column("methods", _("Methods"), 15, 15, 2),
        lambda model: _methods(model),
        lambda model: ", ".join(model.methods) or None,
        _by(_("methods")),
    ),
    ModelColumn(
        Column("training", _("Train /1M"), 11, 11, 1, right=True),
        lambda model: _plain(model.price_text),
        lambda model: model.training_price,
        (_("dearest first"), _("cheapest first")),
    ),
    ModelColumn(
        Column("inference", _("Use /1M in / out"), 18, 18, 5, right=True),
        lambda model: _plain(model.answers_text),
        lambda model: model.answer_prices,
        (_("dearest first"), _("cheapest first")),
    ),
    ModelColumn(
        Column("limit", _("Tokens"), 8, 9, 4, right=True),
        lambda model: _plain(count_text(model.most_tokens)),
        lambda model: model.most_tokens,
        (_("highest limit first"), _("lowest limit first")),
        starts_big=True,
    ),
    ModelColumn(
        Column("days_left", _("Days left"), 11, 11, 3, right=True), _days, _days_value, _BY_DAYS
    ),
    ModelColumn(
        Column("shut_down", _("Shut down"), 11, 11, 6),
        _day,
        _days_value,
        _BY_DAYS,
    ),
    ModelColumn(
        Column("jobs", _("Jobs"), 6, 6, 7, right=True),
        lambda model: _plain(f"{model.jobs}"),
        lambda model: model.jobs,
        (_("most jobs first"), _("fewest jobs first")),
        starts_big=True,
    ),
)
TUNED: Mapping[str, ModelColumn[TunedModel]] = {each.column.key: each for each in _TUNED}
"""Of the fine-tuned models, by key."""
BASES: Mapping[str, ModelColumn[BaseModel]] = {each.column.key: each for each in _BASES}
"""Of the base models, by key."""


def _methods(model: BaseModel) -> tuple[str, str]:
    if model.methods or model.can_be_tuned:
        return _plain(", ".join(model.methods))
    return _("not known"), "muted"


def in_order(models: Iterable[M], column: ModelColumn[M] | None, *, descending: bool) -> list[M]:
    """The models sorted by a column, those without a value last; None leaves them as they are."""
    if column is None:
        return list(models)
    valued = [(column.value(model), model) for model in models]
    known = [pair for pair in valued if pair[0] is not None]
    known.sort(key=lambda pair: pair[0], reverse=descending)
    return [model for _value, model in known] + [one for value, one in valued if value is None]
