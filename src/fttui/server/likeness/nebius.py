"""Nebius Token Factory: FastAPI, steps in the job, weights at the checkpoints."""

from __future__ import annotations

from ..parameters import check_number, wrong_type
from .shape import (
    CHAT,
    CONTENT,
    FILES,
    JOBS,
    PARTS,
    Document,
    Facts,
    Shape,
    calls,
    keep,
    object_in,
    only,
    refused_by_fastapi,
)

_NEBIUS_KEPT: dict[str, type] = {
    "learning_rate": float, "lora": bool, "lora_r": int, "lora_alpha": int,
    "lora_dropout": float, "packing": bool, "context_length": int, "warmup_ratio": float,
    "weight_decay": float, "max_grad_norm": float,
}  # fmt: skip


def _asked_of_nebius(body: Document) -> Document:
    asked = only(
        body, "model", "training_file", "validation_file", "suffix", "seed", "integrations"
    )
    method = object_in(body, "method")
    name = str(method.get("type") or "supervised")
    values = object_in(body, "hyperparameters") | object_in(
        object_in(method, name), "hyperparameters"
    )
    for key, kind in _NEBIUS_KEPT.items():
        if key in values and kind is bool and not isinstance(values[key], bool):
            raise wrong_type(f"hyperparameters.{key}", "a boolean", values[key])
        if key in values and kind is not bool:
            check_number(values[key], f"hyperparameters.{key}")
    ours = {"n_epochs": 3, "batch_size": 8} | only(values, "n_epochs", "batch_size", "beta")
    asked["method"] = {"type": name, name: {"hyperparameters": ours}}
    return asked | {"metadata": keep(values, frozenset(_NEBIUS_KEPT))}


def _no_call_in_fastapi(status: int) -> tuple[int, Document]:
    return status, {"detail": "Not Found" if status == 404 else "Method Not Allowed"}


def _job_of_nebius(facts: Facts) -> Document:
    plan, trains = facts.job.plan, facts.job.offset(facts.now) >= facts.job.plan.started_at
    return {
        "trained_steps": facts.job.steps_done(facts.now),
        "total_steps": plan.total_steps if trains and plan.failure is None else None,
    }


NEBIUS = Shape(
    calls=calls(
        *JOBS, *PARTS, *FILES, CONTENT, "GET /models", CHAT,
        "GET /fine_tuning/jobs/{id}/checkpoints/{one} > GET /fine_tuning/jobs/{id}/checkpoints",
    ),
    no_call=_no_call_in_fastapi,
    refusal=refused_by_fastapi,
    query=frozenset({"after", "limit", "purpose", "order"}),
    models={
        "gpt-4o-mini-2024-07-18": "meta-llama/Llama-3.1-8B-Instruct",
        "gpt-4.1-2025-04-14": "meta-llama/Llama-3.3-70B-Instruct",
    },
    asked=_asked_of_nebius,
    dropped={
        "model": frozenset({"shutdown_date"}),
        "fine_tuning.job": frozenset(
            {"metadata", "usage_metrics", "eval_id", "shared_with_openai", "estimated_finish"}
        ),
        "hyperparameters": frozenset({"learning_rate_multiplier"}),
    },
    own={
        "fine_tuning.job": _job_of_nebius,
        "fine_tuning.job.checkpoint": lambda facts: {"result_files": [facts.job.plan.result_file]},
    },
    kept=frozenset(_NEBIUS_KEPT),
)  # fmt: skip
