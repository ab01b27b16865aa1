"""Begins a first job on a server that trains, so that there is a curve to look at."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from ..files import find_file
from ..jobs.keeper import Order
from ..jobs.requests import JobRequest
from . import jobs
from . import training_files as writers

if TYPE_CHECKING:
    from ..state import Sandbox

_VALUES = {"n_epochs": 4, "batch_size": 8, "learning_rate_multiplier": "auto"}


def begin(sandbox: Sandbox) -> int:
    """Trains the first model there is on the sample file, unless there are jobs already.

    Returns the number of jobs added. Call it before the server's loop runs.
    """
    listed = sandbox.catalogue.listed()
    if not listed or sandbox.database.one("SELECT 1 FROM jobs LIMIT 1"):
        return 0
    kept: list[str] = []
    with tempfile.TemporaryDirectory(prefix="fttui-samples-") as name:
        paths = (
            writers.write_sample_training_file(Path(name) / "support-desk-train.jsonl"),
            writers.write_sample_validation_file(Path(name) / "support-desk-validation.jsonl"),
        )
        now = sandbox.clock.now()
        with sandbox.blobs.keeping(kept), sandbox.database.transaction():
            (train, training), (valid, validation) = (
                jobs.store_file(sandbox, path, kept, now) for path in paths
            )
    base = listed[0][1]
    request = JobRequest(base.id, train, valid, "desk", hyperparameters=dict(_VALUES))
    rows = (find_file(sandbox, train), find_file(sandbox, valid))
    asyncio.run(sandbox.jobs.create(Order(request, base, *rows, training, validation)))
    return 1
