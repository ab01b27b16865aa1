"""`fttui man`: the manual page, made from the help of all commands."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from fttui.cli.commands import COMMANDS
from fttui.cli.problems import UsageError
from fttui.cli.usage_errors import unknown_command
from fttui.terminal.language import _


def add_parser(commands: Any) -> None:
    """Add the command to the program's."""
    parser = commands.add_parser(
        "man",
        description=_(
            "Print the manual page, of all commands or of one, for `man -l`. It is made from what "
            "--help tells, in your language."
        ),
    )
    parser.add_argument("of", metavar="COMMAND", nargs="?", help=_("only this command"))
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the page; it is text, never a document."""
    if args.json:
        raise UsageError(_("A manual page is no JSON document."), _("Leave --json out."))
    if args.of is not None and args.of not in COMMANDS:
        raise unknown_command(args.of)
    sys.stdout.write(manual_page(args.of))
    return 0


def manual_page(command: str | None = None) -> str:
    """The manual page of the program, or of one command."""
    from fttui import __version__
    from fttui.cli.arguments import actions_of
    from fttui.cli.help.manual import manual_of
    from fttui.cli.program import build_parser

    parser = build_parser(command)
    return manual_of(actions_of(parser)[command] if command else parser, __version__)
