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
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gettext import NullTranslations

CATALOGUES = Path(__file__).parents[1] / "locale"
ENGLISH = "en"
VARIABLE = "FTTUI_LANGUAGE"
"""The environment's variable that goes before those of other programs."""
_LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG")
_NO_LANGUAGE = frozenset({"C", "POSIX"})
_NAME = re.compile(r"[A-Za-z]{1,8}(_[A-Za-z0-9]{1,8}){0,2}")

_is_english: ContextVar[bool] = ContextVar("is_english", default=False)


def wanted_languages(environ: Mapping[str, str]) -> list[str]:
    """The languages that `environ` asks for, the most wanted first; none for English."""
    own = environ.get(VARIABLE, "")
    locale = own or next(filter(None, map(environ.get, _LOCALE)), "")
    if locale in _NO_LANGUAGE:  # scripts that read what is printed ask for it so
        return []
    named = own or environ.get("LANGUAGE") or locale
    names = [re.split("[.@]", each)[0].replace("-", "_") for each in named.split(":") if each]
    return list(takewhile(lambda name: not is_english(name) and name not in _NO_LANGUAGE, names))


def is_english(name: str) -> bool:
    """Tell whether `name`, such as `en_GB`, is a kind of English."""
    return name.replace("-", "_").split("_")[0].lower() == ENGLISH


def languages(folder: Path = CATALOGUES) -> list[str]:
    """The languages that can be chosen, by their names in the catalogues' folder."""
    found = {path.parts[-3] for path in folder.glob("*/LC_MESSAGES/fttui.mo")}
    return sorted({ENGLISH, *found})


def read_catalogue(wanted: Sequence[str], folder: Path = CATALOGUES) -> NullTranslations | None:
    """The first catalogue in `folder` for one of `wanted`; None where none can be read."""
    for path in _paths(wanted, folder):
        from gettext import GNUTranslations

        try:
            with path.open("rb") as file:
                return GNUTranslations(file)
        except Exception:  # noqa: BLE001, S112 - a broken file raises whatever its bytes lead to
            continue
    return None


def _paths(wanted: Sequence[str], folder: Path) -> Iterator[Path]:
    """The catalogues that there are for `wanted`: for `fr_CA`, that of `fr` will do."""
    for name in filter(_NAME.fullmatch, wanted):
        for each in dict.fromkeys((name, name.split("_")[0])):
            path = folder / each / "LC_MESSAGES" / "fttui.mo"
            if path.is_file():
                yield path


def is_spoken(name: str, folder: Path = CATALOGUES) -> bool:
    """Tell whether `choose` knows the language `name`."""
    return is_english(name) or any(_paths([name.replace("-", "_")], folder))


def find_catalogue(environ: Mapping[str, str], folder: Path) -> NullTranslations | None:
    """The catalogue in `folder` for the language that `environ` asks for; None for English."""
    return read_catalogue(wanted_languages(environ), folder)


_catalogue = find_catalogue(os.environ, CATALOGUES)
translate: Callable[[str], str] = _catalogue.gettext if _catalogue else str
_signs: Mapping[int, str] = {}
"""What stands for the comma and the point of an English number; none where they stay."""


def spoken() -> str:
    """The name of the language that is spoken."""
    return _catalogue.info().get("language", ENGLISH) if _catalogue else ENGLISH


def is_translated() -> bool:
    """Tell whether another language than English is spoken."""
    return _catalogue is not None


def short(text: str) -> str:
    """`text` in the user's language where there is little room, such as a label or a key.

    Catalogues hold it apart from the same text elsewhere, in the context "short".
    """
    if _catalogue is None or _is_english.get():
        return _(text)
    shown = _catalogue.pgettext("short", text)
    return shown if shown != text else _(text)


def marked(text: str) -> str:
    """`text` as it is: it gets into the catalogues, and `_` translates it where it is shown."""
    return text


def choose(name: str, folder: Path = CATALOGUES) -> bool:
    """From now on speak the language `name`; False, and nothing changes, where there is none."""
    found = None if is_english(name) else read_catalogue([name.replace("-", "_")], folder)
    if found is None and not is_english(name):
        return False
    _take(found)
    return True


def _take(catalogue: NullTranslations | None) -> None:
    global _catalogue, translate
    _catalogue = catalogue
    translate = catalogue.gettext if catalogue else str
    _take_signs()


def _take_signs() -> None:
    global _signs
    # Translators: how numbers are written: with the thousands apart, and a decimal.
    number = translate(marked("1,234.5"))
    is_number = len(number) == 7 and number[0] + number[2:5] + number[6] == "12345"
    is_as_in_english = number == "1,234.5" or not is_number
    _signs = {} if is_as_in_english else {ord(","): number[1], ord("."): number[5]}


_take_signs()


@contextmanager
def in_english() -> Iterator[None]:
    """Speak English to the end of the block, for what is stored or is read by programs.

    It holds for the task or thread that it is entered in.
    """
    token = _is_english.set(True)
    try:
        yield
    finally:
        _is_english.reset(token)


class Translated(str):
    """A text in the user's language that knows what it is in English."""

    __slots__ = ("english",)
    english: Callable[[], str]

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        """Copied and sent as the text alone."""
        return str, (str(self),)


def as_spoken(text: str) -> str:
    """A text that was made earlier, in the language that is spoken here."""
    return english_text(text) if _is_english.get() else text


def as_plain(value: object) -> str:
    """A text without its English, for encoders that take nothing else; TypeError for no text."""
    if isinstance(value, str):
        return str(value)
    raise TypeError(type(value).__name__)


def in_both(shown: str, english_text: Callable[[], str]) -> str:
    """`shown`, with what it is in English where that is another text."""
    if not is_translated() or _is_english.get():
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
    if not text or _is_english.get():
        return text.format(**values) if values else text
    shown = translate(text)
    if not values:
        return in_both(shown, lambda: text)
    told = {name: _as_told(value) for name, value in values.items()} if is_translated() else values
    try:
        shown = shown.format(**told)
    except (KeyError, IndexError, ValueError):  # a catalogue that names something else
        shown = text.format(**values)
    return in_both(shown, lambda: text.format(**{name: english(values[name]) for name in values}))


def nouns(one: str, many: str) -> tuple[str, str]:
    """Both as they are: they get into the catalogues, and `plural` translates them."""
    return one, many


def plural(count: int, one: str, many: str = "") -> str:
    """The noun alone, as it goes with `count`: `example` or `examples`."""
    many = many or f"{one}s"
    if _is_english.get():
        return one if count == 1 else many
    if _catalogue is not None:
        return _catalogue.ngettext(one, many, count)
    return translate(one if count == 1 else many)


def localized(number: str) -> str:
    """A number that was formatted with `,` and `.`, as the language writes it."""
    return number if not _signs or _is_english.get() else number.translate(_signs)


class _Number(float):
    """A float that formats itself as the language does, where it is asked for digits."""

    def __format__(self, spec: str) -> str:
        text = float.__format__(self, spec)
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
