"""What may come next, with what each is: commands, actions, options and values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from fttui.cli.argument import Argument
from fttui.cli.command_word import command_in
from fttui.cli.completing.place import Place, place_in
from fttui.cli.completing.tree import node_from, tree

_LONGEST_TEXT = 120


class Candidate(NamedTuple):
    """A whole word that may stand here, and what it is; `is_begun` where more of it follows."""

    word: str
    text: str = ""
    is_begun: bool = False


class Answer(NamedTuple):
    """The candidates, and whether the shell's own files or folders may stand here too."""

    candidates: tuple[Candidate, ...] = ()
    files: bool = False
    folders: bool = False


def answer_for(words: Sequence[str], typed: str) -> Answer:
    """What may follow `words`, those behind the program's name, at the cursor behind `typed`."""
    command = command_in(words)
    known = tree(words)
    if command is not None and command not in known.commands:
        return Answer()
    node = node_from(known.commands[command or ""])
    place = place_in(node, words[words.index(command) + 1 :] if command else words, typed)
    candidates, files, folders = _values(place, words, known.words)
    if place.argument is None or not place.is_value:
        candidates += _names(place, has_none=not (candidates or files or folders))
    fitting = (one for one in candidates if one.word.startswith(typed) and one.word.isprintable())
    return Answer(tuple(one._replace(text=_told(one.text)) for one in fitting), files, folders)


def _values(
    place: Place, words: Sequence[str], known: Mapping[str, Sequence[str]]
) -> tuple[list[Candidate], bool, bool]:
    if place.argument is None or (place.typed.startswith("-") and not place.is_value):
        return [], False, False
    if place.argument.choices:
        return _all(place, ((one, "") for one in place.argument.choices)), False, False
    from fttui.cli.language import choose_language

    choose_language([word for word in words if word != "--json"])
    from fttui.cli.completing.values import values_of

    found = values_of(place.node.name, place.argument, place.typed, words, known)
    return _all(place, found.words), found.files, found.folders


def _all(place: Place, told: Iterable[tuple[str, str]]) -> list[Candidate]:
    return [
        Candidate(f"{place.before}{word}", text, is_begun=word.endswith((":", "=", ".")))
        for word, text in told
    ]


def _names(place: Place, *, has_none: bool) -> list[Candidate]:
    """Actions, and options that were not given yet, by their long names."""
    is_option = place.typed.startswith("-")
    names = []
    if not is_option and (place.has_actions or (not place.node.name and place.argument is None)):
        names = [Candidate(*each) for each in place.node.texts.items()]
    if is_option or (has_none and not names and not place.typed):
        for one in place.node.arguments:
            if one.is_option and (one.is_repeated or one.dest not in place.given):
                names.append(Candidate(_option(one, place.typed), one.text))
    return names


def _option(argument: Argument, typed: str) -> str:
    """An option's long name; one that no help tells only where that was begun."""
    name = next((name for name in argument.names if name.startswith("--")), argument.names[0])
    if name.startswith(typed):
        return name
    return next((alias for alias in argument.aliases if alias.startswith(typed)), name)


def _told(text: str) -> str:
    """A text on one line that nothing in a terminal acts upon."""
    if text.isascii() and text.isprintable():
        return text[:_LONGEST_TEXT]
    from fttui.terminal.text import safe

    return safe(text, maxlen=_LONGEST_TEXT)
