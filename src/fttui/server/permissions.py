"""/v1/fine_tuning/checkpoints/{id}/permissions: who else may use a fine-tuned model."""

from __future__ import annotations

import sqlite3
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from . import errors, models
from .errors import ApiError, JsonResponse, page
from .parameters import Query, read_fields
from .state import Sandbox, sandbox_of


def _open(request: Request, action: str) -> tuple[Sandbox, str]:
    """The sandbox and the checkpoint; refuses all but the admin key."""
    if not request.scope["is_admin"]:
        raise errors.insufficient_permissions(f"api.fine_tuning.checkpoints.{action}")
    sandbox = sandbox_of(request)
    checkpoint: str = request.path_params["checkpoint"]
    if models.fine_tuned_model(sandbox, checkpoint) is None:
        raise errors.no_such_model(checkpoint)
    return sandbox, checkpoint


def _permission_object(row: sqlite3.Row) -> dict[str, Any]:
    return {
        "object": "checkpoint.permission",
        "id": row["id"],
        "created_at": int(row["created_at"]),
        "project_id": row["project_id"],
    }


async def create_permissions(request: Request) -> Response:
    """POST: one permission for each project; a project that has one already keeps it."""
    sandbox, checkpoint = _open(request, "write")
    fields = await read_fields(request)
    projects = fields.strings("project_ids", required=True, minimum=1) or []
    fields.finish()
    now = sandbox.clock.now()
    rows = []
    with sandbox.database.transaction():
        for project in projects:
            sandbox.database.execute(
                "INSERT OR IGNORE INTO permissions (id, checkpoint, project_id, created_at) "
                "VALUES (?, ?, ?, ?)",
                sandbox.new_id("cp_", 24), checkpoint, project, now,
            )  # fmt: skip
            rows += sandbox.database.all(
                "SELECT * FROM permissions WHERE checkpoint = ? AND project_id = ?",
                checkpoint, project,
            )  # fmt: skip
    return page([_permission_object(row) for row in rows], len(rows), ends=True)


async def list_permissions(request: Request) -> Response:
    """GET ?project_id&after&limit&order: newest first unless asked otherwise."""
    sandbox, checkpoint = _open(request, "read")
    query = Query(request.query_params)
    project = query.string("project_id")
    after = query.string("after")
    limit = query.integer("limit", 10, minimum=1, maximum=1000)
    order = query.string("order", choices=["ascending", "descending"]) or "descending"
    query.finish()
    conditions, values = ["checkpoint = ?"], list[object]([checkpoint])
    if project:
        conditions.append("project_id = ?")
        values.append(project)
    if after:
        conditions.append(f"seq {'<' if order == 'descending' else '>'} ?")
        values.append(_find(sandbox, checkpoint, after)["seq"])
    rows = sandbox.database.all(
        # The fragments are this function's own; values are always bound.
        f"SELECT * FROM permissions WHERE {' AND '.join(conditions)} "  # noqa: S608
        f"ORDER BY seq {'DESC' if order == 'descending' else 'ASC'} LIMIT ?",
        *values, limit + 1,
    )  # fmt: skip
    return page([_permission_object(row) for row in rows], limit, ends=True)


async def delete_permission(request: Request) -> Response:
    """DELETE /{permission_id}."""
    sandbox, checkpoint = _open(request, "write")
    row = _find(sandbox, checkpoint, request.path_params["permission_id"])
    with sandbox.database.transaction():
        sandbox.database.execute("DELETE FROM permissions WHERE id = ?", row["id"])
    return JsonResponse({"object": "checkpoint.permission", "id": row["id"], "deleted": True})


def _find(sandbox: Sandbox, checkpoint: str, permission_id: str) -> sqlite3.Row:
    row = sandbox.database.one(
        "SELECT * FROM permissions WHERE checkpoint = ? AND id = ?", checkpoint, permission_id
    )
    if row is None:
        raise ApiError(404, f"No such permission: {permission_id[:100]}", param="permission_id")
    return row


_PERMISSIONS = "/v1/fine_tuning/checkpoints/{checkpoint:path}/permissions"

ROUTES = [
    Route(_PERMISSIONS, create_permissions, methods=["POST"]),
    Route(_PERMISSIONS, list_permissions, methods=["GET"]),
    Route(_PERMISSIONS + "/{permission_id}", delete_permission, methods=["DELETE"]),
]
