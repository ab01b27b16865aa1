"""What is shown of a problem and of a copy, in lines of a given width."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.cells import cell_len

from fttui.interface.kit.lines import plain_text
from fttui.interface.screens.report_text import change_lines, problem_lines, rule_lines
from fttui.interface.screens.save_copy import free_name
from fttui.training_data.repair_plan import Change
from fttui.training_data.rules import RULES, Problem
from fttui.training_data.split import free_split_names


def problem(**more: object) -> Problem:
    fields = {"message": "not valid JSON", "fix": "write double quotes", **more}
    return Problem("json-syntax", 3, 3, "", **fields)  # type: ignore[arg-type]


def texts(shown: Problem, width: int = 40, most: int = 8) -> list[str]:
    return [plain_text(line) for line in problem_lines(shown, width, most, "f")]


def test_the_caret_stands_under_its_place() -> None:
    lines = texts(problem(excerpt="{\"a\": 'b'}", caret=6))
    assert lines == [
        "json-syntax · line 3",
        "not valid JSON",
        "  {\"a\": 'b'}",
        "        ^",
        "Fix: write double quotes",
    ]


@pytest.mark.parametrize("letter", ["x", "漢"])
@pytest.mark.parametrize("caret", [0, 30, 56])
def test_a_piece_that_is_too_wide_is_moved_so_that_its_place_is_in_sight(
    letter: str, caret: int
) -> None:
    width = cell_len(letter)
    before = letter * (caret // width)
    lines = texts(problem(excerpt=f"{before}!{letter * (60 // width)}", caret=caret))
    shown, below = lines[2], lines[3]
    assert max(map(cell_len, lines)) <= 40
    assert cell_len(shown[: shown.index("!")]) == below.index("^")


def test_a_long_message_gives_way_to_the_fix_and_the_place() -> None:
    lines = texts(problem(message="word " * 200, excerpt="ab", caret=1), most=6)
    assert len(lines) == 6
    assert lines[2].endswith("…")
    assert lines[3:] == ["  ab", "   ^", "Fix: write double quotes"]


@pytest.mark.parametrize(
    ("mend", "shown"),
    [("comma", "Fix: remove it: f"), ("", "Fix: remove it: fttui check --fix OUT")],
)
def test_the_key_stands_for_the_command_where_a_copy_mends_it(mend: str, shown: str) -> None:
    lines = texts(problem(fix="remove it: fttui check --fix OUT", mend=mend), width=60)
    assert lines[-1] == shown


def test_a_rule_tells_the_fix_that_its_problems_share() -> None:
    rule = RULES["json-syntax"]
    same, other = problem(), problem(fix="delete it")
    for listed, fix in (((same, same), same.fix), ((same, other), rule.fix), ((), rule.fix)):
        lines = [plain_text(line) for line in rule_lines(rule, listed, 200, 8, "f")]
        assert lines[-1] == f"Fix: {fix}"


def test_a_change_far_along_a_line_is_in_sight() -> None:
    long = '{"messages": "' + "x" * 200
    changes = [Change(12, long + '",}', long + '"}'), Change(1_300, "", "")]
    lines = [plain_text(line) for line in change_lines(changes, 50, 1)]
    assert lines[0].startswith("   12 - …")
    assert lines[0].endswith('x",}')
    assert lines[1].endswith('x"}')
    assert lines[2] == "1,300 - "
    assert lines[3] == "      + (left out)"
    assert max(map(len, lines)) <= 50


def test_a_line_takes_as_many_lines_as_it_may() -> None:
    (first, second, *rest) = change_lines([Change(1, "a" * 100, "b")], 40, 2)
    assert plain_text(first) == "1 - " + "a" * 36
    assert plain_text(second) == "    " + "a" * 35 + "…"
    assert [plain_text(line) for line in rest] == ["  + b"]


@pytest.mark.parametrize(
    ("source", "copy"),
    [
        ("a.jsonl", "a.fixed.jsonl"),
        ("a.CSV", "a.fixed.jsonl"),
        ("a.b.parquet", "a.b.fixed.jsonl"),
        ("a.v2", "a.v2.fixed.jsonl"),
        ("a", "a.fixed.jsonl"),
        ("taken.json", "taken.fixed-2.jsonl"),
        (f"{'x' * 250}.json", f"{'x' * 250}.fixed.jsonl"),  # too long: told when it is written
    ],
)
def test_the_name_of_a_copy_is_free_and_ends_as_it_must(
    tmp_path: Path, source: str, copy: str
) -> None:
    (tmp_path / "taken.fixed.jsonl").touch()
    assert free_name(tmp_path / source) == tmp_path / copy
    assert all(path.parent == tmp_path for path in free_split_names(tmp_path / source))
