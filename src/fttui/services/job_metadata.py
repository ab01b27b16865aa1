"""The metadata of a job: up to 15 pairs of a name and a text, written `name=value, name=value`.

A value may hold commas and equal signs; in quotes, as JSON writes them, it may hold anything.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from fttui.services.field_error import FieldError
from fttui.terminal.format import counted
from fttui.terminal.language import _
from fttui.terminal.text import safe

SUBMISSION_TAG = "fttui_submission"
"""The name that fttui's own mark has, by which a job is found again; it takes one of the pairs."""
MOST_PAIRS = 16 - 1
LONGEST_NAME, LONGEST_VALUE = 64, 512
_PLAIN = re.compile(r'[^\s",=](?:[^",=\x00-\x1f]*[^\s",=])?')
_BREAK = re.compile(r',\s*(?=(?:[^\s",=][^",=]*|"(?:[^"\\]|\\.)*")\s*=)')


def read_metadata(given: Mapping[str, str] | str) -> dict[str, str]:
    """The pairs that are given, or written in a text; fttui's own mark is never among them.

    Raises:
        FieldError: a pair cannot be sent.
    """
    pairs = _pairs_in(given) if isinstance(given, str) else list(given.items())
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in found:
            raise FieldError(_("{name} is there twice.", name=safe(name, maxlen=60)))
        _require_good(name, value)
        found[name] = value
    found.pop(SUBMISSION_TAG, None)
    if len(found) > MOST_PAIRS:
        raise FieldError(
            _(
                "{counted}, at most {most} are taken: one more is fttui's own mark.",
                counted=counted(len(found), "pair"),
                most=MOST_PAIRS,
            )
        )
    return found


def metadata_text(pairs: Mapping[str, str]) -> str:
    """The text that `read_metadata` reads `pairs` from, without fttui's own mark."""
    own = ((name, value) for name, value in pairs.items() if name != SUBMISSION_TAG)
    return ", ".join(f"{_written(name)}={_written(value)}" for name, value in own)


def _written(text: str) -> str:
    return text if _PLAIN.fullmatch(text) or not text else json.dumps(text, ensure_ascii=False)


def _pairs_in(text: str) -> list[tuple[str, str]]:
    pairs = []
    rest = text.strip()
    while rest:
        name, rest = _piece(rest, "=")
        if not rest.startswith("=") or not name:
            raise FieldError(_("Write name=value, and a comma before the next name."))
        value, rest = _piece(rest[1:].lstrip(), "")
        if rest and not rest.startswith(","):
            raise FieldError(_("After a value in quotes comes a comma and the next name."))
        pairs.append((name, value))
        rest = rest[1:].strip()
    return pairs


def _piece(text: str, end: str) -> tuple[str, str]:
    """What is written at the start of `text`, up to `end` or the next pair, and the rest."""
    if text.startswith('"'):
        try:
            value, length = json.JSONDecoder().raw_decode(text)
        except ValueError:
            raise FieldError(_("Quotes are opened and not closed.")) from None
        return str(value), text[length:].lstrip()
    if end:
        name, equal, rest = text.partition(end)
        return name.strip(), equal + rest
    found = _BREAK.search(text)
    stop = found.start() if found else len(text)
    return text[:stop].strip(), text[stop:]


def _require_good(name: str, value: str) -> None:
    shown = safe(name, maxlen=60)
    if not name:
        raise FieldError(_("Write name=value, and a comma before the next name."))
    for text, most in ((name, LONGEST_NAME), (value, LONGEST_VALUE)):
        if len(text) > most:
            raise FieldError(
                _(
                    "{shown}: {count} characters, at most {most} are taken.",
                    shown=shown,
                    count=len(text),
                    most=most,
                )
            )
        if any("\ud800" <= letter <= "\udfff" for letter in text):
            raise FieldError(_("{shown} holds a character that cannot be sent.", shown=shown))
