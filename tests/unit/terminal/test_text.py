"""What passes the gate cannot act on a terminal, and still says what it said."""

import json
import os
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.terminal.hostile import CORPUS, TOKEN, Hostile

from fttui.terminal.text import MAX_LENGTH, is_plain_id, safe, safe_json, safe_path

anything = st.text(st.characters(exclude_categories=()), max_size=200)


@given(anything, st.booleans())
def test_no_control_invisible_or_broken_character_is_left(text: str, newlines: bool) -> None:
    shown = safe(text, newlines=newlines)
    left = {c for c in shown if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")}
    assert left <= ({"\n"} if newlines else set())
    shown.encode("utf-8")


@given(anything, st.booleans(), st.integers(1, 60))
def test_passing_the_gate_twice_changes_nothing(text: str, newlines: bool, maxlen: int) -> None:
    once = safe(text, newlines=newlines, maxlen=maxlen)
    assert safe(once, newlines=newlines, maxlen=maxlen) == once
    assert len(once) <= maxlen


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert safe(text) == text


@pytest.mark.parametrize("one", CORPUS, ids=lambda one: one.name)
def test_every_hostile_string_is_shown_and_harmless(one: Hostile) -> None:
    shown = safe(one.text)
    assert shown.startswith(TOKEN)
    assert not one.needle or one.needle not in shown.encode()
    visible = [c for c in one.text[: MAX_LENGTH // 2] if c.isascii() and c.isprintable()]
    rest = iter(shown)
    assert all(c in rest for c in visible), "a letter was lost"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31mb", "a␛[31mb"),
        ("a\x7fb", "a␡b"),
        ("a\x9bcb", "a<U+009B>cb"),
        ("a\nb\r\nc", "a␊b␍␊c"),
        ("a\tb", "a    b"),
        ("\u202eabc", "<U+202E>abc"),
        ("a\u200bb\ufeff", "a<U+200B>b<U+FEFF>"),
        ("\U000e0041", "<U+E0041>"),
        ("\ud800", "<U+D800>"),
        ("\ufffe\ufdd0", "<U+FFFE><U+FDD0>"),
        ("a\u3164b", "a<U+3164>b"),
        ("❤️ 日本語 é", "❤ 日本語 é"),
        ("[/x] [red] \\", "[/x] [red] \\"),
    ],
)
def test_what_cannot_be_seen_is_named(text: str, shown: str) -> None:
    assert safe(text) == shown


def test_line_breaks_stay_where_they_are_wanted() -> None:
    assert safe("a\r\nb\rc\u2028d", newlines=True) == "a\nb␍c<U+2028>d"


def test_a_base_character_keeps_four_marks() -> None:
    assert safe("a" + "\u0301" * 300 + "b") == "a" + "\u0301" * 4 + "b"


def test_a_mark_without_a_base_does_not_climb_on_what_stands_before() -> None:
    assert safe("\u0301a") == "◌\u0301a"
    assert safe("a\n\u0301b", newlines=True) == "a\n◌\u0301b"


def test_a_long_text_is_cut_and_says_so() -> None:
    assert safe("x" * 1_000_000) == "x" * (MAX_LENGTH - 1) + "…"
    assert safe("\x1b" * 10, maxlen=5) == "␛␛␛␛…"
    assert len(safe("\u0301" * 1_000_000)) <= MAX_LENGTH


class _Awkward:
    def __str__(self) -> str:
        raise RuntimeError("no")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""),
        (b"a\xff\x1b", "a\\xff␛"),
        (3.5, "3.5"),
        (10**5000, "<int>"),
        (_Awkward(), "<_Awkward>"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_any_object_has_a_text(value: object, shown: str) -> None:
    assert safe(value) == shown


def test_an_error_is_shown_by_its_message() -> None:
    assert safe(OSError("disk\x1b[2J full")) == "disk␛[2J full"


def test_a_file_name_shows_bytes_that_are_not_utf8() -> None:
    assert safe_path(os.fsdecode(b"caf\xe9\x1b.jsonl")) == "caf\\xe9␛.jsonl"
    assert safe_path("\ud800") == "<U+D800>"


@pytest.mark.parametrize(
    "text", ["ftjob-abc123", "ft:gpt-4o-mini:org:suffix:9abc", "a/b@c+d.e_f", "x" * 256]
)
def test_usual_ids_are_plain(text: str) -> None:
    assert is_plain_id(text)


@pytest.mark.parametrize(
    "text", ["", "-rf", "a b", "a;b", "$(x)", "a\n", "a\x1b", "é", "x" * 257, "..", "a\u202e"]
)
def test_what_a_shell_may_act_on_is_no_plain_id(text: str) -> None:
    assert not is_plain_id(text)


@given(
    st.recursive(
        st.none() | st.floats() | anything, lambda x: st.lists(x) | st.dictionaries(anything, x)
    )
)
def test_json_is_printable_ascii_and_can_be_read(value: object) -> None:
    written = safe_json(value)
    assert written.isascii() and written.isprintable()
    json.loads(written, parse_constant=pytest.fail)
