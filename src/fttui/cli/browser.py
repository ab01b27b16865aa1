"""The app in a browser: who opens the page is asked for a word before anything else is done.

Until it is given no key is read, nothing is asked of an endpoint, and no file is shown.
"""

from __future__ import annotations

import hmac
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from textwrap import wrap

from fttui.cli.problems import CommandError, UsageError
from fttui.storage.browser_word import (
    MOST,
    VARIABLE,
    WordRefused,
    browser_word,
    one_at_a_time,
    word_file,
)
from fttui.terminal.language import _
from fttui.terminal.served import GREETING, PageGone, about, packet, packets
from fttui.terminal.text import safe_path

_TRIES = 5
_PAUSE = 0.4
"""Seconds that a wrong word takes, of all pages together: a chosen word is soon guessed else."""
_SECONDS = 600.0
_LEAVE = ("\x03", "\x11")
_CLEAR = "\x1b[2J\x1b[3J\x1b[H"
_GONE = 129
_WIDTH, _NARROWEST = 80, 20


@contextmanager
def admitted() -> Iterator[None]:
    """Let who has the word in; at the end the page is told that the app has ended.

    Raises UsageError where no word can be asked for, CommandError for wrong words, and SystemExit
    when the page is closed before.
    """
    try:
        word = browser_word(os.environ)
    except WordRefused as refused:
        raise UsageError(str(refused)) from None
    os.environ.pop(VARIABLE, None)
    _write(GREETING)
    try:
        if word:
            _ask(word)
        yield
    finally:
        with suppress(OSError):
            _write(packet(b"M", json.dumps({"type": "exit"}).encode()))


def _ask(word: str) -> None:
    """Return when the word was typed or pasted."""
    told = ""
    for _each in range(_TRIES):
        try:
            typed = _line(told)
            is_right = _is_right(typed, word)
        except (PageGone, TimeoutError):
            raise SystemExit(_GONE) from None
        if is_right:
            _show(_CLEAR)
            return
        told = _("That is not the word.")
    raise CommandError(_("The page was closed: {tries} wrong words.", tries=_TRIES))


def _is_right(typed: str, word: str) -> bool:
    """Whether this is the word; one try at a time on this machine, however many pages there are."""
    with one_at_a_time():
        is_right = hmac.compare_digest(typed.strip().encode(), os.fsencode(word))
        if not is_right:
            time.sleep(_PAUSE)
    return is_right


def _line(told: str) -> str:
    """What is typed until Enter, with a dot for each character in sight."""
    _show(_CLEAR + "\r\n".join(_question(told)) + "\r\n> ")
    typed: list[str] = []
    for kind, content in packets(sys.__stdin__.fileno(), _SECONDS):  # type: ignore[union-attr]
        if kind == b"M":
            _hear(about(content))
            continue
        for character in content.decode("utf-8", "replace"):
            if character in "\r\n":
                return "".join(typed)
            if character in _LEAVE:
                raise PageGone
            if character in "\x08\x7f":
                if typed:
                    typed.pop()
                    _show("\b \b")
            elif character.isprintable() and len(typed) < MOST:
                typed.append(character)
                _show("•")
    raise PageGone


def _question(told: str) -> list[str]:
    sentences = [
        _("fttui, in a browser"),
        _("Who opens this page can use fttui's key and read files, so it asks for a word."),
        _(
            "Type or paste it, then Enter: where fttui runs it stands in {path}, unless {variable} "
            "named another. Ctrl+Q leaves.",
            path=safe_path(word_file()),
            variable=VARIABLE,
        ),
        told,
    ]
    columns = os.environ.get("COLUMNS", "")
    width = int(columns) if columns.isdecimal() and int(columns) > _NARROWEST else _WIDTH
    return [line for text in sentences if text for line in (*wrap(text, min(width, _WIDTH)), "")]


def _hear(told: dict[str, object]) -> None:
    """Remember the size of the page for the app; raise PageGone when it is closed."""
    if told.get("type") in ("quit", "exit"):
        raise PageGone
    size = told.get("width"), told.get("height")
    if told.get("type") == "resize" and all(type(one) is int for one in size):
        os.environ["COLUMNS"], os.environ["ROWS"] = map(str, size)


def _show(text: str) -> None:
    _write(packet(b"D", text.encode()))


def _write(data: bytes) -> None:
    """Write to what serves the page; PageGone has no other sign here than at the next read."""
    with suppress(BrokenPipeError):
        while data:
            data = data[os.write(sys.__stdout__.fileno(), data) :]  # type: ignore[union-attr]
