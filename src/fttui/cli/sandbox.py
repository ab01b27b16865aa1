"""`fttui sandbox`: the embedded server alone."""

from __future__ import annotations

import argparse
import os
import secrets
import sys
from typing import Any

from fttui.cli.parser import folder, positive_number
from fttui.cli.problems import CommandError, UsageError
from fttui.terminal.language import _
from fttui.terminal.text import safe

LIKES = ("azure", "bedrock", "llmariner", "mistral", "nebius")
"""The sandbox's own list, which is not loaded to print the help."""


def add_parser(commands: Any) -> None:
    """Add the command to the program's."""
    parser = commands.add_parser(
        "sandbox",
        description=_(
            "Serve OpenAI's fine-tuning API on this machine, until SIGINT or SIGTERM. "
            "It trains nothing and bills nothing. With --json the first line on stdout is "
            '{"base_url": ..., "api_key": ...}. The key is new for each run, or with --data '
            "the one in "
            "DIR/key; FTTUI_SANDBOX_KEY or --api-key-file fixes it."
        ),
    )
    parser.add_argument(
        "--host",
        type=host,
        default="127.0.0.1",
        help=_(
            "the address to listen on; requests that name another host than this or a loopback "
            "name are refused, unless it is 0.0.0.0 or ::"
        ),
    )
    parser.add_argument("--port", type=port, default=0, help=_("0 takes a free one"))
    parser.add_argument(
        "--data",
        metavar="DIR",
        type=folder,
        help=_("keep everything in DIR, also over a SIGKILL; DIR is new, empty or a sandbox's"),
    )
    parser.add_argument(
        "--speed",
        type=positive_number,
        default=1.0,
        metavar="N",
        help=_("jobs pass N times faster"),
    )
    _add_shapes(parser)
    parser.set_defaults(run=run)


def _add_shapes(parser: argparse.ArgumentParser) -> None:
    """Add what decides the shape of its answers."""
    parser.add_argument(
        "--strict",
        action="store_true",
        help=_(
            "answer what OpenAI's document names and nothing else: no undeclared fields, statuses "
            "or types of events, for tests of strict clients"
        ),
    )
    parser.add_argument(
        "--like",
        choices=LIKES,
        metavar="SERVER",
        help=_(
            "answer in the shape of another server ({servers}): its calls, names, statuses, times, "
            "pages and errors, as far as they differ from OpenAI's",
            servers=", ".join(LIKES),
        ),
    )


def host(text: str) -> str:
    """An address or a name; an empty one would be every address of this machine."""
    if not text.strip():
        raise argparse.ArgumentTypeError(_("the host is empty; every address is 0.0.0.0 or ::"))
    return text.strip()


def port(text: str) -> int:
    """A TCP port, 0 for any free one."""
    number = int(text) if text.isascii() and text.isdigit() else -1
    if not 0 <= number <= 65535:
        raise argparse.ArgumentTypeError(_("{text!r} is not a port from 0 to 65535", text=text))
    return number


def run(args: argparse.Namespace) -> int:
    """Serve until a signal ends it."""
    from fttui.server import FolderRefusedError, ListenError, SandboxConfig, StartError
    from fttui.server import run as serve

    # Ids that come back after a restart would pass old jobs off as new ones.
    seed = secrets.randbits(32) if args.data is None else 0
    try:
        config = SandboxConfig(
            args.host,
            args.port,
            data_dir=args.data,
            speed=args.speed,
            api_key=_key(args),
            seed=seed,
            strict=args.strict,
            like=args.like,
        )
        return serve(config, json=args.json, out=sys.stdout)
    except FolderRefusedError as error:
        raise UsageError(safe(error.sentence), safe(error.hint)) from None
    except StartError as error:
        raise CommandError(safe(error.sentence), safe(error.hint)) from None
    except ListenError as error:
        raise CommandError(
            _(
                "The sandbox cannot listen on {host}:{port}: {strerror}.",
                host=safe(args.host),
                port=args.port,
                strerror=safe(error.strerror or error),
            ),
            _("Choose another --port or --host."),
        ) from None


def _key(args: argparse.Namespace) -> str | None:
    """The key that is to be asked for; None leaves it to the sandbox."""
    from fttui.server.gate import key_from

    if args.api_key_file is None:
        return key_from(os.environ)
    from fttui.storage.credentials import read_key_file

    return read_key_file(args.api_key_file.expanduser()).reveal()
