"""The model: any text, with the known and the endpoint's own models to choose from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from fttui.interface.create.field import Field
from fttui.interface.guard.typing_ahead import focus_now
from fttui.terminal.language import _
from fttui.terminal.text import safe

if TYPE_CHECKING:
    from fttui.services.endpoint.models import Model
    from fttui.services.retirement_clock import RetirementClock

_MOST_SHOWN = 200
_AROUND_A_ROW = 4
"""Cells of the padding and of the scroll bar."""


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """A model that is offered; `note` tells that it is one of the user's own, and its last day."""

    id: str
    note: str = ""


def model_choices(served: Sequence[Model], retirement: RetirementClock) -> list[ModelChoice]:
    """What to offer: known models that are still trained, the user's fine-tunes, then the rest."""
    from fttui.training_data.models import suggestions

    own = [model.id for model in served if model.is_fine_tuned]
    others = sorted(model.id for model in served if not model.is_fine_tuned)
    mine = frozenset(own)
    choices = []
    for name in dict.fromkeys([*suggestions(retirement.today()), *own, *others]):
        goes = retirement.of(name)
        notes = [_("yours") if name in mine else "", goes.until if goes else ""]
        choices.append(ModelChoice(name, ", ".join(filter(None, notes))))
    return [choice for choice in choices if choice.id]


class _ModelSuggester(Suggester):
    """Completes what is typed to the first offered model that begins so."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self.names: list[str] = []

    async def get_suggestion(self, value: str) -> str | None:
        return next((name for name in self.names if name.startswith(value)), None)


class ModelList(OptionList):
    """The drop-down list; it closes when it loses the focus."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", _("Close the list"), show=False, id="create.close_models")
    ]

    class Closed(Message):
        """Escape was pressed: the text is wanted again."""

    def open(self, choices: Sequence[ModelChoice]) -> None:
        """Show `choices` below the field and take the focus."""
        self.clear_options()
        for choice in choices[:_MOST_SHOWN]:
            # One style for the name and its note: another would not be read under the cursor.
            note = f"  {choice.note}" if choice.note else ""
            self.add_option(Option(Content(f"{safe(choice.id)}{note}"), id=choice.id))
        self.highlighted = 0
        longest = max((cell_len(str(each.prompt)) for each in self.options), default=0)
        self.styles.width = longest + _AROUND_A_ROW
        self.display = True
        focus_now(self)

    def on_blur(self, event: events.Blur) -> None:
        """Close, as another part of the form is used now."""
        self.display = False

    def action_close(self) -> None:
        """Go back to the text."""
        self.post_message(self.Closed())


class ModelField(Field):
    """The model's name with completion while typing and a list on Down."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,f4", "open_list", _("Models"), show=False, id="create.models")
    ]

    def __init__(self, key: str, label: str, *, value: str, hint: str = "") -> None:
        self._suggester = _ModelSuggester()
        super().__init__(key, label, value=value, hint=hint, suggester=self._suggester, inline=True)
        self._choices: list[ModelChoice] = []
        self._list = ModelList(id="model-list")
        self._list.display = False
        self._comes_back = False

    def compose_control(self) -> ComposeResult:
        """The text; the list that drops over what is below it comes when it is asked for."""
        with Vertical(classes="model-cell"):
            yield from super().compose_control()

    def offer(self, choices: Sequence[ModelChoice]) -> None:
        """Take `choices` as what is completed and listed."""
        self._choices = list(choices)
        self._suggester.names = [choice.id for choice in choices]

    async def action_open_list(self) -> None:
        """List the models that hold the typed text, or all when none does or one is complete."""
        if not self._list.is_attached:
            await self.query_one(".model-cell").mount(self._list)
        typed = self.value.strip().lower()
        complete = any(choice.id == self.value.strip() for choice in self._choices)
        fitting = [choice for choice in self._choices if typed in choice.id.lower()]
        self._list.open(self._choices if complete or not fitting else fitting)

    @on(ModelList.Closed)
    def _list_closed(self, event: ModelList.Closed) -> None:
        event.stop()
        self._go_back()

    @on(OptionList.OptionSelected, "#model-list")
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.value = event.option.id or ""
        self._go_back()

    def _go_back(self) -> None:
        self._comes_back = True
        focus_now(self.control_widget)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Let typing replace the model, or go on behind it after the list was used."""
        super().on_descendant_focus(event)
        if event.widget is self._input:
            if self._comes_back:
                self._input.cursor_position = len(self.value)
            else:
                self._input.select_all()
            self._comes_back = False
