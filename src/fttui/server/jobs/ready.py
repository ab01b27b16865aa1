"""Jobs that have ended, as they are told: nothing of them changes any more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import orjson

from .. import errors
from . import store
from .job import ENDED, Job
from .store import job_object

if TYPE_CHECKING:
    from ..state import Sandbox

_MOST = 20_000


def newest(
    sandbox: Sandbox, *, after: str | None, count: int, metadata: Mapping[str, str] | None
) -> list[int]:
    """The numbers of at most `count` jobs, newest first; empty `metadata`: of those without any.

    Raises 404 for an `after` that is no job's id.
    """
    conditions, values = ["1"], list[object]()
    if after is not None:
        last = sandbox.database.one("SELECT created_at, seq FROM jobs WHERE id = ?", after)
        if last is None:
            raise errors.no_such_job(after)
        conditions.append("(created_at, seq) < (?, ?)")
        values += last
    if metadata is not None and not metadata:
        conditions.append("has_metadata = 0")
    for key, value in (metadata or {}).items():
        conditions.append("seq IN (SELECT job_seq FROM job_metadata WHERE key = ? AND value = ?)")
        values += [key, value]
    rows = sandbox.database.all(
        # The fragments are this function's own; values are always bound.
        f"SELECT seq FROM jobs WHERE {' AND '.join(conditions)} "  # noqa: S608
        "ORDER BY created_at DESC, seq DESC LIMIT ?",
        *values, count,
    )  # fmt: skip
    return [row["seq"] for row in rows]


def not_ready(sandbox: Sandbox, numbers: Sequence[int]) -> list[Job]:
    """Those of the jobs that have to be looked at."""
    return [store.job_by_number(sandbox, seq) for seq in numbers if seq not in sandbox.ready]


def told(
    sandbox: Sandbox, numbers: Sequence[int], jobs: Sequence[Job], now: float
) -> list[orjson.Fragment]:
    """The documents of the jobs; those of `jobs` are made now, and kept where one has ended."""
    documents = {seq: sandbox.ready[seq] for seq in numbers if seq in sandbox.ready}
    for job in jobs:
        documents[job.seq] = orjson.dumps(job_object(sandbox.config, job, now))
        if job.status(now) in ENDED:
            keep(sandbox, job.seq, documents[job.seq])
    return [orjson.Fragment(documents[seq]) for seq in numbers]


def keep(sandbox: Sandbox, number: int, document: bytes) -> None:
    """Have the document at hand from now on."""
    if len(sandbox.ready) >= _MOST:
        sandbox.ready.clear()
    sandbox.ready[number] = document
