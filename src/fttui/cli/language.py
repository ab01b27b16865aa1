"""The language of a run, chosen before anything with texts is imported."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from fttui.terminal.catalogues import ENGLISH
from fttui.terminal.language import choose

_LONGEST = 256_000
"""Bytes of a settings file."""


def choose_language(arguments: Sequence[str]) -> None:
    """Speak English to programs, else the language that the settings name, if they name one.

    Never raises: what is wrong with the settings is told by whoever reads all of them.
    """
    if "--json" in arguments:
        choose(ENGLISH)
    elif wanted := _setting(arguments):
        choose(wanted)


def _setting(arguments: Sequence[str]) -> str:
    """The setting `language` of the settings file; "" where there is none."""
    from pathlib import Path

    from fttui.disk.reading import NotReadable, read_small
    from fttui.storage.folders import config_folder

    named = [each.partition("=")[2] for each in arguments if each.startswith("--config=")]
    named += [value for option, value in pairwise(arguments) if option == "--config"]
    try:
        path = Path(named[-1]).expanduser() if named else config_folder() / "config.toml"
        content, _found = read_small(path, _LONGEST)
        if b"language" not in content:
            return ""
        import tomllib

        value = tomllib.loads(content.decode("utf-8-sig")).get("language")
    except (OSError, RuntimeError, ValueError, NotReadable, RecursionError):
        return ""
    return value if isinstance(value, str) else ""
