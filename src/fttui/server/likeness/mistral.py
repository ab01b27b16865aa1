"""Mistral: other names for most things, pages by number, events and checkpoints in the job."""

from __future__ import annotations

from .. import errors
from ..errors import ApiError
from ..jobs.events import EventLog
from ..jobs.store import checkpoints
from ..parameters import check_number, check_string
from .shape import (
    CHAT,
    CONTENT,
    FILES,
    JOBS,
    MODELS,
    Document,
    Facts,
    Shape,
    calls,
    keep,
    object_in,
    only,
    refused_by_fastapi,
)

_MISTRAL_KEPT = frozenset(
    {"training_steps", "learning_rate", "weight_decay", "warmup_fraction", "epochs"}
)


def _asked_of_mistral(body: Document) -> Document:
    asked = only(body, "model", "suffix")
    files = body.get("training_files")
    if not isinstance(files, list) or not files:
        raise errors.missing("training_files")
    asked["training_file"] = _file_of_mistral(files[0], "training_files.0")
    if isinstance(held := body.get("validation_files"), list) and held:
        asked["validation_file"] = _file_of_mistral(held[0], "validation_files.0")
    values = object_in(body, "hyperparameters")
    for name in sorted(_MISTRAL_KEPT & values.keys()):
        check_number(values[name], f"hyperparameters.{name}")
    return asked | {"metadata": keep(values, _MISTRAL_KEPT)}


def _file_of_mistral(item: object, place: str) -> str:
    name = item.get("file_id") if isinstance(item, dict) else item
    return check_string(name, f"{place}.file_id", minimum=1)


def _refused_by_mistral(error: ApiError) -> tuple[int, Document]:
    if error.status == 401:
        return 401, {"detail": "Unauthorized"}
    if error.status == 404:
        return 404, {
            "object": "error", "message": error.message, "type": "invalid_request_error",
            "param": None, "code": None,
        }  # fmt: skip
    return refused_by_fastapi(error)


_MISTRAL_EVENTS = {
    "Created": "QUEUED", "Validating": "VALIDATING", "Files validated": "VALIDATED",
    "Fine-tuning job started": "RUNNING", "Fine-tuning job cancelled": "CANCELLED",
    "The job has successfully": "SUCCESS",
}  # fmt: skip
"""The status that an event of the sandbox tells of, by how it begins."""


def _job_of_mistral(facts: Facts) -> Document:
    job, now = facts.job, facts.now
    log = EventLog(job)
    told = [
        {"name": "status-updated", "data": {"status": status}, "created_at": event["created_at"]}
        for event in map(log.event, reversed(range(log.count(now))))
        for start, status in _MISTRAL_EVENTS.items()
        if event["message"].startswith(start)
    ]
    asked = job.request
    found = {
        "modified_at": told[0]["created_at"],
        "training_files": [asked.training_file],
        "validation_files": [asked.validation_file] if asked.validation_file else [],
        "suffix": asked.suffix,
    }
    if not facts.alone:
        return found
    held = ("step_number", "created_at", "metrics")
    kept = [{name: point[name] for name in held} for point in checkpoints(job, now)]
    return found | {"events": told, "checkpoints": kept}


MISTRAL = Shape(
    calls=calls(
        *JOBS, *FILES, CONTENT, *MODELS, "DELETE /models/{id}", CHAT,
        "POST /fine_tuning/jobs/{id}/start > GET /fine_tuning/jobs/{id}",
    ),
    no_call=lambda _: (404, {"message": "no Route matched with those values"}),
    refusal=_refused_by_mistral,
    query=frozenset({"purpose"}),
    models={
        "gpt-4o-mini-2024-07-18": "open-mistral-7b",
        "gpt-4.1-2025-04-14": "mistral-small-latest",
    },
    asked=_asked_of_mistral,
    statuses={
        "validating_files": "VALIDATING", "queued": "QUEUED", "running": "RUNNING",
        "succeeded": "SUCCESS", "failed": "FAILED_VALIDATION", "cancelled": "CANCELLED",
    },
    answered={"cancel": "CANCELLATION_REQUESTED"},
    dropped={
        "model": frozenset({"shutdown_date"}),
        "fine_tuning.job": frozenset(
            {"organization_id", "result_files", "seed", "estimated_finish", "finished_at", "error",
             "method", "user_provided_suffix", "usage_metrics", "shared_with_openai", "eval_id",
                "metadata",
             "training_file", "validation_file"}
        ),
        "hyperparameters": frozenset({"n_epochs", "batch_size", "learning_rate_multiplier"}),
        "file": frozenset({"status", "status_details", "expires_at"}),
        "list": frozenset({"has_more", "first_id", "last_id"}),
    },
    added={
        "fine_tuning.job": {"object": "job", "job_type": "completion", "auto_start": True},
        "file": {"sample_type": "instruct", "source": "upload"},
    },
    own={"fine_tuning.job": _job_of_mistral},
    kept=_MISTRAL_KEPT,
    pages_by_number=True,
    total="total",
    ids_as_uuids=True,
)  # fmt: skip
