"""The language of what is shown: English, unless there is a catalogue of the user's.

Texts are written in English where they are shown, as `_("Job {id} is created.", id=job.id)`, and
nouns that go with a count as `counted(3, "entry", "entries")`, which takes them from here. A
catalogue is a file `fttui/locale/LANGUAGE/LC_MESSAGES/fttui.po`, compiled to `fttui.mo` beside it.
`FTTUI_LANGUAGE`, `LANGUAGE`, `LC_ALL`, `LC_MESSAGES` and `LANG` choose it, and `choose` goes before
them. Many texts are taken when their module is imported: it has to be called before that.

What a program reads (JSON, the log, the journal, an archive) is `in_english`; a text that was made
before is taken by `english`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from fttui.terminal.catalogues import (
    CATALOGUES,
    ENGLISH,
    find_catalogue,
    is_english,
    read_catalogue,
)

if TYPE_CHECKING:
    from gettext import NullTranslations


def marked(text: str) -> str:
    """`text` as it is: it gets into the catalogues, and `_` translates it where it is shown."""
    return text


class _Speech:
    """How a language says things: by its catalogue, None for English.

    `signs` are what stands for the comma and the point of an English number, none where they stay.
    """

    __slots__ = ("catalogue", "signs")

    def __init__(self, catalogue: NullTranslations | None) -> None:
        self.catalogue = catalogue
        # Translators: how numbers are written: with the thousands apart, and a decimal.
        number = self.say(marked("1,234.5"))
        is_number = len(number) == 7 and number[0] + number[2:5] + number[6] == "12345"
        is_as_in_english = number == "1,234.5" or not is_number
        self.signs = {} if is_as_in_english else {ord(","): number[1], ord("."): number[5]}

    def say(self, text: str) -> str:
        """`text` in this language."""
        return self.catalogue.gettext(text) if self.catalogue else text


_ENGLISH = _Speech(None)
_here: ContextVar[_Speech | None] = ContextVar("speech", default=None)
"""What is spoken in this task, where that is not what is spoken everywhere."""
_asked_for = find_catalogue(os.environ, CATALOGUES)
_speech = _Speech(_asked_for) if _asked_for else _ENGLISH
translate: Callable[[str], str] = _speech.say


def choose(name: str, folder: Path = CATALOGUES) -> bool:
    """From now on speak the language `name`; False, and nothing changes, where there is none."""
    global _speech, translate
    found = _speech_of(name, folder)
    if found is None:
        return False
    _speech = found
    translate = found.say
    return True


def _speech_of(name: str, folder: Path = CATALOGUES) -> _Speech | None:
    if is_english(name):
        return _ENGLISH
    catalogue = read_catalogue([name.replace("-", "_")], folder)
    return None if catalogue is None else _Speech(catalogue)


_once_read = lru_cache(maxsize=4)(_speech_of)


def _now() -> _Speech:
    return _here.get() or _speech


@contextmanager
def speaking(name: str) -> Iterator[None]:
    """Speak the language `name` to the end of the block, where there is such a one.

    It holds for the task or thread that it is entered in.
    """
    other = None if name == spoken() else _once_read(name)
    token = _here.set(other or _here.get())
    try:
        yield
    finally:
        _here.reset(token)


@contextmanager
def in_english() -> Iterator[None]:
    """As `speaking` English, for what is stored or is read by programs."""
    token = _here.set(_ENGLISH)
    try:
        yield
    finally:
        _here.reset(token)


def own_name() -> str:
    """What the spoken language is called in itself."""
    # Translators: the name of your language, in your language.
    return _("English")


def spoken() -> str:
    """The name of the language that is spoken."""
    catalogue = _now().catalogue
    return catalogue.info().get("language", ENGLISH) if catalogue else ENGLISH


def _is_translated() -> bool:
    """Tell whether another language than English is spoken."""
    return _now().catalogue is not None


def short(text: str) -> str:
    """`text` in the user's language where there is little room, such as a label or a key.

    Catalogues hold it apart from the same text elsewhere, in the context "short".
    """
    catalogue = _now().catalogue
    shown = catalogue.pgettext("short", text) if catalogue else text
    return in_both(shown, lambda: text) if shown != text else _(text)


class Translated(str):
    """A text in the user's language that knows what it is in English, also with another added."""

    __slots__ = ("english",)
    english: Callable[[], str]

    def __add__(self, after: str) -> str:
        return _joined(self, after)

    def __radd__(self, before: str) -> str:
        return _joined(before, self)

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        """Copied and sent as the text alone."""
        return str, (str(self),)


def _joined(one: str, other: str) -> Translated:
    text = Translated(str(one) + str(other))
    text.english = lambda: english_text(one) + english_text(other)
    return text


def as_spoken(text: str) -> str:
    """A text that was made earlier, in the language that is spoken here."""
    return english_text(text) if _here.get() is _ENGLISH else text


def as_plain(value: object) -> str:
    """A text without its English, for encoders that take nothing else; TypeError for no text."""
    if isinstance(value, str):
        return str(value)
    raise TypeError(type(value).__name__)


def in_both(shown: str, english_text: Callable[[], str]) -> str:
    """`shown`, with what it is in English where that is another text."""
    if not _is_translated():
        return shown
    text = Translated(shown)
    text.english = english_text
    return text


def english(text: object) -> object:
    """What was said as `text` in English; anything else as it is."""
    return text.english() if isinstance(text, Translated) else text


def english_text(text: str) -> str:
    """What was said as `text` in English, for the journal, the log and other programs.

    Texts that were put together from others, and not by `_`, stay as they are.
    """
    return str(english(text))


def _(text: str, /, **values: object) -> str:
    """`text` in the user's language, with `values` where it names them in braces."""
    here = _here.get()
    if not text or here is _ENGLISH:
        values = {name: english(value) for name, value in values.items()}
        return text.format(**values) if values else text
    shown = here.say(text) if here else translate(text)
    if not values:
        return in_both(shown, lambda: text)
    told = {name: _as_told(value) for name, value in values.items()} if _is_translated() else values
    try:
        shown = shown.format(**told)
    except (KeyError, IndexError, ValueError):  # a catalogue that names something else
        shown = text.format(**values)
    return in_both(shown, lambda: text.format(**{name: english(values[name]) for name in values}))


def labelled(name: str, text: str) -> str:
    """`name: text`, with the colon as the language sets it."""
    return _("{name}: {text}", name=name, text=text)


def clauses(parts: Iterable[str]) -> str:
    """`one; other`, with the semicolon as the language sets it; it knows what it is in English."""
    found = [*parts]
    return in_both(_("; ").join(found), lambda: "; ".join(map(english_text, found)))


def nouns(one: str, many: str) -> tuple[str, str]:
    """Both as they are: they get into the catalogues, and `plural` translates them."""
    return one, many


def plural(count: int, one: str, many: str = "") -> str:
    """The noun alone, as it goes with `count`: `example` or `examples`."""
    many = many or f"{one}s"
    here = _now()
    if here.catalogue is not None:
        return here.catalogue.ngettext(one, many, count)
    return (translate if here is _speech else here.say)(one if count == 1 else many)


def localized(number: str) -> str:
    """A number that was formatted with `,` and `.`, as the language writes it."""
    signs = _now().signs
    return number.translate(signs) if signs else number


class _Number(float):
    """A float that formats itself as the language does, where it is asked for digits."""

    def __format__(self, spec: str) -> str:
        text = float.__format__(self, spec)
        if spec.endswith("%"):
            return _("{percent}%", percent=localized(text.removesuffix("%")))
        return localized(text) if spec else text


class _Count(int):
    """A whole number that sets its thousands apart as the language does, where it is asked to."""

    def __format__(self, spec: str) -> str:
        text = int.__format__(self, spec)
        return localized(text) if spec else text


def day_text(day: date) -> str:
    """`2026-11-22`."""
    # Translators: a day, as strftime writes it; %b is one of the months below, which have commas
    # between them and may be longer.
    form = _("%Y-%m-%d")
    months = _("Jan,Feb,Mar,Apr,May,Jun,Jul,Aug,Sep,Oct,Nov,Dec").split(",")
    named = form.replace("%b", months[day.month - 1]) if len(months) == 12 else form
    return day.strftime(named)


def _as_told(value: object) -> object:
    if type(value) is float:
        return _Number(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return day_text(value)
    return _Count(value) if type(value) is int else value
