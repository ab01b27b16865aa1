"""LLMariner: protobuf behind gRPC-gateway, with empty values and 64-bit numbers as text."""

from __future__ import annotations

import json

from ..errors import ApiError
from ..parameters import check_string
from .shape import CHAT, FILES, JOBS, MODELS, Document, Facts, Shape, calls, object_in, only


def _asked_of_llmariner(body: Document) -> Document:
    asked = only(body, "model", "training_file", "validation_file", "integrations")
    suffix = body.get("suffix")
    if not suffix:
        raise ApiError(400, "suffix is required")
    if len(check_string(suffix, "suffix")) > 18:
        raise ApiError(400, "suffix must be less than or equal to 18 characters")
    if body.get("seed"):
        asked["seed"] = _whole("seed", body["seed"])
    method = object_in(body, "method")
    values = object_in(body, "hyperparameters") | object_in(method, "hyperparameters")
    ours = {
        name: _whole(name, values[name]) for name in ("n_epochs", "batch_size") if values.get(name)
    }
    for name in ("learning_rate_multiplier", "beta"):
        if values.get(name):
            if isinstance(values[name], str):
                raise _no_number("double", name, values[name])
            ours[name] = values[name]
    name = str(method.get("type") or "supervised")
    return asked | {
        "suffix": suffix, "method": {"type": name, name: {"hyperparameters": ours}},
    }  # fmt: skip


def _whole(name: str, value: object) -> int:
    if isinstance(value, bool) or not str(value).isdecimal():
        raise _no_number("int32", name, value)
    return int(str(value))


def _no_number(kind: str, name: str, value: object) -> ApiError:
    return ApiError(
        400, f"proto: (line 1:1): invalid value for {kind} field {name}: {json.dumps(value)}"
    )


_GRPC_CODES = {400: 3, 401: 16, 403: 7, 404: 5, 409: 10, 413: 8, 429: 8, 503: 14}


def _refused_by_grpc(error: ApiError) -> tuple[int, Document]:
    code = _GRPC_CODES.get(error.status, 13)
    return error.status, {"code": code, "message": error.message, "details": []}


def _no_call_in_grpc(status: int) -> tuple[int, Document]:
    if status == 404:
        return 404, {"code": 5, "message": "Not Found", "details": []}
    return 501, {"code": 12, "message": "Method Not Allowed", "details": []}


def _job_of_llmariner(facts: Facts) -> Document:
    asked = facts.job.request
    values = {
        name: 0
        if asked.hyperparameters.get(name, "auto") == "auto"
        else asked.hyperparameters[name]
        for name in ("batch_size", "beta", "learning_rate_multiplier", "n_epochs")
    }
    return {
        "hyperparameters": {name: value for name, value in values.items() if name != "beta"},
        "method": {"type": asked.method, "hyperparameters": values},
    }


LLMARINER = Shape(
    calls=calls(*JOBS, *FILES, *MODELS, "DELETE /models/{id}", CHAT),
    no_call=_no_call_in_grpc,
    refusal=_refused_by_grpc,
    query=frozenset({"after", "limit", "purpose", "order"}),
    models={
        "gpt-4o-mini-2024-07-18": "google-gemma-2b-it-q4_0",
        "gpt-4.1-2025-04-14": "meta-llama-Meta-Llama-3.1-8B-Instruct-q4_0",
    },
    asked=_asked_of_llmariner,
    statuses={"validating_files": "creating", "cancelled": "canceled"},
    answered={"cancel": "canceling"},
    dropped={
        "model": frozenset({"shutdown_date"}),
        "fine_tuning.job": frozenset(
            {"metadata", "usage_metrics", "eval_id", "shared_with_openai", "estimated_finish",
             "user_provided_suffix"}
        ),
        "file": frozenset({"status", "status_details", "expires_at"}),
    },
    added={
        "fine_tuning.job": {
            "project_id": "default", "kubernetes_namespace": "default", "cluster_id": "default",
            "organization_title": "Default", "project_title": "Default",
            "cluster_name": "default", "resources": None,
        },
    },
    empty={
        "fine_tuned_model": "", "finished_at": 0, "validation_file": "", "trained_tokens": 0,
    },
    own={"fine_tuning.job": _job_of_llmariner},
    integers_as_text=frozenset({"created_at", "finished_at", "created", "bytes"}),
    total="total_items",
)  # fmt: skip
