"""The line around a problem is shown, with a mark under the place."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from fttui.terminal.text import safe
from fttui.training_data.excerpts import column_of, excerpt_of, windowed
from unit.training_data.training_samples import CHAT, check, check_with, lines, many, only

LINE = json.dumps(CHAT)


@pytest.mark.parametrize(
    ("path", "piece"),
    [
        ("messages", "[{"),
        ("messages[0]", '{"role": "system"'),
        ("messages[1].role", '"user"'),
        ("messages[2].content", '"Hello."'),
        ("messages[1].weight", '{"role": "user"'),
        ("messages[1].weight.more", '{"role": "user"'),
        ("messages[9].role", "[{"),
        ("messages[0][0]", '{"role": "system"'),
        ("tools", "{"),
        ('["odd key"]', "{"),
        ("", "{"),
    ],
)
def test_the_place_of_a_path_is_its_value_or_what_should_hold_it(path: str, piece: str) -> None:
    assert column_of(LINE.encode(), path) == LINE.index(piece) + 1


def test_odd_keys_repeated_keys_and_lines_that_cannot_be_read() -> None:
    assert column_of('{"é": {"a b": [1, 2]}}'.encode(), '["é"]["a b"][1]') == 19
    assert column_of(b'{"a\\u0007b": 1}', f'["{safe(chr(7).join("ab"))}"]') == 14
    assert column_of(b'{"a": 1, "a": 2}', "a") == 15
    assert column_of(b"", "a") is None
    assert column_of(b'{"b": ' + b"[" * 100_000, "a.b") == 1
    assert column_of(b'{"a": ', "a") == 7
    assert column_of(b"[1", "[1]") == 1
    assert column_of(b'{"a": "\xff"}', "a") == 7


def test_an_excerpt_has_the_place_in_it_and_dots_where_it_is_cut() -> None:
    line = ("x" * 100 + "!" + "y" * 100).encode()
    excerpt, caret = excerpt_of(line, 101)
    assert excerpt == f"…{'x' * 24}!{'y' * 35}…"
    assert caret == 25
    assert excerpt[caret] == "!"
    assert excerpt_of(b"!abc\r\n", 1) == ("!abc", 0)
    assert excerpt_of(b"ab!\n", 3) == ("ab!", 2)
    assert excerpt_of(b"ab\n", 3) == ("ab", 2)


def test_wide_and_hidden_characters_count_as_they_are_shown() -> None:
    assert excerpt_of("日本!".encode(), 3) == ("日本!", 4)
    assert excerpt_of("\u200b!".encode(), 2) == ("<U+200B>!", 8)
    assert excerpt_of(b"\x1b!", 2) == ("␛!", 1)


def test_no_part_of_a_secret_is_in_an_excerpt(tmp_path: Path) -> None:
    for secret in ("sk-proj-" + "a1B2" * 12, "ghp_" + "a1B2" * 9):
        text = LINE.replace('"Hi"', f'"use {secret} now", "odd": 1')
        found = check_with(tmp_path, text.encode()).problems
        assert {problem.rule for problem in found} == {"secret", "message-key"}
        assert not any("a1B2" in problem.excerpt for problem in found)
        assert [problem.excerpt for problem in found if problem.rule == "secret"] == [""]
        place = text.index(secret) + len(secret)
        assert "a1B2" not in excerpt_of(text.encode(), place)[0]
        assert "****" in excerpt_of(text.encode(), place)[0]
    key = '{"a": "-----BEGIN PRIVATE KEY-----\\nMIIE", "b": 1}'
    shown, _caret = excerpt_of(key.encode(), key.index('"b"') + 1)
    assert "MIIE" not in shown
    assert '"b": 1' in shown


@pytest.mark.parametrize(
    ("bad", "rule", "piece"),
    [
        (LINE.replace('"user"', '"usr"'), "message-role", '"usr"'),
        (LINE.replace('"Hi"', "5"), "message-content", "5}"),
        (LINE.replace('{"messages"', '{"x": 1, "messages"'), "unknown-key", "1, "),
        (LINE.replace('"content": "Hi"', "content: 5"), "json-syntax", "content: 5"),
        ("[]", "json-object", "[]"),
    ],
)
def test_every_problem_with_a_place_shows_it(
    tmp_path: Path, bad: str, rule: str, piece: str
) -> None:
    report = check_with(tmp_path, bad.encode())
    problem = only(report, rule)
    assert problem.column == bad.index(piece) + 1
    assert problem.excerpt[problem.caret :].startswith(piece)
    told = next(row for row in report.to_json()["errors"] if row["rule"] == rule)
    assert (told["column"], told["excerpt"]) == (problem.column, problem.excerpt)


def test_a_problem_of_the_whole_file_has_no_excerpt(tmp_path: Path) -> None:
    told = check(tmp_path, lines(many(CHAT, 20))).to_json()["warnings"][0]
    assert (told["column"], told["excerpt"]) == (None, "")


def test_a_plain_line_that_lacks_something_shows_its_place_too(tmp_path: Path) -> None:
    bad: dict[str, Any] = {"messages": CHAT["messages"][:2]}
    problem = only(check_with(tmp_path, bad), "no-assistant-message")
    assert (problem.path, problem.column) == ("messages", 14)
    assert problem.excerpt.startswith('{"messages": [{')


def test_a_very_long_line_is_shown_at_once() -> None:
    line = b'{"a": "' + b"x" * 30_000_000 + b'", "b": !}'
    begun = time.thread_time()
    assert column_of(line, "b") == 1
    assert excerpt_of(line, 8)[0].startswith('{"a": "')
    assert time.thread_time() - begun < 1


@given(st.binary(max_size=60), st.integers(-2, 80), st.text(max_size=12))
def test_whatever_a_line_is_an_excerpt_is_made(line: bytes, column: int, path: str) -> None:
    excerpt, caret = excerpt_of(line, column)
    assert safe(excerpt) == excerpt
    assert caret >= 0
    place = column_of(line, path)
    assert place is None or place >= 1


@given(
    st.text(st.sampled_from("ab日本e\u0301é…"), max_size=60),
    st.integers(0, 60),
    st.integers(10, 40),
)
def test_a_window_of_an_excerpt_fits_and_has_the_same_place_under_the_caret(
    text: str, at: int, room: int
) -> None:
    text = safe(text)
    at = min(at, len(text))
    while at < len(text) and not cell_len(text[at]):
        at += 1
    caret = cell_len(text[:at])
    shown, place = windowed(text, caret, room)
    assert cell_len(shown) <= max(room, 0)
    assert 0 <= place < room or not text[at:]
    rest, under = text[at:], 0
    before = ""
    for character in shown:
        if under >= place and cell_len(character):
            break
        before, under = before + character, under + cell_len(character)
    if rest and place < room - 2:
        assert under == place
        assert shown[len(before)] in (rest[0], "…")
