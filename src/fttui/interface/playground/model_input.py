"""The name of a model: any text, completed to models that are known, which Down lists."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.suggester import Suggester

from fttui.interface.kit.inputs import TextInput
from fttui.terminal.language import _


class _Known(Suggester):
    """Completes what is typed to the first known model that begins so."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self.names: Callable[[], list[str]] = list

    async def get_suggestion(self, value: str) -> str | None:
        return next((name for name in self.names() if name.startswith(value)), None)


class ModelInput(TextInput):
    """A line for a model."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "list", _("Known models"), show=False, id="playground.models"),
    ]

    class Wanted(Message):
        """The known models are to be listed for this line."""

        def __init__(self, line: ModelInput) -> None:
            super().__init__()
            self.line = line

    def __init__(self, *, placeholder: str, id: str) -> None:
        self._known = _Known()
        super().__init__(placeholder=placeholder, id=id, suggester=self._known)

    def complete_to(self, names: Callable[[], list[str]]) -> None:
        """Take these models as what is completed."""
        self._known.names = names

    def show_name(self, name: str) -> None:
        """Have `name` in it, its end in sight."""
        self.value = name
        self.cursor_position = len(name)

    def action_list(self) -> None:
        """List the models."""
        self.post_message(self.Wanted(self))
