"""Amazon Bedrock: reinforcement alone, judged by a Lambda function, on open-weight models."""

from __future__ import annotations

import re
from typing import Any

from ..errors import ApiError
from .shape import (
    CHAT,
    CONTENT,
    FILES,
    JOBS,
    MODELS,
    PARTS,
    Document,
    Shape,
    calls,
    object_in,
    only,
)

_ARN = re.compile(r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_:.$-]+")


def _refuse(message: str, param: str) -> ApiError:
    return ApiError(400, message, param=param, code="validation_error")


def _asked_of_bedrock(body: Document) -> Document:
    if body.get("suffix") is not None:
        raise _refuse("suffix is not supported", "suffix")
    method = object_in(body, "method")
    if method.get("type") != "reinforcement":
        raise _refuse("method must be reinforcement", "method.type")
    settings = object_in(method, "reinforcement")
    grader = object_in(settings, "grader")
    function: Any = object_in(grader, "lambda").get("function")
    if grader.get("type") != "lambda":
        raise _refuse("grader must be of type lambda", "method.reinforcement.grader.type")
    if not isinstance(function, str) or not _ARN.fullmatch(function):
        raise _refuse("function is no ARN", "method.reinforcement.grader.lambda.function")
    asked = only(body, "model", "training_file", "validation_file", "seed", "metadata")
    # The sandbox needs both; what stands for the function judges nothing here.
    asked.setdefault("validation_file", asked.get("training_file"))
    judge = {"type": "python", "name": function, "source": "def grade(sample, item): return 1"}
    values = object_in(settings, "hyperparameters")
    asked["method"] = {
        "type": "reinforcement",
        "reinforcement": {"grader": judge, "hyperparameters": values},
    }
    return asked


def _grader_of_bedrock(grader: Document) -> Document:
    """The grader as Bedrock tells it, of what stands for its function here."""
    return {"type": "lambda", "lambda": {"function": grader["name"]}}


def _refused_by_bedrock(error: ApiError) -> tuple[int, Document]:
    told = {"code": error.code, "message": error.message, "param": error.param}
    return error.status, {"error": {**told, "type": "invalid_request_error"}}


BEDROCK = Shape(
    calls=calls(*JOBS, *PARTS, *FILES, CONTENT, *MODELS, CHAT),
    no_call=lambda _: (404, {"error": {"code": "404", "message": "Not Found"}}),
    refusal=_refused_by_bedrock,
    models={"o4-mini-2025-04-16": "openai.gpt-oss-20b"},
    asked=_asked_of_bedrock,
    dropped={
        "model": frozenset({"shutdown_date"}),
        "fine_tuning.job": frozenset({"usage_metrics", "eval_id", "shared_with_openai"}),
    },
    grader=_grader_of_bedrock,
)  # fmt: skip
