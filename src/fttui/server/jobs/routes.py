"""/v1/fine_tuning/jobs."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from itertools import islice

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .. import errors, models, training_files
from ..catalogue import BaseModel
from ..errors import ApiError, JsonResponse, page
from ..inspection import Inspection, Rules
from ..parameters import Query, read_fields
from ..state import Sandbox, sandbox_of
from . import ready, store
from .job import ENDED, ControlKind, Job
from .keeper import Order
from .requests import JobRequest, read_job_request
from .store import checkpoints, job_object


def _answer(sandbox: Sandbox, job: Job) -> Response:
    return JsonResponse(job_object(sandbox.config, job, sandbox.clock.now()))


async def create_job(request: Request) -> Response:
    """POST /v1/fine_tuning/jobs."""
    sandbox = sandbox_of(request)
    asked = read_job_request(await read_fields(request))
    training_file = _training_file(sandbox, asked.training_file, "training_file")
    validation_file = None
    if asked.validation_file is not None:
        validation_file = _training_file(sandbox, asked.validation_file, "validation_file")
    base, name = _trainable(sandbox, asked)
    rules: Rules = "reinforcement" if asked.method == "reinforcement" else "default"
    training = await training_files.inspect_file(sandbox, training_file, rules)
    validation: Inspection | None = None
    if validation_file is not None:
        validation = await training_files.inspect_file(sandbox, validation_file, rules)
    request_ = replace(asked, model=name)
    order = Order(request_, base, training_file, validation_file, training, validation)
    return _answer(sandbox, await sandbox.jobs.create(order))


def _training_file(sandbox: Sandbox, file_id: str, param: str) -> sqlite3.Row:
    row = sandbox.database.one("SELECT * FROM files WHERE id = ?", file_id)
    if row is None or row["purpose"] != "fine-tune":
        raise ApiError(400, f"invalid {param}: {file_id}", param=param)
    return row


def _trainable(sandbox: Sandbox, asked: JobRequest) -> tuple[BaseModel, str]:
    """The base model and full name of what is asked for; refuses what cannot be trained so."""
    if asked.model.startswith("ft:"):
        base = models.base_of(sandbox, asked.model)
        if base is None or models.fine_tuned_model(sandbox, asked.model) is None:
            raise errors.no_such_model(asked.model)
        name = asked.model
    else:
        base = sandbox.catalogue.find(asked.model)
        name = base.id if base else asked.model
    if base is None or not base.methods:
        raise ApiError(
            400, f"Model {asked.model} is not available for fine-tuning or does not exist.",
            param="model", code="model_not_available",
        )  # fmt: skip
    if asked.method not in base.methods:
        raise ApiError(
            400, f"Finetuning with {name} requires the {' or '.join(base.methods)} method of "
            "finetuning.", param="method", code="invalid_value",
        )  # fmt: skip
    return base, name


async def list_jobs(request: Request) -> Response:
    """GET /v1/fine_tuning/jobs?after&limit&metadata[k]=v: newest first."""
    query = Query(request.query_params)
    after = query.string("after")
    limit = query.integer("limit", 20, minimum=1, maximum=1000)
    metadata = query.metadata()
    query.finish()
    sandbox = sandbox_of(request)
    now = sandbox.clock.now()

    numbers = ready.newest(sandbox, after=after, count=limit + 1, metadata=metadata)
    jobs = ready.not_ready(sandbox, numbers)
    if await sandbox.jobs.complete(jobs, now):
        jobs = ready.not_ready(sandbox, numbers)
    return page(ready.told(sandbox, numbers, jobs, now), limit)


async def retrieve_job(request: Request) -> Response:
    """GET /v1/fine_tuning/jobs/{id}."""
    sandbox = sandbox_of(request)
    job = store.find_job(sandbox, request.path_params["job_id"])
    now = sandbox.clock.now()
    if await sandbox.jobs.complete([job], now):
        job = store.find_job(sandbox, job.id)
    return JsonResponse(job_object(sandbox.config, job, now))


async def cancel_job(request: Request) -> Response:
    """POST /v1/fine_tuning/jobs/{id}/cancel: 400 once the job has ended."""
    return _control(request, "cancel")


async def pause_job(request: Request) -> Response:
    """POST /v1/fine_tuning/jobs/{id}/pause: makes a snapshot if training had begun."""
    return _control(request, "pause")


async def resume_job(request: Request) -> Response:
    """POST /v1/fine_tuning/jobs/{id}/resume: goes on where the job was paused."""
    return _control(request, "resume")


def _control(request: Request, kind: ControlKind) -> Response:
    sandbox = sandbox_of(request)
    job = store.find_job(sandbox, request.path_params["job_id"])
    now = sandbox.clock.now()
    status = job.status(now)
    fitting = status == "paused" if kind == "resume" else status not in ENDED
    if not fitting or (kind == "pause" and status in ("pausing", "paused")):
        raise ApiError(
            400, f"Job {job.id} cannot be {kind}{'led' if kind == 'cancel' else 'd'}: its status "
            f"is '{status}'.", param="fine_tune_id", code="invalid_job_status",
        )  # fmt: skip
    return _answer(sandbox, sandbox.jobs.control(job.id, kind, now))


async def list_events(request: Request) -> Response:
    """GET /v1/fine_tuning/jobs/{id}/events?after&limit: newest first.

    404 for an `after` that is no event of the job yet.
    """
    query = Query(request.query_params)
    after = query.string("after")
    limit = query.integer("limit", 20, minimum=1, maximum=1000)
    query.finish()
    sandbox = sandbox_of(request)
    job = store.find_job(sandbox, request.path_params["job_id"])
    log = job.events(moderated=not sandbox.config.strict)
    end = log.count(sandbox.clock.now())
    if after is not None:
        place = log.place(after)
        if place is None or place >= end:
            raise ApiError(404, f"No such event: {after[:100]}", param="after")
        end = place
    events = (log.event(place) for place in range(end - 1, -1, -1))
    told = list(islice((event for event in events if event is not None), limit + 1))
    return page(told, limit)


async def list_checkpoints(request: Request) -> Response:
    """GET /v1/fine_tuning/jobs/{id}/checkpoints?after&limit: newest first.

    404 for an `after` that is no checkpoint of the job yet.
    """
    query = Query(request.query_params)
    after = query.string("after")
    limit = query.integer("limit", 10, minimum=1, maximum=1000)
    query.finish()
    sandbox = sandbox_of(request)
    job = store.find_job(sandbox, request.path_params["job_id"])
    found = checkpoints(job, sandbox.clock.now())
    if after is not None:
        ids = [checkpoint["id"] for checkpoint in found]
        if after not in ids:
            raise ApiError(404, f"No such checkpoint: {after[:100]}", param="after")
        found = found[ids.index(after) + 1 :]
    return page(found[: limit + 1], limit, ends=True)


_JOB = "/v1/fine_tuning/jobs/{job_id}"

ROUTES = [
    Route("/v1/fine_tuning/jobs", create_job, methods=["POST"]),
    Route("/v1/fine_tuning/jobs", list_jobs, methods=["GET"]),
    Route(_JOB, retrieve_job, methods=["GET"]),
    Route(f"{_JOB}/cancel", cancel_job, methods=["POST"]),
    Route(f"{_JOB}/pause", pause_job, methods=["POST"]),
    Route(f"{_JOB}/resume", resume_job, methods=["POST"]),
    Route(f"{_JOB}/events", list_events, methods=["GET"]),
    Route(f"{_JOB}/checkpoints", list_checkpoints, methods=["GET"]),
]
