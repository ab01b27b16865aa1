"""The grader of a job by reinforcement: read from its JSON, checked, and told in words."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from fttui.services.field_error import FieldError
from fttui.storage.secrets import redact
from fttui.terminal.language import _
from fttui.terminal.text import safe
from fttui.training_data.graders import LONGEST_GRADER, check_grader, members_of

_LONGEST_WORD = 60


def read_grader(text: str, takes: Collection[str] = ()) -> dict[str, Any]:
    """The grader that is written in `text`, of one of the types that the endpoint `takes`.

    Raises:
        FieldError: it is none; the text names the place in the JSON and what to do.
    """
    if not text.strip():
        raise FieldError(_("Reinforcement needs a grader: a JSON file, or one that you write."))
    problems = grader_problems(text, takes)
    if problems:
        raise FieldError(problems[0])
    grader: dict[str, Any] = json.loads(text)
    return grader


def grader_problems(text: str, takes: Collection[str] = ()) -> list[str]:
    """What is wrong with the grader written in `text`, a sentence or two each; none of a good one.

    `takes` are the types that the endpoint takes, empty for those of OpenAI's API.
    """
    if len(text) > LONGEST_GRADER:
        return [_("A grader has at most {most:,} characters.", most=LONGEST_GRADER)]
    try:
        grader = json.loads(text, parse_constant=_refuse_constant)
    except RecursionError:
        return [_("This JSON is nested too deeply.")]
    except json.JSONDecodeError as error:
        return [
            _(
                "Line {line}, column {column} is not JSON: {reason}.",
                line=error.lineno,
                column=error.colno,
                reason=safe(error.msg, maxlen=80),
            )
        ]
    except ValueError as error:
        return [_("{word} is not JSON. Write a number.", word=safe(error, maxlen=20))]
    return [each.sentence for each in check_grader(grader, takes)]


def _refuse_constant(word: str) -> object:
    raise ValueError(word)


def grader_words(grader: Mapping[str, object]) -> str:
    """Type, name and models of a grader, safe to show: `score_model "exact" by gpt-4.1`.

    "" for none. Nothing else of it is told: a grader may be of many lines.
    """
    if not grader:
        return ""
    words = _word(grader.get("type")) or _("of no known type")
    words += f' "{name}"' if (name := _word(grader.get("name"))) else ""
    if function := function_of(grader):
        words += f" {function}"
    members = members_of(grader.get("graders")) if grader.get("type") == "multi" else {}
    if members:
        kinds = ", ".join(grader_words(_mapping(each)) for each in list(members.values())[:6])
        more = ", …" if len(members) > 6 else ""
        return f"{words}: {kinds}{more}"
    models = models_of(grader)
    return _("{words} by {models}", words=words, models=", ".join(models)) if models else words


def models_of(grader: Mapping[str, object]) -> list[str]:
    """The models that a grader asks, whose answers are billed, each once; safe to show."""
    found = [grader, *map(_mapping, members_of(grader.get("graders")).values())]
    return list(dict.fromkeys(filter(None, (_word(each.get("model")) for each in found))))


def function_of(grader: Mapping[str, object]) -> str:
    """The AWS Lambda function that a grader calls, safe to show; "" for none."""
    return _word(_mapping(grader.get("lambda")).get("function"), 140)


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _word(value: object, maxlen: int = _LONGEST_WORD) -> str:
    return safe(redact(value[:2000]), maxlen=maxlen) if isinstance(value, str) else ""
