"""`fttui sandbox`: the embedded server alone."""

from __future__ import annotations

import argparse
import secrets
import sys
from pathlib import Path
from typing import Any

from fttui.cli.parser import positive_number
from fttui.cli.problems import CommandError


def add_parser(commands: Any) -> None:
    """Add the command to the program's."""
    parser = commands.add_parser(
        "sandbox",
        help="a server with the fine-tuning API that trains nothing",
        description="Serve OpenAI's fine-tuning API on this machine, until SIGINT or SIGTERM. "
        "It trains nothing and bills nothing. With --json the first line on stdout is "
        '{"base_url": ..., "api_key": ...}.',
    )
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    parser.add_argument("--port", type=port, default=0, help="0 takes a free one")
    parser.add_argument(
        "--data", metavar="DIR", type=Path, help="keep everything in DIR, also over a SIGKILL"
    )
    parser.add_argument(
        "--speed", type=positive_number, default=1.0, metavar="N", help="jobs pass N times faster"
    )
    parser.set_defaults(run=run)


def port(text: str) -> int:
    """A TCP port, 0 for any free one."""
    number = int(text) if text.isascii() and text.isdigit() else -1
    if not 0 <= number <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port from 0 to 65535")
    return number


def run(args: argparse.Namespace) -> int:
    """Serve until a signal ends it."""
    from fttui.sandbox import DataInUseError, SandboxConfig
    from fttui.sandbox import run as serve

    # Ids that come back after a restart would pass old jobs off as new ones.
    seed = secrets.randbits(32) if args.data is None else 0
    config = SandboxConfig(args.host, args.port, data_dir=args.data, speed=args.speed, seed=seed)
    try:
        return serve(config, json=args.json, out=sys.stdout)
    except DataInUseError as error:
        raise CommandError(str(error)) from None
    except OSError as error:
        raise CommandError(
            f"The sandbox cannot listen on {args.host}:{args.port}: {error.strerror or error}.",
            "Choose another --port or --host, or another --data folder.",
        ) from None
