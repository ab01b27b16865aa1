"""What every command takes, kept in the cache folder: making it takes longer than a key press may.

It is made anew where the program, its language or a file of the command line is another one.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from fttui import __version__
from fttui.cli.argument import Argument, Node

_MODULES = os.path.dirname(os.path.dirname(__file__))  # noqa: PTH120 - pathlib is slow to import
_VARIABLES = ("FTTUI_LANGUAGE", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
_LARGEST = 2_000_000


class Tree(NamedTuple):
    """The commands by name, as they are kept ("" is the program itself), and words they know."""

    commands: dict[str, object]
    words: dict[str, list[str]]


def tree(words: Sequence[str]) -> Tree:
    """What is kept, or else is made now, and kept; `words` may name the settings file."""
    key = _key()
    path = _path()
    with suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
        with os.fdopen(descriptor, encoding="utf-8") as file:
            is_own = os.fstat(descriptor).st_uid == os.geteuid()
            kept = json.loads(file.read(_LARGEST)) if is_own else {}
        if kept["key"] == key:
            return Tree(kept["commands"], kept["words"])
    made = _made(words)
    with suppress(Exception):  # it is made anew the next time
        _keep(path, {"key": key, **made._asdict()})
    return made


def forget() -> None:
    """Have it made anew; raises OSError where nothing is kept."""
    os.unlink(_path())  # noqa: PTH108 - pathlib is slow to import


def _path() -> str:
    return f"{_cache_folder()}/commands.json"


def node_from(kept: Any) -> Node:
    """What a command takes, out of what is kept of it."""
    name, arguments, actions, texts = kept
    return Node(
        name,
        [Argument(tuple(first), *rest) for first, *rest in arguments],
        {action: node_from(one) for action, one in actions.items()},
        texts,
    )


def _made(words: Sequence[str]) -> Tree:
    from fttui.cli.language import choose_language

    choose_language([word for word in words if word != "--json"])
    from fttui.cli.arguments import actions_of, node_of
    from fttui.cli.commands import COMMANDS
    from fttui.cli.completing.known_words import known_words
    from fttui.cli.program import NO_COMMAND, build_parser

    program = node_of(build_parser(NO_COMMAND))
    summaries = {name: one.summary for name, one in COMMANDS.items()}
    every = {name: node_of(one) for name, one in actions_of(build_parser()).items()}
    made = {"": program._replace(texts=summaries), **every}
    return Tree(json.loads(json.dumps(made)), {**known_words(), "commands": list(COMMANDS)})


def _keep(path: str, document: dict[str, object]) -> None:
    from pathlib import Path

    from fttui.storage.folders import private_folder, write_private

    private_folder(Path(path).parent)
    write_private(Path(path), json.dumps(document))


def _key() -> list[object]:
    """What the kept tree must have been made from."""
    newest, count = 0, 0
    with os.scandir(_MODULES) as files:
        for one in files:
            if one.name.endswith(".py"):
                newest, count = max(newest, one.stat().st_mtime_ns), count + 1
    language = [os.environ.get(name, "") for name in _VARIABLES]
    with suppress(OSError):  # the settings may name a language
        language.append(f"{os.stat(_config()).st_mtime_ns}")  # noqa: PTH116
    return [__version__, _MODULES, language, newest, count]


def _config() -> str:
    return _folder("XDG_CONFIG_HOME", "Library/Application Support", ".config") + "/config.toml"


def _cache_folder() -> str:
    return _folder("XDG_CACHE_HOME", "Library/Caches", ".cache")


def _folder(variable: str, on_a_mac: str, elsewhere: str) -> str:
    """As `storage.folders` has it, without what that imports."""
    base = os.environ.get(variable, "")
    usual = on_a_mac if sys.platform == "darwin" else elsewhere
    home = os.path.expanduser("~")  # noqa: PTH111
    return f"{base if base.startswith('/') else f'{home}/{usual}'}/fttui"
