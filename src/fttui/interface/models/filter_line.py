"""The line in which a filter of models is typed."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from fttui.interface.kit.inputs import TextInput
from fttui.interface.kit.typed_line import LONGEST, TypedLine
from fttui.terminal.language import _

_HINT = _("model, base, job, file, state · !word")


class ModelFilter(TypedLine):
    """It stays in sight while there is a filter."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "leave", _("Keep the filter"), id="filter.keep"),
        Binding("escape", "clear", _("No filter"), id="filter.clear"),
        Binding("down", "leave", _("To the list"), show=False, id="filter.leave"),
    ]

    def __init__(self, *, id: str) -> None:
        super().__init__(TextInput(id="models-filter-text", max_length=LONGEST), id=id)

    def compose(self) -> ComposeResult:
        """A label, the field, and what can be typed."""
        yield Static(Content("/"), id="models-filter-label")
        yield self._field
        yield Static(Content(_HINT), id="models-filter-hint")

    @property
    def text(self) -> str:
        """What is typed."""
        return super().text.strip()

    def action_leave(self) -> None:
        """Keep the filter and go back to the list."""
        super().action_leave()
        self.display = bool(self.text)
