"""Brings the catalogues in line with the texts: new ones are empty, those that are gone go.

    uv run --group translate python -m translations.update [LANGUAGE]

With a language that has no catalogue yet, its catalogue is begun.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from translations.texts import SOURCES, find_texts

FOLDER = SOURCES / "fttui" / "locale"


def update(path: Path) -> Catalog:
    """Write the catalogue at `path` anew, and give it."""
    language = path.parts[-3]
    if path.exists():
        with path.open("rb") as file:
            catalogue = read_po(file, locale=language)
    else:
        catalogue = _begun(language)
    catalogue.update(
        _template(), no_fuzzy_matching=True, update_header_comment=False, update_creation_date=False
    )
    catalogue.obsolete.clear()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalogue, width=100, sort_output=True, include_lineno=False)
    return catalogue


def _template() -> Catalog:
    """All texts, without a translation."""
    template = Catalog(charset="utf-8")
    for text in find_texts():
        ids = (text.one, text.many) if text.many else text.one
        places = [(place, 0) for place in text.places]
        context = text.context or None
        template.add(ids, locations=places, auto_comments=text.comments, context=context)
    return template


def _begun(language: str) -> Catalog:
    """The catalogue of a language that has none yet."""
    catalogue = Catalog(
        locale=language,
        header_comment="",
        project="fttui",
        version="1",
        last_translator="The fttui maintainers",
        language_team="The fttui maintainers",
        msgid_bugs_address="",
        charset="utf-8",
        fuzzy=False,
    )
    name = catalogue.locale.english_name if catalogue.locale else language
    catalogue.header_comment = f"# fttui in {name}."
    return catalogue


def main(arguments: list[str]) -> int:
    """Bring all catalogues in line, and tell what they lack."""
    named = {FOLDER / each / "LC_MESSAGES" / "fttui.po" for each in arguments}
    for path in sorted({*FOLDER.glob("*/LC_MESSAGES/fttui.po"), *named}):
        done = Counter(
            bool(message.string and any(message.string)) for message in update(path) if message.id
        )
        print(f"{path}: {done[True]} translated, {done[False]} to do")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
