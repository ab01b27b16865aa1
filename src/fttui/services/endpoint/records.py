"""What an endpoint tells, as it tells it: whole JSON objects, of which only keys are taken out.

The readers of `models` keep what fttui knows; an archive keeps all.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any
from urllib.parse import quote

from fttui.services.endpoint.errors import NotSentError, Outcome, UnreadableAnswerError
from fttui.services.endpoint.lists import (
    CHECKPOINT_LIST,
    EVENT_LIST,
    FILE_LIST,
    JOB_LIST,
    MODEL_LIST,
    page_body,
)
from fttui.services.endpoint.pages import Page, page_query
from fttui.services.endpoint.reading import as_mapping
from fttui.services.endpoint.transport import SLOWEST_UPLOAD, Take, Transport, all_pages
from fttui.storage.secrets import redact_keys
from fttui.terminal.language import _

Record = dict[str, Any]

_KINDS = {
    "jobs": JOB_LIST,
    "files": FILE_LIST,
    "models": MODEL_LIST,
    "events": EVENT_LIST,
    "checkpoints": CHECKPOINT_LIST,
}

JOBS = "/fine_tuning/jobs"
FILES = "/files"
MODELS = "/models"
LARGEST_FILE = 8 * 1024**3
"""Bytes: what OpenAI takes as one upload in parts."""
_UNTOLD_SIZE = 512 * 1024**2
_DEEPEST = 50


def job_path(job_id: str, part: str = "") -> str:
    """The path of a job, or of its `events` or `checkpoints`; NotSentError as of `file_path`."""
    return f"{JOBS}/{_segment(job_id)}{f'/{part}' if part else ''}"


def file_path(file_id: str) -> str:
    """The path of a file; raises NotSentError for an id that would lead to another path."""
    return f"{FILES}/{_segment(file_id)}"


def content_path(file_id: str) -> str:
    """The path of a file's bytes; NotSentError as of `file_path`."""
    return f"{file_path(file_id)}/content"


def _segment(raw_id: str) -> str:
    if raw_id in ("", ".", ".."):
        raise NotSentError(
            _("{raw_id!r} is no id, so nothing was sent.", raw_id=raw_id),
            _("Copy an id from the list."),
            outcome=Outcome.NOT_SENT,
        )
    try:
        return quote(raw_id, safe="")
    except UnicodeEncodeError:
        raise NotSentError(
            _("An id holds a broken character, so nothing was sent."),
            _("Copy an id from the list."),
            outcome=Outcome.NOT_SENT,
        ) from None


class Records:
    """Raw records by path, one attempt a call: whoever reads thousands paces and repeats them.

    Raises `ServiceError`, and of what takes a file's bytes the OSError.
    """

    def __init__(self, wire: Transport) -> None:
        self._wire = wire

    async def one(self, path: str) -> Record | None:
        """The object that a path answers with; None for anything else."""
        return _read(await self._wire.get(path))

    async def page(self, path: str, query: Mapping[str, object]) -> Page[Record]:
        """One page of a list, which has a list of entries, or else is none."""
        answer = await self._wire.get(path, page_query(query))
        told = self._wire.as_list(page_body(answer, _KINDS[path.rpartition("/")[2]]))
        return await asyncio.to_thread(Page.read, told, _read, query.get("after"))

    async def content(
        self,
        file_id: str,
        take: Take,
        *,
        size: int | None = None,
        most: int | None = None,
    ) -> int:
        """Hand a file's bytes to `take`, refused past `most`; `size` is what its record tells.

        What `take` does to a disk it does in a thread, or it holds up all other calls.
        """
        deadline = self._wire.timeouts.read + (size or _UNTOLD_SIZE) / SLOWEST_UPLOAD
        return await self._wire.receive(
            content_path(file_id),
            deadline,
            take,
            LARGEST_FILE if most is None else most,
        )


async def pages(
    fetch: Callable[[Mapping[str, object]], Any], query: Mapping[str, object]
) -> AsyncIterator[Page[Record]]:
    """All pages of a list, of which `fetch` gets one for a query.

    Raises UnreadableAnswerError at the end of a list that has none, repeats itself, or names
    nothing to ask for the rest by.
    """
    has_more = False
    found = all_pages(lambda after: fetch({**query, **({"after": after} if after else {})}))
    async for page in found:
        has_more = page.goes_on
        yield page
    if has_more:
        raise UnreadableAnswerError(
            _("The list repeats itself, or does not tell its end; what came of it was taken."),
            code="endless_list",
        )


def _read(value: object) -> Record | None:
    return without_keys(value) if isinstance(value, dict) else None


def without_keys(value: Any, depth: int = 0) -> Any:
    """A JSON value without any key in use, in names and texts alike.

    What is nested deeper than any record of the API is null: no reader would take it.
    """
    if depth > _DEEPEST and isinstance(value, dict | list):
        return None
    if isinstance(value, str):
        return redact_keys(value)
    if isinstance(value, dict):
        return {redact_keys(str(key)): without_keys(one, depth + 1) for key, one in value.items()}
    if isinstance(value, list):
        return [without_keys(one, depth + 1) for one in value]
    return value


def text_of(record: Mapping[str, object], name: str) -> str:
    """A text of a record; "" for anything else."""
    found = as_mapping(record).get(name)
    return found if isinstance(found, str) else ""
