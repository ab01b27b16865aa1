"""Jobs in the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import errors, identifiers
from ..config import ORGANIZATION
from ..models import BaseModel
from ..state import Sandbox
from ..training_files import Inspection
from .curves import Curves
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


def save_plan(sandbox: Sandbox, job: Job) -> None:
    """Stores the plan of a job whose tokens have been counted."""
    sandbox.database.execute("UPDATE jobs SET plan = ? WHERE seq = ?", job.to_columns()[1], job.seq)


def job_by_number(sandbox: Sandbox, number: int) -> Job:
    """The job with that number in the database."""
    row = sandbox.database.one("SELECT * FROM jobs WHERE seq = ?", number)
    assert row is not None
    return Job.from_row(row)


def job_object(job: Job, now: float) -> dict[str, Any]:
    """The `fine_tuning.job` document at that time."""
    plan, request = job.plan, job.request
    status = job.status(now)
    succeeded = status == "succeeded"
    finished = job.finished_at(now)
    numbers = _hyperparameters(job, now)
    return {
        "object": "fine_tuning.job",
        "id": job.id,
        "model": request.model,
        "created_at": int(job.created_at),
        "finished_at": None if finished is None else int(finished),
        "fine_tuned_model": plan.model if succeeded else None,
        "organization_id": ORGANIZATION,
        "result_files": [plan.result_file] if succeeded else [],
        "status": status,
        "validation_file": request.validation_file,
        "training_file": request.training_file,
        # Once only supervised jobs had these, and still only they show them here.
        "hyperparameters": numbers if request.method == "supervised" else None,
        "trained_tokens": plan.trained_tokens if succeeded else None,
        # A job without an error has an empty object, as OpenAI sends it.
        "error": plan.failure if status == "failed" else {},
        "user_provided_suffix": request.suffix,
        "seed": plan.seed,
        "estimated_finish": int(job.moment(plan.finished_at)) if status == "running" else None,
        "integrations": _integrations(job),
        "metadata": request.metadata,
        "usage_metrics": None,
        "shared_with_openai": False,
        "eval_id": None,
        "method": _method(job, numbers),
    }


def _hyperparameters(job: Job, now: float) -> dict[str, Any]:
    started = job.plan.failure is None and job.offset(now) >= job.plan.started_at
    return job.plan.hyperparameters if started else job.request.hyperparameters


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
    """The job's checkpoints, newest first: the last three epochs of a job that succeeded.

    A paused job has the one that pausing made; any other job has none yet.
    """
    status = job.status(now)
    if status == "succeeded":
        steps = job.plan.kept_steps()
    elif status == "paused" and job.steps_done(now):
        steps = [job.steps_done(now)]
    else:
        return []
    curves = Curves(job.plan)
    return [_checkpoint(job, step, curves.metrics(step)) for step in reversed(steps)]


def _checkpoint(job: Job, step: int, metrics: dict[str, Any]) -> dict[str, Any]:
    made = job.moment(job.plan.started_at + step * job.plan.step_time)
    names = (
        "step", "train_loss", "train_mean_token_accuracy", "valid_loss",
        "valid_mean_token_accuracy", "full_valid_loss", "full_valid_mean_token_accuracy",
        "train_mean_reward", "full_valid_mean_reward",
    )  # fmt: skip
    return {
        "object": "fine_tuning.job.checkpoint",
        "id": "ftckpt_" + identifiers.base62(f"{job.id}/checkpoint/{step}", 24),
        "created_at": int(made),
        "fine_tuned_model_checkpoint": job.plan.checkpoint_model(step),
        "fine_tuning_job_id": job.id,
        "metrics": {name: metrics[name] for name in names if metrics.get(name) is not None},
        "step_number": step,
    }
