"""Which command is asked for, and running it.

Only the module of that command is imported: `fttui --version` must not pay for the rest.
"""

from __future__ import annotations

import argparse
from importlib import import_module

from fttui.cli import version_text
from fttui.cli.command_word import OPTIONS_EVERYWHERE, command_in
from fttui.cli.commands import COMMANDS
from fttui.cli.parser import GLOBAL_DEFAULTS, CommandParser
from fttui.cli.problems import UsageError
from fttui.terminal.language import _
from fttui.terminal.text import safe_path

NO_COMMAND = ""
_READS_NO_ARCHIVE = {"demo", "sandbox", "serve", "check", "explain", "profiles", "archive verify"}


def run(arguments: list[str]) -> int:
    """Run the command that `arguments` name; without one, open the app."""
    command = command_in(arguments)
    if command is None:
        command = NO_COMMAND
    elif command not in COMMANDS:
        raise _unknown(arguments, command)
    args = build_parser(command, json="--json" in arguments).parse_args(arguments)
    if args.config is not None and not args.config.exists():
        raise UsageError(_("There is no settings file {config}.", config=safe_path(args.config)))
    _require_one_place(args)
    _require_list(args)
    if args.command is None:
        from fttui.cli.app import run as open_app

        return open_app(args)
    status: int = args.run(args)
    return status


def _unknown(arguments: list[str], word: str) -> UsageError:
    """The failure for a word that is no command, or for an option that stands before one."""
    from fttui.cli.usage_errors import unknown_command, unknown_words

    before = [one for one in arguments[: arguments.index(word)] if one.startswith("-")]
    strange = [one for one in before if one.partition("=")[0] not in {*OPTIONS_EVERYWHERE, "--"}]
    if strange:
        named = next((one for one in arguments if one in COMMANDS), _("COMMAND"))
        hint = _("Options of a command stand behind it: `fttui {word} ...`.", word=named)
        return UsageError(unknown_words(build_parser(NO_COMMAND), strange).sentence, hint)
    return unknown_command(word)


def _require_one_place(args: argparse.Namespace) -> None:
    """Refuse an archive beside what only an endpoint has, or where it would mean nothing."""
    if args.archive is None:
        return
    command = "archive verify" if "dir" in args and args.command == "archive" else args.command
    if command in _READS_NO_ARCHIVE:
        raise UsageError(
            _("`{command}` does not read what --archive names.", command=command),
            _("Leave --archive out."),
        )
    beside = {"--profile": args.profile, "--api-key-file": args.api_key_file}
    named = next((option for option, value in beside.items() if value), "")
    if named or args.command in {"login", "logout"}:
        raise UsageError(
            _(
                "{named} is for an endpoint, but --archive names an archive, which needs no key.",
                named=named or f"`{args.command}`",
            ),
            _("Leave one of them out."),
        )


def _require_list(args: argparse.Namespace) -> None:
    """Refuse all profiles at one time where there is no list of them."""
    if args.all_profiles and args.command not in {None, "jobs"}:
        raise UsageError(
            _("`{command}` works at one endpoint, not at all profiles.", command=args.command),
            _("--all-profiles is for the app and for `fttui jobs`."),
        )
    if args.all_profiles and args.archive is not None:
        raise UsageError(
            _("--archive names one archive, not all profiles."), _("Leave one of them out.")
        )


def build_parser(command: str | None = None, *, json: bool = False) -> argparse.ArgumentParser:
    """The parser of `command`'s module, of all where none is named, or with NO_COMMAND of none.

    With `json` the version is a document.
    """
    parser = CommandParser(
        prog="fttui",
        description=_(
            "Create, watch, copy, pause and cancel fine-tuning jobs. "
            "Without a command, the app opens. Data goes to stdout, messages to stderr."
        ),
    )
    parser.add_argument(
        "--version",
        action="version",
        version=version_text(json=json),
        help=_("tell the version, and stop"),
    )
    parser.add_argument(
        "--all-profiles",
        action="store_true",
        help=_("list the jobs of all profiles together; for the app and `fttui jobs`"),
    )
    parser.set_defaults(command=None, **GLOBAL_DEFAULTS)
    if command == NO_COMMAND:
        return parser
    commands = parser.add_subparsers(metavar="COMMAND", dest="command")
    every = dict.fromkeys(one.module for one in COMMANDS.values())
    for module in every if command is None else [COMMANDS[command].module]:
        import_module(f"fttui.cli.{module}").add_parser(commands)
    return parser
