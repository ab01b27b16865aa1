"""Words that do not stand in one row of the screen: broken at its edge, cut off, scrolled away.

Nothing painted tells which rows go on in the next one, so a word is looked for: its beginning at
the end of a run of letters, and exactly its rest at the beginning of one below.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class _Part:
    """Where a row has a part of a word, and how much of the word is done `before` and `after`."""

    start: int
    end: int
    before: int
    after: int
    is_last: bool = False


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
        for at, row in enumerate(rows):
            found.update((at, *span) for span in _cut_spans(row.text, word))
        found.update(_Search(rows, word).spans())
    return found


class _Search:
    """The parts of one word in rows, one below the other.

    Each row is looked through once for each place in the word, however many ways lead there: of
    single letters there are more ways through a screen than can be tried.
    """

    def __init__(self, rows: Sequence[_Row], word: BrokenWord) -> None:
        self._rows = rows
        self._word = word
        self._known: dict[tuple[int, int], list[_Part]] = {}

    def spans(self) -> Iterator[Span]:
        """What is hidden of a word that begins at the end of a run and ends in a row below."""
        limits: dict[tuple[int, int], int] = {}
        for at, row in enumerate(self._rows):
            for _start, end in row.runs:
                for size in self._begun(row, end):
                    part = _Part(end - size, end, 0, size)
                    yield from self._taken(at, part, limits)
            for done in range(len(self._word.text)):
                limit = limits.get((at, done), 0)
                for part in self._parts(at, done) if limit else ():
                    if row.column(part.start) < limit:
                        yield from self._taken(at, part, limits)

    def _taken(self, at: int, part: _Part, limits: dict[tuple[int, int], int]) -> Iterator[Span]:
        """What is hidden of a part, whose rest is then looked for left of its end."""
        if not part.is_last:
            limit, below = self._rows[at].column(part.end), (at + 1, part.after)
            if not self._goes_on(*below, limit):
                return
            limits[below] = max(limits.get(below, 0), limit)
        yield from _shown_part(self._word, part.before, (at, part.start, part.end))

    def _begun(self, row: _Row, end: int) -> Iterator[int]:
        """How many characters of the word may end there."""
        text = self._word.text
        for size in range(min(len(text) - 1, end), 0, -1):
            start = end - size
            if row.text[start:end] != text[:size]:
                continue
            if start and re.match(_NAME, text[0]) and re.match(_NAME, row.text[start - 1]):
                continue
            yield size

    def _goes_on(self, at: int, done: int, limit: int) -> bool:
        """Whether the rest of the word is there in a row, left of a column, and those below."""
        if at >= len(self._rows):
            return False
        row = self._rows[at]
        return any(row.column(part.start) < limit for part in self._parts(at, done))

    def _parts(self, at: int, done: int) -> list[_Part]:
        """The runs of a row with which the word goes on, and comes to its end there or below."""
        if (at, done) not in self._known:
            row = self._rows[at]
            self._known[at, done] = [
                part
                for part in _fitting(row, self._word, done)
                if part.is_last or self._goes_on(at + 1, part.after, row.column(part.end))
            ]
        return self._known[at, done]


def _fitting(row: _Row, word: BrokenWord, done: int) -> Iterator[_Part]:
    """The runs of a row that go on with a word of which so many characters are done."""
    done += len(word.text[done:]) - len(word.text[done:].lstrip())
    rest = word.text[done:]
    for start, end in row.runs:
        run = row.text[start:end]
        if row.text.startswith(rest, start):
            if not (word.is_path and re.match(_NAME, row.text[start + len(rest) :])):
                yield _Part(start, start + len(rest), done, done, is_last=True)
        elif (cut := run.removesuffix(_CUT)) and cut != run and rest.startswith(cut):
            yield _Part(start, start + len(cut), done, done, is_last=True)
        elif rest.startswith(run):
            yield _Part(start, end, done, done + len(run))


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
