"""Every catalogue has every text, and says with it what the English says."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from translations.texts import find_texts
from translations.update import FOLDER

from fttui.terminal.language import _, clauses, english_text, speaking

PACKAGE = FOLDER.parent
CATALOGUES = sorted(FOLDER.glob("*/LC_MESSAGES/fttui.po"))
LANGUAGES = [path.parts[-3] for path in CATALOGUES]
PERCENT = re.compile(r"%(?:\(\w+\))?[rsd]")
ANYTHING_BUT_TEXT = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\ufeff]")


@cache
def catalogue(language: str) -> Catalog:
    with (FOLDER / language / "LC_MESSAGES" / "fttui.po").open("rb") as file:
        return read_po(file, locale=language)


def messages(language: str) -> Iterator[Message]:
    return (message for message in catalogue(language) if message.id)


def pairs(message: Message) -> list[tuple[str, str]]:
    """Each English form of a text beside a translated one."""
    if isinstance(message.id, str):
        return [(message.id, str(message.string))]
    ones = [message.id[0], *[message.id[1]] * (len(message.string) - 1)]
    return list(zip(ones, message.string, strict=True))


def values(text: str) -> list[tuple[str, str]]:
    """The values that a text names, with what they are converted by."""
    if "%Y" in text:  # as strftime writes a date
        return []
    if PERCENT.search(text):
        return sorted((name, "") for name in PERCENT.findall(text))
    try:
        fields = list(string.Formatter().parse(text))
    except ValueError:  # shown as it is, with a brace in it
        return []
    return sorted({(name, conversion or "") for _text, name, _spec, conversion in fields if name})


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_missing_and_none_is_there_that_is_shown_no_more(language: str) -> None:
    """`uv run --group translate python -m translations.update` brings in what is missing."""
    texts = {(text.context or None, text.one, text.many) for text in find_texts()}
    there = {
        (message.context, *([*message.id] if message.pluralizable else [message.id, ""]))
        for message in messages(language)
    }
    assert sorted(text[1] for text in texts - there) == []
    assert sorted(text[1] for text in there - texts) == []
    assert len(catalogue(language).obsolete) == 0
    empty = [one.id for one in messages(language) if not all(said for _text, said in pairs(one))]
    assert empty == []
    assert [message.id for message in messages(language) if message.fuzzy] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_has_lost_or_gained_a_value(language: str) -> None:
    wrong = [
        (text, said)
        for message in messages(language)
        for text, said in pairs(message)
        if said and values(text) != values(said)
    ]
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_are_plain_and_begin_and_end_with_the_blanks_of_the_english(language: str) -> None:
    def ends(text: str) -> tuple[str, str]:
        blanks = " \n"
        return text[: len(text) - len(text.lstrip(blanks))], text[len(text.rstrip(blanks)) :]

    every = [pair for message in messages(language) for pair in pairs(message) if pair[1]]
    assert [said for _text, said in every if ANYTHING_BUT_TEXT.search(said)] == []
    assert [said for text, said in every if text.strip() and ends(text) != ends(said)] == []


ONE_NAME = {
    "clés? d'API": "clé API",
    "endpoints?": "point d'accès",
    "points? de terminaison": "point d'accès",
    "(état|statut) de sortie": "code de retour",
    "métriques?": "mesure",
    "modèles? de profil": "gabarit",
    "suspendre (le|les|ce|un|des) jobs?": "mettre en pause",
}
"""What is not said in French, and what is said for it."""
CODE = re.compile(r"`[^`]*`|&\w+;|\"[^\"]*\":?|https?://\S+")


def test_one_thing_has_one_name_in_french() -> None:
    said = [text for message in messages("fr") for _english, text in pairs(message)]
    for other, name in ONE_NAME.items():
        words = re.compile(rf"\b{other}\b", re.IGNORECASE)
        assert [text for text in said if words.search(CODE.sub("", text))] == [], name


def test_signs_are_set_in_french_with_a_space_that_does_not_break() -> None:
    wrong = re.compile(
        r"\w[;!?](?=\s|$)|[\w)}»] [:;!?%»](?=[\s.,]|$)|«(?!\u00a0)|(?<!\u00a0)»|\d \d{3}"
    )
    said = [text for message in messages("fr") for _english, text in pairs(message)]
    assert [text for text in said if wrong.search(CODE.sub("", text))] == []


def test_clauses_are_joined_by_the_signs_of_the_language_and_know_their_english() -> None:
    with speaking("fr"):
        joined = clauses((_("deleted"), "b"))
    assert joined == "supprimé\u00a0; b" and english_text(joined) == "deleted; b"
    app = [path for path in PACKAGE.rglob("*.py") if "server" not in path.parts]
    by_hand = [path.name for path in app if re.search(r"""["']; ["']\.join""", path.read_text())]
    assert sorted(by_hand) == ["language.py", "refusals.py"]  # an endpoint's own words stay


def test_a_text_that_another_is_added_to_still_knows_its_english() -> None:
    with speaking("fr"):
        said = _(": {said}", said="No such file") + "."
        sentence = _("{where} does not know it{said}", where="h", said=said)
    assert sentence == "h ne le connaît pas\u00a0: No such file."
    assert english_text(sentence) == "h does not know it: No such file."
    assert english_text("# " + sentence) == "# h does not know it: No such file."


def test_a_text_that_is_in_no_catalogue_is_found(tmp_path: Path) -> None:
    tmp_path.joinpath("shown.py").write_text(
        "# Translators: a greeting\n"
        'print(_("Hello"), short("Name"), counted(2, "entry", "entries"), plural(n, "job"))\n'
        "print(_(name), counted(3, what))\n"
    )
    found = {(text.context, text.one, text.many, *text.comments) for text in find_texts(tmp_path)}
    assert found == {
        ("", "Hello", "", "a greeting"),
        ("short", "Name", "", "a greeting"),
        ("", "entry", "entries", "a greeting"),
        ("", "job", "jobs", "a greeting"),
    }
