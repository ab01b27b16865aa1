"""Graders of reinforcement: what OpenAI's API, and Bedrock with its `lambda`, take of them.

Checked offline, before anything is sent; the place of each problem is a path in the JSON.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fttui.terminal.language import _
from fttui.terminal.text import safe
from fttui.training_data.grader_formula import FormulaError, names_in

OPENAI_GRADERS = ("string_check", "text_similarity", "score_model", "python", "multi")
GRADERS = (*OPENAI_GRADERS, "lambda")
"""All types that any endpoint is known to take."""
LONGEST_GRADER = 1_000_000
"""Characters of its JSON."""
_OPERATIONS = ("eq", "ne", "like", "ilike")
_SIMILARITIES = (
    *("fuzzy_match", "bleu", "gleu", "meteor", "rouge_1", "rouge_2", "rouge_3", "rouge_4"),
    *("rouge_5", "rouge_l"),
)
_MAX_SOURCE = 256_000
_ROLES = ("user", "assistant", "system", "developer")
_ARN = re.compile(
    r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9-_.]+(:(\$LATEST|[A-Za-z0-9-_]+))?"
)
_TEMPLATE = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_VARIABLE = re.compile(
    r"\s*(item(\.[A-Za-z_][\w-]*)+|sample\.(output_text|output_json(\.[\w-]+)*|output_tools|choices)"
    r"(\[\d+\]|\.[\w-]+)*)\s*"
)
_DEEPEST = 30


@dataclass(frozen=True, slots=True)
class GraderProblem:
    """One thing that is wrong: where in the JSON, what, and what to do."""

    path: str
    message: str
    fix: str

    @property
    def sentence(self) -> str:
        """All three: `grader.operation: … Write one of: …`."""
        return f"{self.path}: {self.message} {self.fix}".rstrip()


def check_grader(
    value: object, takes: Collection[str] = (), path: str = "grader"
) -> tuple[GraderProblem, ...]:
    """What is wrong with a grader, in the order of its parts; none of a good one.

    `takes` are the types that the endpoint takes, empty for those of OpenAI's API.
    """
    return tuple(_problems(value, tuple(takes) or OPENAI_GRADERS, path))


def members_of(value: object) -> Mapping[str, object]:
    """The graders inside a multi grader by name, sent as one, as a list, or by their names."""
    if isinstance(value, Mapping):
        return {str(value.get("name", "")): value} if "type" in value else value
    if isinstance(value, Sequence) and not isinstance(value, str):
        names = [each.get("name") if isinstance(each, Mapping) else None for each in value]
        return {str(names[place] or place): each for place, each in enumerate(value)}
    return {}


def _problems(
    value: object, takes: Sequence[str], path: str, *, is_member: bool = False
) -> Iterator[GraderProblem]:
    if not isinstance(value, Mapping):
        message = _("a grader is a JSON object.")
        yield GraderProblem(path, message, _('Begin with {{"type": "{kind}", …', kind=takes[0]))
        return
    kind = value.get("type")
    if kind not in takes:
        what = (
            _('the type "{kind}" is not taken.', kind=safe(kind, maxlen=40))
            if "type" in value
            else _("it is missing.")
        )
        yield GraderProblem(f"{path}.type", what, _one_of(takes))
        return
    if kind != "lambda" and not is_member:
        yield from _text(value, "name", path)
    yield from _KINDS[str(kind)](value, path)
    yield from _template_problems(value, path, 0)


def _one_of(words: Sequence[str]) -> str:
    return _("Write one of: {words}.", words=", ".join(words))


def _text(value: Mapping[str, Any], name: str, path: str) -> Iterator[GraderProblem]:
    """That `name` is a text that is not empty."""
    if not isinstance(value.get(name), str) or not value[name]:
        what = _("it is no text.") if value.get(name) else _("it is missing.")
        yield GraderProblem(f"{path}.{name}", what, _("Write a text in quotes."))


def _choice(
    value: Mapping[str, Any], name: str, words: Sequence[str], path: str
) -> Iterator[GraderProblem]:
    if value.get(name) not in words:
        given = value.get(name)
        what = (
            _('"{given}" is not taken.', given=safe(given, maxlen=40))
            if given
            else _("it is missing.")
        )
        yield GraderProblem(f"{path}.{name}", what, _one_of(words))


def _string_check(value: Mapping[str, Any], path: str) -> Iterator[GraderProblem]:
    yield from _text(value, "input", path)
    yield from _text(value, "reference", path)
    yield from _choice(value, "operation", _OPERATIONS, path)


def _text_similarity(value: Mapping[str, Any], path: str) -> Iterator[GraderProblem]:
    yield from _text(value, "input", path)
    yield from _text(value, "reference", path)
    if value.get("evaluation_metric") == "cosine":
        what = _("cosine is for evals alone.")
        yield GraderProblem(f"{path}.evaluation_metric", what, _one_of(_SIMILARITIES))
    else:
        yield from _choice(value, "evaluation_metric", _SIMILARITIES, path)


def _score_model(value: Mapping[str, Any], path: str) -> Iterator[GraderProblem]:
    yield from _text(value, "model", path)
    messages = value.get("input")
    if not isinstance(messages, list) or not messages:
        what = _("it is a list of messages, with one at least.")
        fix = _('Write [{"role": "user", "content": "…"}].')
        yield GraderProblem(f"{path}.input", what, fix)
    else:
        for place, message in enumerate(messages):
            yield from _message(message, f"{path}.input[{place}]")
    yield from _range(value.get("range"), f"{path}.range")
    if not isinstance(value.get("sampling_params") or {}, Mapping):
        what = _("it is no object.")
        yield GraderProblem(f"{path}.sampling_params", what, _('Write {"temperature": 0}.'))


def _message(message: object, path: str) -> Iterator[GraderProblem]:
    if not isinstance(message, Mapping):
        fix = _('Write {"role": "user", "content": "…"}.')
        yield GraderProblem(path, _("a message is an object."), fix)
        return
    yield from _choice(message, "role", _ROLES, path)
    if not message.get("content"):
        yield GraderProblem(f"{path}.content", _("it is missing."), _("Write what is asked."))


def _range(value: object, path: str) -> Iterator[GraderProblem]:
    if value is None:
        return
    ends = value if isinstance(value, list) else []
    if len(ends) != 2 or not all(map(_is_number, ends)) or ends[0] >= ends[1]:
        what = _("it is the lowest and the highest score.")
        yield GraderProblem(path, what, _("Write two numbers, the lower first: [0, 1]."))


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return isinstance(value, int) or math.isfinite(value)


def _python(value: Mapping[str, Any], path: str) -> Iterator[GraderProblem]:
    yield from _text(value, "source", path)
    source = value.get("source")
    if not isinstance(source, str) or not source:
        return
    size = len(source.encode("utf-8", "replace"))
    if size >= _MAX_SOURCE:
        what = _("it has {size:,} bytes.", size=size)
        fix = _("Shorten it to under {most:,}.", most=_MAX_SOURCE)
        yield GraderProblem(f"{path}.source", what, fix)
    elif not re.search(r"^(?:async )?def grade\(", source, re.MULTILINE):
        what = _("it has no function grade.")
        yield GraderProblem(f"{path}.source", what, _("Write: def grade(sample, item) -> float"))


def _multi(value: Mapping[str, Any], path: str) -> Iterator[GraderProblem]:
    members = members_of(value.get("graders"))
    if not members:
        what = _("it holds the graders by their names, with one at least.")
        fix = _('Write {"exact": {"type": "string_check", …}}.')
        yield GraderProblem(f"{path}.graders", what, fix)
    elif isinstance(value["graders"], list) and len(members) < len(value["graders"]):
        what = _("two graders have one name.")
        yield GraderProblem(f"{path}.graders", what, _("Name each of them differently."))
    for name, member in members.items():
        inside = f"{path}.graders.{safe(name, maxlen=40)}"
        if isinstance(member, Mapping) and member.get("type") == "multi":
            what = _("a multi grader cannot hold another one.")
            yield GraderProblem(inside, what, _("Put its graders beside the others."))
        else:
            simple = [kind for kind in OPENAI_GRADERS if kind != "multi"]
            yield from _problems(member, simple, inside, is_member=True)
    yield from _formula_problems(value, members, f"{path}.calculate_output")


def _formula_problems(
    value: Mapping[str, Any], members: Mapping[str, object], path: str
) -> Iterator[GraderProblem]:
    formula = value.get("calculate_output")
    known = ", ".join(safe(name, maxlen=40) for name in list(members)[:8])
    fix = _("Write a formula of: {known}.", known=known)
    if not isinstance(formula, str) or not formula.strip():
        yield GraderProblem(path, _("it is missing."), fix)
        return
    try:
        names = names_in(formula)
    except FormulaError as error:
        yield GraderProblem(path, f"{error}.", fix)
        return
    for name in names:
        if name not in members:
            what = _("there is no grader {name}.", name=safe(name, maxlen=40))
            yield GraderProblem(path, what, fix)


def _lambda(value: Mapping[str, Any], path: str) -> Iterator[GraderProblem]:
    inside = value.get("lambda")
    given = inside.get("function") if isinstance(inside, Mapping) else None
    if not isinstance(given, str) or not _ARN.fullmatch(given):
        what = _("it is the ARN of an AWS Lambda function.")
        fix = _("Write arn:aws:lambda:REGION:ACCOUNT:function:NAME.")
        yield GraderProblem(f"{path}.lambda.function", what, fix)


def _template_problems(value: object, path: str, depth: int) -> Iterator[GraderProblem]:
    """Templates that no endpoint can fill: of anything but `item` and `sample`."""
    if depth > _DEEPEST:
        return
    if isinstance(value, str):
        for text in _TEMPLATE.findall(value):
            if not _VARIABLE.fullmatch(text):
                shown = safe(text.strip(), maxlen=40)
                what = _("{{{{{shown}}}}} is not known.", shown=shown)
                fix = _("Write {{item.NAME}} or {{sample.output_text}}.")
                yield GraderProblem(path, what, fix)
        return
    pairs: list[tuple[str, object]] = []
    if isinstance(value, Mapping):
        # Code may hold braces of its own, and members are looked through by themselves.
        skipped = ("source", "graders")
        pairs = [(f".{safe(k, maxlen=40)}", each) for k, each in value.items() if k not in skipped]
    elif isinstance(value, list):
        pairs = [(f"[{place}]", each) for place, each in enumerate(value)]
    for name, each in pairs:
        yield from _template_problems(each, f"{path}{name}", depth + 1)


_KINDS: Mapping[str, Callable[[Mapping[str, Any], str], Iterator[GraderProblem]]] = {
    "string_check": _string_check,
    "text_similarity": _text_similarity,
    "score_model": _score_model,
    "python": _python,
    "multi": _multi,
    "lambda": _lambda,
}
