"""/v1/fine_tuning/alpha/graders: try a grader before a job depends on it."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..errors import ApiError, JsonResponse
from ..parameters import read_fields, wrong_type
from ..state import Sandbox, sandbox_of
from .definitions import check_grader
from .running import run_grader


def _refuse_training(sandbox: Sandbox) -> None:
    """Where jobs are trained for real there is nothing to try a grader for."""
    if sandbox.config.serve is not None:
        raise ApiError(
            400, "This server runs no graders: its jobs are trained with the supervised or dpo "
            "method.", param="grader", code="invalid_value",
        )  # fmt: skip


async def validate_grader(request: Request) -> Response:
    """POST /validate: the grader back, or a refusal that names what is wrong with it."""
    _refuse_training(sandbox_of(request))
    fields = await read_fields(request)
    grader = check_grader(fields.take("grader", required=True), "grader")
    fields.finish()
    return JsonResponse({"grader": grader})


async def run(request: Request) -> Response:
    """POST /run: the reward of one sample, with an error flag for everything that went wrong."""
    _refuse_training(sandbox_of(request))
    fields = await read_fields(request)
    grader = check_grader(fields.take("grader", required=True), "grader")
    sample = fields.string("model_sample", required=True) or ""
    item = fields.take("item")
    fields.finish()
    if item is not None and not isinstance(item, dict):
        raise wrong_type("item", "an object", item)
    began = time.perf_counter()
    grade = await asyncio.to_thread(
        run_grader, grader, sample, item or {}, sandbox_of(request).ending.is_set
    )
    metadata: dict[str, Any] = {
        "name": grader.get("name"),
        "type": grader["type"],
        "errors": grade.errors(),
        "execution_time": round(time.perf_counter() - began, 6),
        "scores": grade.parts,
        "token_usage": None,
        "sampled_model_name": None,
    }
    return JsonResponse(
        {
            "reward": grade.reward,
            "metadata": metadata,
            "sub_rewards": grade.parts,
            "model_grader_token_usage_per_model": {},
        }
    )


ROUTES = [
    Route("/v1/fine_tuning/alpha/graders/validate", validate_grader, methods=["POST"]),
    Route("/v1/fine_tuning/alpha/graders/run", run, methods=["POST"]),
]
