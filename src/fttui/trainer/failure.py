"""What ends a training before its time, in words for the user."""

from __future__ import annotations


class FailureError(Exception):
    """A training that cannot go on; `code` is one of those that the package's docstring lists.

    `message` is a sentence: what happened, why, what to do next. `param` names what the client
    asked for and is at fault, as OpenAI does.
    """

    def __init__(self, code: str, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.param = param


class RowFaultError(Exception):
    """What is wrong with a row of a file, as the end of a sentence that begins with its line."""
