"""The word that whoever opens fttui in a browser has to know.

`textual serve` asks nobody who they are: whoever reaches its port, and every page that is open in a
browser on that machine, could use the key.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from fttui.disk.reading import NotReadable, read_small, why
from fttui.storage.folders import FolderRefused, private_folder, state_folder, write_private
from fttui.storage.locks import FileLock
from fttui.terminal.language import _
from fttui.terminal.text import safe_path

VARIABLE = "FTTUI_BROWSER_WORD"
NO_WORD = "none"
LEAST = 8
"""Characters; what is shorter can be guessed."""
MOST = 256
"""Characters that are listened to."""

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _IN_GROUP = 4, 4
_MOST_BYTES = 1024
_LOOK, _LONGEST_WAIT = 0.02, 60.0


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
    if len(chosen) > MOST or not chosen.isprintable():
        raise WordRefused(
            _(
                "{variable} must be a word that can be typed, of at most {most} characters.",
                variable=VARIABLE,
                most=MOST,
            )
        )
    return chosen or _kept()


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """A turn to try a word among all pages of this user; without locks each has its own.

    Raises TimeoutError where none comes within a minute.
    """
    end = time.monotonic() + _LONGEST_WAIT
    with ExitStack() as stack:
        with suppress(OSError, FolderRefused):
            folder = private_folder(private_folder(state_folder()) / "locks")
            lock = FileLock(folder / "browser-word.lock")
            while not lock.acquire() and time.monotonic() < end:
                time.sleep(_LOOK)
            stack.callback(lock.release)
        if time.monotonic() >= end:
            raise TimeoutError
        yield


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
                problem=why(problem) if isinstance(problem, OSError) else problem,
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
