"""Asking where a copy of a file is written, with what will be done and the first lines of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Input, Static

from fttui.disk.writing import NotWritten, is_free, require_free
from fttui.interface.guard.screens import Dialog
from fttui.interface.guard.typing_ahead import focus_now
from fttui.interface.kit.inputs import AnswerButton, TextInput, TextLine
from fttui.interface.kit.keys import KeyLine
from fttui.interface.kit.lines import LineView
from fttui.interface.screens.report_text import change_lines
from fttui.terminal.language import _, labelled, plural
from fttui.terminal.text import safe, safe_path
from fttui.training_data.corrections import KINDS
from fttui.training_data.files import FileRefused, as_meant

if TYPE_CHECKING:
    from fttui.training_data.repair_plan import Change, RepairPlan
    from fttui.training_data.report import Report

_MARK = ".fixed"
_ENDINGS = (".jsonl", ".json", ".csv", ".tsv", ".xlsx", ".parquet", ".txt")
_TALL = 30
_MOST_LINES = 3


class NameInput(TextInput):
    """The name of the copy."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", _("Write the copy"), id="dialog.go_on"),
    ]


class Changes(LineView, can_focus=False):
    """The first lines that change, before and after, each in as many lines as there is room for."""

    def __init__(self, changes: Sequence[Change]) -> None:
        super().__init__(id="copy-changes")
        self._changes = changes
        self.display = bool(changes)

    def on_resize(self) -> None:
        """Fill the lines for the new width."""
        most = _MOST_LINES if self.app.size.height >= _TALL else 1
        lines = change_lines(self._changes, self.line_width, most)
        self.styles.height = len(lines)
        self.set_lines(lines)


class SaveCopy(Dialog[Path | None]):
    """Tells what a copy will be, and offers a name for it beside the original.

    The name may be changed; the result is None for no copy.

    A name that is taken is refused here already, so that nothing is ever overwritten.
    """

    TITLE = _("Write a copy")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "app.focus_next", _("Next"), id="dialog.next"),
        Binding("shift+tab", "app.focus_previous", _("Previous"), show=False, id="dialog.previous"),
        Binding("escape", "give_up", _("Go back"), id="dialog.back"),
    ]

    def __init__(self, source: Path, plan: RepairPlan, report: Report) -> None:
        super().__init__(classes="dialog")
        self._source = source
        self._plan = plan
        self._report = report
        self._name_field = NameInput(safe_path(free_name(source)), id="copy-name")
        self._problem = TextLine(id="copy-problem")

    def compose(self) -> ComposeResult:
        """What is written, where, and the two answers."""
        with Vertical(id="save-copy", classes="dialog-box"):
            yield Static(Content(self.TITLE), classes="dialog-title")
            yield Static(Content(self._done()), id="copy-done", classes="dialog-text")
            yield Changes(self._plan.changes)
            yield Static(Content(_("Write it to")), classes="field-label")
            yield self._name_field
            yield self._problem
            with Horizontal(classes="dialog-buttons"):
                yield AnswerButton(Content(_("Write the copy")), id="copy-yes", compact=True)
                yield AnswerButton(Content(_("Go back")), id="copy-no", compact=True)
        yield KeyLine()

    def _done(self) -> str:
        """What is done to the lines, and what is not."""
        return _(
            "{done}\n{name} stays as it is. What needs a decision is left to you.",
            done="\n".join(_what_is_done(self._plan, self._report)),
            name=safe_path(self._source.name),
        )

    def on_mount(self) -> None:
        """Begin with the name."""
        focus_now(self._name_field)

    @on(Input.Changed, "#copy-name")
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        problem = self._refusal(event.value)
        self._problem.show(f"✗ {problem}" if problem else "")
        self.query_one("#copy-yes").disabled = bool(problem)

    @on(Input.Submitted, "#copy-name")
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._write()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "copy-yes":
            self._write()
        else:
            self.dismiss(None)

    def _write(self) -> None:
        if not self._refusal(self._name_field.value):
            self.dismiss(self._meant(self._name_field.value))

    def _meant(self, text: str) -> Path:
        return self._source.parent / as_meant(text)

    def _refusal(self, text: str) -> str:
        try:
            path = self._meant(text)
            require_free(path, called=path.name)
        except FileRefused:
            return _("Write a file name.")
        except NotWritten as refused:
            return str(refused)
        return "" if path.suffix == ".jsonl" else _("Let the name end in .jsonl.")

    def action_give_up(self) -> None:
        """Go back without a copy."""
        self.dismiss(None)


def _what_is_done(plan: RepairPlan, report: Report) -> list[str]:
    """The format that is converted and what becomes what, and the corrections that are made."""
    lines: list[str] = []
    found = plan.recognition
    if found is not None:
        mapping = plan.mapping.words if plan.mapping else found.mapping
        text = _("Conversion of {name}", name=found.name)
        lines.append(safe(labelled(text, mapping) if mapping else text))
    kinds = {problem.mend for problem in report.problems if problem.mend}
    words = [plural(2, *nouns) for kind, nouns in KINDS.items() if kind in kinds - {"convert"}]
    if words:
        lines.append(_("Corrections: {words}", words=", ".join(words)))
    return lines


def free_name(source: Path) -> Path:
    """A name beside `source` that nothing has yet: `train.fixed.jsonl`, `train.fixed-2.jsonl`."""
    ending = source.suffix if source.suffix.lower() in _ENDINGS else ""
    stem = source.name.removesuffix(ending)
    number = 1
    while True:
        tail = "" if number == 1 else f"-{number}"
        path = source.with_name(f"{stem}{_MARK}{tail}.jsonl")
        if is_free(path):
            return path
        number += 1
