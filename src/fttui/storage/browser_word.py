"""The word that whoever opens fttui in a browser has to know.

`textual serve` asks nobody who they are: whoever reaches its port, and every page that is open in a
browser on that machine, could use the key.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path

from fttui.disk.reading import NotReadable, read_small
from fttui.storage.folders import FolderRefused, private_folder, state_folder, write_private
from fttui.terminal.language import _
from fttui.terminal.text import safe_path

VARIABLE = "FTTUI_BROWSER_WORD"
NO_WORD = "none"
LEAST = 8
"""Characters; what is shorter can be guessed."""

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _IN_GROUP = 4, 4
_MOST_BYTES = 1024


class WordRefused(Exception):  # noqa: N818 - reads as what happened
    """There is no word that could be asked for; the text is one sentence with the remedy."""


def word_file() -> Path:
    """Where the word is kept that nobody has chosen."""
    return state_folder() / "browser-word"


def browser_word(environ: Mapping[str, str]) -> str:
    """The word to ask for, made at the first call; "" where FTTUI_BROWSER_WORD is `none`.

    Raises WordRefused.
    """
    chosen = environ.get(VARIABLE, "").strip()
    if chosen == NO_WORD:
        return ""
    if chosen and len(chosen) < LEAST:
        raise WordRefused(
            _("{variable} needs {least} characters at least.", variable=VARIABLE, least=LEAST)
        )
    return chosen or _kept()


def _kept() -> str:
    """The word of the file, which others must not be able to read or to write."""
    path = word_file()
    try:
        private_folder(path.parent)
        if not path.exists():
            write_private(path, f"{_new()}\n")
        content, found = read_small(path, _MOST_BYTES)
    except (OSError, FolderRefused, NotReadable) as problem:
        raise WordRefused(
            _(
                "The word for the browser cannot be kept in {path}: {problem}",
                path=safe_path(path),
                problem=problem,
            )
        ) from None
    word = content.decode("utf-8", "replace").strip()
    if found.st_mode & 0o077 or len(word) < LEAST:
        raise WordRefused(
            _(
                "{path} is empty, or others can read it. Delete it: a new word is made then.",
                path=safe_path(path),
            )
        )
    return word


def _new() -> str:
    groups = (
        "".join(secrets.choice(_LETTERS) for _each in range(_IN_GROUP)) for _group in range(_GROUPS)
    )
    return "-".join(groups)
