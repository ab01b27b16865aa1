"""What is said of a checked file: its verdict, its places and its numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

from fttui.training_data.rules import Problem
from fttui.training_data.wording import (
    broken_rules,
    extent,
    file_facts,
    place_of,
    token_facts,
    verdict,
    verdict_mark,
    where,
)
from unit.training_data.training_samples import CHAT, check, lines, many

BAD = b"[]\n" * 2


@pytest.mark.parametrize(
    ("content", "said", "mark"),
    [
        (lines(many(CHAT)), "No errors", ("✓", "good")),
        (lines(many(CHAT, 20)), "No errors, 1 warning", ("!", "waiting")),
        (lines(many(CHAT)) + BAD, "2 errors, 1 warning", ("✗", "bad")),
    ],
)
def test_the_verdict_is_a_few_words_and_a_mark(
    tmp_path: Path, content: bytes, said: str, mark: tuple[str, str]
) -> None:
    report = check(tmp_path, content)
    assert verdict(report) == said
    assert verdict_mark(report) == mark


def test_broken_rules_have_errors_first(tmp_path: Path) -> None:
    report = check(tmp_path, lines(many(CHAT, 20)) + BAD)
    severities = [rule.severity.value for rule in broken_rules(report)]
    assert severities == sorted(severities)
    assert severities[0] == "error"
    assert extent(report).startswith("22 examples, ")


@pytest.mark.parametrize(
    ("line", "example", "path", "said"),
    [
        (None, None, "", "the whole file"),
        (12, 12, "", "line 12"),
        (12, None, "a", "line 12, a"),
        (1200, 1100, "messages[2].role", "line 1,200, example 1,100, messages[2].role"),
    ],
)
def test_a_place_names_the_example_where_it_is_not_the_line(
    line: int | None, example: int | None, path: str, said: str
) -> None:
    problem = Problem("json-object", line, example, path, "m", "f")
    assert where(problem) == said
    assert place_of(problem) == said.removesuffix(f", {path}")


def test_the_numbers_tell_only_what_there_is(tmp_path: Path) -> None:
    report = check(tmp_path, many(CHAT), count_tokens=True)
    facts = {label: value for label, value, _ in file_facts(report)}
    assert facts["Format"] == "chat"
    assert "user 60" in facts["Messages by role"]
    assert facts["System prompts"] == "one, the same everywhere"
    assert not {"With tools", "With images", "Secrets"} & set(facts)
    assert report.tokens is not None
    assert {"Total", "In the answers", "An example"} == {
        label for label, _, _ in token_facts(report.tokens, None)
    }
    *_, limit = token_facts(report.tokens, 1)
    assert limit == ("Limit of 1", "60 examples are cut", "waiting")
    *_, limit = token_facts(report.tokens, 10**6)
    assert limit == ("Limit of 1,000,000", "no example is cut", "plain")
