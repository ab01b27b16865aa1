"""/v1/models: the base models and what has been fine-tuned from them."""

from __future__ import annotations

import sqlite3
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from . import errors
from .catalogue import BaseModel, base_name
from .errors import ApiError, JsonResponse
from .state import Sandbox, sandbox_of


def base_of(sandbox: Sandbox, fine_tuned: str) -> BaseModel | None:
    """The base model of a fine-tuned one, as far as it is still there."""
    return sandbox.catalogue.find(base_name(fine_tuned))


def fine_tuned_model(sandbox: Sandbox, name: str) -> sqlite3.Row | None:
    """The record of a fine-tuned model that exists and was not deleted."""
    return sandbox.database.one("SELECT * FROM models WHERE id = ?", name)


def add_fine_tuned_model(sandbox: Sandbox, name: str, job_id: str, created_at: float) -> None:
    """Makes a fine-tuned model or a checkpoint usable and listed."""
    sandbox.database.execute(
        "INSERT OR IGNORE INTO models VALUES (?, ?, ?, ?)",
        name, created_at, base_name(name), job_id,
    )  # fmt: skip


def _base_object(name: str, model: BaseModel) -> dict[str, Any]:
    return {
        "id": name,
        "object": "model",
        "created": model.created,
        "owned_by": model.owned_by,
        "shutdown_date": model.shutdown_date,
    }


def _fine_tuned_object(sandbox: Sandbox, row: sqlite3.Row) -> dict[str, Any]:
    base = sandbox.catalogue.find(row["base"])
    return {
        "id": row["id"],
        "object": "model",
        "created": int(row["created_at"]),
        "owned_by": sandbox.config.organization,
        "shutdown_date": base.shutdown_date if base else None,
    }


async def list_models(request: Request) -> Response:
    """GET /v1/models: everything at once, as OpenAI lists it."""
    sandbox = sandbox_of(request)
    rows = sandbox.database.all("SELECT * FROM models ORDER BY created_at, id")
    data = [_base_object(name, model) for name, model in sandbox.catalogue.listed()]
    data += [_fine_tuned_object(sandbox, row) for row in rows]
    return JsonResponse({"object": "list", "data": data})


async def retrieve_model(request: Request) -> Response:
    """GET /v1/models/{id}."""
    name = request.path_params["model"]
    sandbox = sandbox_of(request)
    if base := sandbox.catalogue.find(name):
        return JsonResponse(_base_object(name, base))
    row = fine_tuned_model(sandbox, name)
    if row is None:
        raise errors.no_such_model(name)
    return JsonResponse(_fine_tuned_object(sandbox, row))


async def delete_model(request: Request) -> Response:
    """DELETE /v1/models/{id}: only what was fine-tuned here; the job's record stays.

    403 for a base model, 404 for one that is not there.
    """
    name = request.path_params["model"]
    sandbox = sandbox_of(request)
    if sandbox.catalogue.find(name):
        raise ApiError(
            403, f"The model '{name}' is not yours to delete: only fine-tuned models can be "
            "deleted.", param="model", code="insufficient_permissions",
        )  # fmt: skip
    if fine_tuned_model(sandbox, name) is None:
        raise errors.no_such_model(name)
    folders = sandbox.jobs.weights_of(name)
    with sandbox.database.transaction():
        sandbox.database.execute("DELETE FROM models WHERE id = ?", name)
        sandbox.database.execute("DELETE FROM permissions WHERE checkpoint = ?", name)
    await sandbox.jobs.drop_weights(folders)
    return JsonResponse({"id": name, "object": "model", "deleted": True})


async def model_limits(request: Request) -> Response:
    """GET /v1/fine_tuning/model_limits: the models that jobs can start from."""
    data = [
        {
            "object": "fine_tuning.model_limit",
            "model": model.id,
            "methods": list(model.methods),
            "max_tokens_per_example": model.max_tokens,
            "max_running_jobs": 3,
            "max_jobs_per_day": 48,
        }
        for name, model in sandbox_of(request).catalogue.listed()
        if model.methods and name == model.id
    ]
    return JsonResponse({"object": "list", "data": data})


ROUTES = [
    Route("/v1/models", list_models, methods=["GET"]),
    Route("/v1/models/{model:path}", retrieve_model, methods=["GET"]),
    Route("/v1/models/{model:path}", delete_model, methods=["DELETE"]),
    Route("/v1/fine_tuning/model_limits", model_limits, methods=["GET"]),
]
