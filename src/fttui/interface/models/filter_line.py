"""The line in which a filter of models is typed."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from fttui.interface.kit.filter_line import FilterLine
from fttui.interface.kit.inputs import TextInput
from fttui.interface.kit.typed_line import LONGEST
from fttui.terminal.language import _


class ModelFilter(FilterLine):
    """A filter of models: words alone, of which none is wrong."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "leave", _("Keep the filter"), id="filter.keep"),
    ]
    HINT = _("model, base, job, file, state · !word")

    def __init__(self, *, id: str) -> None:
        super().__init__(TextInput(id="models-filter-text", max_length=LONGEST), id=id)
