"""Which command is asked for, told by the words alone: before the parser, which takes longer."""

from __future__ import annotations

from collections.abc import Sequence

_OPTIONS_WITH_VALUE = {"--profile", "--archive", "--color", "--config", "--api-key-file"}
_HELP = {"-h", "--help"}
OPTIONS_EVERYWHERE = frozenset({*_OPTIONS_WITH_VALUE, *_HELP, "--json", "--version"})
"""What may stand before a command."""


def command_in(arguments: Sequence[str]) -> str | None:
    """The first word that is neither a global option nor an option's value."""
    words = iter(arguments)
    for word in words:
        if word in _OPTIONS_WITH_VALUE:
            next(words, None)
        elif not word.startswith("-"):
            return word
    return None


def asks_for_help(arguments: Sequence[str]) -> bool:
    """Whether the words ask what the program or a command takes."""
    return not _HELP.isdisjoint(arguments)


def opens_app(arguments: Sequence[str]) -> bool:
    """Whether the words lead to the app, if they are right."""
    if asks_for_help(arguments) or "--version" in arguments:
        return False
    return command_in(arguments) in {None, "demo"}
