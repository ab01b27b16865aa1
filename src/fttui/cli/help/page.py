"""The help of a command as a page: what it takes, examples, exit statuses, its environment."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from typing import NamedTuple

from fttui.cli.argument import Argument
from fttui.cli.arguments import action_texts, actions_of, arguments_of
from fttui.cli.commands import COMMANDS
from fttui.cli.help.environment import environment_of
from fttui.cli.help.examples import examples_of
from fttui.cli.help.exits import exits_of
from fttui.terminal.language import _


class Entry(NamedTuple):
    """A term and what there is to say of it."""

    term: str
    text: str


class Section(NamedTuple):
    """Entries under a title; those of an example are a command and what it does."""

    title: str
    entries: tuple[Entry, ...]
    is_example: bool = False


class Page(NamedTuple):
    """All that is said of a command; `name` is how it is called, with the program's name."""

    name: str
    usage: str
    text: str
    sections: tuple[Section, ...]


EVERYWHERE = _("everywhere")


def page_of(parser: argparse.ArgumentParser) -> Page:
    """The page of a parser, whose `prog` is the command's name."""
    command = parser.prog.partition(" ")[2]
    arguments = arguments_of(parser)
    sections = [
        Section(_("arguments"), _entries(each for each in arguments if not each.is_option)),
        _actions(parser, command),
        *_groups(arguments),
        Section(_("for example"), _pairs(examples_of(command)), is_example=True),
        Section(_("exit status"), _pairs(exits_of(command))),
        Section(_("environment"), _pairs(environment_of(command))),
    ]
    return Page(
        parser.prog,
        _usage(parser, command, arguments),
        parser.description or "",
        tuple(section for section in sections if section.entries),
    )


def _usage(parser: argparse.ArgumentParser, command: str, arguments: list[Argument]) -> str:
    needed = [one.term for one in arguments if one.is_option and one.is_required]
    words = [one.values for one in arguments if not one.is_option]
    action = _("[COMMAND]") if not command else _("[ACTION]") if actions_of(parser) else ""
    return " ".join(filter(None, (parser.prog, *needed, _("[OPTIONS]"), action, *words)))


def _actions(parser: argparse.ArgumentParser, command: str) -> Section:
    if not command:
        every = tuple(Entry(name, one.summary) for name, one in COMMANDS.items())
        return Section(_("commands"), every)
    return Section(_("actions"), _pairs(action_texts(parser).items()))


def _groups(arguments: list[Argument]) -> list[Section]:
    """The options by the title that they stand under, those of all commands last."""
    options = [one for one in arguments if one.is_option]
    titles = dict.fromkeys(one.group for one in options)
    ordered = sorted(titles, key=lambda title: title == EVERYWHERE)
    return [
        Section(title or _("options"), _entries(one for one in options if one.group == title))
        for title in ordered
    ]


def _entries(arguments: Iterable[Argument]) -> tuple[Entry, ...]:
    return tuple(Entry(one.term, text_of(one)) for one in arguments)


def _pairs(pairs: Iterable[tuple[str, str]]) -> tuple[Entry, ...]:
    return tuple(Entry(*pair) for pair in pairs)


def text_of(argument: Argument) -> str:
    """What an argument is for, with its default where the words do not tell it already."""
    default = argument.default
    if not argument.most or default in (None, False, "", argparse.SUPPRESS):
        return argument.text
    if isinstance(default, list | tuple):
        return argument.text
    shown = f"{default:g}" if isinstance(default, float) else f"{default}"
    if default == sys.executable:
        shown = _("fttui's own")
    if shown in argument.text:
        return argument.text
    return _("{text} (by default {default})", text=argument.text, default=shown)
