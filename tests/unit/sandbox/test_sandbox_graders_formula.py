import math
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fttui.server.graders.formula import FormulaError, calculate, variables
from fttui.server.graders.running import similarity


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("2 ^ 3 ^ 2", 512),
        ("-2 ^ 2", -4),
        ("2 ^ -1", 0.5),
        ("7 / 2 - 0.5", 3),
        ("1 - 2 - 3", -4),
        ("--1", 1),
        ("min(3, 1, 2) + max(a, b)", 1.75),
        ("abs(a - b) * floor(2.9) + ceil(0.1)", 2),
        ("exp(log(sqrt(16)))", 4),
        (".5 + 1.", 1.5),
    ],
)
def test_formulas_have_the_value_that_arithmetic_gives(formula: str, value: float) -> None:
    assert math.isclose(calculate(formula, {"a": 0.25, "b": 0.75}), value)


@pytest.mark.parametrize(
    "formula",
    [
        "", "1 +", "(1", "1)", "1 2", "a b", "min(1)", "abs(1, 2)", "power(1)", "a.b", "a[0]",
        "1 / 0", "sqrt(-1)", "log(0)", "(-8) ^ 0.5", "9 ^ 9 ^ 9 ^ 9", "exp(1000)", "c",
        "(" * 60 + "1" + ")" * 60, "1" * 5000, "a := 1", "lambda: 1", "a,b",
    ],
)  # fmt: skip
def test_everything_else_is_an_error_of_its_own(formula: str) -> None:
    with pytest.raises(FormulaError):
        calculate(formula, {"a": 1.0, "b": 2.0})


def test_names_are_found_without_calculating() -> None:
    assert variables("a / b + max(c, 1) ^ 0") == {"a", "b", "c"}


@given(st.text(max_size=30))
def test_no_text_does_anything_but_fail_cleanly(text: str) -> None:
    with suppress(FormulaError):
        assert math.isfinite(calculate(text, {"a": 1.0}))


METRICS = ("fuzzy_match", "bleu", "gleu", "meteor", "rouge_1", "rouge_3", "rouge_l")


@pytest.mark.parametrize("metric", METRICS)
@given(st.text(max_size=40), st.text(max_size=40))
def test_similarity_lies_between_nothing_and_all(metric: str, one: str, other: str) -> None:
    assert 0 <= similarity(metric, one, other) <= 1
    assert similarity(metric, one, one) == 1


def test_similarity_has_the_values_of_its_definitions() -> None:
    assert similarity("fuzzy_match", "kitten", "sitting") == pytest.approx(8 / 13)
    assert similarity("rouge_1", "the cat sat", "the cat lay") == pytest.approx(2 / 3)
    assert similarity("rouge_2", "the cat sat", "the cat lay") == pytest.approx(1 / 2)
    assert similarity("rouge_l", "a x b y c", "a b c") == pytest.approx(6 / 8)
    assert similarity("gleu", "a b", "a b c d") == pytest.approx(3 / 10)
