"""/v1/models: the catalogue and what has been fine-tuned from it."""

from __future__ import annotations

import pkgutil
import sqlite3
import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from . import errors
from .errors import ApiError, JsonResponse
from .state import Sandbox, sandbox_of


@dataclass(frozen=True)
class BaseModel:
    """A model as `GET /v1/models` shows it, with the limits that training on it has."""

    id: str
    created: int
    shutdown_date: str | None
    methods: tuple[str, ...]
    learning_rate: float
    max_tokens: int
    encoding: str
    chats: bool
    formats: tuple[str, ...]
    owned_by: str = "system"


@cache
def _models() -> dict[str, BaseModel]:
    """The models by name; the short name of a family is that of its first model."""
    content = pkgutil.get_data("fttui", "models.toml") or b""
    rows = [row for row in tomllib.loads(content.decode())["models"] if "created" in row]
    models = {row["name"]: _read(row) for row in rows}
    for row in rows:
        models.setdefault(row.get("family", row["name"]), models[row["name"]])
    return models


def _read(row: dict[str, Any]) -> BaseModel:
    return BaseModel(
        id=row["name"],
        created=row["created"],
        shutdown_date=str(row["shut_down"]) if "shut_down" in row else None,
        methods=tuple(row.get("methods", ())),
        learning_rate=row.get("learning_rate", 2.0),
        max_tokens=row.get("token_limit", 65_536),
        encoding=row["encoding"],
        chats=row.get("chats", True),
        formats=tuple(row.get("formats", ())),
    )


def base_model(name: str) -> BaseModel | None:
    """The model of this name or alias; None for anything else, fine-tuned models included."""
    return _models().get(name)


def listed_models() -> list[tuple[str, BaseModel]]:
    """Every name a base model is listed under, aliases included, with the model."""
    return sorted(_models().items(), key=lambda named: named[0])


class Catalogue(Protocol):
    """The base models that a server has."""

    def find(self, name: str) -> BaseModel | None:
        """The model of this name or alias; None for anything else, fine-tuned models included."""

    def listed(self) -> list[tuple[str, BaseModel]]:
        """Every name a base model is listed under, aliases included, with the model."""


class OpenAICatalogue:
    """The models in `models.toml` that a sandbox offers."""

    def find(self, name: str) -> BaseModel | None:
        """The model of this name or alias."""
        return base_model(name)

    def listed(self) -> list[tuple[str, BaseModel]]:
        """All of them, aliases too."""
        return listed_models()


def base_name(fine_tuned: str) -> str:
    """The base model in `ft:gpt-4o-mini-2024-07-18:sandbox::8Qk2vB0c`; "" in any other name."""
    fields = fine_tuned.split(":")
    return fields[1] if len(fields) >= 4 and fields[0] == "ft" else ""


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
    """DELETE /v1/models/{id}: only what was fine-tuned here; the job's record stays."""
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
