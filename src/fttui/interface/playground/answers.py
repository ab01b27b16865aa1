"""The answers: one side for the model, one for what stands against it."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from fttui.interface.guard.typing_ahead import focus_now
from fttui.interface.kit.inputs import TextLine
from fttui.interface.playground.answer_view import AnswerView
from fttui.services.job_words import shorten_model
from fttui.services.playground.conversation import Conversation, Turn
from fttui.services.playground.types import Answer
from fttui.terminal.format import cut
from fttui.terminal.language import _

_WIDE = 98
"""Columns from which two sides have room beside each other."""


class AnswerSide(Vertical):
    """One model's part of the chat, below its name and how its newest answer stands."""

    def __init__(self, number: int) -> None:
        super().__init__(id=f"try-side-{number}", classes="try-side")
        self.chat = Conversation()
        self.model = ""
        self.is_busy = False
        self.place = ""
        """Which of several sides it is, where only one is seen; "" where all are."""
        self.view = AnswerView(id=f"try-answers-{number}")
        self._head = TextLine(classes="try-head")
        self._prompt = ""
        self._came: list[str] = []
        self._state = ""

    def compose(self) -> ComposeResult:
        """The name, and the answers."""
        yield self._head
        yield self.view

    def on_resize(self) -> None:
        """Shorten the name for the new width."""
        self.show_head()

    def clear(self) -> None:
        """Begin a new chat."""
        self.chat, self._state = Conversation(), ""
        self.view.clear()
        self.show_head()

    def begin(self, model: str, prompt: str) -> None:
        """`prompt` was sent to `model`."""
        self.model, self._prompt, self.is_busy = model, prompt, True
        self._came = []
        self._state = _("… answering")
        self.view.begin(model, prompt)
        self.show_head()

    def grow(self, text: str) -> None:
        """More of the answer came."""
        self._came.append(text)
        self.view.grow(text)

    @property
    def so_far(self) -> Conversation:
        """The chat, with what came of an answer that is still coming."""
        if not self.is_busy:
            return self.chat
        came = Answer(self.model, "".join(self._came), stopped=True)
        return self.chat.with_turn(Turn(self._prompt, came))

    def take(self, model: str, chat: Conversation) -> None:
        """Go on with a chat that was left; it is drawn when there is a size to draw it in."""
        self.model, self.chat = model, chat
        self.view.take(chat.turns)
        self._state = _state_of(chat.last.answer) if chat.last is not None else ""
        self.show_head()

    def end(self, answer: Answer) -> Turn:
        """The answer is there, or none comes."""
        turn = Turn(self._prompt, answer)
        self.chat, self.is_busy = self.chat.with_turn(turn), False
        self._state = _state_of(answer)
        self.view.end(turn)
        self.show_head()
        return turn

    def show_head(self) -> None:
        """Say which model it is, and how its newest answer stands."""
        state, last = self._state, self.chat.last
        if last is not None and not self.is_busy and last.answer.model != self.model:
            state = _("asked next")  # what is seen below is another one's
        rest = " · ".join(part for part in (self.place, state) if part)
        room = max(self.size.width - len(rest) - 4, 12)
        name = cut(shorten_model(self.model, room), room)
        self._head.show(" · ".join(part for part in (self.place, name, state) if part))


def _state_of(answer: Answer) -> str:
    if answer.stopped:
        return _("■ stopped")
    return _("✗ failed") if answer.error else _("✓ answered")


class Answers(Horizontal):
    """Both sides beside each other, or the one in front where there is no room for two."""

    def __init__(self) -> None:
        super().__init__(id="try-answers")
        self.sides = (AnswerSide(0), AnswerSide(1))
        self._front = 0
        self._models: tuple[str, ...] = ()

    def compose(self) -> ComposeResult:
        """Both sides."""
        yield from self.sides

    def on_mount(self) -> None:
        """Begin with one side."""
        self._arrange()

    def on_resize(self) -> None:
        """Show one side or both, as there is room."""
        self._arrange()

    @property
    def front(self) -> AnswerSide:
        """The side that keys act on: the one with the focus, else the one that is seen."""
        focused = next((side for side in self.sides if side.has_focus_within), None)
        return focused or self.sides[self._front]

    @property
    def are_two(self) -> bool:
        """Whether there is a second model, or an answer of one."""
        return len(self._models) > 1 or bool(self.sides[1].chat.turns) or self.sides[1].is_busy

    @property
    def can_turn(self) -> bool:
        """Whether there is another side to go to: behind this one, or beside the focus."""
        is_wide = self.size.width >= _WIDE
        return self.are_two and (self.has_focus_within or not is_wide)

    def show_models(self, models: tuple[str, ...]) -> bool:
        """Have these at the heads, to which the next prompt goes; True where others were there."""
        before, self._models = self._models, models
        for side, model in zip(self.sides, (*models, "", ""), strict=False):
            if not side.is_busy and (model or not side.chat.turns):
                side.model = model
        self._arrange()
        return before != models

    def clear(self) -> None:
        """Begin a new chat."""
        for side in self.sides:
            side.clear()
        self.show_models(self._models)

    def turn(self) -> None:
        """Bring the other side to the front."""
        if not self.are_two:
            return
        has_focus = self.has_focus_within
        self._front = 1 - self.sides.index(self.front)
        self._arrange()
        if has_focus:
            focus_now(self.sides[self._front].view)

    def _arrange(self) -> None:
        is_wide, are_two = self.size.width >= _WIDE, self.are_two
        if not are_two:
            self._front = 0
        for number, side in enumerate(self.sides):
            side.set_class(not is_wide, "-alone")
            side.display = (is_wide and (are_two or not number)) or number == self._front
            side.place = "" if is_wide or not are_two else _("{n} of 2", n=number + 1)
            side.show_head()
