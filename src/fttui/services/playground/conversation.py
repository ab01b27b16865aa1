"""A chat with one model: what was asked and answered, and what is sent next."""

from __future__ import annotations

from dataclasses import dataclass, replace

from fttui.services.playground.types import Answer, Message


@dataclass(frozen=True, slots=True)
class Turn:
    """A prompt with its answer, which may have failed, or have been stopped."""

    prompt: str
    answer: Answer

    @property
    def goes_on(self) -> bool:
        """Whether the model is told of it with the next prompt: it has said something, unharmed."""
        return bool(self.answer.text) and not self.answer.error


@dataclass(frozen=True, slots=True)
class Conversation:
    """The turns of a chat, the oldest first."""

    turns: tuple[Turn, ...] = ()

    def messages(self, system: str, prompt: str) -> tuple[Message, ...]:
        """What is sent for `prompt`: the system prompt, all that was said, and `prompt` itself.

        Without a prompt it is what was said so far.
        """
        said = [Message("system", system)] if system.strip() else []
        for turn in self.turns:
            if turn.goes_on:
                said += [Message("user", turn.prompt), Message("assistant", turn.answer.text)]
        return (*said, Message("user", prompt)) if prompt else tuple(said)

    def with_turn(self, turn: Turn) -> Conversation:
        """The chat with one turn more."""
        return replace(self, turns=(*self.turns, turn))

    @property
    def last(self) -> Turn | None:
        """The newest turn."""
        return self.turns[-1] if self.turns else None
