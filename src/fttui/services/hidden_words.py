"""What a picture of the screen leaves out: secrets, whose account it is, and whose home.

A picture is made to be shown to others. Hosts, models, files and job ids are what it shows; a path
in the home folder keeps all but the name of the person.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.cells import cell_len

from fttui.services.broken_words import EDGES, BrokenWord, broken_spans
from fttui.storage.secrets import redact_in_place
from fttui.terminal.text import safe

if TYPE_CHECKING:
    from fttui.services.session import Session

_DOT = "•"
_LEAST_PREFIX = 4
"""Characters of a word that was cut off, below which it tells nothing."""
_LONGEST_WORD = 200

# As OpenAI writes the ids of accounts; cut off by the edge of what they stand in, too.
_IDS = re.compile(r"(?<![A-Za-z0-9])(?:org-|proj_|user-)(?:[A-Za-z0-9]{12,}|[A-Za-z0-9]{4,}(?=…))")

_EDGES = re.compile(f"[{EDGES}]+")
_REST_OF_WORD = re.compile(r" *([\w-]+)")
_PADDING = 4

Words = tuple[re.Pattern[str] | BrokenWord, ...]
"""What is hidden: in a row all that a pattern matches, over several rows the broken words."""


def hidden_words(session: Session, organizations: Iterable[str | None] = ()) -> Words:
    """What of this run others shall not read, beside secrets; `organizations` as jobs tell them."""
    endpoint = session.endpoint
    words = {*organizations, endpoint.organization, endpoint.project}
    found: list[re.Pattern[str] | BrokenWord] = [_IDS, *_home_words()]
    credential = session.credential
    if credential is not None:
        if not credential.secret.is_dummy:
            words |= {credential.secret.ending, credential.secret.masked}
        found.append(re.compile(f"{re.escape(safe(credential.name))}(?= -> )"))
    for word in filter(None, words):
        shown = safe(word, maxlen=_LONGEST_WORD)
        found += [re.compile(_whole_or_cut(shown)), BrokenWord(shown)]
    return tuple(found)


def without_hidden(rows: Sequence[str], words: Words) -> list[str]:
    """The painted `rows` with a dot for each character of secrets and of `words`."""
    hidden = _with_rest_of_wrapped(rows, [redact_in_place(row) for row in rows])
    patterns = [word for word in words if isinstance(word, re.Pattern)]
    hidden = [_hide(row, patterns) for row in hidden]
    for at, start, end in broken_spans(rows, [one for one in words if isinstance(one, BrokenWord)]):
        hidden[at] = f"{hidden[at][:start]}{_DOT * (end - start)}{hidden[at][end:]}"
    return hidden


def as_wide(text: str, hidden: str) -> str:
    """`hidden`, which has a dot for each character of `text` that is hidden, as wide as `text`."""
    if text.isascii() or text == hidden:
        return hidden
    pairs = zip(text, hidden, strict=True)
    return "".join(old if old == new else _DOT * cell_len(old) for old, new in pairs)


def _home_words() -> Iterator[re.Pattern[str] | BrokenWord]:
    """The last folder of a home like `/home/name`; those of nobody, like `/root`, tell nothing."""
    try:
        home = Path.home()
    except RuntimeError:
        return
    # The folder that one works in is told without links.
    for place in dict.fromkeys((home, Path(os.path.realpath(home)))):
        if len(place.parts) > 2:
            before, name = f"{safe(place.parent)}/", safe(place.name)
            shown = _whole_or_cut(name, least=1)
            yield re.compile(f"(?<={re.escape(before)})(?:{shown})(?![\\w-])")
            yield BrokenWord(f"{before}{name}", len(before), is_path=True)


def _whole_or_cut(word: str, least: int = _LEAST_PREFIX) -> str:
    """A pattern of `word`, and of its first characters where the rest was cut off."""
    cut = (f"{re.escape(word[:size])}(?=…)" for size in range(len(word) - 1, least - 1, -1))
    return "|".join((re.escape(word), *cut))


def _hide(row: str, words: Iterable[re.Pattern[str]]) -> str:
    for word in words:
        row = word.sub(lambda found: _DOT * len(found[0]), row)
    return row


def _with_rest_of_wrapped(rows: Sequence[str], hidden: list[str]) -> list[str]:
    """Hide what of a long secret stands in the next rows, where it did not fit into one."""
    for at, row in enumerate(rows[:-1]):
        for start, end in _panes(row):
            text = hidden[at][start:end].rstrip()
            is_full = end - start - len(text) <= _PADDING
            if not is_full or not text.endswith(_DOT) or row[start:].startswith(text):
                continue
            below = next((pane for pane in _panes(rows[at + 1]) if pane[0] == start), None)
            rest = _REST_OF_WORD.match(hidden[at + 1], *below) if below else None
            if rest:
                begin, stop = rest.span(1)
                line = hidden[at + 1]
                hidden[at + 1] = f"{line[:begin]}{_DOT * (stop - begin)}{line[stop:]}"
    return hidden


def _panes(row: str) -> list[tuple[int, int]]:
    """Where the parts of a row begin and end that stand side by side, by what is drawn between."""
    edges = [(found.start(), found.end()) for found in _EDGES.finditer(row)]
    starts = [0, *(end for _start, end in edges)]
    ends = [*(start for start, _end in edges), len(row)]
    return [pane for pane in zip(starts, ends, strict=True) if pane[1] > pane[0]]
