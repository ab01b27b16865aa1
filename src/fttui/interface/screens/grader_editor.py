"""Writing a grader: its JSON, with what is wrong about it below while it is typed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static, TextArea

from fttui.interface.guard.screens import Dialog
from fttui.interface.guard.typing_ahead import focus_now
from fttui.interface.kit.inputs import TextLine
from fttui.interface.kit.keys import KeyLine
from fttui.services.job_grader import grader_problems, grader_words
from fttui.terminal.format import counted
from fttui.terminal.language import _

_EXAMPLES = {
    "lambda": {
        "type": "lambda",
        "lambda": {"function": "arn:aws:lambda:REGION:ACCOUNT:function:NAME"},
    },
    "string_check": {
        "type": "string_check",
        "name": "exact",
        "operation": "eq",
        "input": "{{sample.output_text}}",
        "reference": "{{item.reference_answer}}",
    },
}


def _in_lines(text: str) -> str:
    """A grader as an endpoint or a command tells it, in one line, as a person would write it."""
    if "\n" in text or grader_problems(text):
        return text
    return json.dumps(json.loads(text), indent=2, ensure_ascii=False)


class GraderText(TextArea):
    """The JSON."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "screen.done", _("Done"), id="dialog.back"),
    ]


class GraderEditor(Dialog[str | None]):
    """Answers with the text as it is left, also one that is not good yet: nothing typed is lost.

    None where nothing was changed. An empty one begins with an example.
    """

    def __init__(self, text: str, takes: Sequence[str] = ()) -> None:
        super().__init__(classes="dialog")
        self._takes = tuple(takes)
        kind = "lambda" if takes and "string_check" not in takes else "string_check"
        self._before = _in_lines(text) if text else json.dumps(_EXAMPLES[kind], indent=2)
        self._area = GraderText(
            self._before,
            id="grader-text",
            show_line_numbers=True,
            soft_wrap=False,
        )
        self._area.cursor_blink = False
        self._verdict = TextLine(id="grader-verdict")

    @property
    def takes_letters(self) -> bool:
        """Every letter is text."""
        return True

    def compose(self) -> ComposeResult:
        """The text, and a line with what is wrong."""
        with Vertical(id="grader-editor", classes="dialog-box"):
            yield Static(Content(_("Grader")), classes="dialog-title")
            yield self._area
            yield self._verdict
        yield KeyLine()

    def on_mount(self) -> None:
        """Begin in the text."""
        focus_now(self._area)
        self._show_verdict()

    @on(TextArea.Changed, "#grader-text")
    def _changed(self, event: TextArea.Changed) -> None:
        event.stop()
        self._show_verdict()

    def _show_verdict(self) -> None:
        problems = grader_problems(self._area.text, self._takes)
        more = _(" (1 of {counted})", counted=counted(len(problems), "problem"))
        self._verdict.set_class(bool(problems), "-wrong")
        if problems:
            self._verdict.show(f"✗ {problems[0]}{more if len(problems) > 1 else ''}")
        else:
            self._verdict.show(f"✓ {grader_words(json.loads(self._area.text))}")

    def action_done(self) -> None:
        """Take the text as it is."""
        text = self._area.text
        self.dismiss(None if text == self._before else text)
