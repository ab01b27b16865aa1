"""The last known list of an account's jobs: kept when it is whole, and when a job changes.

What was kept passes the same reader as an answer of the endpoint, and is older than any.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from fttui.services.endpoint.address import Endpoint
from fttui.services.endpoint.models import Job
from fttui.storage.last_lists import ListOwner, read_list, save_list

_CLOCK_SET_BACK = 86_400
_FIRST = 100
_PIECE = 500
PAUSE = 0.5
"""Seconds from a change to the writing of the list; changes that come together are written once."""


@dataclass(frozen=True, slots=True)
class KnownList:
    """When the list was told, and its jobs, the newest first, some at a time."""

    told_at: datetime
    pieces: Iterator[tuple[Job, ...]]


def owner_of(endpoint: Endpoint, account: str) -> ListOwner:
    """Whose list `endpoint` tells the key with the fingerprint `account`."""
    headers = os.environ.get("OPENAI_CUSTOM_HEADERS", "") if endpoint.is_environments else ""
    chosen: list[object] = [endpoint.organization, endpoint.project, headers]
    extras = endpoint.extras
    if extras.headers or extras.query:
        chosen += [dict(extras.headers), dict(extras.query)]
    scope = hashlib.sha256(json.dumps(chosen).encode()).hexdigest()[:16] if any(chosen) else ""
    return ListOwner(endpoint.base_url, endpoint.server, account, scope)


def read_known(owner: ListOwner, profile: str = "") -> KnownList | None:
    """The list that was kept last; None where there is none. It blocks, and so do the pieces.

    At a line that is no job the pieces end. `profile` is whose jobs they are among others'.
    """
    kept = read_list(owner)
    if kept is None or not 0 < kept.saved <= time.time() + _CLOCK_SET_BACK:
        return None
    return KnownList(datetime.fromtimestamp(kept.saved, UTC), _pieces(kept.lines, profile))


def _pieces(lines: Iterable[bytes], profile: str) -> Iterator[tuple[Job, ...]]:
    piece: list[Job] = []
    size = _FIRST
    for line in lines:
        try:
            job = Job.read(orjson.loads(line), reading=0, profile=profile)
        except ValueError:
            break
        if job is None:
            break
        if job.can_be_acted_on:
            piece.append(job)
        if len(piece) >= size:
            yield tuple(piece)
            piece, size = [], _PIECE
    if piece:
        yield tuple(piece)


class ListKeeper:
    """Keeps what an endpoint tells of all jobs of `owner`. Used on the service thread."""

    def __init__(self, owner: ListOwner) -> None:
        self.owner = owner
        self._coming: dict[str, Job] = {}
        self._jobs: dict[str, Job] | None = None
        self._is_changed = False
        self._saving: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """A load of the whole list begins."""
        self._coming = {}

    def take(self, jobs: Iterable[Job]) -> None:
        """A page of the load came."""
        _update(self._coming, jobs)

    def end(self) -> None:
        """The load is complete: keep what it brought."""
        self._jobs, self._coming = self._coming, {}
        self._save_soon()

    def note(self, job: Job) -> None:
        """A job is new, or is now as told; it is kept with a list that is whole."""
        _update(self._coming, [job])
        if self._jobs is not None:
            if job.raw_id not in self._jobs:
                self._jobs = {job.raw_id: job, **self._jobs}
            _update(self._jobs, [job])
            self._save_soon()

    def drop(self, raw_id: str) -> None:
        """The endpoint does not know a job any more."""
        self._coming.pop(raw_id, None)
        if self._jobs and self._jobs.pop(raw_id, None):
            self._save_soon()

    def _save_soon(self) -> None:
        self._is_changed = True
        if self._saving is None or self._saving.done():
            self._saving = asyncio.create_task(self._save_while_changed())
            self._saving.add_done_callback(self._save_at_the_end)

    async def _save_while_changed(self) -> None:
        while self._is_changed:
            await asyncio.sleep(PAUSE)
            await asyncio.to_thread(self._save, self._taken())

    def _save_at_the_end(self, saving: asyncio.Task[None]) -> None:
        # The run ends, and no thread that writes now need live until it has written.
        if saving.cancelled():
            self._save(self._taken())

    def _taken(self) -> list[Job]:
        self._is_changed = False
        return list((self._jobs or {}).values())

    def _save(self, jobs: list[Job]) -> None:
        save_list(self.owner, map(_record, jobs), time.time())


def _update(known: dict[str, Job], jobs: Iterable[Job]) -> None:
    """Take the newer reading of each job; one that no call can name is left out."""
    for job in jobs:
        if job.can_be_acted_on:
            known[job.raw_id] = known.get(job.raw_id, job).updated(job)


def _record(job: Job) -> dict[str, Any]:
    """What the API would tell of the job, as far as it is known."""
    error = job.error
    told: dict[str, Any] = {
        "id": job.raw_id,
        "status": job.status.shown,
        "model": job.model,
        "fine_tuned_model": job.fine_tuned_model,
        "created_at": _seconds(job.created_at),
        "finished_at": _seconds(job.finished_at),
        "estimated_finish": _seconds(job.estimated_finish),
        "method": job.method and {"type": job.method},
        "hyperparameters": job.hyperparameters.as_dict(),
        "training_file": job.training_file,
        "validation_file": job.validation_file,
        "result_files": job.result_files,
        "trained_tokens": job.trained_tokens,
        "seed": job.seed,
        "suffix": job.suffix,
        "metadata": job.metadata,
        "error": error and {"code": error.code, "message": error.message, "param": error.param},
        "organization_id": job.organization_id,
        "trained_steps": job.step,
        "total_steps": job.total_steps,
    }
    return {name: value for name, value in told.items() if value not in (None, (), {})}


def _seconds(moment: datetime | None) -> float | None:
    return moment.timestamp() if moment else None
