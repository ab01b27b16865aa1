"""Options by the names that the API has for what they set: `--n-epochs`, `--n_epochs`."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import Any

from fttui.storage.profile_rules import OPTION_OF


def other_option(name: str) -> str:
    """The option that is called as the API calls it, "" where that is the usual one."""
    option = f"--{name.replace('_', '-')}"
    return "" if option == OPTION_OF[name] else option


def add_api_names(parser: Any, names: Iterable[str], metavar: str = "V") -> None:
    """Let `parser` take options by these names of the API too, with `-` or `_` between the words.

    No usage shows them; they set what the usual option sets, and of two the last one counts.
    """
    for name in names:
        aliases = {f"--{name.replace('_', '-')}", f"--{name}"} - {OPTION_OF[name]}
        if aliases:
            parser.add_argument(
                *sorted(aliases),
                dest=name,
                metavar=metavar,
                default=argparse.SUPPRESS,
                help=argparse.SUPPRESS,
            )
