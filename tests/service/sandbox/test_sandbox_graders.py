from typing import Any

import pytest
from openai import BadRequestError, OpenAI


def check(**change: Any) -> dict[str, Any]:
    return {
        "type": "string_check",
        "name": "same",
        "operation": "eq",
        "input": "{{sample.output_text}}",
        "reference": "{{item.answer}}",
        **change,
    }


def similar(metric: str) -> dict[str, Any]:
    return {
        "type": "text_similarity",
        "name": "close",
        "evaluation_metric": metric,
        "input": "{{ sample.output_text }}",
        "reference": "{{ item.answer }}",
    }


def multi(formula: str, graders: Any) -> dict[str, Any]:
    return {"type": "multi", "name": "both", "calculate_output": formula, "graders": graders}


def run(client: OpenAI, grader: Any, sample: str, **item: Any) -> Any:
    return client.fine_tuning.alpha.graders.run(grader=grader, model_sample=sample, item=item)


@pytest.mark.parametrize(
    ("operation", "sample", "answer", "reward"),
    [
        ("eq", "yes", "yes", 1),
        ("eq", "Yes", "yes", 0),
        ("ne", "yes", "no", 1),
        ("like", "oh yes!", "yes", 1),
        ("like", "oh Yes!", "yes", 0),
        ("ilike", "oh YES!", "yes", 1),
    ],
)
def test_strings_are_compared(
    client: OpenAI, operation: str, sample: str, answer: str, reward: float
) -> None:
    result = run(client, check(operation=operation), sample, answer=answer)
    assert result.reward == reward
    assert (result.metadata.name, result.metadata.type) == ("same", "string_check")
    assert not any(value for value in result.metadata.errors.to_dict().values())


@pytest.mark.parametrize(
    "metric",
    ["fuzzy_match", "bleu", "gleu", "meteor", "rouge_1", "rouge_2", "rouge_5", "rouge_l"],
)
def test_similarity_grows_with_what_is_shared(client: OpenAI, metric: str) -> None:
    answer = "the quick brown fox jumps over the lazy dog today"
    rewards = [
        run(client, similar(metric), sample, answer=answer).reward
        for sample in (
            "nothing else",
            "the quick brown fox jumps over a cat",
            answer,
        )
    ]
    assert rewards[0] < rewards[1] < rewards[2] == pytest.approx(1.0, abs=0.01)


def test_a_sample_that_is_json_can_be_looked_into(client: OpenAI) -> None:
    grader = check(input="{{sample.output_json.rows[1].n}}")
    assert run(client, grader, '{"rows": [{"n": 1}, {"n": 2}]}', answer=2).reward == 1
    failed = run(client, grader, "no json", answer=2)
    assert failed.reward == 0
    assert failed.metadata.errors.sample_parse_error


def test_a_variable_that_is_not_there_is_an_error_of_its_own(client: OpenAI) -> None:
    result = run(client, check(), "x", other="x")
    assert result.reward == 0
    assert result.metadata.errors.invalid_variable_error


@pytest.mark.parametrize("as_list", [True, False])
def test_several_graders_are_put_together_by_a_formula(client: OpenAI, as_list: bool) -> None:
    parts = [check(name="a"), check(name="b", operation="ne")]
    graders = parts if as_list else {part["name"]: part for part in parts}
    result = run(client, multi("0.25 * a + max(b, 2 ^ -1)", graders), "x", answer="x")
    assert result.reward == 0.75
    assert result.sub_rewards == {"a": 1, "b": 0}


def test_a_formula_without_a_result_is_flagged(client: OpenAI) -> None:
    grader = multi("a / b", [check(name="a"), check(name="b", operation="ne")])
    result = run(client, grader, "x", answer="x")
    assert result.metadata.errors.formula_parse_error


def test_python_and_models_are_not_run_and_say_so(client: OpenAI) -> None:
    python = {"type": "python", "name": "p", "source": "def grade(sample, item): return 1.0"}
    errors = run(client, python, "x").metadata.errors
    assert errors.python_grader_server_error
    assert "does not run Python" in errors.python_grader_server_error_type
    model = {
        "type": "score_model",
        "name": "m",
        "model": "o4-mini",
        "input": [{"role": "user", "content": "grade"}],
    }
    assert run(client, model, "x").metadata.errors.api_model_grader_server_error


def test_a_good_grader_is_given_back(client: OpenAI) -> None:
    answer = client.fine_tuning.alpha.graders.validate(grader=check())  # type: ignore[arg-type]
    assert answer.grader is not None
    assert answer.grader.to_dict() == check()


@pytest.mark.parametrize(
    ("grader", "param"),
    [
        (None, "grader"),
        ("x", "grader"),
        ({}, "grader.type"),
        (check(name=None), "grader.name"),
        (check(operation="regex"), "grader.operation"),
        (check(extra=1), "grader.extra"),
        (similar("cosine"), "grader.evaluation_metric"),
        (similar("rouge_6"), "grader.evaluation_metric"),
        ({"type": "python", "name": "p", "source": "x" * 262_145}, "grader.source"),
        ({"type": "python", "name": "p", "source": "x", "image_tag": "1"}, "grader.image_tag"),
        (multi("a + c", {"a": check()}), "grader.calculate_output"),
        (multi("a +", {"a": check()}), "grader.calculate_output"),
        (multi("__import__('os')", {"a": check()}), "grader.calculate_output"),
        (multi("a", {"a": multi("b", {"b": check()})}), "grader.graders.a"),
        (multi("a", 3), "grader.graders"),
    ],
)
def test_a_bad_grader_is_refused_by_name(client: OpenAI, grader: Any, param: str) -> None:
    with pytest.raises(BadRequestError) as caught:
        client.fine_tuning.alpha.graders.validate(grader=grader)
    assert caught.value.param == param
