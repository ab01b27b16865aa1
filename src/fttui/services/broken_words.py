"""Words that do not stand in one row of the screen: broken at its edge, cut off, scrolled away.

Nothing painted tells which rows go on in the next one, so a word is looked for: its beginning at
the end of a run of letters, and exactly its rest at the beginning of one below.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from rich.cells import cell_len

EDGES = "│┃║▌▐█▊▎▁▂▃▄▅▆▇"
"""What is drawn between parts of a row that stand side by side."""

_RUN = re.compile(rf"[^\s{EDGES}─━╭╮╰╯╸╺]+")
_NAME = r"[\w-]"
_CUT = "…"
_LEAST_REST = 2
_LEAST_ALONE = 6
"""Characters of a word that tell something without the rest of it."""

_ID_PREFIXES = ("org-", "proj_", "user-")
_ID_BEGUN = re.compile(
    r"(?<![A-Za-z0-9])(?:(?:org-|proj_|user-)[A-Za-z0-9]*"
    "|o|or|org|p|pr|pro|proj|u|us|use|user)$"
)
_ID = re.compile(r"(?:org-|proj_|user-)([A-Za-z0-9]{12,})")
_LETTERS = re.compile("[A-Za-z0-9]+")
_NO_WORD = re.compile("[0-9]|[a-z][A-Z]|[A-Z]{2}")
_LONGEST_ID = 24
"""Characters of an id of an account as OpenAI writes it, behind its prefix."""

Span = tuple[int, int, int]
"""A row, and where in it something begins and ends."""


@dataclass(frozen=True, slots=True)
class BrokenWord:
    """A word that is hidden however it is broken; of `text` only what stands from `begin` on.

    With `is_path` it is the beginning of a path, and other folders may go on behind it.
    """

    text: str
    begin: int = 0
    is_path: bool = False


@dataclass(frozen=True)
class _Row:
    """A painted row, and the runs of letters in it."""

    text: str

    @cached_property
    def runs(self) -> list[tuple[int, int]]:
        return [found.span() for found in _RUN.finditer(self.text)]

    def column(self, at: int) -> int:
        return at if self.text.isascii() else cell_len(self.text[:at])

    def before(self, limit: int) -> Iterator[tuple[int, int]]:
        """The runs that begin left of a column."""
        return ((start, end) for start, end in self.runs if self.column(start) < limit)


def broken_spans(texts: Sequence[str], words: Sequence[BrokenWord]) -> set[Span]:
    """Where parts of words, and of ids of accounts, stand in rows that hold no whole one."""
    rows = [_Row(text) for text in texts]
    found = set(_id_spans(rows))
    for word in words:
        rests = _Rests(rows, word)
        for at, row in enumerate(rows):
            found.update((at, *span) for span in _cut_spans(row.text, word))
            for _start, end in row.runs:
                found.update(_from_end(rests, at, end))
    return found


def _from_end(rests: _Rests, at: int, end: int) -> Iterator[Span]:
    """The parts of a word that begins at the end of a run and goes on in the rows below."""
    row, word = rests.rows[at], rests.word
    for size in range(min(len(word.text) - 1, end), 0, -1):
        start = end - size
        if row.text[start:end] != word.text[:size]:
            continue
        if start and re.match(_NAME, word.text[0]) and re.match(_NAME, row.text[start - 1]):
            continue
        rest = rests.spans(at + 1, row.column(end), size)
        if rest:
            yield from _shown_part(word, 0, (at, start, end))
            yield from rest


@dataclass(frozen=True)
class _Rests:
    """Where the rest of a word stands, each looked for once: rows may repeat its letters."""

    rows: Sequence[_Row]
    word: BrokenWord
    _known: dict[tuple[int, int, int], frozenset[Span]] = field(default_factory=dict)

    def spans(self, at: int, limit: int, done: int) -> frozenset[Span]:
        """What is left of the word, in a row and those below it; none if it is not there."""
        place = (at, limit, done)
        if place not in self._known:
            self._known[place] = frozenset(self._found(*place))
        return self._known[place]

    def _found(self, at: int, limit: int, done: int) -> Iterator[Span]:
        if at >= len(self.rows):
            return
        row, word = self.rows[at], self.word
        done += len(word.text[done:]) - len(word.text[done:].lstrip())
        rest = word.text[done:]
        for start, end in row.before(limit):
            run = row.text[start:end]
            if row.text.startswith(rest, start):
                if not (word.is_path and re.match(_NAME, row.text[start + len(rest) :])):
                    yield from _shown_part(word, done, (at, start, start + len(rest)))
            elif (cut := run.removesuffix(_CUT)) and cut != run and rest.startswith(cut):
                yield from _shown_part(word, done, (at, start, start + len(cut)))
            elif rest.startswith(run):
                further = self.spans(at + 1, row.column(end), done + len(run))
                if further:
                    yield from _shown_part(word, done, (at, start, end))
                    yield from further


def _shown_part(word: BrokenWord, done: int, span: Span) -> Iterator[Span]:
    """What of a part of a word, which begins with its character `done`, is hidden."""
    at, start, end = span
    start = max(start, start + word.begin - done)
    if start < end:
        yield at, start, end


def _cut_spans(text: str, word: BrokenWord) -> Iterator[tuple[int, int]]:
    """Where one edge of what a row is shown in, or of a field, has cut off a part of a word."""
    for start, end in (found.span() for found in _RUN.finditer(text)):
        run = text[start:end]
        if size := _cut_at_end(run, word):
            begin = max(end - size, end - size + word.begin)
            yield begin, end
        lead = len(run) - len(run.lstrip(_CUT))
        if size := _cut_at_begin(run[lead:], word):
            begin = start + lead
            hidden = max(0, size - (len(word.text) - word.begin))
            yield begin + hidden, begin + size


def _cut_at_end(run: str, word: BrokenWord) -> int:
    """Characters at the end of a run that are the beginning of a word; 0 for too few."""
    least = word.begin + 1 if word.begin else max(_LEAST_ALONE, len(word.text) // 2)
    for size in range(len(word.text) - 1, least - 1, -1):
        if run.endswith(word.text[:size]):
            is_alone = word.begin or not re.match(_NAME, run[:-size][-1:])
            return size if is_alone else 0
    return 0


def _cut_at_begin(run: str, word: BrokenWord) -> int:
    """Characters at the beginning of a run that are the end of a word; 0 for too few."""
    hidden = len(word.text) - word.begin
    least = min(hidden, _LEAST_REST) if word.is_path else max(_LEAST_ALONE, hidden // 2)
    for size in range(len(word.text) - 1, least - 1, -1):
        if run.startswith(word.text[-size:]):
            behind = run[size:][:1]
            is_end = behind == "/" or (size > hidden and not re.match(_NAME, behind))
            return size if is_end or (not word.is_path and not re.match(_NAME, behind)) else 0
    return 0


def _id_spans(rows: Sequence[_Row]) -> Iterator[Span]:
    """The parts of ids of accounts, as OpenAI writes them, that are broken."""
    for at, row in enumerate(rows[:-1]):
        for start, end in row.runs:
            begun = _ID_BEGUN.search(row.text, start, end)
            if begun is None:
                continue
            for first, last in rows[at + 1].before(row.column(end)):
                told = begun[0]
                spans = [(at, begun.start(), end)]
                below, place = at + 1, (first, last)
                while letters := _next_letters(rows, below, place, told):
                    told += letters
                    spans.append((below, place[0], place[0] + len(letters)))
                    is_all = place[0] + len(letters) == place[1]
                    column = rows[below].column(place[0])
                    below += 1
                    under = _begins_at(rows, below, column) if is_all else None
                    if under is None:
                        break
                    place = under
                whole = _ID.fullmatch(told)
                if whole and re.search("[0-9]", whole[1]):
                    yield from spans


def _next_letters(rows: Sequence[_Row], at: int, place: tuple[int, int], told: str) -> str:
    """What a run adds to an id that was begun, as far as an id is long."""
    text = rows[at].text[slice(*place)]
    prefix = next((one for one in _ID_PREFIXES if one.startswith(told) or told.startswith(one)), "")
    lead = prefix[len(told) :]
    if not text.startswith(lead):
        return ""
    letters = _LETTERS.match(text, len(lead))
    left = len(prefix) + _LONGEST_ID - len(told) - len(lead)
    is_of_id = letters and len(letters[0]) <= left and _NO_WORD.search(letters[0])
    return lead + letters[0] if letters and is_of_id else ""


def _begins_at(rows: Sequence[_Row], at: int, column: int) -> tuple[int, int] | None:
    if at >= len(rows):
        return None
    row = rows[at]
    return next((run for run in row.runs if row.column(run[0]) == column), None)
