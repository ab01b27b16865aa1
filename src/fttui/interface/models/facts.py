"""All that is known of one model, with what can be done about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from fttui.interface.guard.screens import Dialog
from fttui.interface.guard.typing_ahead import focus_now
from fttui.interface.kit.keys import KeyLine
from fttui.interface.kit.lines import Line, LineView, fit, wrap
from fttui.services.tuned_models.bases import BaseModel, base_facts
from fttui.services.tuned_models.inventory import TunedModel
from fttui.services.tuned_models.words import days_words, state_of, tuned_facts, why_not_deleted
from fttui.terminal.language import _
from fttui.terminal.text import safe

_LABEL = 17
_LEAST = 10


def cannot(model: TunedModel | BaseModel | None) -> set[str]:
    """What cannot be done with a model: `job`, `new_job`, `try`, `delete`."""
    if model is None:
        return set()
    if isinstance(model, BaseModel):
        return {"job", "delete"}
    found = set() if model.is_there else {"new_job", "try"}
    found |= {"job"} if model.job is None else set()
    return found | ({"delete"} if why_not_deleted(model) else set())


class ModelFacts(Dialog[str | None]):
    """Shows a model; answers with the name of what is to be done with it, None for nothing.

    What only copies is done at once, by `copy_id` and `copy_menu`.
    """

    TITLE = _("Details of a model")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("o", "dismiss('job')", _("Its job"), id="model_facts.job"),
        Binding("n,d", "dismiss('new_job')", _("New job"), id="model_facts.new_job"),
        Binding("T", "dismiss('try')", _("Try it"), id="model_facts.try"),
        Binding("x", "dismiss('delete')", _("Delete"), id="model_facts.delete"),
        Binding("y", "copy(False)", _("Copy the id"), id="model_facts.copy_id", show=False),
        Binding("c", "copy(True)", _("Copy menu"), id="model_facts.copy_menu"),
        Binding("j", "scroll(1)", _("Down"), show=False, id="model_facts.down"),
        Binding("k", "scroll(-1)", _("Up"), show=False, id="model_facts.up"),
        Binding("escape,enter,q", "dismiss(None)", _("Back"), id="dialog.back"),
    ]

    def __init__(
        self,
        model: TunedModel | BaseModel,
        copy_id: Callable[[], None],
        copy_menu: Callable[[], None],
    ) -> None:
        super().__init__(classes="dialog")
        self.model = model
        self._copy_id = copy_id
        self._copy_menu = copy_menu
        self._view = LineView(id="model-facts-lines")

    @property
    def unnamed_keys(self) -> frozenset[str]:
        """The ids of keys that cannot act on this model."""
        return frozenset(f"model_facts.{name}" for name in cannot(self.model))

    def compose(self) -> ComposeResult:
        """A title and the facts."""
        with Vertical(id="model-facts", classes="dialog-box"):
            is_base = isinstance(self.model, BaseModel)
            heading = _("Base model") if is_base else _("Fine-tuned model")
            yield Static(Content(safe(heading)), classes="dialog-title")
            yield self._view
        yield KeyLine()

    def on_mount(self) -> None:
        """Let keys scroll the facts."""
        focus_now(self._view)

    def on_resize(self) -> None:
        """Wrap for the width that there is."""
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        width = max(self._view.line_width - _LABEL, _LEAST)
        model = self.model
        facts = base_facts(model) if isinstance(model, BaseModel) else tuned_facts(model)
        lines: list[Line] = []
        for label, value in facts:
            first, *rest = wrap(safe(value), width) or [""]
            look = self._look(label)
            lines.append(((fit(label, _LABEL), "muted"), (first, look)))
            lines += [((" " * _LABEL, "muted"), (text, look)) for text in rest]
        self._view.set_lines(lines)
        self._view.styles.height = max(min(len(lines), self.app.size.height - 6), 1)

    def _look(self, label: str) -> str:
        model = self.model
        if label == _("State") and isinstance(model, TunedModel):
            return state_of(model).style
        if label == _("Shuts down"):
            deleted = isinstance(model, TunedModel) and model.is_deleted
            return days_words(model.goes, deleted=deleted)[1]
        return "plain"

    def action_copy(self, menu: bool) -> None:
        """Copy the id, or choose what to copy."""
        (self._copy_menu if menu else self._copy_id)()

    def action_scroll(self, lines: int) -> None:
        """Scroll by so many lines."""
        self._view.action_scroll_lines(lines)
