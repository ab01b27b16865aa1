"""Which command is asked for, and running it.

Only the module of that command is imported: `fttui --version` must not pay for the rest.
"""

from __future__ import annotations

import argparse
from importlib import import_module

from fttui.cli import version_text
from fttui.cli.command_word import asks_for_help, command_in
from fttui.cli.parser import GLOBAL_DEFAULTS, CommandParser
from fttui.cli.problems import UsageError
from fttui.terminal.language import _, is_translated
from fttui.terminal.text import safe_path

_MODULES = {
    "demo": "demo",
    "sandbox": "sandbox",
    "serve": "serve",
    "check": "check",
    "create": "create",
    "jobs": "jobs",
    "show": "jobs",
    "events": "history",
    "checkpoints": "history",
    "metrics": "metrics",
    "watch": "watch",
    "cancel": "actions",
    "pause": "actions",
    "resume": "actions",
    "note": "annotations",
    "label": "annotations",
    "hide": "annotations",
    "files": "files",
    "models": "models",
    "try": "try_model",
    "retire": "retire",
    "explain": "explain",
    "recover": "recover",
    "move": "move",
    "archive": "archive",
    "profiles": "profiles",
    "login": "login",
    "logout": "login",
    "doctor": "doctor",
}
NO_COMMAND = ""
_READS_NO_ARCHIVE = {"demo", "sandbox", "serve", "check", "explain", "profiles", "archive verify"}


def run(arguments: list[str]) -> int:
    """Run the command that `arguments` name; without one, open the app."""
    command = command_in(arguments)
    if command is None and not asks_for_help(arguments):
        command = NO_COMMAND
    args = build_parser(command, json="--json" in arguments).parse_args(arguments)
    if args.config is not None and not args.config.exists():
        raise UsageError(_("There is no settings file {config}.", config=safe_path(args.config)))
    _require_one_place(args)
    if args.command is None:
        from fttui.cli.app import run as open_app

        return open_app(args)
    status: int = args.run(args)
    return status


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


def build_parser(command: str | None = None, *, json: bool = False) -> argparse.ArgumentParser:
    """The parser of `command`'s module, of all when there is no such command, or of none.

    With `json` the version is a document.
    """
    if is_translated():
        from fttui.cli.argparse_texts import translate_argparse

        translate_argparse()
    parser = CommandParser(
        prog="fttui",
        description=_(
            "Create, watch, copy, pause and cancel fine-tuning jobs. "
            "Without a command, the app opens."
        ),
        epilog=_(
            "Data goes to stdout, messages to stderr. Exit status: 0 done, 1 it failed, "
            "2 bad usage or configuration, 3 the outcome of a paid action is unknown, or was "
            "not told."
        ),
    )
    parser.add_argument("--version", action="version", version=version_text(json=json))
    parser.set_defaults(command=None, **GLOBAL_DEFAULTS)
    if command == NO_COMMAND:
        return parser
    commands = parser.add_subparsers(title=_("commands"), metavar="COMMAND", dest="command")
    modules = [_MODULES[command]] if command in _MODULES else dict.fromkeys(_MODULES.values())
    for module in modules:
        import_module(f"fttui.cli.{module}").add_parser(commands)
    return parser
