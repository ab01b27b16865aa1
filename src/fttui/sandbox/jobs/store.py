"""Jobs in the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .. import errors
from ..catalogue import BaseModel
from ..state import Sandbox
from ..training_files import Inspection
from .lifecycle import Control, Job
from .plan import Pace, make_plan
from .requests import JobRequest


def add_job(
    sandbox: Sandbox,
    request: JobRequest,
    base: BaseModel,
    *,
    training: Inspection,
    validation: Inspection | None = None,
    created_at: float | None = None,
    pace: Pace | None = None,
    speed: float | None = None,
    controls: Sequence[Control] = (),
) -> Job:
    """Plans a job and stores it; call it inside a transaction.

    `created_at`, `speed` and `controls` are for jobs with a made-up past; new ones leave them.
    """
    job_id = sandbox.new_id("ftjob-", 24)
    plan = make_plan(
        request,
        base=base,
        training=training,
        validation=validation,
        job_id=job_id,
        result_file=sandbox.new_id("file-", 22),
        pace=pace or Pace(),
        speed=sandbox.clock.speed if speed is None else speed,
    )
    created = sandbox.clock.now() if created_at is None else created_at
    job = Job(0, job_id, created, request, plan, tuple(controls))
    cursor = sandbox.database.execute(
        "INSERT INTO jobs (id, created_at, request, plan, controls, has_metadata, due_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        job.id, created, *job.to_columns(), bool(request.metadata), job.due_at(),
    )  # fmt: skip
    seq = cursor.lastrowid
    for key, value in (request.metadata or {}).items():
        sandbox.database.execute("INSERT INTO job_metadata VALUES (?, ?, ?)", key, value, seq)
    return Job(seq or 0, job_id, created, request, plan, tuple(controls))


def find_job(sandbox: Sandbox, job_id: str) -> Job:
    """Raises 404 for an id that is not a job's."""
    row = sandbox.database.one("SELECT * FROM jobs WHERE id = ?", job_id)
    if row is None:
        raise errors.no_such_job(job_id)
    return Job.from_row(row)


def save_controls(sandbox: Sandbox, job: Job) -> None:
    """Stores what was done to a job, and when its outcome is due now."""
    sandbox.database.execute(
        "UPDATE jobs SET controls = ?, due_at = ? WHERE seq = ?",
        job.to_columns()[2], job.due_at(), job.seq,
    )  # fmt: skip


def list_jobs(
    sandbox: Sandbox, *, after: str | None, count: int, metadata: Mapping[str, str] | None
) -> list[Job]:
    """At most `count` jobs, newest first; an empty `metadata` asks for jobs that have none."""
    conditions, values = ["1"], list[object]()
    if after is not None:
        last = find_job(sandbox, after)
        conditions.append("(created_at, seq) < (?, ?)")
        values += [last.created_at, last.seq]
    if metadata is not None and not metadata:
        conditions.append("has_metadata = 0")
    for key, value in (metadata or {}).items():
        conditions.append("seq IN (SELECT job_seq FROM job_metadata WHERE key = ? AND value = ?)")
        values += [key, value]
    rows = sandbox.database.all(
        # The fragments are this function's own; values are always bound.
        f"SELECT * FROM jobs WHERE {' AND '.join(conditions)} "  # noqa: S608
        "ORDER BY created_at DESC, seq DESC LIMIT ?",
        *values, count,
    )  # fmt: skip
    return [Job.from_row(row) for row in rows]
