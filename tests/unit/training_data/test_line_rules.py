"""Lines that are not JSON, or JSON with hidden faults: each is named with its place and cause."""

import json
from pathlib import Path

import pytest

from fttui.training_data.syntax import has_too_many_values, structural_quotes
from unit.training_data.training_samples import CHAT, check, check_with, lines, many, only

GOOD = json.dumps(CHAT).encode()


def around(value: bytes) -> bytes:
    """A good example with raw JSON in the place of the user's text."""
    return GOOD.replace(b'"Hi"', value)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (around(b"NaN"), "NaN is not JSON"),
        (around(b"Infinity"), "Infinity is not JSON"),
        (around(b"-Infinity"), "-Infinity is not JSON"),
        (around(b"1e999"), "too large"),
        (around(b"01"), ""),
        (around(b"+1"), ""),
        (around(b"None"), "None is not JSON"),
        (around(b"True"), "True is not JSON"),
        (around(b"undefined"), "JavaScript"),
        (around(b"'Hi'"), "double quotes"),
        (around(b'"a\tb"'), "a tab (U+0009)"),
        (around(rb'"\x41"'), "escape"),
        (GOOD[:-1] + b",}", "comma stands before the closing bracket"),
        (GOOD + b" // good", "comments"),
        (GOOD + GOOD, "more than one object"),
        (GOOD[:40], "ends within the text"),
        (b"hello", ""),
        (b"{", "ends in the middle"),
        (GOOD.replace(b": ", b" ", 1), "a colon is missing"),
        (b"\x00", ""),
    ],
)
def test_what_is_not_json_is_refused_with_its_column_and_cause(
    tmp_path: Path, line: bytes, words: str
) -> None:
    report = check_with(tmp_path, line)
    problem = only(report, "json-syntax")
    assert (problem.line, problem.example, problem.path) == (12, 12, "")
    assert "column" in problem.message
    assert words in problem.message
    assert problem.fix


def test_the_column_counts_characters_from_one(tmp_path: Path) -> None:
    problem = only(check_with(tmp_path, '{"é": NaN}'.encode()), "json-syntax")
    assert "column 7:" in problem.message


@pytest.mark.parametrize("line", [b"[]", b'"x"', b"5", b"null", b"true", b"[" + GOOD + b"]"])
def test_a_line_that_is_no_object_is_refused(tmp_path: Path, line: bytes) -> None:
    assert only(check_with(tmp_path, line), "json-object").line == 12


@pytest.mark.parametrize(
    ("line", "guess"),
    [
        (around('"Grüße"'.encode("latin-1")), "Windows-1252"),
        (around(b'"\xed\xa0\xbd\xed\xb8\x80"'), "CESU-8"),
        (around(b'"\xff\xfe"'), "Windows-1252"),
    ],
)
def test_a_line_that_is_not_utf_8_is_refused_with_the_byte_and_a_guess(
    tmp_path: Path, line: bytes, guess: str
) -> None:
    report = check_with(tmp_path, line)
    problem = only(report, "not-utf8")
    content = lines(many(CHAT)[:11]) + line
    bad = next(at for at in range(len(content)) if content[at] >= 0x80)
    assert f"byte {bad:,} of the file (0x{content[bad]:02x})" in problem.message
    assert guess in problem.message
    assert problem.line == 12


@pytest.mark.parametrize(
    ("line", "guess"),
    [
        ('{"a": "é"}'.encode("utf-16-le"), "it looks like UTF-16"),
        (b'{"a": "' + b"\x80\x81" * 200 + b'"}', "the encoding is unknown"),
        (b'{"a": "\xc0\x80"}', "Java's UTF-8"),
    ],
)
def test_other_bytes_get_a_guess_too(tmp_path: Path, line: bytes, guess: str) -> None:
    assert guess in only(check_with(tmp_path, line), "not-utf8").message


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        (b"{", "json-syntax"),
        (b"\xff", "not-utf8"),
        (around(rb'"\ud800"'), "lone-surrogate"),
        (b"[" * 2_000, "json-depth"),
        (GOOD.replace(b'"role": "user"', b'"role": "user", "role": "user"'), "duplicate-key"),
    ],
)
def test_of_each_rule_all_are_counted_and_a_hundred_listed(
    tmp_path: Path, line: bytes, rule: str
) -> None:
    report = check(tmp_path, lines(many(CHAT)) + (line + b"\n") * 130)
    assert report.counts[rule] == 130
    assert len(report.of_rule(rule)) == 100


def test_a_long_line_that_is_not_json_is_told_as_any_other(tmp_path: Path) -> None:
    line = b'{"a" 1, "b": "' + b"x" * (1 << 20) + b'"}'
    problem = only(check_with(tmp_path, line), "json-syntax")
    assert "not valid JSON in column 6: a colon is missing" in problem.message
    assert problem.fix == "write a colon: fttui check --fix OUT"
    assert problem.mend == "colon"


def test_a_long_line_may_hold_a_million_values_and_no_more() -> None:
    padding = b" " * (1 << 20)
    for extra, told in ((0, False), (1, True)):
        line = b"[" + b"," * (999_999 + extra) + padding
        assert has_too_many_values(line) is told
    assert not has_too_many_values(b"," * 1_000_001)


@pytest.mark.parametrize(
    ("text", "quotes"),
    [
        (rb'"a"', 2),
        (rb'"a\"b"', 2),
        (rb'"a\\"', 2),
        (rb'"a\\\""', 2),
        (rb'"\\" "\\\\"', 4),
        (rb'{"a": "\u0022"}', 4),
    ],
)
def test_only_the_quotes_around_texts_are_counted(text: bytes, quotes: int) -> None:
    assert structural_quotes(text) == quotes


@pytest.mark.parametrize("escape", [rb"\ud800", rb"\udc00", rb"\ud800A", rb"\udbff\ud800"])
def test_half_a_surrogate_pair_is_refused(tmp_path: Path, escape: bytes) -> None:
    report = check_with(tmp_path, around(b'"' + escape + b'"'))
    assert only(report, "lone-surrogate").line == 12


def test_a_whole_surrogate_pair_is_fine(tmp_path: Path) -> None:
    assert not check_with(tmp_path, around(rb'"\ud83d\ude00"')).counts


@pytest.mark.parametrize(
    ("line", "path"),
    [
        (GOOD.replace(b'{"messages"', b'{"messages": [], "messages"'), "messages"),
        (GOOD.replace(b'{"messages"', b'{"messages":[],"messages"'), "messages"),
        (GOOD.replace(b'"role": "user"', b'"role": "user", "role": "user"'), "messages[1].role"),
        (GOOD.replace(b'"role": "user"', b'"role":"user","role":"user"'), "messages[1].role"),
        (
            GOOD.replace(b'"content": "Hi"', b'"content": "", "content": "Hi"'),
            "messages[1].content",
        ),
        (around(b'"a \\" b", "content": "Hi"'), "messages[1].content"),
        (around(b'"a \\\\", "content": "Hi"'), "messages[1].content"),
        (
            GOOD.replace(b'{"role": "user"', b'{"name": "a", "name": "b", "role": "user"'),
            "messages[1].name",
        ),
        (GOOD.replace(b'"Hello."', b'"Hello.", "weight": 0, "weight": 1'), "messages[2].weight"),
        (
            GOOD.replace(b'"content": "Hi"', b'"cont\\u0065nt": "x", "content": "Hi"'),
            "messages[1].content",
        ),
    ],
)
def test_a_repeated_key_is_told_where_it_is(tmp_path: Path, line: bytes, path: str) -> None:
    problem = only(check_with(tmp_path, line), "duplicate-key")
    assert (problem.line, problem.path) == (12, path)


@pytest.mark.parametrize("text", [r"a \\", r"\\\\", r"\"\\", r"\\\"", r"C:\\dir\\", r"\" \\\" \\"])
def test_a_text_that_ends_in_escaped_backslashes_is_no_repeated_key(
    tmp_path: Path, text: str
) -> None:
    quoted = b'"' + text.encode() + b'"'
    assert json.loads(quoted)
    assert not check_with(tmp_path, around(quoted)).counts
    twice = around(quoted + b', "content": ' + quoted)
    assert only(check_with(tmp_path, twice), "duplicate-key").path == "messages[1].content"


def test_text_that_only_looks_like_a_repeated_key_is_fine(tmp_path: Path) -> None:
    text = json.dumps('{"role": "user", "role": "x"} \\" content "content"').encode()
    assert not check_with(tmp_path, around(text)).counts
    assert not check_with(tmp_path, around(b'"content"')).counts
    assert not check_with(tmp_path, around(b'"role"')).counts


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (rb'"a\u0000"', "control-character"),
        (rb'"\u001b[31m"', "control-character"),
        (rb'"\u007f"', "control-character"),
        ('"a\u2028b"'.encode(), "line-separator"),
        ('"a\u2029b"'.encode(), "line-separator"),
    ],
)
def test_odd_characters_are_warned_of(tmp_path: Path, text: bytes, rule: str) -> None:
    report = check_with(tmp_path, around(text))
    assert only(report, rule).line == 12
    assert report.ok


@pytest.mark.parametrize("text", [rb'"\u000a\u0009\u000D"', rb'"\\u0000"', rb'"\u00e9"'])
def test_usual_escapes_are_no_odd_characters(tmp_path: Path, text: bytes) -> None:
    assert not check_with(tmp_path, around(text)).counts


@pytest.mark.parametrize("depth", [65, 500, 100_000])
def test_deep_nesting_is_refused(tmp_path: Path, depth: int) -> None:
    report = check_with(tmp_path, b'{"messages": ' + b"[" * depth + b"]" * depth + b"}")
    assert report.counts["json-depth"] == 1


def test_nesting_of_64_levels_is_no_depth_problem(tmp_path: Path) -> None:
    report = check_with(tmp_path, b'{"messages": ' + b"[" * 63 + b"]" * 63 + b"}")
    assert "json-depth" not in report.counts


def test_an_excerpt_of_the_file_cannot_steer_the_terminal(tmp_path: Path) -> None:
    report = check_with(tmp_path, b'{"messages": \x1b]52;c;aGk=\x07 NaN}')
    problem = only(report, "json-syntax")
    assert problem.message.isprintable()


@pytest.mark.parametrize(
    ("secret", "kind"),
    [
        ("sk-proj-" + "a1B2" * 12, "an API key (sk-…)"),
        ("sk-" + "a1B2" * 12, "an API key (sk-…)"),
        ("sk-ant-api03-" + "a1B2" * 20, "an API key (sk-…)"),
        ("-----BEGIN RSA PRIVATE KEY-----\\nMIIE", "a private key (PEM)"),
        ("-----BEGIN PRIVATE KEY-----", "a private key (PEM)"),
        ("AKIA" + "ABCD2345" * 2, "an AWS access key"),
        ("ghp_" + "a1B2" * 9, "a GitHub token"),
        ("AIza" + "a1B2c" * 7, "a Google API key"),
    ],
)
def test_a_secret_is_warned_of_with_its_place_and_not_repeated(
    tmp_path: Path, secret: str, kind: str
) -> None:
    report = check_with(tmp_path, around(f'"use {secret} please"'.encode()))
    problem = only(report, "secret")
    assert (problem.line, problem.example) == (12, 12)
    assert problem.path == "messages[1].content"
    assert kind in problem.message
    assert secret[:12] not in problem.message
    assert report.secrets == {kind: 1}


@pytest.mark.parametrize(
    "text", ["a task-based approach, risk-free", "sk-", "ask-me-anything-about-this", "AKIAbcd"]
)
def test_words_are_no_secrets(tmp_path: Path, text: str) -> None:
    assert not check_with(tmp_path, around(json.dumps(text).encode())).counts


def test_every_secret_is_counted_and_lines_stay_right_after_blank_ones(tmp_path: Path) -> None:
    key = b"sk-" + b"a1B2" * 8
    content = b"\n" + lines(many(CHAT)) + b"\n" + around(b'"' + key + b" " + key + b'"') + b"\n"
    report = check(tmp_path, content)
    assert [(p.line, p.example) for p in report.of_rule("secret")] == [(63, 61), (63, 61)]
    assert report.counts["secret"] == 2
