"""`fttui schema`: what the commands print with `--json`, as JSON Schema."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from fttui.cli.output import Output
from fttui.cli.problems import UsageError
from fttui.terminal.language import _
from fttui.terminal.near_words import did_you_mean
from fttui.terminal.text import safe

_FILE = Path(__file__).parents[1] / "schemas.json"
_REFERENCE = re.compile(r'"#/\$defs/(\w+)"')
FAILURE = "error"
"""The name of what any command prints where it fails."""


def add_parser(commands: Any) -> None:
    """Add the command to the program's."""
    parser = commands.add_parser(
        "schema",
        description=_(
            "Print the JSON Schema of what a command prints with --json. Without NAME all are "
            "listed. No field is left out, and no command prints one that is not in it."
        ),
    )
    parser.add_argument("name", metavar="NAME", nargs="*", help=_("a name from the list"))
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print a schema, or the names of all; a schema is a document as it is."""
    output = Output.of(args)
    names = list(_all()["commands"])
    if not args.name:
        output.document(names) if output.json else output.lines(names)
        return 0
    wanted = " ".join(args.name)
    if wanted not in names:
        hint = f"{did_you_mean(wanted, names)} {_('`fttui schema` lists them.')}".lstrip()
        raise UsageError(_("There is no schema {name!r}.", name=safe(wanted, maxlen=60)), hint)
    output.document(schema_of(wanted))
    return 0


def schema_of(name: str) -> dict[str, Any]:
    """The schema of a name, with all that it refers to. Raises KeyError."""
    every = _all()
    shape, definitions = every["commands"][name], every["$defs"]
    needed: dict[str, Any] = {}
    waiting = [shape]
    while waiting:
        for one in _REFERENCE.findall(json.dumps(waiting.pop())):
            if one not in needed:
                needed[one] = definitions[one]
                waiting.append(definitions[one])
    return {"$schema": every["$schema"], "title": f"fttui {name} --json", **shape, "$defs": needed}


def name_for(arguments: Sequence[str]) -> str:
    """The name of what these arguments print with `--json`; "" where there is none."""
    names = _all()["commands"]
    if "--version" in arguments:
        return "--version"
    command = next((word for word in arguments if word in names), "")
    rest = arguments[arguments.index(command) + 1 :] if command else ()
    told = [word for word in rest if f"{command} {word}" in names]
    return f"{command} {told[0]}" if told else command


@cache
def _all() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(_FILE.read_text(encoding="utf-8"))
    return document
