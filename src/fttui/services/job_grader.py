"""The grader of a job by reinforcement: read from its JSON, checked, and told in words."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from fttui.disk.reading import NotReadable, read_small, why
from fttui.services.field_error import FieldError
from fttui.storage.secrets import redact
from fttui.terminal.language import _, labelled
from fttui.terminal.text import safe
from fttui.training_data.graders import LONGEST_GRADER, check_grader, members_of

_LONGEST_WORD = 60
_NONE_LEFT_SINCE = "2026-10-23"
"""The day on which OpenAI shut down o4-mini, the last model that took reinforcement there."""


def why_no_reinforcement(*, is_openais: bool) -> str:
    """Why no job can be asked for by reinforcement, as a sentence; "" where one may be."""
    if not is_openais:
        return ""
    return _(
        "OpenAI has no model left for reinforcement since {day}; other endpoints may take it.",
        day=_NONE_LEFT_SINCE,
    )


def read_grader(text: str, takes: Collection[str] = ()) -> dict[str, Any]:
    """The grader that is written in `text`, of one of the types that the endpoint `takes`.

    Raises:
        FieldError: it is none; the text names the place in the JSON and what to do.
    """
    if not text.strip():
        raise FieldError(_("Reinforcement needs a grader."))
    problems = grader_problems(text, takes)
    if problems:
        raise FieldError(problems[0])
    grader: dict[str, Any] = json.loads(text)
    return grader


class GraderNotReadable(Exception):  # noqa: N818 - reads as what happened
    """A file that cannot hold a grader; the text is a clause that says why."""


def read_grader_file(path: Path) -> str:
    """The text of the JSON file at `path`; whether it is a grader is not looked at.

    Raises:
        GraderNotReadable: it is no text file, or too long.
    """
    try:
        content, _unused = read_small(path, LONGEST_GRADER)
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise GraderNotReadable(_("it is no text in UTF-8")) from None
    except ValueError:
        raise GraderNotReadable(_("{path} is no path", path=safe(os.fspath(path)))) from None
    except OSError as error:
        raise GraderNotReadable(why(error)) from None
    except NotReadable as refused:
        raise GraderNotReadable(str(refused)) from None


def grader_problems(text: str, takes: Collection[str] = ()) -> tuple[str, ...]:
    """What is wrong with the grader written in `text`, a sentence or two each; none of a good one.

    `takes` are the types that the endpoint takes, empty for those of OpenAI's API.
    """
    return _problems(text, tuple(takes))


@lru_cache(4)  # a form asks at each key
def _problems(text: str, takes: tuple[str, ...]) -> tuple[str, ...]:
    if len(text) > LONGEST_GRADER:
        return (_("A grader has at most {most:,} characters.", most=LONGEST_GRADER),)
    try:
        grader = json.loads(text, parse_constant=_refuse_constant)
    except RecursionError:
        return (_("This JSON is nested too deeply."),)
    except json.JSONDecodeError as error:
        sentence = _(
            "Line {line}, column {column} is not JSON: {reason}.",
            line=error.lineno,
            column=error.colno,
            reason=safe(error.msg.removesuffix(" starting at"), maxlen=80),
        )
        return (sentence,)
    except ValueError as error:
        return (_("{word} is not JSON. Write a number.", word=safe(error, maxlen=20)),)
    return tuple(each.sentence for each in check_grader(grader, takes))


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
        return labelled(words, f"{kinds}{more}")
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
