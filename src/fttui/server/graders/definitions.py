"""What a grader may look like."""

from __future__ import annotations

from typing import Any

from ..errors import ApiError
from ..parameters import Fields, check_number, check_string, wrong_type
from .formula import FormulaError, variables

TYPES = ("string_check", "text_similarity", "score_model", "python", "multi")
OPERATIONS = ("eq", "ne", "like", "ilike")
SIMILARITIES = (
    "fuzzy_match", "bleu", "gleu", "meteor", "cosine", "rouge_1", "rouge_2", "rouge_3", "rouge_4",
    "rouge_5", "rouge_l",
)  # fmt: skip
MAX_SOURCE = 256 * 1024
MAX_MEMBERS = 64


def check_grader(value: Any, path: str, *, nested: bool = False) -> dict[str, Any]:
    """The grader as it was sent, if it is one that the API takes; else ApiError 400."""
    if not isinstance(value, dict):
        raise wrong_type(path, "an object", value)
    fields = Fields(value, path)
    kind = fields.required_string("type", choices=TYPES)
    if kind == "multi" and nested:
        raise ApiError(
            400, f"Invalid '{path}': a multi grader cannot hold another one.", param=path,
            code="invalid_value",
        )  # fmt: skip
    fields.string("name", required=not nested, minimum=1)
    _CHECKS[kind](fields)
    fields.finish()
    return value


def _string_check(fields: Fields) -> None:
    fields.string("input", required=True)
    fields.string("reference", required=True)
    fields.required_string("operation", choices=OPERATIONS)


def _text_similarity(fields: Fields) -> None:
    fields.string("input", required=True)
    fields.string("reference", required=True)
    metric = fields.required_string("evaluation_metric", choices=SIMILARITIES)
    if metric == "cosine":
        name = fields.name("evaluation_metric")
        raise ApiError(
            400, "The cosine metric is only available for evals.", param=name,
            code="invalid_value",
        )  # fmt: skip
    fields.number("pass_threshold", minimum=0.0, maximum=1.0)


def _score_model(fields: Fields) -> None:
    fields.required_string("model")
    fields.array("input", required=True, minimum=1)
    span = fields.array("range", minimum=2, maximum=2)
    for place, bound in enumerate(span or ()):
        check_number(bound, f"{fields.name('range')}[{place}]")
    fields.object("sampling_params")
    fields.number("pass_threshold")


def _python(fields: Fields) -> None:
    check_string(
        fields.take("source", required=True), fields.name("source"), minimum=1, maximum=MAX_SOURCE
    )
    fields.string("image_tag", choices=["2025-05-08"])
    fields.number("pass_threshold")


def _multi(fields: Fields) -> None:
    members = grader_members(fields.take("graders", required=True), fields.name("graders"))
    if len(members) > MAX_MEMBERS:
        name = fields.name("graders")
        raise ApiError(
            400, f"Invalid '{name}': expected at most {MAX_MEMBERS} graders, but got "
            f"{len(members)} instead.", param=name, code="object_above_max_properties",
        )  # fmt: skip
    for name, member in members.items():
        check_grader(member, f"{fields.name('graders')}.{name}", nested=True)
    path = fields.name("calculate_output")
    formula = check_string(fields.take("calculate_output", required=True), path, minimum=1)
    try:
        names = variables(formula)
    except FormulaError as error:
        raise ApiError(
            400, f"Invalid '{path}': {error}", param=path, code="invalid_value"
        ) from None
    for name in sorted(names):
        if name not in members:
            raise ApiError(
                400, f"Invalid '{path}': there is no grader named '{name}'.", param=path,
                code="invalid_value",
            )  # fmt: skip


def grader_members(value: Any, path: str) -> dict[str, Any]:
    """The graders of a multi grader by name: sent as one, a list, or an object of names."""
    if isinstance(value, dict) and "type" in value:
        value = [value]
    if isinstance(value, dict):
        return value
    if not isinstance(value, list):
        raise wrong_type(path, "an object", value)
    members = {}
    for place, member in enumerate(value):
        name = member.get("name") if isinstance(member, dict) else None
        members[check_string(name, f"{path}[{place}].name", minimum=1)] = member
    return members


_CHECKS = {
    "string_check": _string_check,
    "text_similarity": _text_similarity,
    "score_model": _score_model,
    "python": _python,
    "multi": _multi,
}
