"""Refusals in the shape that OpenAI's API answers them, those by this machine's faults too."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Sequence
from typing import Any

import orjson
from starlette.responses import Response

from .config import reason


class ApiError(Exception):
    """A request that is refused: an HTTP status and the four fields of an `error` object."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        param: str | None = None,
        code: str | None = None,
        kind: str = "invalid_request_error",
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.param = param
        self.code = code
        self.kind = kind

    def body(self) -> dict[str, Any]:
        """The JSON document of the answer."""
        return {
            "error": {
                "message": self.message,
                "type": self.kind,
                "param": self.param,
                "code": self.code,
            }
        }


def missing(param: str) -> ApiError:
    """400 for a required parameter that was left out."""
    return ApiError(
        400, f"Missing required parameter: '{param}'.", param=param,
        code="missing_required_parameter",
    )  # fmt: skip


def unknown(param: str) -> ApiError:
    """400 for a parameter that the call does not have."""
    return ApiError(400, f"Unknown parameter: '{param}'.", param=param, code="unknown_parameter")


def unknown_api_key(key: str, place: str) -> ApiError:
    """401 for a key that is not the server's, which is found at `place`.

    Only the ends of a long key are echoed.
    """
    shown = (
        "*" * len(key) if len(key) < 16 else f"{key[:8]}{'*' * min(len(key) - 12, 32)}{key[-4:]}"
    )
    return ApiError(
        401,
        f"Incorrect API key provided: {shown}. You can find your API key {place}.",
        code="invalid_api_key",
    )


def no_api_key() -> ApiError:
    """401 for a request without a bearer token."""
    return ApiError(
        401,
        "You didn't provide an API key. You need to provide your API key in an Authorization "
        "header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
    )


def insufficient_permissions(scope: str) -> ApiError:
    """403 for a call that needs another kind of key."""
    return ApiError(
        403,
        "You have insufficient permissions for this operation. "
        f"Missing scopes: {scope}. Use an admin API key.",
        code="insufficient_permissions",
    )


def no_such_file(file_id: str) -> ApiError:
    """404 for a file id that does not exist or was deleted."""
    return ApiError(404, f"No such File object: {file_id}", param="id")


def no_such_job(job_id: str) -> ApiError:
    """404 for a job id that does not exist."""
    return ApiError(
        404, f"Could not find fine tune: {job_id}", param="fine_tune_id",
        code="fine_tune_not_found",
    )  # fmt: skip


def no_such_model(model: str) -> ApiError:
    """404 for a model that does not exist, was deleted or belongs to somebody else."""
    return ApiError(
        404, f"The model '{model}' does not exist or you do not have access to it.",
        param="model", code="model_not_found",
    )  # fmt: skip


def ending() -> ApiError:
    """503 for long work that is given up because the sandbox ends."""
    return ApiError(503, "The server is ending.", kind="server_error", code="ending")


def too_large(limit: int) -> ApiError:
    """413 for a body or file over `limit` bytes."""
    return ApiError(
        413, f"The request is larger than the limit of {limit} bytes.", code="content_too_large"
    )


class JsonResponse(Response):
    """A JSON document; faster than the framework's own, which counts for long lists."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """The document as UTF-8."""
        return orjson.dumps(content)


def page(items: Sequence[Any], limit: int, *, ends: bool = False) -> JsonResponse:
    """A cursor page of at most `limit` items; one item more than that means there are more.

    `ends` adds `first_id` and `last_id`, which some lists of the API have and others have not.
    """
    shown = items[:limit]
    document: dict[str, Any] = {
        "object": "list",
        "data": shown,
        "has_more": len(items) > limit,
    }
    if ends:
        document["first_id"] = shown[0]["id"] if shown else None
        document["last_id"] = shown[-1]["id"] if shown else None
    return JsonResponse(document)


_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_SQLITE_FULL = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE})
_TOO_MANY = frozenset({errno.EMFILE, errno.ENFILE})


def is_full(error: Exception) -> bool:
    """Whether nothing more can be written because there is no space."""
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", 0) in _SQLITE_FULL
    return isinstance(error, OSError) and error.errno in _FULL


def as_refusal(error: OSError | sqlite3.Error) -> ApiError:
    """507 without space, 503 without descriptors, else 500; always with the reason."""
    if is_full(error):
        return ApiError(
            507, "The server cannot write: its disk is full or a limit is reached. Nothing of "
            "this request was kept. Make space, then try again.", kind="server_error",
            code="disk_full",
        )  # fmt: skip
    if isinstance(error, OSError) and error.errno in _TOO_MANY:
        return ApiError(
            503, "The server has too many files and connections open. Try again in a moment.",
            kind="server_error", code="too_many_open_files",
        )  # fmt: skip
    if isinstance(error, FileNotFoundError):
        return ApiError(
            500, "The bytes of this file are gone from the server's folder.",
            kind="server_error", code="bytes_missing",
        )  # fmt: skip
    why = reason(error) if isinstance(error, OSError) else str(error)
    return ApiError(
        500, f"The server could not read or write its folder: {why}.", kind="server_error",
        code="storage_failed",
    )  # fmt: skip
