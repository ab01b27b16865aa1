"""Fills a sandbox with jobs in every state, so that there is something to look at."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar

from .. import files, training_files
from ..catalogue import base_model, base_name
from ..config import SandboxConfig
from ..inspection import Inspection
from ..jobs import outcomes, store
from ..jobs.lifecycle import Control, PlannedJob
from ..jobs.plan import Pace
from ..jobs.requests import HYPERPARAMETERS, JobRequest, Method
from ..opening import open_sandbox
from ..state import Sandbox
from ..training_files import inspect_lines
from . import training_files as writers

T = TypeVar("T")


class Running(Protocol):
    """A server that runs functions on its state, such as SandboxServer."""

    def call(self, function: Callable[[Sandbox], T]) -> T:
        """Runs the function between two requests."""


Target = Sandbox | SandboxConfig | Running


def on_state(target: Target, function: Callable[[Sandbox], T]) -> T:
    """Runs a function on the target's state; a config must have a `data_dir` no server has open.

    Raises ValueError for a config without one.
    """
    if isinstance(target, Sandbox):
        return function(target)
    if not isinstance(target, SandboxConfig):
        return target.call(function)
    if target.data_dir is None:
        raise ValueError("a config without a data_dir keeps nothing: give the running server")
    sandbox = open_sandbox(target)
    try:
        return function(sandbox)
    finally:
        sandbox.close()


DAY = 86_400.0
_PAST = Pace(
    validating=48, queued=210, step=1.4, least_training=700, most_training=4000, finishing=75
)
_RUNNING = Pace(validating=8, queued=20, least_training=300)
_QUEUED = Pace(validating=4, queued=110, least_training=60)


@dataclass(frozen=True)
class _Sample:
    """One sample job; `age` and `control` times are seconds, `control` counted from creation."""

    age: float
    model: str
    suffix: str | None = None
    method: Method = "supervised"
    training: str = "support-desk-train.jsonl"
    validated: bool = False
    given: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, str] | None = None
    control: tuple[Literal["pause", "cancel"], float] | None = None
    pace: Pace = _PAST
    continues: str | None = None


_SAMPLES = (
    _Sample(41.3 * DAY, "gpt-4o-mini-2024-07-18", "desk-v1"),
    _Sample(33.2 * DAY, "gpt-3.5-turbo-0125", "desk-cheap", given={"n_epochs": 2}),
    _Sample(29.8 * DAY, "gpt-4o-mini-2024-07-18", "first-try", training="first-try.jsonl"),
    _Sample(28.1 * DAY, "gpt-4.1-mini-2025-04-14", "desk-v2", validated=True,
            metadata={"team": "support", "ticket": "SUP-418"}),
    _Sample(21.5 * DAY, "gpt-4.1-mini-2025-04-14", "tone", method="dpo",
            training="tone-preferences.jsonl", given={"beta": 0.2, "n_epochs": 2}),
    _Sample(16.4 * DAY, "gpt-4.1-2025-04-14", "export", training="export-october.jsonl"),
    _Sample(14.0 * DAY, "gpt-4.1-2025-04-14", "desk-big", given={"n_epochs": 12},
            control=("cancel", 1500.0), metadata={"team": "support"}),
    _Sample(9.2 * DAY, "gpt-4.1-2025-04-14", "desk-v3", validated=True,
            given={"n_epochs": 4, "learning_rate_multiplier": 0.8},
            metadata={"team": "support", "ticket": "SUP-455"}),
    _Sample(6.6 * DAY, "gpt-4.1-mini-2025-04-14", "desk-v2-more", validated=True,
            continues="desk-v2"),
    _Sample(5.1 * DAY, "gpt-4.1-nano-2025-04-14", given={"batch_size": 8}),
    _Sample(3.3 * DAY, "gpt-4o-2024-08-06", "vélo-été", control=("cancel", 130.0)),
    _Sample(1.2 * DAY, "gpt-4.1-mini-2025-04-14", "desk-v4", validated=True,
            given={"n_epochs": 5}, control=("pause", 900.0), metadata={"team": "support"}),
    _Sample(140.0, "gpt-4.1-mini-2025-04-14", "desk-v5", validated=True, pace=_RUNNING,
            metadata={"team": "support", "ticket": "SUP-471"}),
    _Sample(25.0, "gpt-4o-mini-2024-07-18", "desk-mini", pace=_QUEUED),
)  # fmt: skip


_TOKENS = {
    ("support-desk-train.jsonl", "o200k_base"): 72_121,
    ("support-desk-train.jsonl", "cl100k_base"): 74_855,
    ("tone-preferences.jsonl", "o200k_base"): 14_563,
}
"""What the sample files are billed for, so that a demo need not count before it begins."""


def fill_with_samples(target: Target) -> int:
    """Adds sample files and one job in every state, unless there are jobs already.

    Returns the number of jobs added. The running and the queued one go on by the clock.
    """
    return on_state(target, fill)


def fill(sandbox: Sandbox) -> int:
    """`fill_with_samples` for state that is at hand."""
    if sandbox.database.one("SELECT 1 FROM jobs LIMIT 1"):
        return 0
    now = sandbox.clock.now()
    kept: list[str] = []
    with sandbox.blobs.keeping(kept), sandbox.database.transaction():
        stored = _store_files(sandbox, kept, now - 41.5 * DAY)
        jobs: dict[str | None, PlannedJob] = {}
        for sample in _SAMPLES:
            jobs[sample.suffix] = _add(sandbox, sample, stored, jobs, now)
    outcomes.record_due(sandbox, now)
    return len(_SAMPLES)


def _add(
    sandbox: Sandbox,
    sample: _Sample,
    stored: dict[str, tuple[str, Inspection]],
    earlier: dict[str | None, PlannedJob],
    now: float,
) -> PlannedJob:
    training_file, training = stored[sample.training]
    validation_file, validation = stored["support-desk-validation.jsonl"]
    model = earlier[sample.continues].plan.model if sample.continues else sample.model
    base = base_model(base_name(model) or model)
    assert base is not None
    values: dict[str, Any] = dict.fromkeys(HYPERPARAMETERS[sample.method], "auto")
    request = JobRequest(
        model=model,
        training_file=training_file,
        validation_file=validation_file if sample.validated else None,
        suffix=sample.suffix,
        method=sample.method,
        hyperparameters={**values, **sample.given},
        metadata=sample.metadata,
    )
    created = now - sample.age
    controls = []
    if sample.control is not None:
        kind, after = sample.control
        controls.append(Control(kind, created + after))
    tokens = _TOKENS.get((sample.training, base.encoding), training.tokens)
    return store.add_job(
        sandbox, request, base, training=replace(training, tokens=tokens),
        validation=validation if sample.validated else None,
        created_at=created, pace=sample.pace, speed=1.0, controls=controls,
    )  # fmt: skip


def _store_files(
    sandbox: Sandbox, kept: list[str], created_at: float
) -> dict[str, tuple[str, Inspection]]:
    stored = {}
    with tempfile.TemporaryDirectory(prefix="fttui-samples-") as name:
        folder = Path(name)
        for place, path in enumerate(_write_files(folder)):
            stored[path.name] = store_file(sandbox, path, kept, created_at + 60.0 * place)
    return stored


def _write_files(folder: Path) -> list[Path]:
    good = writers.write_sample_training_file(folder / "support-desk-train.jsonl")
    lines = good.read_text("utf-8").splitlines(keepends=True)
    few = folder / "first-try.jsonl"
    few.write_text("".join(lines[:7]), "utf-8")
    # One letter wrong in one role: what the service says then is worth having in a demo.
    lines[11] = lines[11].replace('"role":"assistant"', '"role":"asistant"', 1)
    wrong = folder / "export-october.jsonl"
    wrong.write_text("".join(lines), "utf-8")
    return [
        good,
        writers.write_sample_validation_file(folder / "support-desk-validation.jsonl"),
        writers.write_sample_preference_file(folder / "tone-preferences.jsonl"),
        few,
        wrong,
    ]


def store_file(
    sandbox: Sandbox, path: Path, kept: list[str], created_at: float
) -> tuple[str, Inspection]:
    """Uploads a file and looks through it; its piece is added to `kept`; inside a transaction."""
    content = path.read_bytes()
    writer = sandbox.blobs.writer()
    writer.write(content)
    kept.append(writer.store_now())
    file_id = files.add_file(
        sandbox, filename=path.name, purpose="fine-tune", size=len(content),
        blobs=kept[-1:], created_at=created_at,
    )  # fmt: skip
    found = inspect_lines(content.splitlines(keepends=True), "default")
    training_files.remember(sandbox, file_id, "default", found)
    return file_id, found


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
            _add_past_job(sandbox, file_id, place, n, newest - (n + 1 - place) * _EVERY)
    return n


def _add_past_job(sandbox: Sandbox, file_id: str, place: int, n: int, created: float) -> None:
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
