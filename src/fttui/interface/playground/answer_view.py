"""One model's answers, under each the time it took, its tokens and its price."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.strip import Strip

from fttui.interface.kit.flowing import MOST_SHOWN, FlowingText
from fttui.interface.kit.lines import Line, LineView
from fttui.services.playground.conversation import Turn
from fttui.services.playground.types import Answer
from fttui.services.playground.words import answer_text
from fttui.terminal.format import count_text, counted
from fttui.terminal.language import _
from fttui.terminal.text import safe

_PROMPT_ROWS = 6
_PROMPT = "▸ "
_INDENT = "  "


class AnswerView(LineView):
    """The turns of one side of a chat; the newest may still be coming.

    It follows the end while that is in sight, and scrolls by a part of a page then: each scroll
    paints all anew.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "scroll_lines(1)", _("Scroll down"), show=False, id="text.down"),
        Binding("k", "scroll_lines(-1)", _("Scroll up"), show=False, id="text.up"),
        Binding("g", "scroll_to_top", _("To the top"), show=False, id="text.top"),
        Binding("G", "scroll_to_bottom", _("To the end"), show=False, id="text.bottom"),
    ]

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._turns: list[Turn] = []
        self._shown: list[Line] = []
        self._lines = self._shown
        self._model = self._prompt = ""
        self._flow: FlowingText | None = None
        self._begins = 0
        self._room = 0
        self.placeholder = ""

    @property
    def line_count(self) -> int:
        """How many lines there are, with the blank ones that an answer is going to fill."""
        return max(len(self._shown), self._room)

    def clear(self) -> None:
        """Forget all turns."""
        self._turns = []
        self._flow = None
        self._shown.clear()
        self._room = 0
        self.scroll_to_line(0)
        self.repaint()

    def take(self, turns: Sequence[Turn]) -> None:
        """Have these, which are drawn when the size is known."""
        self._turns = [*turns]
        if self.size.width:
            self.on_resize()

    def begin(self, model: str, prompt: str) -> None:
        """Show a prompt, whose answer is on its way."""
        self._model, self._prompt = model, prompt
        self._add_prompt(len(self._turns), model, prompt)
        self._begins = len(self._shown)
        self._flow = FlowingText(self._width)
        self._put(self._begins, self._flow.rows)
        self._follow(was_at_end=True)
        self.repaint()

    def grow(self, text: str) -> None:
        """More of the answer came."""
        if self._flow is None:
            return
        was_at_end = self._is_at_end
        known = len(self._flow.rows) - 1
        self._flow.take(text)
        self._put(self._begins + known, self._flow.rows[known:])
        self._follow(was_at_end=was_at_end)
        self.repaint()

    def end(self, turn: Turn) -> None:
        """The answer is as told: whole, stopped, or failed."""
        was_at_end = self._is_at_end
        self._turns.append(turn)
        flow, self._flow = self._flow, None
        if flow is None:
            flow = FlowingText(self._width)
        if turn.answer.text and len(flow.rows) == 1 and not flow.rows[0]:
            flow.take(turn.answer.text)  # it was not told in pieces
        self._put(self._begins, flow.rows if turn.answer.text else [])
        self._add_end(turn.answer, is_cut=flow.is_cut)
        self._follow(was_at_end=was_at_end)
        self.repaint()

    def on_resize(self) -> None:
        """Wrap all for the new width."""
        was_at_end = self._is_at_end
        self._shown.clear()
        for number, turn in enumerate(self._turns):
            self._add_prompt(number, turn.answer.model, turn.prompt)
            flow = FlowingText(self._width)
            flow.take(turn.answer.text)
            self._put(len(self._shown), flow.rows if turn.answer.text else [])
            self._add_end(turn.answer, is_cut=flow.is_cut)
        if self._flow is not None:
            self._add_prompt(len(self._turns), self._model, self._prompt)
            self._begins = len(self._shown)
            self._flow.fit(self._width)
            self._put(self._begins, self._flow.rows)
        self._room = 0
        self.scroll_to_line(self.line_count if was_at_end else self.top)
        self.refresh()

    def paint_line(self, y: int, width: int) -> Strip:
        """The line at `y` below the scroll position; without any, what there is to know."""
        if not self._shown and self.placeholder:
            rows = _rows(self.placeholder, width - len(_INDENT))
            if 1 <= y <= len(rows):
                line = ((_INDENT, "plain"), (rows[y - 1], "muted"))
                return self.paint(line, width)
        return super().paint_line(y, width)

    @property
    def _width(self) -> int:
        return self.line_width - 1

    @property
    def _is_at_end(self) -> bool:
        return self.top + self.page_lines >= len(self._shown)

    def _follow(self, *, was_at_end: bool) -> None:
        """Keep the end in sight, with room below for what comes."""
        if was_at_end and len(self._shown) > self.top + self.page_lines:
            ahead = self.page_lines // 4 if self._flow is not None else 0
            self._room = len(self._shown) + ahead
            self.scroll_to_line(self._room - self.page_lines)

    def _put(self, at: int, rows: Sequence[str]) -> None:
        self._shown[at:] = [((row, "plain"),) for row in rows]

    def _add_prompt(self, number: int, model: str, prompt: str) -> None:
        """A prompt, the one of that number from 0 on, and where models change which is asked."""
        if self._shown:
            self._shown.append((("", "plain"),))
        if number and self._turns[number - 1].answer.model != model:
            self._add_rows(_("From here on: {model}", model=safe(model)), "muted")
        rows = _rows(prompt, self._width - len(_PROMPT))
        if len(rows) > _PROMPT_ROWS:
            rows = [*rows[: _PROMPT_ROWS - 1], "…"]
        for number, row in enumerate(rows):
            self._shown.append(((_INDENT if number else _PROMPT, "strong"), (row, "strong")))

    def _add_end(self, answer: Answer, *, is_cut: bool) -> None:
        if is_cut:
            most, whole = count_text(MOST_SHOWN), counted(len(answer.text), "character")
            text = _("… only {most} of {whole} are shown; copy takes all.", most=most, whole=whole)
            self._add_rows(text, "waiting")
        if answer.reasoning:
            size = counted(len(answer.reasoning), "character")
            self._add_rows(
                _("It thought for {size} before, which is left out.", size=size), "muted"
            )
        for name, said in answer.tool_calls:
            self._add_rows(_("calls {name}({said})", name=name, said=said), "active")
        if answer.error:
            self._add_rows(f"✗ {answer.error} {answer.error_hint}".rstrip(), "bad")
        self._add_rows(answer_text(answer), "muted")

    def _add_rows(self, text: str, look: str) -> None:
        self._shown += [((row, look),) for row in _rows(text, self._width)]


def _rows(text: str, width: int) -> list[str]:
    flow = FlowingText(width)
    flow.take(text)
    return flow.rows
