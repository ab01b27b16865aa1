"""What a parser takes, read out of argparse: for its help, its manual page and its completion.

argparse keeps this in names of its own; no other module looks at them.
"""

from __future__ import annotations

import argparse

from fttui.cli.argument import Argument, Node

_ANY = 1_000_000
_COUNTS: dict[object, tuple[int, int]] = {
    None: (1, 1),
    "?": (0, 1),
    "*": (0, _ANY),
    "+": (1, _ANY),
    0: (0, 0),
}


def arguments_of(parser: argparse.ArgumentParser) -> list[Argument]:
    """Everything that a parser takes but its actions, in the order in which it was added."""
    usual = (parser._positionals, parser._optionals)
    found: list[Argument] = []
    aliases: dict[str, tuple[str, ...]] = {}
    for each in parser._actions:
        if not _is_told(each):
            aliases[each.dest] = (*aliases.get(each.dest, ()), *each.option_strings)
    for group in parser._action_groups:
        title = "" if group in usual else group.title or ""
        found += [_argument(each, title) for each in group._group_actions if _is_told(each)]
    return [one._replace(aliases=aliases.get(one.dest, ())) for one in found]


def option_names(parser: argparse.ArgumentParser) -> list[str]:
    """How the options of a parser may be written, those too that its help does not tell."""
    return list(parser._option_string_actions)


def actions_of(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """The parsers of what can be done next, by name; none where a parser has no actions."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


def action_texts(parser: argparse.ArgumentParser) -> dict[str, str]:
    """What each action does, in half a line."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            told = {one.dest: one.help or "" for one in action._choices_actions}
            return {name: told.get(name, "") for name in action.choices}
    return {}


def node_of(parser: argparse.ArgumentParser) -> Node:
    """All that a parser takes, without the defaults."""
    arguments = [one._replace(default=None) for one in arguments_of(parser)]
    actions = {name: node_of(one) for name, one in actions_of(parser).items()}
    return Node(parser.prog.partition(" ")[2], arguments, actions, action_texts(parser))


def _is_told(action: argparse.Action) -> bool:
    is_actions = isinstance(action, argparse._SubParsersAction)
    return not is_actions and action.help is not argparse.SUPPRESS


def _argument(action: argparse.Action, group: str) -> Argument:
    choices = tuple(map(str, action.choices or ()))
    least, most = _COUNTS.get(action.nargs, (1, 1))
    metavar = action.metavar if isinstance(action.metavar, str) else ""
    value = metavar or (f"{{{','.join(choices)}}}" if choices else action.dest.upper())
    return Argument(
        names=tuple(action.option_strings),
        dest=action.dest,
        value=value if most else "",
        text=action.help or "",
        choices=choices,
        default=action.default,
        least=least,
        most=most,
        is_repeated=isinstance(action, argparse._AppendAction),
        is_required=action.required,
        group=group,
    )
