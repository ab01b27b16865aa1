"""A repaired copy is offered for what it mends, and for nothing else."""

import json
from pathlib import Path

import pytest

from fttui.training_data.check import check_file
from fttui.training_data.repair import repair
from fttui.training_data.rules import LISTED
from fttui.training_data.wording import mendable_rules
from unit.training_data.training_samples import CHAT, PREFERENCE, check, lines, many, write

GOOD = lines(many(CHAT))
COMMA = b'{"messages": [{"role": "user", "content": "Hi"},]}\n'


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"\xef\xbb\xbf" + GOOD, "byte-order-mark"),
        (GOOD.replace(b"\n", b"\r\n"), "crlf"),
        (GOOD.replace(b"\n", b"\n\n", 1), "blank-line"),
        (GOOD + GOOD.splitlines(keepends=True)[0], "duplicate-example"),
        (GOOD.replace(b"Hi", "Hí".encode("cp1252"), 1), "not-utf8"),
        (GOOD.decode().encode("utf-16"), "not-utf8"),
        (json.dumps(many(CHAT), indent=1).encode(), "file-kind"),
        (GOOD.replace(b"}]}\n", b"},]}\n", 1), "json-syntax"),
    ],
)
def test_what_a_copy_mends_is_said_to_be_mendable(
    tmp_path: Path, content: bytes, rule: str
) -> None:
    source = write(tmp_path, content)
    report = check_file(source, count_tokens=False)
    assert mendable_rules(report) == (rule,)
    copy = repair(source, tmp_path / "copy.jsonl", count_tokens=False).check
    assert rule not in copy.counts


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (lines(many(CHAT, 20)), "few-examples"),
        (lines(many(CHAT, 3)), "too-few-examples"),
        (b"", "file-empty"),
        (b"PAR1" + b"\0" * 50, "file-kind"),
        (GOOD.replace(b'{"messages"', b'{"a": NaN, "messages"', 1), "json-syntax"),
        (GOOD.replace(b'"assistant"', b'"asistant"', 1), "message-role"),
    ],
)
def test_what_a_person_has_to_decide_is_not(tmp_path: Path, content: bytes, rule: str) -> None:
    report = check(tmp_path, content)
    assert rule in report.counts
    assert mendable_rules(report) == ()


def test_of_problems_that_are_not_listed_some_may_be_mendable(tmp_path: Path) -> None:
    wrong = GOOD.splitlines(keepends=True)[0].replace(b'{"messages"', b'{"a": NaN, "messages"')
    every = GOOD + wrong * LISTED
    assert "json-syntax" not in mendable_rules(check(tmp_path, every))
    assert "json-syntax" in mendable_rules(check(tmp_path, every + COMMA))


@pytest.mark.parametrize(
    ("key", "value", "rule"),
    [("metadata", "null", "unknown-key"), ("functions", "[]", "tools")],
)
def test_a_key_that_holds_nothing_is_said_to_be_left_out_by_a_copy(
    tmp_path: Path, key: str, value: str, rule: str
) -> None:
    source = write(tmp_path, GOOD.replace(b"}]}\n", f'}}], "{key}": {value}}}\n'.encode(), 1))
    (problem,) = check_file(source, count_tokens=False).of_rule(rule)
    assert (problem.path, problem.mend) == (key, "nulls")
    assert problem.fix == "leave the key out, it holds nothing: fttui check --fix OUT"
    assert repair(source, tmp_path / "copy.jsonl", count_tokens=False).check.ok


def test_what_belongs_into_the_input_of_a_pair_is_to_be_moved_there(tmp_path: Path) -> None:
    report = check(tmp_path, many(PREFERENCE | {"tools": []}))
    assert report.of_rule("unknown-key")[0].fix == "move tools into input"
