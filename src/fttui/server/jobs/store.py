"""Jobs in the database."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .. import errors, identifiers
from ..catalogue import BaseModel
from ..config import SandboxConfig
from ..inspection import Inspection
from .job import Checkpoint, Job
from .lifecycle import Control, PlannedJob
from .plan import Pace, make_plan
from .requests import JobRequest

if TYPE_CHECKING:
    from ..state import Sandbox


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
) -> PlannedJob:
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
    job = PlannedJob(0, job_id, created, request, plan, tuple(controls))
    seq = insert(sandbox, job, job.to_columns(), job.due_at())
    return replace(job, seq=seq)


def insert(sandbox: Sandbox, job: Job, columns: tuple[str, str, str], due_at: float | None) -> int:
    """Stores a new job, whose columns are its request, plan and controls; returns its number."""
    metadata = job.request.metadata or {}
    cursor = sandbox.database.execute(
        "INSERT INTO jobs (id, created_at, request, plan, controls, has_metadata, due_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        job.id, job.created_at, *columns, bool(metadata), due_at,
    )  # fmt: skip
    seq = cursor.lastrowid or 0
    for key, value in metadata.items():
        sandbox.database.execute("INSERT INTO job_metadata VALUES (?, ?, ?)", key, value, seq)
    return seq


def find_row(sandbox: Sandbox, job_id: str) -> sqlite3.Row:
    """Raises 404 for an id that is not a job's."""
    row = sandbox.database.one("SELECT * FROM jobs WHERE id = ?", job_id)
    if row is None:
        raise errors.no_such_job(job_id)
    return row


def find_job(sandbox: Sandbox, job_id: str) -> Job:
    """The job, of whichever kind this server has; raises 404 for an id that is not a job's."""
    return sandbox.jobs.from_row(find_row(sandbox, job_id))


def planned_job(sandbox: Sandbox, job_id: str) -> PlannedJob:
    """The job of a server whose jobs go by the clock; raises 404."""
    return PlannedJob.from_row(find_row(sandbox, job_id))


def save_controls(sandbox: Sandbox, job: PlannedJob) -> None:
    """Stores what was done to a job, and when its outcome is due now."""
    sandbox.database.execute(
        "UPDATE jobs SET controls = ?, due_at = ? WHERE seq = ?",
        job.to_columns()[2], job.due_at(), job.seq,
    )  # fmt: skip


def save_plan(sandbox: Sandbox, job: PlannedJob) -> None:
    """Stores the plan of a job whose tokens have been counted."""
    sandbox.database.execute("UPDATE jobs SET plan = ? WHERE seq = ?", job.to_columns()[1], job.seq)


def job_by_number(sandbox: Sandbox, number: int) -> Job:
    """The job with that number in the database."""
    row = sandbox.database.one("SELECT * FROM jobs WHERE seq = ?", number)
    assert row is not None
    return sandbox.jobs.from_row(row)


def job_object(config: SandboxConfig, job: Job, now: float) -> dict[str, Any]:
    """The `fine_tuning.job` document at that time."""
    request = job.request
    finished, estimated = job.finished_at(now), job.estimated_finish(now)
    numbers = job.hyperparameters(now)
    result_file = job.result_file(now)
    return {
        "object": "fine_tuning.job",
        "id": job.id,
        "model": request.model,
        "created_at": int(job.created_at),
        "finished_at": None if finished is None else int(finished),
        "fine_tuned_model": job.fine_tuned_model(now),
        "organization_id": config.organization,
        "result_files": [] if result_file is None else [result_file],
        "status": job.status(now),
        "validation_file": request.validation_file,
        "training_file": request.training_file,
        # Once only supervised jobs had these, and still only they show them here.
        "hyperparameters": numbers if request.method == "supervised" else None,
        "trained_tokens": job.trained_tokens(now),
        # A job without an error has an empty object, as OpenAI sends it.
        "error": job.error(now) or {},
        "user_provided_suffix": request.suffix,
        "seed": job.seed,
        "estimated_finish": None if estimated is None else int(estimated),
        "integrations": _integrations(job),
        "metadata": request.metadata,
        "usage_metrics": None,
        "shared_with_openai": False,
        "eval_id": None,
        "method": _method(job, numbers),
    }


def _method(job: Job, numbers: dict[str, Any]) -> dict[str, Any]:
    settings: dict[str, Any] = {"hyperparameters": numbers}
    if job.request.method == "reinforcement":
        settings["grader"] = job.request.grader
        settings["response_format"] = job.request.response_format
    return {"type": job.request.method, job.request.method: settings}


def _integrations(job: Job) -> list[dict[str, Any]]:
    return [
        {"type": item["type"], "wandb": {**item["wandb"], "run_id": job.id}}
        for item in job.request.integrations
    ]


def checkpoints(job: Job, now: float) -> list[dict[str, Any]]:
    """The documents of the checkpoints that are kept of the job, newest first."""
    return [_checkpoint(job, each) for each in reversed(job.checkpoints(now))]


def _checkpoint(job: Job, checkpoint: Checkpoint) -> dict[str, Any]:
    names = (
        "step", "train_loss", "train_mean_token_accuracy", "valid_loss",
        "valid_mean_token_accuracy", "full_valid_loss", "full_valid_mean_token_accuracy",
        "train_mean_reward", "full_valid_mean_reward",
    )  # fmt: skip
    metrics, step = checkpoint.metrics, checkpoint.step
    return {
        "object": "fine_tuning.job.checkpoint",
        "id": "ftckpt_" + identifiers.base62(f"{job.id}/checkpoint/{step}", 24),
        "created_at": int(checkpoint.made_at),
        "fine_tuned_model_checkpoint": checkpoint.model,
        "fine_tuning_job_id": job.id,
        "metrics": {name: metrics[name] for name in names if metrics.get(name) is not None},
        "step_number": step,
    }
