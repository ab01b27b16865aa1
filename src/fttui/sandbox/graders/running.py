"""Runs a grader on one sample.

Text graders and formulas are calculated for real. Graders that need a model or run somebody's
Python are not run here: they answer with the error flag that the API has for that.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .. import errors
from ..parameters import is_too_deep, whole_number
from .definitions import grader_members
from .formula import FormulaError, calculate
from .similarity import similarity

_PLACE = re.compile(r"\{\{\s*([\w.\[\]-]+)\s*\}\}")
_FLAGS = (
    "formula_parse_error", "invalid_variable_error", "model_grader_parse_error",
    "model_grader_refusal_error", "model_grader_server_error", "other_error",
    "python_grader_runtime_error", "python_grader_server_error", "sample_parse_error",
    "truncated_observation_error", "unresponsive_reward_error",
)  # fmt: skip


@dataclass
class Grade:
    """A reward, what each part of a multi grader gave, and what went wrong."""

    reward: float = 0.0
    parts: dict[str, float] = field(default_factory=dict)
    flags: set[str] = field(default_factory=set)
    details: dict[str, str] = field(default_factory=dict)

    def errors(self) -> dict[str, Any]:
        """The `metadata.errors` object of an answer."""
        return {
            **{flag: flag in self.flags for flag in _FLAGS},
            "model_grader_server_error_details": self.details.get("model_grader_server_error"),
            "python_grader_runtime_error_details": None,
            "python_grader_server_error_type": self.details.get("python_grader_server_error"),
        }


class _MissingVariableError(Exception):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.flag = "invalid_variable_error"
        if name.startswith("sample.output_json"):
            self.flag = "sample_parse_error"


def run_grader(
    grader: Mapping[str, Any],
    sample: str,
    item: Mapping[str, Any],
    is_ending: Callable[[], bool] = lambda: False,
) -> Grade:
    """Grades one sample with a grader that has been checked; never raises for bad samples.

    Raises ApiError when `is_ending` between two graders.
    """
    try:
        parsed = json.loads(sample)
    except (ValueError, RecursionError):
        parsed = None
    if is_too_deep(sample.encode(), parsed):
        parsed = None
    space = {"item": item, "sample": {"output_text": sample, "output_json": parsed}}
    return _grade(grader, space, is_ending)


def _grade(
    grader: Mapping[str, Any], space: Mapping[str, Any], is_ending: Callable[[], bool]
) -> Grade:
    if is_ending():
        raise errors.ending()
    kind = grader["type"]
    if kind == "multi":
        return _multi(grader, space, is_ending)
    if kind == "score_model":
        reason = "The sandbox has no models and cannot run score_model graders."
        return Grade(
            flags={"model_grader_server_error"}, details={"model_grader_server_error": reason}
        )
    if kind == "python":
        reason = "The sandbox does not run Python graders."
        return Grade(
            flags={"python_grader_server_error"}, details={"python_grader_server_error": reason}
        )
    try:
        given = _fill(grader["input"], space)
        expected = _fill(grader["reference"], space)
    except _MissingVariableError as error:
        return Grade(flags={error.flag})
    if kind == "string_check":
        return Grade(float(_compare(grader["operation"], given, expected)))
    return Grade(similarity(grader["evaluation_metric"], given, expected))


def _multi(
    grader: Mapping[str, Any], space: Mapping[str, Any], is_ending: Callable[[], bool]
) -> Grade:
    whole = Grade()
    for name, member in grader_members(grader["graders"], "grader.graders").items():
        part = _grade(member, space, is_ending)
        whole.parts[name] = part.reward
        whole.flags |= part.flags
        whole.details |= part.details
    try:
        whole.reward = calculate(grader["calculate_output"], whole.parts)
    except FormulaError:
        whole.flags.add("formula_parse_error")
    return whole


def _compare(operation: str, given: str, expected: str) -> bool:
    if operation == "eq":
        return given == expected
    if operation == "ne":
        return given != expected
    if operation == "like":
        return expected in given
    return expected.casefold() in given.casefold()


def _fill(template: str, space: Mapping[str, Any]) -> str:
    def look_up(match: re.Match[str]) -> str:
        value: Any = space
        for key in re.findall(r"[^.\[\]]+", match[1]):
            place = whole_number(key)
            if isinstance(value, list) and place is not None and 0 <= place < len(value):
                value = value[place]
            elif isinstance(value, Mapping) and key in value:
                value = value[key]
            else:
                raise _MissingVariableError(match[1])
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

    return _PLACE.sub(look_up, template)
