"""Records what jobs leave behind when they end: a result file, a model, checkpoints."""

from __future__ import annotations

import base64

from .. import files, models
from ..state import Sandbox
from .curves import result_csv
from .lifecycle import PlannedJob


def record_due(sandbox: Sandbox, now: float) -> None:
    """Records the outcome of every job that has come to its end by now."""
    rows = sandbox.database.all("SELECT * FROM jobs WHERE due_at <= ? ORDER BY due_at, seq", now)
    if not rows:
        return
    with sandbox.database.transaction():
        for row in rows:
            record(sandbox, PlannedJob.from_row(row))


def record(sandbox: Sandbox, job: PlannedJob, *, with_models: bool = True) -> None:
    """Makes the result file and the models of a job that succeeded; inside a transaction."""
    plan = job.plan
    finished = job.moment(plan.finished_at)
    # OpenAI sends result files as the base64 text of the CSV.
    content = base64.b64encode(result_csv(plan).encode())
    files.add_file(
        sandbox,
        file_id=plan.result_file,
        filename="step_metrics.csv",
        purpose="fine-tune-results",
        size=len(content),
        content=content,
        created_at=finished,
    )
    for step in plan.kept_steps() if with_models else ():
        models.add_fine_tuned_model(sandbox, plan.checkpoint_model(step), job.id, finished)
    sandbox.database.execute("UPDATE jobs SET due_at = NULL WHERE seq = ?", job.seq)
