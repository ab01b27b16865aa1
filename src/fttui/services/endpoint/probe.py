"""What an endpoint offers, found out by four calls that cost nothing and can make nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fttui.services.endpoint.errors import (
    NotFoundError,
    NotSentError,
    ServiceError,
    UnauthorizedError,
    UnsupportedError,
)
from fttui.services.endpoint.lists import FILE_LIST, JOB_LIST, MODEL_LIST, ListKind, page_body
from fttui.services.endpoint.records import FILES, JOBS, MODELS
from fttui.services.endpoint.transport import Transport

if TYPE_CHECKING:
    from openai import AsyncOpenAI

NO_UPLOAD = "upload_none"
"""An id that no upload has, so that cancelling it does nothing."""
_LISTS = ("data", "jobs", "files", "models", "items", "results", "list")


@dataclass(frozen=True, slots=True)
class Offered:
    """Whether each of `models`, `jobs`, `files` and `uploads` is offered; None: not known.

    `problems` are why, by the same names, for those that are not known. `is_answered` is True when
    one of the lists came, which proves that the key works.
    """

    calls: dict[str, bool | None]
    problems: dict[str, ServiceError]
    is_answered: bool


async def ask_offered(wire: Transport) -> Offered:
    """Ask for models, jobs, files and uploads, once each.

    Raises:
        UnauthorizedError: the key is not accepted; no more was asked.
        NotSentError: nothing can be sent at all.
    """
    problems: dict[str, ServiceError] = {}
    calls: dict[str, bool | None] = dict.fromkeys(("models", "jobs", "files", "uploads"))

    async def note(name: str, ask: Callable[[], Coroutine[Any, Any, bool | None]]) -> None:
        try:
            calls[name] = await ask()
        except ServiceError as error:
            problems[name] = error

    # The first alone: a key that is not accepted is not tried again and again.
    await note("jobs", lambda: _has_list(wire, JOBS, {"limit": 1}, JOB_LIST))
    first = problems.get("jobs")
    if isinstance(first, UnauthorizedError | NotSentError):
        raise first
    await asyncio.gather(
        note("models", lambda: _has_list(wire, MODELS, {}, MODEL_LIST)),
        note("files", lambda: _has_list(wire, FILES, {"limit": 1}, FILE_LIST)),
        note("uploads", lambda: _has_uploads(wire)),
    )
    is_answered = any(calls[name] for name in ("models", "jobs", "files"))
    refused = [error for error in problems.values() if isinstance(error, UnauthorizedError)]
    if refused and not is_answered:
        raise refused[0]
    return Offered(calls, problems, is_answered)


async def _has_list(
    wire: Transport, path: str, query: dict[str, object], kind: ListKind
) -> bool | None:
    try:
        answer = await wire.get(path, query)
    except (NotFoundError, UnsupportedError):
        return False  # a list is never deleted
    names = answer if isinstance(answer, dict) else {}
    is_list = isinstance(answer, list) or any(isinstance(names.get(n), list) for n in _LISTS)
    return True if is_list or page_body(answer, kind) is not None else None


async def _has_uploads(wire: Transport) -> bool | None:
    def cancel(client: AsyncOpenAI) -> Any:
        return client.uploads.with_streaming_response.cancel(NO_UPLOAD)

    try:
        answer = await wire.change(cancel, wire.timeouts.read)
    except ServiceError as error:
        said = error.detail.lower()
        # Who knows no such call may repeat its path, too.
        is_about_path = "invalid url" in said or f"uploads/{NO_UPLOAD}" in said
        if NO_UPLOAD in said and not is_about_path:
            return True
        if error.status in {404, 405, 501}:
            return False
        raise
    return True if NO_UPLOAD in str(answer) else None
