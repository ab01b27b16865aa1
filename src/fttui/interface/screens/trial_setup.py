"""Asking how many examples of a file are tried, and where their results are saved."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Input, Static

from fttui.disk.new_names import name_problem
from fttui.disk.writing import NotWritten, is_free, target_of
from fttui.interface.guard.screens import Dialog
from fttui.interface.guard.typing_ahead import focus_now
from fttui.interface.kit.inputs import AnswerButton, TextInput, TextLine
from fttui.interface.kit.keys import KeyLine
from fttui.services.playground.trial_files import MOST_TRIALS
from fttui.services.playground.words import model_labels
from fttui.terminal.language import _
from fttui.terminal.text import safe, safe_path

USUAL = 10
"""Examples that are offered to be tried, where the file has as many."""


@dataclass(frozen=True, slots=True)
class TrialChoice:
    """At most so many examples, from the first on; results go to `path`, None for nowhere."""

    most: int
    path: Path | None


class SetupInput(TextInput):
    """A line of this dialog, from which Enter goes on."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", _("Go on"), id="dialog.go_on"),
    ]


class TrialSetup(Dialog[TrialChoice | None]):
    """Answers with what is wanted, None for nothing; what it costs is asked after that.

    `results` is the name that is offered for a file of what comes of it.
    """

    TITLE = _("Examples as prompts")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab,down", "app.focus_next", _("Next"), id="dialog.next"),
        Binding(
            "shift+tab,up", "app.focus_previous", _("Previous"), show=False, id="dialog.previous"
        ),
        Binding("escape", "dismiss(None)", _("Go back"), id="dialog.back"),
    ]

    def __init__(self, file: Path, models: Sequence[str], results: str) -> None:
        super().__init__(classes="dialog")
        self._file = file
        self._models = tuple(models)
        self._most = SetupInput(str(USUAL), id="trials-most")
        self._results = safe_path(results)
        self._path = SetupInput(self._results, id="trials-path")
        self._problem = TextLine(id="trials-problem")

    def compose(self) -> ComposeResult:
        """File, models, how many, where to, and the two answers."""
        with Vertical(id="trial-setup", classes="dialog-box"):
            yield Static(Content(self.TITLE), classes="dialog-title")
            for label, value in (
                (_("File"), safe_path(self._file.name)),
                *((label, safe(model)) for label, model in model_labels(self._models)),
            ):
                with Horizontal(classes="fact"):
                    yield Static(Content(label), classes="fact-label")
                    yield Static(Content(value), classes="fact-value")
            yield Static(Content(_("How many examples, from the first on")), classes="field-label")
            yield self._most
            yield Static(Content(_("Save the results to; empty: nowhere")), classes="field-label")
            yield self._path
            yield self._problem
            with Horizontal(classes="dialog-buttons"):
                yield AnswerButton(Content(_("Go on")), id="trials-yes", compact=True)
                yield AnswerButton(Content(_("Go back")), id="trials-no", compact=True)
        yield KeyLine()

    def on_mount(self) -> None:
        """Begin with how many."""
        focus_now(self._most)
        self._most.select_all()

    def offer(self, count: int) -> None:
        """The file has no more examples than so many: offer that, unless a number was typed."""
        if self.is_attached and self._most.value == str(USUAL):
            self._most.value = str(count)
            if self._most.has_focus:
                self._most.select_all()

    def go_on_with(self, path: str, count: int) -> None:
        """A run of so many examples has not ended: offer its file, unless one was typed."""
        if self.is_attached and self._path.value == self._results:
            self.offer(count)
            self._path.value = path

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        choice, problem = self._read()
        self._problem.set_class(not problem, "-note")
        self._problem.show(f"✗ {problem}" if problem else _note(choice))
        self.query_one("#trials-yes").disabled = bool(problem)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._answer()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "trials-yes":
            self._answer()
        else:
            self.dismiss(None)

    def _answer(self) -> None:
        choice, problem = self._read()
        if not problem:
            self.dismiss(choice)

    def _read(self) -> tuple[TrialChoice | None, str]:
        """What is wanted; else why it cannot be had."""
        digits = self._most.value.strip().replace(",", "")
        most = int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 7 else 0
        if not 1 <= most <= MOST_TRIALS:
            return None, _("Write a number from 1 to {most:,}.", most=MOST_TRIALS)
        if not self._path.value.strip():
            return TrialChoice(most, None), ""
        typed = self._path.value.strip()
        if (problem := name_problem(typed)) and not _is_file(typed):
            return None, problem
        return TrialChoice(most, target_of(typed)), ""


def _is_file(typed: str) -> bool:
    """Whether there is a regular file of that name, and no link to one."""
    with suppress(NotWritten, OSError, ValueError):
        path = target_of(typed)
        return path.is_file() and not path.is_symlink()
    return False


def _note(choice: TrialChoice | None) -> str:
    if choice is None or choice.path is None or is_free(choice.path):
        return ""
    return _("It is there already: what it has answers to is not asked again.")
