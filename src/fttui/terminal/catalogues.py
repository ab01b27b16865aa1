"""The catalogues of languages that there are, and which of them the environment asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
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
