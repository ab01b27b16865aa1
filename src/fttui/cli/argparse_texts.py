"""What argparse says by itself, such as `usage:`, in the user's language."""

from __future__ import annotations

import argparse

from fttui.terminal.language import _, marked, plural

# Translators: these are of Python's argparse; %-words are values.
_TEXTS = {
    marked("usage: "),
    marked("positional arguments"),
    marked("options"),
    marked("show this help message and exit"),
    marked("show program's version number and exit"),
    marked("argument %(argument_name)s: %(message)s"),
    marked("unrecognized arguments: %s"),
    marked("invalid choice: %(value)r (choose from %(choices)s)"),
    marked("can't open '%(filename)s': %(error)s"),
    marked("expected one argument"),
    marked("expected at most one argument"),
    marked("expected at least one argument"),
    marked("invalid %(type)s value: %(value)r"),
    marked("unknown parser %(parser_name)r (choices: %(choices)s)"),
    marked("the following arguments are required: %s"),
    marked("one of the arguments %s is required"),
    marked("not allowed with argument %s"),
    marked("ignored explicit argument %r"),
}
_NAMES = ("_", "ngettext")
"""The functions by which argparse looks its texts up, as it imports them from gettext."""


def translate_argparse() -> None:
    """Let argparse take its texts from the catalogue; what it lacks stays as it is."""
    look_up, look_up_with_count = _NAMES
    vars(argparse).update({look_up: _said, look_up_with_count: _counted})


def _said(text: str) -> str:
    return _(text) if text in _TEXTS else text


def _counted(one: str, many: str, count: int) -> str:
    if one == "expected %s argument":
        return plural(count, "expected %s argument", "expected %s arguments")
    return one if count == 1 else many
