"""Lines become JSON where that is certain; all that is done to them is told, nothing else is."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fttui.terminal.text import safe
from fttui.training_data.converting import Line
from fttui.training_data.corrections import KINDS, RepairLog
from fttui.training_data.faults.diagnosis import diagnose, examine
from fttui.training_data.joining import joined
from fttui.training_data.mending_lines import mended_lines
from fttui.training_data.rules import Problems
from fttui.training_data.syntax import parse
from unit.training_data.training_samples import CHAT, check, lines, many, only

GOOD = json.dumps(CHAT)


def mend(*texts: str | bytes) -> tuple[list[tuple[int, str]], list[str]]:
    """What the lines become, with their numbers, and what is told."""
    log = RepairLog()
    given_lines = [
        Line(text if isinstance(text, bytes) else text.encode(), number)
        for number, text in enumerate(texts, 1)
    ]
    left = [(line.number, line.data.decode("latin-1")) for line in mended_lines(given_lines, log)]
    return left, [correction.sentence for correction in log.corrections()]


def test_good_and_blank_lines_and_what_nobody_can_mend_pass_as_they_are() -> None:
    texts = [GOOD, "", "  ", '{"a": NaN}', b'{"a": "\xff"}', "5", '{"a": 1, "a": 2}', GOOD]
    left, told = mend(*texts)
    assert [number for number, _text in left] == list(range(1, 9))
    wanted = [text if isinstance(text, str) else text.decode("latin-1") for text in texts]
    assert [text for _number, text in left] == wanted
    assert told == []


def test_a_mend_keeps_numbers_and_other_lines_and_is_told() -> None:
    left, told = mend(GOOD, "{'a': 1}", GOOD + ",", "// made by hand", GOOD + GOOD)
    assert [number for number, _text in left] == [1, 2, 3, 5, 5]
    assert [json.loads(text) for _number, text in left] == [CHAT, {"a": 1}, CHAT, CHAT, CHAT]
    assert told == [
        "1 line with a comma too many corrected (line 3)",
        "1 line with wrong quotes corrected (line 2)",
        "1 line with several examples put on lines of their own (line 5)",
        "1 line that is no example removed: // made by hand (line 4)",
    ]


def test_what_stood_before_an_object_is_told() -> None:
    assert mend("12) " + GOOD)[1] == [
        "1 line with something before its object cleaned: 12) (line 1)"
    ]


@pytest.mark.parametrize(
    "line",
    [
        f"/* 1 */ {GOOD} /* 2 */",
        f"<!-- 1 --> {GOOD} <!-- 2 -->",
        f'{GOOD[:-1]} # "weight": 1}}',
        f'{GOOD[:-1]}, // "tools": []}}',
        GOOD.replace('"', "&quot;").replace("Hi", "a=1&copy=2"),
    ],
)
def test_no_part_of_an_example_is_taken_for_a_comment_or_a_character(line: str) -> None:
    left, told = mend(line)
    values = [json.loads(text) for _number, text in left if text != line]
    assert values in ([], [CHAT])
    assert "weight" not in " ".join(told)
    assert left


def test_quotes_written_as_entities_are_read_with_the_other_entities() -> None:
    line = GOOD.replace("Hi", "a &amp; b").replace('"', "&quot;")
    assert json.loads(mend(line)[0][0][1])["messages"][1]["content"] == "a & b"


def test_several_faults_of_a_line_are_mended_together() -> None:
    line = '1. {messages: [{\'role\': “user”, "content": "C:\\Ferry",}], a: None,}; // all'
    left, told = mend(line)
    assert json.loads(left[0][1]) == {
        "messages": [{"role": "user", "content": "C:\\Ferry"}],
        "a": None,
    }
    assert len(told) == 7


@pytest.mark.parametrize(
    ("pieces", "content"),
    [
        (("on", "day 0"), "on\nday 0"),
        (("on", "", "day 0"), "on\n\nday 0"),
        (("a", '\\"b\\", c', "5"), 'a\n"b", c\n5'),
    ],
)
def test_a_line_feed_within_a_text_is_joined(pieces: tuple[str, ...], content: str) -> None:
    broken = GOOD.replace('"Hi"', f'"{chr(10).join(pieces)}"').split("\n")
    left, told = mend(GOOD, *broken, GOOD)
    assert [number for number, _text in left] == [1, 2, 2 + len(pieces)]
    assert json.loads(left[1][1])["messages"][1]["content"] == content
    assert told == ["1 example that was broken over lines joined (line 2)"]


def test_an_object_over_several_lines_is_joined() -> None:
    left, _told = mend(GOOD, *json.dumps(CHAT, indent=1).split("\n"), GOOD)
    assert [json.loads(text) for _number, text in left] == [CHAT] * 3


def test_a_line_that_was_cut_takes_no_other_example() -> None:
    for cut in (GOOD[:-20], GOOD[:40], '{"messages": ['):
        left, told = mend(cut, GOOD, GOOD)
        assert [text for _number, text in left] == [cut, GOOD, GOOD]
        assert told == []


def test_a_line_that_is_an_object_is_never_the_rest_of_a_text() -> None:
    texts = ['{"a": "x', "{}", 'y"}']
    assert mend(*texts) == ([(1, texts[0]), (2, "{}"), (3, 'y"}')], [])


def test_a_line_of_too_many_values_is_left() -> None:
    line = "[" + "{}," * 1_000_001 + "{}]"
    assert mend(line) == ([(1, line)], [])


def test_joining_ends_after_many_lines() -> None:
    assert joined('{"a": "x', [b"y"] * 199 + [b'"}']) is not None
    assert joined('{"a": "x', [b"y"] * 200 + [b'"}']) is None
    assert joined('{"a": "x', [b"y" * 4_000_000, b'"}']) is None
    assert joined('{"a": "x', [b"\xff", b'"}']) is None


def test_front_matter_goes_at_the_beginning_only() -> None:
    left, told = mend("---", "title: ferries", "", "---", GOOD)
    assert left == [(3, ""), (5, GOOD)]
    assert told == ["3 lines that are no example removed: ---, title: ferries (lines 1, 2, 4)"]
    left, told = mend(GOOD, "---", "title: ferries", "---")
    assert left == [(1, GOOD), (3, "title: ferries")]
    assert told == ["2 lines that are no example removed: --- (lines 2, 4)"]
    assert mend("---", GOOD, "---")[0] == [(2, GOOD)]


def test_examples_in_a_list_or_encoded_twice_get_lines_of_their_own() -> None:
    big = '{"a": 123456789012345678901234567890, "b": 1, "b": 2}'
    for line, kind in [
        (f"[{big}, {GOOD}]", "several examples"),
        (json.dumps(f"[{big}, {GOOD}]"), "encoded twice"),
        (json.dumps([big, json.dumps(GOOD)]), "several examples"),
    ]:
        left, told = mend(line)
        assert left == [(1, big), (1, GOOD)]
        assert kind in told[0]


def test_a_list_of_messages_or_of_anything_else_is_left() -> None:
    for line in (
        json.dumps(CHAT["messages"]),
        '[{"from": "human", "value": "Hi"}]',
        "[]",
        f"[{GOOD}, 5]",
        '"hello"',
        '["hello"]',
        json.dumps("[1, 2]"),
    ):
        assert mend(line) == ([(1, line)], [])


def test_the_check_tells_of_a_broken_line_once_and_of_its_rest(tmp_path: Path) -> None:
    broken = GOOD.replace('"Hi"', '"on\nday"')
    report = check(tmp_path, lines(many(CHAT)) + broken.encode() + b"\n" + GOOD.encode())
    first, rest = report.of_rule("json-syntax")
    assert (first.line, first.mend, first.column) == (61, "joined", broken.index("\n") + 1)
    assert "it goes on in the next one" in first.message
    assert (rest.line, rest.mend) == (62, "joined")
    assert "the rest of the one before" in rest.message
    assert all(problem.fix.endswith(": fttui check --fix OUT") for problem in (first, rest))


def test_the_check_tells_of_front_matter(tmp_path: Path) -> None:
    content = b"---\ntitle: ferries\n---\n" + lines(many(CHAT))
    problems = check(tmp_path, content).of_rule("json-syntax")
    assert [(problem.line, problem.mend) for problem in problems] == [
        (number, "dropped") for number in (1, 2, 3)
    ]
    front = [b"---\n", b"title: ferries\n", b"---\n"]
    for begins, mend_name in ((0, "dropped"), (5, "")):
        found = Problems(lines=front, begins=begins)
        found.line = 2
        parse(front[1], found)
        assert [problem.mend for problem in found.listed] == [mend_name]
    later = check(tmp_path, lines(many(CHAT)) + b"title: ferries\n")
    assert only(later, "json-syntax").mend == ""


@pytest.mark.parametrize(
    ("line", "words", "mend_name"),
    [
        (json.dumps(GOOD), "encoded twice", "decoded"),
        (f"[{GOOD}, {GOOD}]", "a list of 2 objects", "split"),
        ("[]", "an empty list", ""),
    ],
)
def test_the_check_tells_of_examples_in_a_list_or_text(
    tmp_path: Path, line: str, words: str, mend_name: str
) -> None:
    problem = only(check(tmp_path, lines(many(CHAT)) + line.encode()), "json-object")
    assert words in problem.message
    assert problem.mend == mend_name
    assert problem.fix.endswith(": fttui check --fix OUT") is bool(mend_name)


TEXT = st.text(
    st.characters(exclude_characters="\\\"'", exclude_categories=["Cs", "Cc"]), max_size=8
)
VALUES = st.lists(TEXT, min_size=2, max_size=4).map(
    lambda texts: {"messages": [{"role": "user", "content": text} for text in texts]}
)


def _places(line: str, piece: str) -> list[int]:
    return [at for at in range(len(line)) if line.startswith(piece, at)]


BREAKS = [
    # name, what is there, what is put there, how far behind its beginning the fault is
    ("unquoted-key", '"content"', "content", 0),
    ("other-quotes", '"role"', "'role'", 0),
    ("other-quotes", '"user"', "‘user’", 0),
    ("half-quoted-key", '"role"', 'role"', 0),
    ("cut-key", '"role"', '"role', 0),
    ("two-commas", '", "content"', '",, "content"', 1),
    ("comma-before-bracket", "}, {", ",}, {", 0),
    ("missing-comma", '", "content"', '" "content"', 2),
    ("missing-comma", "}, {", "} {", 2),
    ("semicolon", '", "content"', '"; "content"', 1),
    ("missing-colon", '"role": "', '"role" "', 7),
    ("other-colon", '"role": ', '"role"= ', 6),
    ("other-sign", '"role": ', '"role"： ', 6),
    ("other-sign", "}, {", "}，{", 1),
    ("invisible", "}, {", "},\u200b{", 2),
    ("invisible", '"role": ', '"role":\xa0', 7),
    ("raw-control", 'user"', 'user\t"', 4),
    ("backslash", 'user"', 'user\\d"', 4),
    ("comment", "}, {", "}, /* next */{", 3),
    ("lost-bracket", '"}, {', '", {', 1),
]


@given(VALUES, st.sampled_from(BREAKS), st.data())
def test_any_one_fault_is_named_at_its_place_and_mended(
    value: dict[str, object], row: tuple[str, str, str, int], data: st.DataObject
) -> None:
    name, piece, wrong, behind = row
    line = json.dumps(value, ensure_ascii=False)
    at = data.draw(st.sampled_from(_places(line, piece)))
    broken = line[:at] + wrong + line[at + len(piece) :]
    examined = examine(broken)
    assert (examined.fault.name, examined.fault.column) == (name, at + behind + 1)
    assert examined.fault.is_certain
    assert examined.lines is not None
    mended = json.dumps(json.loads(examined.lines[0]), ensure_ascii=False)
    assert mended.replace("user\\t", "user").replace("user\\\\d", "user") == line


WORDS = ("True", "None", "NaN", "role", "0x1", "//", "- ", "data:", "---", "```", "1.", "=>")
SIGNS = tuple("{}[]\",:;'\\“”\t\0# \u200b")
PIECES = st.sampled_from((GOOD, '"a"', '{"a": 1}', "'b'", "\\u", *WORDS, *SIGNS))


@given(st.lists(st.lists(PIECES, max_size=12).map("".join), max_size=6))
def test_no_line_is_lost_or_changed_in_silence(texts: list[str]) -> None:
    log = RepairLog()
    given_lines = [Line(text.encode(), number) for number, text in enumerate(texts, 1)]
    left = list(mended_lines(given_lines, log))
    told = log.corrections()
    assert all(correction.kind in KINDS for correction in told)
    lines_told = {number for correction in told for number in correction.lines}
    for line in left:
        if line.data.decode() != texts[line.number - 1]:
            assert line.number in lines_told
            json.loads(line.data)
    lost = set(range(1, len(texts) + 1)) - {line.number for line in left}
    joins = [number for one in told if one.kind == "joined" for number in one.lines]
    assert all(number in lines_told or any(start < number for start in joins) for number in lost)


@given(st.lists(PIECES, max_size=30).map("".join) | st.text(max_size=40))
def test_whatever_a_line_is_a_place_in_it_is_named(text: str) -> None:
    fault = diagnose(text)
    assert 1 <= fault.column <= len(text) + 1
    assert safe(fault.what) == fault.what
    assert fault.fix
    assert fault.is_certain is bool(fault.kind)


@pytest.mark.parametrize(
    "line",
    [
        '{"a": "' + "\\d x" * 20_000 + '"}',
        '{"a": "' + 'x" y ' * 20_000 + '"}',
        "['" + "x'y', '" * 20_000 + "']",
        "{" + "'a': 'b', " * 30_000 + "'c': 1}",
        "a" + " " * 100_000 + "x",
        "a" + " " * 100_000 + "{x",
        ";" + " " * 100_000 + "{",
        '{"a' + " " * 100_000 + 'x": 1 "',
        "{" + "\u200b" * 60_000 + "}",
        "[" * 100_000,
        '{"a":' * 50_000,
        "'" * 100_000 + "{",
        "[True," * 60_000,
        "{}}" + " " * 100_000 + "x",
        "INFO" * 30_000,
        "{}" + "; " * 100_000 + "x",
        '{"a": [' + ("1" * 299 + ",") * 10_000 + "1e999]}",
    ],
    ids=range(17),
)
def test_a_hostile_line_is_told_of_at_once(line: str) -> None:
    begun = time.thread_time()
    assert diagnose(line).what
    assert time.thread_time() - begun < 5
