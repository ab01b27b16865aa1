"""What a command raises when it cannot do what it was asked."""

from __future__ import annotations


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
