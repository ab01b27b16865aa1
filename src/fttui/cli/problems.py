"""What a command raises when it cannot do what it was asked."""

from __future__ import annotations

from fttui.terminal.language import _
from fttui.terminal.text import safe


class CommandError(Exception):
    """A sentence for the user and what to do next; `exit_status` is the command's."""

    exit_status = 1

    def __init__(self, sentence: str, hint: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.hint = hint


class UsageError(CommandError):
    """The command line itself is wrong, or asks for something that needs a terminal."""

    exit_status = 2


class OutcomeUnknownError(CommandError):
    """A paid action may or may not have happened."""

    exit_status = 3


class OutcomeUnreportedError(CommandError):
    """Something was done, and stdout did not take the word of it; `done` is said instead.

    After a `paid` action the status is the one of an outcome that must be looked at.
    """

    def __init__(self, done: str, problem: OSError, *, paid: bool) -> None:
        reason = str(problem.strerror or problem)
        super().__init__(
            _("{done} Stdout could not be told: {reason}.", done=done, reason=safe(reason))
        )
        self.exit_status = OutcomeUnknownError.exit_status if paid else CommandError.exit_status
