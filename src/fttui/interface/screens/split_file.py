"""Asking how a file is split into one to train on and one to validate with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Input, Static

from fttui.interface.guard.screens import Dialog
from fttui.interface.guard.typing_ahead import focus_now
from fttui.interface.kit.inputs import AnswerButton, TextInput, TextLine
from fttui.interface.kit.keys import KeyLine
from fttui.terminal.format import counted
from fttui.terminal.language import _
from fttui.terminal.text import safe_path
from fttui.training_data.split import MOST_SEED

_PERCENT = "10"
_SEED = "0"


@dataclass(frozen=True, slots=True)
class SplitWish:
    """Which share of the examples is for validation, between 0 and 1, and the seed."""

    share: float
    seed: int


CountsWanted = Callable[["SplitFile", SplitWish], None]


class SplitInput(TextInput):
    """A number of the split."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", _("Write both files"), id="dialog.go_on"),
    ]


class SplitFile(Dialog[SplitWish | None]):
    """Tells how many examples go where, and what the two files will be called, while one types.

    `want` is asked for the counts of each wish, and answers by `counts_came`. None for no split.
    """

    TITLE = _("Split")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "app.focus_next", _("Next"), id="dialog.next"),
        Binding("shift+tab", "app.focus_previous", _("Previous"), show=False, id="dialog.previous"),
        Binding("escape", "give_up", _("Go back"), id="dialog.back"),
    ]

    def __init__(self, source: Path, targets: tuple[Path, Path], want: CountsWanted) -> None:
        super().__init__(classes="dialog")
        self._source = source
        self._targets = targets
        self._want = want
        self._percent = SplitInput(_PERCENT, id="split-percent", max_length=8)
        self._seed = SplitInput(_SEED, id="split-seed", max_length=20)
        self._lines = (TextLine(classes="columns-line"), TextLine(classes="columns-line"))
        self._problem = TextLine(id="split-problem")

    def compose(self) -> ComposeResult:
        """Share and seed, what comes of them, and the two answers."""
        name = safe_path(self._source.name)
        with Vertical(id="split-file", classes="dialog-box"):
            yield Static(Content(_("Split {name}", name=name)), classes="dialog-title")
            text = _(
                "Two new files; {name} stays as it is. Equal examples stay together.", name=name
            )
            yield Static(Content(text), classes="dialog-text")
            for label, field in (
                (_("For validation, %"), self._percent),
                (_("Seed"), self._seed),
            ):
                with Horizontal(classes="dialog-line"):
                    yield Static(Content(label), classes="column-label")
                    yield field
            yield Static(classes="dialog-line")
            yield from self._lines
            yield self._problem
            with Horizontal(classes="dialog-buttons"):
                yield AnswerButton(Content(_("Write both files")), id="split-yes", compact=True)
                yield AnswerButton(Content(_("Go back")), id="split-no", compact=True)
        yield KeyLine()

    def on_mount(self) -> None:
        """Begin with the share."""
        focus_now(self._percent)
        self._changed()

    @property
    def wish(self) -> SplitWish | None:
        """What is typed; None while it is nothing that one can split by."""
        try:
            share = float(self._percent.value.replace(",", ".").strip(" %")) / 100
            seed = int(self._seed.value)
        except ValueError:
            return None
        fits = 0 < share < 1 and -MOST_SEED <= seed < MOST_SEED
        return SplitWish(share, seed) if fits else None

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._changed()

    def _changed(self) -> None:
        wish = self.wish
        self._allow(yes=False)
        if wish is None:
            self._show(None)
            problem = _("A share above 0 and below 100, and a whole number as the seed.")
            self._problem.show(f"✗ {problem}")
        else:
            self._problem.show(_("Counting …"))
            self._want(self, wish)

    def counts_came(self, wish: SplitWish, counts: tuple[int, int] | None, problem: str) -> None:
        """Show what comes of `wish`, or why nothing can, unless another is typed since."""
        if wish != self.wish:
            return
        self._show(counts)
        self._problem.show(f"✗ {problem}" if problem else "")
        self._allow(yes=counts is not None)

    def _show(self, counts: tuple[int, int] | None) -> None:
        words = (_("to train on"), _("to validate with"))
        for index, (line, word, path) in enumerate(
            zip(self._lines, words, self._targets, strict=True)
        ):
            number = counted(counts[index], "example") if counts else "–"
            line.show(
                _("{number} {word}: {name}", name=safe_path(path.name), number=number, word=word)
            )

    def _allow(self, *, yes: bool) -> None:
        self.query_one("#split-yes").disabled = not yes

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._write()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "split-yes":
            self._write()
        else:
            self.dismiss(None)

    def _write(self) -> None:
        if not self.query_one("#split-yes").disabled:
            self.dismiss(self.wish)

    def action_give_up(self) -> None:
        """Go back without a split."""
        self.dismiss(None)
