"""One example whole: its prompt, what was expected, and how each answer differs from that."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message

from fttui.interface.guard.screens import Dialog
from fttui.interface.guard.typing_ahead import focus_now
from fttui.interface.kit.flowing import flow, row_spans
from fttui.interface.kit.inputs import TextLine
from fttui.interface.kit.keys import KeyLine
from fttui.interface.kit.lines import Line, LineView
from fttui.services.playground.words import answer_text
from fttui.terminal.format import counted
from fttui.terminal.language import _
from fttui.terminal.text import safe

if TYPE_CHECKING:
    from fttui.services.playground.trial_types import Trial, TrialResult
    from fttui.services.playground.types import Message as ChatMessage
    from fttui.services.playground.types import Piece

_LONGEST = 20_000
"""Characters of one text that are shown; results and the clipboard have all."""

_SIGNS = {"missing": ("[-", "-]", "bad"), "added": ("{+", "+}", "good"), "same": ("", "", "plain")}
"""Around what is not in both texts, as in `git diff --word-diff`: no colour is needed to see it."""

Compare = Callable[["ExampleAnswers", str, str, str], None]
"""Asks for a `Compared` of a model's answer: the screen, its model, both texts."""


class ExampleAnswers(Dialog[None]):
    """Leafs through examples; differences come when they are worked out."""

    TITLE = _("An example and its answers")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n,J", "step(1)", _("Next"), id="example.next"),
        Binding("p,K", "step(-1)", _("Previous"), id="example.previous"),
        Binding("y", "copy(0)", _("Copy the answer"), id="example.copy"),
        Binding("Y", "copy(1)", _("Copy the other answer"), show=False, id="example.copy_other"),
        Binding("j", "scroll(1)", _("Down"), show=False, id="example.down"),
        Binding("k", "scroll(-1)", _("Up"), show=False, id="example.up"),
        Binding("escape,enter,q", "dismiss(None)", _("Back"), id="dialog.back"),
    ]

    class Compared(Message):
        """How the answer of `model` to the trial in front differs from what was expected."""

        def __init__(self, model: str, answer: str, pieces: Sequence[Piece]) -> None:
            super().__init__()
            self.model = model
            self.answer = answer
            self.pieces = tuple(pieces)

    def __init__(
        self,
        examples: Sequence[Trial],
        place: int,
        models: Sequence[str],
        results: Mapping[tuple[str, str], TrialResult],
        compare: Compare,
        copy: Callable[[str], None],
    ) -> None:
        super().__init__(classes="dialog")
        self._examples = examples
        self._place = place
        self._models = tuple(models)
        self._results = results
        self._compare = compare
        self._copy = copy
        self._pieces: dict[tuple[str, str], Sequence[Piece]] = {}
        self._title = TextLine(id="example-title")
        self._view = LineView(id="example-text")

    def compose(self) -> ComposeResult:
        """Which one it is, and all of it."""
        with Vertical(id="example", classes="dialog-box"):
            yield self._title
            yield self._view
        yield KeyLine()

    def on_mount(self) -> None:
        """Let keys scroll it."""
        focus_now(self._view)
        self._show(from_top=True)

    def on_resize(self) -> None:
        """Wrap for the width that there is."""
        self.call_after_refresh(self._show)

    @property
    def _trial(self) -> Trial:
        return self._examples[self._place]

    def _result(self, model: str) -> TrialResult | None:
        return self._results.get((str(self._trial.example), model))

    def _show(self, *, from_top: bool = False) -> None:
        trial = self._trial
        title = _(
            "Example {n} of {count} · line {line} · [-expected-] {{+answered+}}",
            n=self._place + 1,
            count=len(self._examples),
            line=trial.line,
        )
        self._title.show(title)
        width = max(self._view.line_width - 1, 10)
        lines = [
            *_prompt_lines(trial.messages, width),
            *_section(_("Expected"), trial.expected, width),
        ]
        for model in self._models:
            lines += self._answer_lines(model, width)
        self._view.set_lines(lines, from_top=from_top)

    def _answer_lines(self, model: str, width: int) -> Iterator[Line]:
        result = self._result(model)
        if result is None:
            yield from _section(model, _("no answer yet"), width, look="muted")
            return
        answer = result.answer
        yield from _section(f"{model} · {verdict(result)[0]}", "", width)
        if answer.error:
            yield from _rows(f"{answer.error} {answer.error_hint}".rstrip(), width, "bad")
        for name, said in answer.tool_calls:
            yield from _rows(_("calls {name}({said})", name=name, said=said), width, "active")
        trial_expects = bool(self._trial.expected.strip())
        pieces = self._pieces.get((model, answer.text))
        if result.is_exact or not answer.text or not trial_expects:
            yield from _rows(answer.text, width, "plain") if answer.text else ()
        elif pieces is None:
            self._pieces[model, answer.text] = ()
            self._compare(self, model, self._trial.expected, answer.text)
            yield from _rows(answer.text, width, "plain")
        else:
            yield from _difference_lines(pieces, width) if pieces else _rows(answer.text, width)
        yield from _rows(answer_text(answer), width, "muted")

    @on(Compared)
    def _compared(self, message: Compared) -> None:
        message.stop()
        self._pieces[message.model, message.answer] = message.pieces
        self._show()

    def action_step(self, by: int) -> None:
        """Show the example that is so many further."""
        place = self._place + by
        if 0 <= place < len(self._examples):
            self._place = place
            self._pieces.clear()
            self._show(from_top=True)

    def action_copy(self, number: int) -> None:
        """Copy the answer of a model."""
        result = self._result(self._models[number]) if number < len(self._models) else None
        self._copy(result.answer.text if result else "")

    def action_scroll(self, lines: int) -> None:
        """Scroll by so many lines."""
        self._view.action_scroll_lines(lines)


def _prompt_lines(messages: Sequence[ChatMessage], width: int) -> Iterator[Line]:
    """A prompt as a chat: each message below its role."""
    for message in messages:
        content = message.content
        text = content if isinstance(content, str) else ""
        if content is not None and not isinstance(content, str):
            text = json.dumps(content, ensure_ascii=False)
        if message.more:
            text = f"{text}\n{json.dumps(dict(message.more), ensure_ascii=False)}".strip()
        yield from _section(message.role, text, width)


def verdict(result: TrialResult | None) -> tuple[str, str]:
    """What came of one call, and its look: a sign and a word."""
    if result is None:
        return "…", "muted"
    if result.answer.error:
        return _("✗ failed"), "bad"
    if result.answer.stopped:
        return _("■ stopped"), "muted"
    if not result.trial.expected.strip():
        return _("answered"), "plain"
    return (_("✓ exact"), "good") if result.is_exact else (_("≠ differs"), "waiting")


def _section(title: str, text: str, width: int, look: str = "plain") -> Iterator[Line]:
    yield ((safe(title, maxlen=width), "title"),)
    if text:
        yield from _rows(text, width, look)


def _rows(text: str, width: int, look: str = "plain") -> Iterator[Line]:
    yield from (((row, look),) for row in flow(text[:_LONGEST], width))
    if len(text) > _LONGEST:
        more = counted(len(text) - _LONGEST, "character")
        yield ((_("… {more} more", more=more), "muted"),)


def _difference_lines(pieces: Sequence[Piece], width: int) -> Iterator[Line]:
    """What is in both texts, and around what is in one of them its signs."""
    parts: list[str] = []
    looks: list[str] = []
    begins: list[int] = []
    size = 0
    for piece in pieces:
        before, after, look = _SIGNS.get(piece.kind, _SIGNS["same"])
        parts.append(f"{before}{safe(piece.text, newlines=True, maxlen=_LONGEST)}{after}")
        looks.append(look)
        begins.append(size)
        size += len(parts[-1])
        if size > _LONGEST:
            break
    text, at = "".join(parts), 0
    for paragraph in text.split("\n"):
        for start, end in row_spans(paragraph, width):
            yield _looked(text, at + start, at + end, begins, looks)
        at += len(paragraph) + 1
    if size > _LONGEST:
        yield ((_("… the rest is not shown"), "muted"),)


def _looked(text: str, start: int, end: int, begins: Sequence[int], looks: Sequence[str]) -> Line:
    """A stretch of `text` in its looks, of which each begins where `begins` says."""
    line = []
    place = max(bisect_right(begins, start) - 1, 0)
    while start < end:
        stop = begins[place + 1] if place + 1 < len(begins) else end
        line.append((text[start : min(stop, end)], looks[place]))
        start, place = stop, place + 1
    return tuple(line)
