"""The line in which a filter of models is typed, completed as one types."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from fttui.interface.kit.filter_line import FilterInput, FilterLine
from fttui.services.tuned_models.model_filter import AnyModel, ModelFilter, model_completions
from fttui.terminal.language import _

Source = Callable[[], Iterable[AnyModel]]


class ModelFilterLine(FilterLine):
    """A filter of models; `told` is what is wrong with it."""

    HINT = _("id, state · base:gpt-4.1 · job:JOB · leaving · since:7d · !deleted")

    def __init__(self, source: Source, *, id: str) -> None:
        field = FilterInput(
            lambda typed: model_completions(typed, source()), id="models-filter-text"
        )
        super().__init__(field, id=id)

    @property
    def filter(self) -> ModelFilter:
        """The filter as typed."""
        return ModelFilter.parse(self.text)

    @property
    def problems(self) -> tuple[str, ...]:
        """Sentences about words that are no part of a filter."""
        return self.filter.problems
