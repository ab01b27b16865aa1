"""The language of what is shown: English, until there is a catalogue for the user's.

Texts are written in English where they are shown, as `_("Job {id} is created.", id=job.id)`, and
nouns that go with a count as `counted(3, "entry", "entries")`, which takes them from here. A
catalogue is a file `fttui/locale/LANGUAGE/LC_MESSAGES/fttui.mo`, made from these texts as for any
program that uses gettext; `LANGUAGE`, `LC_ALL`, `LC_MESSAGES` and `LANG` choose it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gettext import NullTranslations

CATALOGUES = Path(__file__).parents[1] / "locale"
_VARIABLES = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")


def find_catalogue(environ: Mapping[str, str], folder: Path) -> NullTranslations | None:
    """The catalogue in `folder` for the language that `environ` asks for; None for English."""
    wanted = next(filter(None, map(environ.get, _VARIABLES)), "")
    if wanted.startswith(("en", "C", "POSIX")) or not wanted or not folder.is_dir():
        return None
    from gettext import translation

    languages = [part for part in wanted.split(":") if part]
    try:
        return translation("fttui", folder, languages)
    except OSError:
        return None


_catalogue = find_catalogue(os.environ, CATALOGUES)
translate: Callable[[str], str] = _catalogue.gettext if _catalogue else str


def _(text: str, /, **values: object) -> str:
    """`text` in the user's language, with `values` where it names them in braces."""
    shown = translate(text)
    return shown.format(**values) if values else shown


def plural(count: int, one: str, many: str = "") -> str:
    """The noun alone, as it goes with `count`: `example` or `examples`."""
    many = many or f"{one}s"
    if _catalogue is not None:
        return _catalogue.ngettext(one, many, count)
    return translate(one if count == 1 else many)
