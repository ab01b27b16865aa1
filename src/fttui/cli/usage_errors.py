"""What is wrong with a command line, in sentences of our own, and what may have been meant.

argparse says it in English, in half a sentence; each of those leads to one of ours.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence

from fttui.cli.arguments import actions_of, option_names
from fttui.cli.commands import COMMANDS, OTHER_WORDS
from fttui.cli.problems import UsageError
from fttui.terminal.language import _
from fttui.terminal.near_words import did_you_mean, meant, near_words
from fttui.terminal.text import safe

_LONGEST = 60
_SENTENCES: tuple[tuple[str, Callable[..., str]], ...] = (
    (
        r"argument (.+?): expected one argument",
        lambda name: _("{name} needs a value.", name=name),
    ),
    (
        r"argument (.+?): expected at least one argument",
        lambda name: _("{name} needs at least one value.", name=name),
    ),
    (
        r"argument (.+?): ignored explicit argument (.*)",
        lambda name, value: _(
            "{name} takes no value, but {value} was given.", name=name, value=value
        ),
    ),
    (
        r"argument (.+?): not allowed with argument (.+)",
        lambda name, other: _("{name} and {other} exclude each other.", name=name, other=other),
    ),
    (
        r"argument (.+?): invalid int value: (.*)",
        lambda name, value: _(
            "Argument {name}: {value} is not a whole number.", name=name, value=value
        ),
    ),
    (
        r"the following arguments are required: (.+)",
        lambda names: _("The following arguments are required: {names}.", names=names),
    ),
    (
        r"one of the arguments (.+) is required",
        lambda names: _("One of these is required: {names}.", names=names),
    ),
    (
        r"argument (.+?): (.+)",
        lambda name, problem: _("Argument {name}: {problem}.", name=name, problem=problem),
    ),
)


def _sentence_of(message: str) -> str:
    """A sentence for what argparse says of a command line."""
    for pattern, sentence in _SENTENCES:
        if found := re.fullmatch(pattern, message, re.DOTALL):
            return sentence(*found.groups())
    return f"{message[:1].upper()}{message[1:]}."


def refused(parser: argparse.ArgumentParser, message: str) -> UsageError:
    """The failure for what argparse says of a command line; keys in it are taken out."""
    return UsageError(_sentence_of(_shown(message, 400)), _show_help(parser.prog))


def _show_help(prog: str) -> str:
    """The hint that leads to a command's help."""
    return _("`{prog} --help` shows what it takes.", prog=prog)


def unknown_command(word: str) -> UsageError:
    """The failure for a word that is no command."""
    other = OTHER_WORDS.get(word.casefold())
    question = meant([other]) if other else did_you_mean(word, COMMANDS)
    return UsageError(
        _("There is no command `{word}`.", word=_shown(word)),
        _joined(question, _("`fttui --help` lists the commands.")),
    )


def strange_options(parser: argparse.ArgumentParser, words: Sequence[str]) -> list[str]:
    """The long options among `words` that a parser without actions does not know."""
    if actions_of(parser):
        return []  # what stands behind an action is the action's
    known = {*option_names(parser)}
    end = [*words, "--"].index("--")
    options = (word for word in words[:end] if word.startswith("--") and " " not in word)
    return [word for word in options if word.partition("=")[0] not in known]


def unknown_words(parser: argparse.ArgumentParser, words: Sequence[str]) -> UsageError:
    """The failure for words that a command does not take: options that it lacks, or too many."""
    option = next((word for word in words if word.startswith("-") and word != "-"), "")
    hint = _show_help(parser.prog)
    if not option:
        return UsageError(
            _("`{prog}` does not take `{word}`.", prog=parser.prog, word=_shown(words[0])), hint
        )
    name = option.partition("=")[0]
    known = [each for each in option_names(parser) if each.startswith("--")]
    question = did_you_mean(name, known)
    return UsageError(
        _("`{prog}` has no option {option}.", prog=parser.prog, option=_shown(name)),
        _joined(question, hint),
    )


def unknown_choice(
    parser: argparse.ArgumentParser, action: argparse.Action, value: object
) -> UsageError:
    """The failure for a value that is none of those that there are."""
    choices = [str(choice) for choice in action.choices or ()]
    shown = _shown(str(value))
    question = meant(near_words(str(value), choices))
    hint = _joined(question, _show_help(parser.prog))
    if actions_of(parser).keys() == set(choices):
        sentence = _("`{prog}` has no action {value!r}.", prog=parser.prog, value=shown)
        return UsageError(f"{sentence} {_listed(choices)}", hint)
    name = "/".join(action.option_strings) or str(action.metavar or action.dest)
    sentence = _("Argument {name}: {value!r} is no choice.", name=name, value=shown)
    return UsageError(f"{sentence} {_listed(choices)}", hint)


def _listed(choices: Sequence[str]) -> str:
    return _("There are: {known}.", known=", ".join(choices))


def _joined(*sentences: str) -> str:
    return " ".join(filter(None, sentences))


def _shown(text: str, longest: int = _LONGEST) -> str:
    from fttui.storage.secrets import redact

    return safe(redact(text), maxlen=longest)
