"""Runs a grader on one sample.

Text graders and formulas are calculated for real. Graders that need a model or run somebody's
Python are not run here: they answer with the error flag that the API has for that.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from .. import errors
from ..depth import is_too_deep
from ..parameters import whole_number
from .definitions import grader_members
from .formula import FormulaError, calculate

_CUT = 2000


def similarity(metric: str, candidate: str, reference: str) -> float:
    """The value of a metric; 1 for equal texts, 0 when either is empty and the other is not."""
    candidate, reference = candidate[:_CUT], reference[:_CUT]
    if candidate == reference:
        return 1.0
    if not candidate.strip() or not reference.strip():
        return 0.0
    if metric == "fuzzy_match":
        return _matching_share(candidate, reference)
    ours, theirs = _words(candidate), _words(reference)
    if metric == "rouge_l":
        return _matching_share(ours, theirs)
    if metric.startswith("rouge_"):
        return _rouge(ours, theirs, int(metric.removeprefix("rouge_")))
    return _MEASURES[metric](ours, theirs)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+|[^\w\s]", text.lower())


def _grams(words: Sequence[str], size: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(words[at : at + size]) for at in range(len(words) - size + 1))


def _matching_share(ours: Sequence[str], theirs: Sequence[str]) -> float:
    """Twice the longest common subsequence over both lengths."""
    previous = [0] * (len(theirs) + 1)
    for item in ours:
        current = [0]
        for at, other in enumerate(theirs, 1):
            longer = previous[at - 1] + 1 if item == other else max(previous[at], current[-1])
            current.append(longer)
        previous = current
    return 2 * previous[-1] / (len(ours) + len(theirs))


def _rouge(ours: Sequence[str], theirs: Sequence[str], size: int) -> float:
    mine, other = _grams(ours, size), _grams(theirs, size)
    total = mine.total() + other.total()
    return 2 * (mine & other).total() / total if total else 0.0


def _bleu(ours: Sequence[str], theirs: Sequence[str]) -> float:
    """Up to four words at a time, add-one smoothing above single words, brevity penalty."""
    logs = []
    for size in range(1, 5):
        mine = _grams(ours, size)
        matched = (mine & _grams(theirs, size)).total()
        smooth = 0 if size == 1 else 1
        if matched + smooth == 0 or mine.total() + smooth == 0:
            return 0.0
        logs.append(math.log((matched + smooth) / (mine.total() + smooth)))
    brevity = min(1.0, math.exp(1 - len(theirs) / len(ours)))
    return brevity * math.exp(sum(logs) / len(logs))


def _gleu(ours: Sequence[str], theirs: Sequence[str]) -> float:
    """The smaller of precision and recall over runs of one to four words."""
    matched = mine_total = other_total = 0
    for size in range(1, 5):
        mine, other = _grams(ours, size), _grams(theirs, size)
        matched += (mine & other).total()
        mine_total += mine.total()
        other_total += other.total()
    return matched / max(mine_total, other_total, 1)


def _meteor(ours: Sequence[str], theirs: Sequence[str]) -> float:
    """Weighted towards recall, less the more the matching words are out of order."""
    free: dict[str, list[int]] = {}
    for at, word in enumerate(theirs):
        free.setdefault(word, []).append(at)
    places = [free[word].pop(0) for word in ours if free.get(word)]
    if not places:
        return 0.0
    precision, recall = len(places) / len(ours), len(places) / len(theirs)
    mean = 10 * precision * recall / (recall + 9 * precision)
    chunks = 1 + sum(after != before + 1 for before, after in pairwise(places))
    return mean * (1 - 0.5 * (chunks / len(places)) ** 3)


_MEASURES: dict[str, Callable[[Sequence[str], Sequence[str]], float]] = {
    "bleu": _bleu,
    "gleu": _gleu,
    "meteor": _meteor,
}


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
