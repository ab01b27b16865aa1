"""What is asked, and of which models: the lines above the answers."""

from __future__ import annotations

from dataclasses import dataclass, field

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from fttui.interface.kit.inputs import TextInput
from fttui.interface.playground.model_input import ModelInput
from fttui.interface.playground.prompt_area import PromptArea
from fttui.services.field_error import FieldError
from fttui.services.playground.options import parse_max_tokens, parse_stop, parse_temperature
from fttui.services.playground.types import DEFAULT_MAX_TOKENS, ChatOptions
from fttui.terminal.language import _, short

_BETWEEN = "||"
"""Stands between several texts that end an answer, in their one line."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the fields say: the models, the system prompt, and the options.

    `problem` is a sentence where they cannot be sent so, and `place` the widget it is about.
    """

    models: tuple[str, ...]
    system: str = ""
    options: ChatOptions = field(default_factory=ChatOptions)
    problem: str = ""
    place: Widget | None = None


class PromptFields(Vertical):
    """Model, what stands against it, system prompt, and the options of an answer."""

    def __init__(self) -> None:
        super().__init__(id="try-fields")
        self.model = ModelInput(
            placeholder=_("a fine-tuned model, a checkpoint, a base; Down lists them"),
            id="try-model",
        )
        self.against = ModelInput(
            placeholder=_("nothing: Down lists bases and checkpoints"), id="try-against"
        )
        self.system = PromptArea(placeholder=_("none"), id="try-system")
        self.temperature = TextInput(placeholder=short("default"), id="try-temperature")
        self.limit = TextInput(str(DEFAULT_MAX_TOKENS), placeholder=_("none"), id="try-limit")
        self.ending = TextInput(placeholder=_("none; several: A||B"), id="try-stop")

    def compose(self) -> ComposeResult:
        """One line for each model, then the system prompt, then the numbers in one line."""
        yield Horizontal(_label(_("Model")), self.model, classes="try-line")
        yield Horizontal(_label(_("Against")), self.against, classes="try-line")
        yield Horizontal(_label(_("System")), self.system, classes="try-line try-system")
        yield Horizontal(
            _label(_("Temperature")),
            self.temperature,
            _label(_("Max tokens")),
            self.limit,
            _label(_("Stop at")),
            self.ending,
            classes="try-line try-numbers",
        )

    def read(self) -> Wanted:
        """What they say now."""
        models = tuple(filter(None, (self.model.value.strip(), self.against.value.strip())))
        if not self.model.value.strip():
            problem = _("Choose a model: Down in its field lists those that are known.")
            return Wanted(models, problem=problem, place=self.model)
        if len(set(models)) < len(models):
            problem = _("Both models are the same: choose another one, or none, against it.")
            return Wanted(models, problem=problem, place=self.against)
        place: Widget = self.temperature
        try:
            temperature = parse_temperature(self.temperature.value)
            place = self.limit
            limit = parse_max_tokens(self.limit.value)
            place = self.ending
            stop = parse_stop(self.ending.value.replace(_BETWEEN, "\n"))
        except FieldError as error:
            return Wanted(models, problem=str(error), place=place)
        return Wanted(models, self.system.text, ChatOptions(temperature, limit, stop))


def _label(text: str) -> Static:
    return Static(Content(text), classes="try-label")
