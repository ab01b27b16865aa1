"""A filter as it is typed: words, a field before a colon, `!` or `-` before what is not wanted.

What a list can be asked for is a `Vocabulary`; what a term of it means, the list's own filter says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from fttui.terminal.language import _
from fttui.terminal.text import safe

_SPAN = re.compile(r"(\d{1,6})([hdw])")
_HOURS = {"h": 1, "d": 24, "w": 168}
_SPANS = ("1d", "7d", "4w")
_FIELD = re.compile(r"[a-z][a-z_]*(\.[^:]*)?")
_NO_FIELDS = frozenset({"ft", "http", "https", "s3"})
"""What stands before a colon in names that are pasted."""
_LONGEST = 40


@dataclass(frozen=True, slots=True)
class Word:
    """One word as typed, without what inverts it; `field` and `needle` are lower case.

    `is_quoted` where it is text alone.
    """

    text: str
    wanted: bool
    field: str
    needle: str
    is_quoted: bool = False


@dataclass(frozen=True, slots=True)
class Term:
    """One word of a filter, lower case: looked for in one field, or in all where `field` is "".

    `since` is the moment that one of the field `since` stands for.
    """

    field: str
    needle: str
    wanted: bool = True
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What a list can be asked for: the words before a colon, and what `is:` takes.

    `open_field` ends in a dot, and any name may follow it; `states_alone` where a state needs no
    `is:` before it.
    """

    fields: tuple[str, ...]
    states: tuple[str, ...]
    open_field: str = ""
    states_alone: bool = False

    @property
    def before_colon(self) -> tuple[str, ...]:
        """All that may stand before a colon; of the open field the name goes on."""
        return (*self.fields, self.open_field) if self.open_field else self.fields

    def read(self, text: str, now: datetime | None = None) -> tuple[tuple[Term, ...], list[str]]:
        """The terms of a filter as typed at `now`, and sentences about words that say nothing.

        `field:` without a word yet is no term. What stands before a colon and is no field is told,
        and looked for as text.
        """
        terms, problems = [], []
        for word in words_of(text):
            term, problem = self._read(word, now or datetime.now(UTC))
            terms += [term] if term else []
            problems += [problem] if problem else []
        return tuple(terms), problems

    def _read(self, word: Word, now: datetime) -> tuple[Term | None, str]:
        alone = self.states_alone and not word.field and not word.is_quoted
        if alone and word.needle in self.states:
            return Term("is", word.needle, word.wanted), ""
        if word.field and not self._has(word.field):
            text = word.text.lower().replace('"', "")
            return Term("", text, word.wanted), self._unknown(word.field)
        if not word.needle:
            return None, ""
        if word.field == "since":
            since = _since_of(word.needle, now)
            if since is None:
                return None, _no_time(word.needle)
            return Term("since", word.needle, word.wanted, since), ""
        if word.field == "is" and word.needle not in self.states:
            return None, self._no_state(word.needle)
        return Term(word.field, word.needle, word.wanted), ""

    def _has(self, field: str) -> bool:
        if self.open_field and field.startswith(self.open_field):
            return field != self.open_field
        return field in self.fields

    def _unknown(self, field: str) -> str:
        known = [f"{name}:" for name in self.fields]
        return _(
            "“{field}:” is no word of a filter. There are {known}",
            field=safe(field, maxlen=_LONGEST),
            known=" ".join([*known, f"{self.open_field}KEY:"] if self.open_field else known),
        )

    def _no_state(self, text: str) -> str:
        known, told = ", ".join(self.states), safe(text, maxlen=_LONGEST)
        return _("is: takes {known}, not “{text}”.", known=known, text=told)

    def near_field(self, text: str) -> str:
        """The question which field may have been meant by the first that is none, or ""."""
        from fttui.terminal.near_words import did_you_mean

        strange = [
            word.field for word in words_of(text) if word.field and not self._has(word.field)
        ]
        return did_you_mean(strange[0], self.fields) if strange else ""

    def completions(self, text: str, values: Callable[[str], Iterable[str]]) -> list[str]:
        """What `text` may go on as: its last word completed, the likeliest first.

        `values` tells which values of a field there are; of the open field it tells the names.
        """
        words = [*words_of(text)]
        if not words or words[-1].is_quoted or not text.endswith(words[-1].text):
            return []
        word = words[-1].text
        head = text[: len(text) - len(word)]
        field, colon, begun = word.partition(":")
        name = field.lower()
        if colon:
            known = {"is": self.states, "since": _SPANS}.get(name) or values(name)
            fitting = (one for one in known if _goes_on(one, begun.removeprefix('"')))
            return [f"{head}{field}:{_quoted(one)}" for one in fitting]
        if self.open_field and name.startswith(self.open_field):
            begun = name.removeprefix(self.open_field)
            fitting = (one for one in values(self.open_field) if _goes_on(one, begun))
            return [f"{head}{self.open_field}{_quoted(one)}:" for one in fitting]
        return [head + one for one in self._words() if _goes_on(one, name)]

    def _words(self) -> Iterator[str]:
        """All that can stand as a word, or begin one."""
        yield from (f"{field}:" for field in self.fields)
        if self.open_field:
            yield self.open_field
        if self.states_alone:
            yield from self.states


def words_of(text: str) -> Iterator[Word]:
    """The words of a filter; between double quotes blanks are text, an open quote has no end."""
    start, is_open = 0, False
    for place, sign in enumerate(f"{text} "):
        if sign == '"':
            is_open = not is_open
        elif sign.isspace() and (not is_open or place == len(text)):
            if place > start:
                yield _word(text[start:place])
            start = place + 1


def _word(typed: str) -> Word:
    wanted = not (typed[0] in "-!" and len(typed) > 1)
    bare = typed if wanted else typed[1:]
    lower = bare.lower()
    field, colon, needle = lower.partition(":")
    is_quoted = bare.startswith('"')
    if is_quoted or not colon or not _FIELD.fullmatch(field) or field in _NO_FIELDS:
        field, needle = "", lower
    return Word(bare, wanted, field.replace('"', ""), needle.replace('"', ""), is_quoted)


def _since_of(text: str, now: datetime) -> datetime | None:
    """The moment that `7d`, `12h`, `2w` or `2026-11-01` (its first in local time) stands for."""
    span = _SPAN.fullmatch(text)
    try:
        if span:
            return now - timedelta(hours=int(span[1]) * _HOURS[span[2]])
        return datetime.strptime(text, "%Y-%m-%d").astimezone()
    except OverflowError:  # before all times
        return datetime.min.replace(tzinfo=UTC) if span else None
    except (ValueError, OSError):
        return None


def _no_time(text: str) -> str:
    return _(
        "since: takes 7d, 12h, 2w or a date such as 2026-11-01, not “{text}”.",
        text=safe(text, maxlen=_LONGEST),
    )


def _goes_on(value: str, begun: str) -> bool:
    return value.lower().startswith(begun.lower()) and len(value) > len(begun)


def _quoted(value: str) -> str:
    return f'"{value}"' if any(sign.isspace() for sign in value) else value
