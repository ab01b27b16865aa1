"""Asking for one line of text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from fttui.interface.guard.screens import Dialog
from fttui.interface.guard.typing_ahead import focus_now
from fttui.interface.kit.inputs import TextInput, TextLine
from fttui.interface.kit.keys import KeyLine
from fttui.terminal.language import _
from fttui.terminal.text import safe

_LONGEST = 2000
_MOST_SUGGESTIONS = 12


class PromptInput(TextInput):
    """The line that is asked for."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", _("Keep"), id="dialog.go_on"),
    ]


class Prompt(Dialog[str | None]):
    """Answers with the text without blanks at its ends; None for no change.

    `check` tells why a text is not taken, "" for a good one. `yes` is what Enter does, as the
    footer has it. Tab completes the last word to the next of the `suggestions` that begin with it.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "complete", _("Complete"), id="prompt.complete"),
        Binding("escape", "dismiss(None)", _("Go back"), id="dialog.back"),
    ]

    def __init__(
        self,
        title: str,
        label: str,
        value: str = "",
        hint: str = "",
        check: Callable[[str], str] | None = None,
        suggestions: Sequence[str] = (),
        yes: str = "",
    ) -> None:
        super().__init__(classes="dialog")
        self._yes = yes
        self._heading = title
        self._label = label
        self._hint = hint
        self._check = check
        self._suggestions = tuple(suggestions)
        self._value = value
        self._field = PromptInput(id="prompt-text", max_length=_LONGEST)
        self._problem = TextLine(id="prompt-problem")
        self._begun: tuple[str, str] = ("", "")

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """As Textual's, with Enter called by what it does here."""
        found = super().active_bindings
        if self._yes and (enter := found.get("enter")) and enter.binding.id == "dialog.go_on":
            named = replace(enter.binding, description=self._yes)
            return {**found, "enter": enter._replace(binding=named)}
        return found

    @property
    def takes_letters(self) -> bool:
        """Every letter is text."""
        return True

    def compose(self) -> ComposeResult:
        """A title, the line, and why it is not taken as it is."""
        with Vertical(id="prompt", classes="dialog-box"):
            yield Static(Content(safe(self._heading)), classes="dialog-title")
            yield Static(Content(safe(self._label)), classes="field-label")
            yield self._field
            yield self._problem
            for text in filter(None, (self._hint, self._offer())):
                yield Static(Content(safe(text)), classes="dialog-hint")
        yield KeyLine()

    def _offer(self) -> str:
        shown = ", ".join(self._suggestions[:_MOST_SUGGESTIONS])
        return _("In use: {shown}", shown=shown) if shown else ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Without suggestions there is nothing to complete."""
        if action == "complete":
            return bool(self._suggestions)
        return super().check_action(action, parameters)

    def on_mount(self) -> None:
        """Begin at the end of what is there."""
        self._field.value = self._value
        focus_now(self._field)
        self._field.cursor_position = len(self._field.value)

    @on(Input.Changed, "#prompt-text")
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self._show_problem()

    @on(Input.Submitted, "#prompt-text")
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if not self._show_problem():
            self.dismiss(self._field.value.strip())

    def _show_problem(self) -> str:
        problem = self._check(self._field.value.strip()) if self._check else ""
        self._problem.show(f"✗ {problem}" if problem else "")
        return problem

    def action_complete(self) -> None:
        """Complete the last word; once more, take the next suggestion."""
        value = self._field.value
        completed, begun = self._begun
        if value != completed:
            begun = value.rpartition(" ")[2]
        fitting = [one for one in self._suggestions if one.startswith(begun)]
        if not fitting:
            return
        head, _blank, last = value.rpartition(" ")
        place = (fitting.index(last) + 1) % len(fitting) if last in fitting else 0
        completed = f"{head} {fitting[place]}" if head else fitting[place]
        self._begun = (completed, begun)
        self._field.value = completed
        self._field.cursor_position = len(completed)
