"""What is told of a grader before anything is sent: where it is wrong, and what to write."""

from __future__ import annotations

from typing import Any

import pytest

from fttui.server.errors import ApiError
from fttui.server.graders.definitions import check_grader as by_the_server
from fttui.training_data.grader_formula import FormulaError, names_in
from fttui.training_data.graders import GRADERS, check_grader

ANSWER, WANTED = "{{sample.output_text}}", "{{ item.answer }}"
EXACT = {
    "type": "string_check", "name": "exact", "operation": "eq", "input": ANSWER,
    "reference": WANTED,
}  # fmt: skip
NEAR = {
    "type": "text_similarity", "name": "near", "evaluation_metric": "rouge_l", "input": ANSWER,
    "reference": WANTED,
}  # fmt: skip
JUDGE = {
    "type": "score_model", "name": "judge", "model": "gpt-4.1", "range": [0, 1],
    "input": [{"role": "user", "content": f"Is {ANSWER} {WANTED}?"}],
}  # fmt: skip
CODE = {
    "type": "python", "name": "code",
    "source": "def grade(sample, item):\n    return {{1}}.pop()", "image_tag": "2025-05-08",
}  # fmt: skip
BOTH: dict[str, Any] = {
    "type": "multi", "name": "both", "graders": {"exact": EXACT, "near": NEAR},
    "calculate_output": "0.7 * exact + max(near, 0.1) ^ 2",
}  # fmt: skip
ARN = "arn:aws:lambda:us-west-2:123456789012:function:judge:$LATEST"
LAMBDA = {"type": "lambda", "lambda": {"function": ARN}}


def told(grader: object, **options: Any) -> list[tuple[str, str]]:
    return [(each.path, each.sentence) for each in check_grader(grader, **options)]


@pytest.mark.parametrize("grader", [EXACT, NEAR, JUDGE, CODE, BOTH])
def test_a_good_grader_is_good_here_and_for_the_server(grader: dict[str, Any]) -> None:
    assert check_grader(grader) == ()
    assert by_the_server(grader, "grader") == grader


@pytest.mark.parametrize("members", [EXACT, [EXACT], {"exact": EXACT}])
def test_the_graders_of_a_multi_grader_come_as_one_as_a_list_or_by_name(members: object) -> None:
    assert told({**BOTH, "graders": members, "calculate_output": "exact"}) == []


WRONG = [
    ([], "grader", "a grader is a JSON object"),
    ({"type": "fuzzy"}, "grader.type", '"fuzzy" is not taken. Write one of: string_check'),
    ({}, "grader.type", "it is missing. Write one of"),
    ({**EXACT, "type": ["x"]}, "grader.type", "is not taken"),
    ({**EXACT, "name": ""}, "grader.name", "it is missing"),
    ({**EXACT, "input": 3}, "grader.input", "it is no text"),
    ({**EXACT, "reference": None}, "grader.reference", "it is missing"),
    ({**EXACT, "operation": "is"}, "grader.operation", '"is" is not taken. Write one of: eq'),
    ({**NEAR, "evaluation_metric": "cosine"}, "grader.evaluation_metric", "for evals alone"),
    ({**NEAR, "evaluation_metric": "levels"}, "grader.evaluation_metric", "is not taken"),
    ({**JUDGE, "model": None}, "grader.model", "it is missing"),
    ({**JUDGE, "input": []}, "grader.input", "with one at least"),
    ({**JUDGE, "input": ["x"]}, "grader.input[0]", "a message is an object"),
    ({**JUDGE, "input": [{"role": "u", "content": "x"}]}, "grader.input[0].role", "is not taken"),
    ({**JUDGE, "input": [{"role": "user"}]}, "grader.input[0].content", "it is missing"),
    ({**JUDGE, "range": [1, 0]}, "grader.range", "the lower first"),
    ({**JUDGE, "range": [0, "x"]}, "grader.range", "the lower first"),
    ({**JUDGE, "sampling_params": 3}, "grader.sampling_params", "it is no object"),
    ({**CODE, "source": ""}, "grader.source", "it is missing"),
    ({**CODE, "source": "x" * 256_000}, "grader.source", "it has 256,000 bytes"),
    ({**CODE, "source": "def mark(a): ..."}, "grader.source", "it has no function grade"),
    ({**BOTH, "graders": {}}, "grader.graders", "with one at least"),
    ({**BOTH, "graders": [EXACT, EXACT]}, "grader.graders", "two graders have one name"),
    ({**BOTH, "calculate_output": ""}, "grader.calculate_output", "it is missing"),
    ({**BOTH, "calculate_output": "far"}, "grader.calculate_output", "there is no grader far"),
    ({**BOTH, "graders": {"in": BOTH}}, "grader.graders.in", "cannot hold another one"),
    ({**BOTH, "graders": {"e": {**EXACT, "operation": 1}}}, "grader.graders.e.operation", "eq"),
    (LAMBDA, "grader.type", '"lambda" is not taken'),
    ({**EXACT, "input": "{{output}}"}, "grader.input", "{{item.NAME}} or {{sample.output_text}}"),
]


@pytest.mark.parametrize(("grader", "path", "words"), WRONG)
def test_what_is_wrong_is_told_with_its_place_and_what_to_write(
    grader: object, path: str, words: str
) -> None:
    found = told(grader)
    assert any(place == path and words in sentence for place, sentence in found), found


def test_a_function_is_a_grader_only_where_the_endpoint_takes_it() -> None:
    assert told(LAMBDA, takes=["lambda"]) == []
    assert told(EXACT, takes=["lambda"])[0][0] == "grader.type"
    assert told(LAMBDA, takes=GRADERS) == []
    wrong = {"type": "lambda", "lambda": {"function": "judge"}}
    assert "arn:aws:lambda:" in told(wrong, takes=["lambda"])[0][1]


def test_nothing_hostile_makes_it_fail_or_is_told_raw() -> None:
    deep: Any = EXACT
    for _ in range(3_000):
        deep = {"type": "multi", "graders": {"a": deep}, "calculate_output": "("}
    for grader in (deep, {"type": "\x1b[2J"}, {**BOTH, "graders": {"\x1b[31m": {"type": 1}}}):
        sentences = [sentence for _path, sentence in told(grader)]
        assert sentences and not any("\x1b" in each for each in sentences)


@pytest.mark.parametrize(
    ("formula", "names"),
    [
        ("a", ("a",)),
        ("-a + 2 * (b - .5) ^ 2", ("a", "b")),
        ("min(a, b, 1) / sqrt(abs(a))", ("a", "b")),
        ("exp(log(floor(ceil(max(a, 2)))))", ("a",)),
    ],
)
def test_the_names_in_a_formula(formula: str, names: tuple[str, ...]) -> None:
    assert names_in(formula) == names


@pytest.mark.parametrize(
    ("formula", "why"),
    [
        ("a +", "too early"),
        ("a b", '"b" is not expected'),
        ("(a", "not closed"),
        ("sum(a, b)", "no function sum"),
        ("abs(a, b)", "abs does not take 2"),
        ("min(a)", "min does not take 1"),
        ("a % 2", '"%" is not taken'),
        ("* a", '"*" is not expected'),
        ("(" * 60 + "a", "nested too deeply"),
        ("a+" * 3_000, "longer than"),
    ],
)
def test_a_formula_that_cannot_be_read_says_why(formula: str, why: str) -> None:
    with pytest.raises(FormulaError, match=why.replace("*", r"\*").replace("%", ".")):
        names_in(formula)


def test_the_server_refuses_what_is_told_here_as_well() -> None:
    for grader, _path, _words in WRONG:
        if isinstance(grader, dict) and "source" not in grader and "{{output}}" not in str(grader):
            try:
                by_the_server(grader, "grader")
            except ApiError:
                continue
            assert grader.get("type") == "score_model", grader  # which the server reads less of
