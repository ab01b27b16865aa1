"""Keys in other clothes: what is found of them, and what is left alone."""

from __future__ import annotations

import pytest

from fttui.storage.secrets import MASK, Redactor, Secret

KEY = "sk-Ab3dEf6hIj9lMn2pQr5tUv8xYz0"


@pytest.fixture
def redactor() -> Redactor:
    known = Redactor()
    known.register(Secret(KEY))
    return known


@pytest.mark.parametrize(
    "between", ["\u200b", "\0", "\n", "\u00ad", "\ufe0f", "\u0301", "\x1b[0m", "<U+200B>", ", "]
)
def test_nothing_in_between_hides_a_key(redactor: Redactor, between: str) -> None:
    assert redactor.redact_keys(f"It is {between.join(KEY)}!") == f"It is {MASK}!"


def test_a_wide_key_is_found(redactor: Redactor) -> None:
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in KEY)
    assert redactor.redact_keys(f"It is {wide}!") == f"It is {MASK}!"


def test_all_of_several_are_found_and_what_stands_between_them_is_kept(redactor: Redactor) -> None:
    text = f"one {KEY.encode().hex()} two {KEY.upper()} three {KEY}."
    assert redactor.redact_keys(text) == f"one {MASK} two {MASK} three {MASK}."


def test_a_piece_counts_from_sixteen_letters_on(redactor: Redactor) -> None:
    bare = KEY.replace("-", "").upper()
    assert redactor.redact_keys(f"({bare[5:21]})") == f"({MASK})"
    assert redactor.redact_keys(f"({bare[5:20]})") == f"({bare[5:20]})"


@pytest.mark.parametrize(
    "text",
    ["50 % of 0x41 \\u00e9 &#233; is done", "%%%%%%%%%%%%%%%%%%%%", "\\400" * 9, "&#99999999;" * 4],
)
def test_other_escapes_stay_as_they_are(redactor: Redactor, text: str) -> None:
    assert redactor.redact_keys(text) == text


def test_a_short_key_is_no_word_that_others_may_not_use() -> None:
    known = Redactor()
    known.register(Secret("not-needed"))
    assert known.redact_keys("That is not needed.") == "That is not needed."
