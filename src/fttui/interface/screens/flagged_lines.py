"""A training file at the lines that an endpoint has named as the reason of a failure."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from fttui.interface.screens.preview import ExamplePreview
from fttui.terminal.language import _
from fttui.terminal.text import safe
from fttui.training_data.rules import Problem

_LONGEST = 300


class FlaggedLines(ExamplePreview):
    """The examples of a file, from the first of the `lines` on; Tab goes to the next of them.

    `message` is what the endpoint said, `doubt` why this may not be the file that it was said of.
    """

    TITLE = _("Training file")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "turn_flagged(1)", _("Next flagged line"), id="flagged.next"),
        Binding(
            "shift+tab", "turn_flagged(-1)", _("Flagged line before"), show=False, id="flagged.back"
        ),
    ]

    def __init__(self, path: Path, lines: Sequence[int], message: str, doubt: str) -> None:
        self._flagged = tuple(lines)
        self._at = 0
        self._message = message
        self._doubt = doubt
        super().__init__(path, self._problem_of(lines[0]) if lines else None)
        if not lines and doubt:
            self._problem = Problem("flagged", None, None, "", doubt, _("mind that"))

    def _problem_of(self, line: int) -> Problem:
        place = f"{self._at + 1}/{len(self._flagged)}"
        said = safe(self._message, maxlen=_LONGEST)
        message = _("line {line} is flagged ({place}): {said}", line=line, place=place, said=said)
        fix = _("Rewrite or remove it, then create the job again.")
        return Problem("flagged", line, None, "", message, f"{self._doubt} {fix}".strip())

    def _problem_after_edit(self) -> Problem | None:
        """What the endpoint has said was said of the file as it was sent."""
        return self._problem

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There is a next one where several lines are flagged."""
        if action == "turn_flagged":
            return len(self._flagged) > 1
        return super().check_action(action, parameters)

    def action_turn_flagged(self, step: int) -> None:
        """Show the next flagged line, or the one before; from the last one the first."""
        self._at = (self._at + step) % len(self._flagged)
        line = self._flagged[self._at]
        self._problem = problem = self._problem_of(line)
        text = _("✗ {message}\nFix: {fix}", message=problem.message, fix=problem.fix)
        self.query_one("#example-problem", Static).update(Content(safe(text, newlines=True)))
        self._request(lambda preview: preview.page(line))
