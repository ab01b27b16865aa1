"""/v1/files: training files come in, result files go out."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from . import errors, training_files
from .errors import ApiError, JsonResponse, page
from .multipart import Form, read_form
from .parameters import Fields, Query, whole_number
from .state import Sandbox, sandbox_of

PURPOSES = ("fine-tune", "assistants", "batch", "vision", "user_data", "evals")
MAX_FILE = 512 * 1024 * 1024


def find_file(sandbox: Sandbox, file_id: str) -> sqlite3.Row:
    """The record of a file; raises 404 if there is none."""
    row = sandbox.database.one("SELECT * FROM files WHERE id = ?", file_id)
    if row is None:
        raise errors.no_such_file(file_id)
    return row


def add_file(
    sandbox: Sandbox,
    *,
    filename: str,
    purpose: str,
    size: int,
    blobs: list[str] | None = None,
    content: bytes | None = None,
    created_at: float | None = None,
    lifetime: int | None = None,
    file_id: str | None = None,
) -> str:
    """Records a file, made of stored pieces or of `content`, and returns its id.

    `lifetime` is in seconds; call it inside a transaction.
    """
    file_id = file_id or sandbox.new_id("file-", 22)
    created = sandbox.clock.now() if created_at is None else created_at
    sandbox.database.execute(
        "INSERT INTO files (id, created_at, expires_at, filename, purpose, bytes, blobs, content)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        file_id, created, created + lifetime if lifetime else None, filename, purpose, size,
        json.dumps(blobs or []), content,
    )  # fmt: skip
    return file_id


def file_object(row: sqlite3.Row) -> dict[str, Any]:
    """A file as the API shows it; a fine-tune file that cannot be parsed says so once read."""
    return {
        "object": "file",
        "id": row["id"],
        "purpose": row["purpose"],
        "filename": row["filename"],
        "bytes": row["bytes"],
        "created_at": int(row["created_at"]),
        "expires_at": int(row["expires_at"]) if row["expires_at"] else None,
        "status": "error" if row["problem"] else "processed",
        "status_details": row["problem"],
    }


def check_filename(filename: str, purpose: str) -> None:
    """Refuses a training file whose name does not end as the fine-tuning API wants it."""
    if purpose == "fine-tune" and not filename.lower().endswith(".jsonl"):
        raise ApiError(400, "Invalid file format for Fine-Tuning API. Must be .jsonl", param="file")


def check_head(head: bytes, purpose: str) -> None:
    """Refuses a training file that is empty or plainly no JSONL, judging by its first bytes."""
    if purpose != "fine-tune":
        return
    first = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not first:
        raise ApiError(400, "File is empty.", param="file")
    if not first.startswith(b"{"):
        shown = first.splitlines()[0][:40].decode("utf-8", "replace")
        raise ApiError(
            400, "Expected file to have JSONL format, where every line is a valid JSON "
            f"dictionary. Line starts with: {json.dumps(shown, ensure_ascii=False)}.",
            param="file",
        )  # fmt: skip


def read_lifetime(fields: Fields) -> int | None:
    """The seconds of an `expires_after` object, None if it was not sent."""
    policy = fields.object("expires_after")
    if policy is None:
        return None
    policy.required_string("anchor", choices=["created_at"])
    seconds = policy.integer("seconds", required=True, minimum=3600, maximum=2_592_000)
    policy.finish()
    return seconds


def _form_fields(form: Form) -> Fields:
    """The text fields of an upload form; `expires_after` is JSON or comes as `[...]` fields."""
    data: dict[str, Any] = {}
    policy: dict[str, Any] = {}
    for name, text in form.fields.items():
        if name.startswith("expires_after[") and name.endswith("]"):
            key = name[len("expires_after[") : -1]
            number = whole_number(text) if key == "seconds" else None
            policy[key] = text if number is None else number
        elif name == "expires_after":
            data[name] = _as_object(text)
        else:
            data[name] = text
    if policy and "expires_after" in data:
        raise ApiError(400, "'expires_after' was sent twice.", param="expires_after")
    return Fields(data | {"expires_after": policy} if policy else data)


def _as_object(text: str) -> Any:
    """The object that the text is in JSON, else the text: forms write objects either way."""
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
    return found if isinstance(found, dict) else text


async def create_file(request: Request) -> Response:
    """POST /v1/files: the bytes are on disk before the answer goes out."""
    sandbox = sandbox_of(request)
    form = await read_form(request, sandbox.blobs, file_field="file", max_bytes=MAX_FILE)
    assert form.file is not None
    try:
        fields = _form_fields(form)
        purpose = fields.required_string("purpose", choices=PURPOSES)
        lifetime = read_lifetime(fields)
        fields.finish()
        check_filename(form.filename, purpose)
        check_head(form.file.head, purpose)
        blob = await form.file.store()
        with sandbox.blobs.keeping([blob]), sandbox.database.transaction():
            file_id = add_file(
                sandbox, filename=form.filename, purpose=purpose, size=form.file.size,
                blobs=[blob], lifetime=lifetime,
            )  # fmt: skip
    except BaseException:
        form.file.discard()
        raise
    return JsonResponse(file_object(find_file(sandbox, file_id)))


async def list_files(request: Request) -> Response:
    """GET /v1/files?purpose&order&after&limit: newest first unless asked otherwise."""
    query = Query(request.query_params)
    purpose = query.string("purpose")
    order = query.string("order", choices=["asc", "desc"]) or "desc"
    after = query.string("after")
    limit = query.integer("limit", 10_000, minimum=1, maximum=10_000)
    query.finish()
    sandbox = sandbox_of(request)
    conditions, values = ["1"], list[object]()
    if purpose:
        conditions.append("purpose = ?")
        values.append(purpose)
    if after:
        last = find_file(sandbox, after)
        conditions.append(f"(created_at, seq) {'<' if order == 'desc' else '>'} (?, ?)")
        values += [last["created_at"], last["seq"]]
    rows = sandbox.database.all(
        # The fragments are this function's own; values are always bound.
        "SELECT id, created_at, expires_at, filename, purpose, bytes, problem FROM files "  # noqa: S608
        f"WHERE {' AND '.join(conditions)} ORDER BY created_at {order}, seq {order} LIMIT ?",
        *values, limit + 1,
    )  # fmt: skip
    return page([file_object(row) for row in rows], limit, ends=True)


async def retrieve_file(request: Request) -> Response:
    """GET /v1/files/{id}; looks through a training file first, so that `status` is its own."""
    sandbox = sandbox_of(request)
    row = find_file(sandbox, request.path_params["file_id"])
    if row["purpose"] == "fine-tune":
        await training_files.inspect_file(sandbox, row, "default")
    return JsonResponse(file_object(find_file(sandbox, row["id"])))


async def file_content(request: Request) -> Response:
    """GET /v1/files/{id}/content: the bytes as they were sent."""
    sandbox = sandbox_of(request)
    row = find_file(sandbox, request.path_params["file_id"])
    sandbox.blobs.check(json.loads(row["blobs"]))
    headers = {
        "content-length": str(row["bytes"]),
        "content-disposition": f"attachment; filename*=UTF-8''{quote(row['filename'], safe='')}",
    }
    return StreamingResponse(
        _read(sandbox, row), media_type="application/octet-stream", headers=headers
    )


async def _read(sandbox: Sandbox, row: sqlite3.Row) -> AsyncIterator[bytes]:
    if row["content"] is not None:
        yield row["content"]
        return
    async for block in sandbox.blobs.stream(json.loads(row["blobs"])):
        yield block


async def delete_file(request: Request) -> Response:
    """DELETE /v1/files/{id}; jobs that use the file go on, as they do at OpenAI."""
    sandbox = sandbox_of(request)
    row = find_file(sandbox, request.path_params["file_id"])
    remove(sandbox, [row])
    return JsonResponse({"id": row["id"], "object": "file", "deleted": True})


def remove(sandbox: Sandbox, rows: list[sqlite3.Row]) -> None:
    """Forgets files and, once that is recorded, deletes their bytes."""
    blobs = [name for row in rows for name in json.loads(row["blobs"])]
    with sandbox.blobs.dropping(blobs), sandbox.database.transaction():
        for row in rows:
            sandbox.database.execute("DELETE FROM files WHERE id = ?", row["id"])
            sandbox.database.execute("DELETE FROM inspections WHERE file_id = ?", row["id"])


def expire(sandbox: Sandbox, now: float) -> None:
    """Removes the files whose `expires_at` has passed."""
    rows = sandbox.database.all("SELECT id, blobs FROM files WHERE expires_at <= ?", now)
    if rows:
        remove(sandbox, rows)


ROUTES = [
    Route("/v1/files", create_file, methods=["POST"]),
    Route("/v1/files", list_files, methods=["GET"]),
    Route("/v1/files/{file_id}", retrieve_file, methods=["GET"]),
    Route("/v1/files/{file_id}", delete_file, methods=["DELETE"]),
    Route("/v1/files/{file_id}/content", file_content, methods=["GET"]),
]
