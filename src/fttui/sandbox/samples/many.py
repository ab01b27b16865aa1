"""Thousands of finished jobs at once, to see how a client copes with a long history."""

from __future__ import annotations

from typing import Any

from .. import files
from ..catalogue import base_model
from ..jobs import outcomes, store
from ..jobs.lifecycle import Control
from ..jobs.plan import Pace
from ..jobs.requests import HYPERPARAMETERS, JobRequest
from ..state import Sandbox
from ..training_files import Inspection
from .targets import Target, on_state

_MODELS = ("gpt-4.1-mini-2025-04-14", "gpt-4o-mini-2024-07-18", "gpt-4.1-2025-04-14")
_EVERY = 1800.0
_PACE = Pace(validating=40, queued=60, step=8.0, finishing=30)
_WITH_MODEL = 100


def seed_many_jobs(target: Target, n: int) -> int:
    """Adds `n` ended jobs, half an hour apart, older than every job there is; returns `n`.

    Most succeeded, every 17th failed and every 23rd was cancelled. Only the models of the 100
    newest still exist, as if the others had been deleted.
    """
    return on_state(target, lambda sandbox: _seed(sandbox, n))


def _seed(sandbox: Sandbox, n: int) -> int:
    oldest = sandbox.database.one("SELECT min(created_at) FROM jobs")
    newest = oldest[0] if oldest and oldest[0] is not None else sandbox.clock.now()
    with sandbox.database.transaction():
        file_id = files.add_file(
            sandbox, filename="history.jsonl", purpose="fine-tune", size=0,
            created_at=newest - (n + 2) * _EVERY,
        )  # fmt: skip
        for place in range(n):
            _add(sandbox, file_id, place, n, newest - (n + 1 - place) * _EVERY)
    return n


def _add(sandbox: Sandbox, file_id: str, place: int, n: int, created: float) -> None:
    base = base_model(_MODELS[place % len(_MODELS)])
    assert base is not None
    values: dict[str, Any] = dict.fromkeys(HYPERPARAMETERS["supervised"], "auto")
    request = JobRequest(
        model=base.id,
        training_file=file_id,
        suffix=f"run-{place + 1:05}",
        hyperparameters={**values, "n_epochs": 2, "batch_size": 4},
    )
    examples = 7 if place % 17 == 16 else 40
    controls = [Control("cancel", created + 130)] if place % 23 == 22 else []
    job = store.add_job(
        sandbox, request, base, training=Inspection("chat", examples, examples * 190),
        created_at=created, pace=_PACE, speed=1.0, controls=controls,
    )  # fmt: skip
    if job.due_at() is not None:
        outcomes.record(sandbox, job, with_models=place >= n - _WITH_MODEL)
