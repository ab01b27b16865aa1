"""/v1/uploads: files in parts, which may come in parallel and in any order."""

from __future__ import annotations

import re
import sqlite3
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from . import files
from .blobs import BlobStore
from .errors import ApiError, JsonResponse
from .multipart import read_form
from .parameters import Fields, read_fields
from .state import Sandbox, sandbox_of

MAX_PART = 64 * 1024 * 1024
MAX_UPLOAD = 8 * 1024 * 1024 * 1024
LIFETIME = 3600


def _find_upload(sandbox: Sandbox, upload_id: str) -> sqlite3.Row:
    row = sandbox.database.one("SELECT * FROM uploads WHERE id = ?", upload_id)
    if row is None:
        raise ApiError(404, f"No such Upload object: {upload_id}", param="upload_id")
    return row


def _find_pending(sandbox: Sandbox, upload_id: str) -> sqlite3.Row:
    row = _find_upload(sandbox, upload_id)
    if row["status"] != "pending":
        raise ApiError(
            400, f"Upload {upload_id} is already {row['status']}.", param="upload_id",
            code="upload_not_pending",
        )  # fmt: skip
    return row


def _upload_object(sandbox: Sandbox, row: sqlite3.Row) -> dict[str, Any]:
    file = sandbox.database.one("SELECT * FROM files WHERE id = ?", row["file_id"])
    return {
        "id": row["id"],
        "object": "upload",
        "bytes": row["bytes"],
        "created_at": int(row["created_at"]),
        "filename": row["filename"],
        "purpose": row["purpose"],
        "status": row["status"],
        "expires_at": int(row["expires_at"]),
        "file": files.file_object(file) if file else None,
    }


async def create_upload(request: Request) -> Response:
    """POST /v1/uploads: announces a file of at most 8 GB, to be sent within an hour.

    Both limits are those of OpenAI's API reference for uploads.
    """
    fields = await read_fields(request)
    size = fields.integer("bytes", required=True, minimum=1, maximum=MAX_UPLOAD)
    filename = fields.required_string("filename")
    purpose = fields.required_string("purpose", choices=files.PURPOSES)
    mime_type = fields.required_string("mime_type")
    lifetime = files.read_lifetime(fields)
    fields.finish()
    if not re.fullmatch(r"[\w.+-]+/[\w.+-]+(\s*;.*)?", mime_type):
        raise ApiError(400, f"Invalid MIME type: '{mime_type[:100]}'.", param="mime_type")
    files.check_filename(filename, purpose)
    sandbox = sandbox_of(request)
    now = sandbox.clock.now()
    with sandbox.database.transaction():
        upload_id = sandbox.new_hex_id("upload_")
        sandbox.database.execute(
            "INSERT INTO uploads VALUES (?, ?, ?, ?, ?, ?, ?, 'pending', NULL)",
            upload_id, now, now + LIFETIME, size, filename, purpose, lifetime,
        )  # fmt: skip
    return JsonResponse(_upload_object(sandbox, _find_upload(sandbox, upload_id)))


async def add_part(request: Request) -> Response:
    """POST /v1/uploads/{id}/parts: one form with at most 64 MB in `data`."""
    sandbox = sandbox_of(request)
    upload_id = request.path_params["upload_id"]
    _find_pending(sandbox, upload_id)
    place = sandbox.checksums.begin(upload_id)
    try:
        part_id, blob, now = await _receive_part(request, sandbox, upload_id)
    except BaseException:
        sandbox.checksums.failed(upload_id, place)
        raise
    sandbox.checksums.stored(upload_id, place, blob)
    return JsonResponse(
        {"id": part_id, "object": "upload.part", "created_at": int(now), "upload_id": upload_id}
    )


async def _receive_part(
    request: Request, sandbox: Sandbox, upload_id: str
) -> tuple[str, str, float]:
    """Stores a part; its id, its piece's name, and when."""
    form = await read_form(request, sandbox.blobs, file_field="data", max_bytes=MAX_PART)
    assert form.file is not None
    try:
        Fields(form.fields).finish()
        blob = await form.file.store()
        with sandbox.blobs.keeping([blob]), sandbox.database.transaction():
            # Asked again: it may have been cancelled or completed while the part came in.
            _find_pending(sandbox, upload_id)
            part_id = sandbox.new_hex_id("part_")
            now = sandbox.clock.now()
            sandbox.database.execute(
                "INSERT INTO parts VALUES (?, ?, ?, ?, ?)",
                part_id, upload_id, now, form.file.size, blob,
            )  # fmt: skip
    except BaseException:
        form.file.discard()
        raise
    return part_id, blob, now


async def complete_upload(request: Request) -> Response:
    """POST /v1/uploads/{id}/complete: the parts in the given order become one file.

    400 where their bytes have another md5 than the request names.
    """
    fields = await read_fields(request)
    part_ids = fields.strings("part_ids", required=True, minimum=1) or []
    md5 = fields.string("md5")
    fields.finish()
    sandbox = sandbox_of(request)
    upload = _find_pending(sandbox, request.path_params["upload_id"])
    parts = _ordered_parts(sandbox, upload, part_ids)
    blobs = [str(part["blob"]) for part in parts]
    files.check_head(_head(sandbox.blobs, blobs), upload["purpose"])
    if md5 is not None:
        actual = await sandbox.checksums.md5(upload["id"], blobs)
        if actual != md5.lower():
            raise ApiError(
                400, f"The md5 checksum of the uploaded bytes is {actual}, not {md5[:64]}.",
                param="md5", code="md5_mismatch",
            )  # fmt: skip
    unused = _part_blobs(sandbox, upload["id"]) - set(blobs)
    with sandbox.blobs.dropping(unused), sandbox.database.transaction():
        _find_pending(sandbox, upload["id"])
        file_id = files.add_file(
            sandbox, filename=upload["filename"], purpose=upload["purpose"],
            size=upload["bytes"], blobs=blobs, lifetime=upload["file_lifetime"],
        )  # fmt: skip
        sandbox.database.execute(
            "UPDATE uploads SET status = 'completed', file_id = ? WHERE id = ?",
            file_id, upload["id"],
        )  # fmt: skip
        _forget_parts(sandbox, upload["id"])
    return JsonResponse(_upload_object(sandbox, _find_upload(sandbox, upload["id"])))


def _ordered_parts(sandbox: Sandbox, upload: sqlite3.Row, part_ids: list[str]) -> list[sqlite3.Row]:
    rows = sandbox.database.all("SELECT * FROM parts WHERE upload_id = ?", upload["id"])
    known = {row["id"]: row for row in rows}
    if len(set(part_ids)) != len(part_ids):
        raise ApiError(400, "A part is named twice in part_ids.", param="part_ids")
    for place, part_id in enumerate(part_ids):
        if part_id not in known:
            raise ApiError(
                400, f"No such part of {upload['id']}: {part_id[:100]}",
                param=f"part_ids[{place}]",
            )  # fmt: skip
    total = sum(known[part_id]["bytes"] for part_id in part_ids)
    if total != upload["bytes"]:
        raise ApiError(
            400, f"The parts hold {total} bytes, but the upload was announced with "
            f"{upload['bytes']} bytes.", param="part_ids", code="bytes_mismatch",
        )  # fmt: skip
    return [known[part_id] for part_id in part_ids]


def _head(blobs: BlobStore, names: list[str]) -> bytes:
    with blobs.open(names) as source:
        return source.read(4096)


def _part_blobs(sandbox: Sandbox, upload_id: str) -> set[str]:
    rows = sandbox.database.all("SELECT blob FROM parts WHERE upload_id = ?", upload_id)
    return {str(row["blob"]) for row in rows}


def _forget_parts(sandbox: Sandbox, upload_id: str) -> None:
    sandbox.checksums.forget(upload_id)
    sandbox.database.execute("DELETE FROM parts WHERE upload_id = ?", upload_id)


async def cancel_upload(request: Request) -> Response:
    """POST /v1/uploads/{id}/cancel: no parts are taken after this."""
    sandbox = sandbox_of(request)
    upload = _find_pending(sandbox, request.path_params["upload_id"])
    _end(sandbox, upload["id"], "cancelled")
    return JsonResponse(_upload_object(sandbox, _find_upload(sandbox, upload["id"])))


def _end(sandbox: Sandbox, upload_id: str, status: str) -> None:
    blobs = _part_blobs(sandbox, upload_id)
    with sandbox.blobs.dropping(blobs), sandbox.database.transaction():
        sandbox.database.execute("UPDATE uploads SET status = ? WHERE id = ?", status, upload_id)
        _forget_parts(sandbox, upload_id)


def expire(sandbox: Sandbox, now: float) -> None:
    """Ends the uploads that were not completed within their hour, and drops their parts."""
    rows = sandbox.database.all(
        "SELECT id FROM uploads WHERE status = 'pending' AND expires_at <= ?", now
    )
    for row in rows:
        _end(sandbox, row["id"], "expired")


ROUTES = [
    Route("/v1/uploads", create_upload, methods=["POST"]),
    Route("/v1/uploads/{upload_id}/parts", add_part, methods=["POST"]),
    Route("/v1/uploads/{upload_id}/complete", complete_upload, methods=["POST"]),
    Route("/v1/uploads/{upload_id}/cancel", cancel_upload, methods=["POST"]),
]
