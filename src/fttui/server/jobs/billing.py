"""Counting what a job is billed for, beside the requests.

A plan begins with an estimate; a thread counts the file while the job is on its way, and whoever
asks for a job that has succeeded waits for the count. A count that a restart, or the deletion of
the file, cuts short leaves the estimate.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
from collections.abc import Iterable
from dataclasses import replace

from .. import training_files
from ..catalogue import BaseModel
from ..errors import ApiError
from ..state import Sandbox
from ..tokens import billed_tokens
from . import store
from .job import Job
from .lifecycle import PlannedJob

log = logging.getLogger("fttui.server")


def begin(sandbox: Sandbox, job: PlannedJob, base: BaseModel, training_file: sqlite3.Row) -> None:
    """Starts to count the tokens of a job that was just stored; one that fails has none."""
    if job.plan.failure is None:
        blobs = json.loads(training_file["blobs"])
        sandbox.counts[job.id] = asyncio.create_task(_count(sandbox, job.id, base, blobs))


async def _count(sandbox: Sandbox, job_id: str, base: BaseModel, blobs: list[str]) -> None:
    try:
        tokens = await asyncio.to_thread(_read, sandbox, base, blobs)
        job = store.planned_job(sandbox, job_id)
        with sandbox.database.transaction():
            store.save_plan(sandbox, replace(job, plan=replace(job.plan, tokens=tokens)))
    except (OSError, ApiError, sqlite3.Error, ImportError) as error:
        if not sandbox.ending.is_set():
            log.warning("The tokens of %s stay an estimate: %s", job_id, error)
    finally:
        sandbox.counts.pop(job_id, None)


def _read(sandbox: Sandbox, base: BaseModel, blobs: list[str]) -> int:
    with sandbox.blobs.open(blobs) as lines:
        whole = training_files.until_ending(sandbox, lines)
        return billed_tokens(whole, base.encoding, base.max_tokens)


async def counted(sandbox: Sandbox, jobs: Iterable[Job], now: float) -> bool:
    """Waits until the tokens of those that have succeeded are counted; tells if it waited."""
    tasks = [
        sandbox.counts[job.id]
        for job in jobs
        if job.id in sandbox.counts and job.status(now) == "succeeded"
    ]
    if tasks:
        await asyncio.wait(tasks)
    return bool(tasks)
