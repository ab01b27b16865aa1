"""How a job will go, decided in full when it is created.

A job's state at any moment is a function of its plan, the pauses it was given and the clock;
nothing runs in the background.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from .. import identifiers
from ..catalogue import BaseModel
from ..config import ORGANIZATION_NAME
from ..inspection import Inspection
from ..training_files import unknown_item_keys
from .requests import JobRequest, Method

KEPT_CHECKPOINTS = 3


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds that the stages of a job take at speed 1."""

    validating: float = 2.0
    queued: float = 4.0
    step: float = 0.05
    least_training: float = 6.0
    most_training: float = 900.0
    finishing: float = 1.5


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that will be true of a job; times are seconds after its creation.

    `failure` holds the code, message and param of an error that ends the job when its files
    are validated.
    """

    method: Method
    seed: int
    base: str
    examples: int
    validation_examples: int
    tokens: int
    hyperparameters: dict[str, Any]
    validated_at: float
    started_at: float
    step_time: float
    finished_at: float
    after_finish: float
    model: str
    result_file: str
    failure: dict[str, str] | None = None

    @property
    def epochs(self) -> int:
        """How often the training file is gone through."""
        return int(self.hyperparameters["n_epochs"])

    @property
    def steps_per_epoch(self) -> int:
        """Batches in the training file, at least one."""
        return max(1, math.ceil(self.examples / int(self.hyperparameters["batch_size"])))

    @property
    def total_steps(self) -> int:
        """Steps of the whole training."""
        return self.steps_per_epoch * self.epochs

    @property
    def trained_tokens(self) -> int:
        """Tokens gone through, every epoch counted."""
        return self.tokens * self.epochs

    def kept_steps(self) -> list[int]:
        """The steps whose checkpoints are kept, oldest first; the last is the final model."""
        first = max(1, self.epochs - KEPT_CHECKPOINTS + 1)
        return [epoch * self.steps_per_epoch for epoch in range(first, self.epochs + 1)]

    def checkpoint_model(self, step: int) -> str:
        """The name under which the checkpoint after `step` can be used."""
        if step == self.total_steps:
            return self.model
        return checkpoint_name(self.model, step)


def make_plan(
    request: JobRequest,
    *,
    base: BaseModel,
    training: Inspection,
    validation: Inspection | None,
    job_id: str,
    result_file: str,
    pace: Pace,
    speed: float,
) -> Plan:
    """Decides how the job will go, from what is in its files; `speed` divides its times."""
    seed = request.seed
    if seed is None:
        seed = int(identifiers.hexadecimal(f"{job_id}/seed", 12), 16) % 2_147_483_648
    values = _resolve_hyperparameters(request, base, training.examples)
    steps = max(1, math.ceil(training.examples / values["batch_size"])) * values["n_epochs"]
    training_time = min(max(pace.step * steps, pace.least_training), pace.most_training)
    validated = pace.validating + training.examples / 20_000
    started = validated + pace.queued
    return Plan(
        method=request.method,
        seed=seed,
        base=base.id,
        examples=training.examples,
        validation_examples=validation.examples if validation else 0,
        tokens=training.tokens,
        hyperparameters=values,
        validated_at=(validated) / speed,
        started_at=(started) / speed,
        step_time=(training_time / steps) / speed,
        finished_at=(started + training_time + pace.finishing) / speed,
        after_finish=(1.0) / speed,
        model=model_name(base.id, ORGANIZATION_NAME, request.suffix, job_id),
        result_file=result_file,
        failure=file_failure(request, base, training, validation),
    )


def _resolve_hyperparameters(request: JobRequest, base: BaseModel, examples: int) -> dict[str, Any]:
    """The numbers that stand for "auto" once the job starts."""
    batch = min(256, max(1, examples // 500))
    automatic = {
        "n_epochs": _automatic_epochs(examples),
        "batch_size": batch,
        "learning_rate_multiplier": base.learning_rate,
        "beta": 0.1,
        "compute_multiplier": 1.0,
        "eval_interval": max(1, math.ceil(examples / batch) // 4),
        "eval_samples": 2,
    }
    return {
        name: automatic[name] if value == "auto" else value
        for name, value in request.hyperparameters.items()
    }


def _automatic_epochs(examples: int) -> int:
    if examples * 3 < 100:
        return min(25, 100 // max(1, examples))
    if examples * 3 > 25_000:
        return max(1, 25_000 // examples)
    return 3


def model_name(base: str, organization: str, suffix: str | None, job_id: str) -> str:
    """The name of the model that a job makes."""
    # A colon would add a field to the name, so only what cannot be misread goes in.
    tidy = "".join(
        letter if letter.isascii() and (letter.isalnum() or letter in "-_.") else "-"
        for letter in suffix or ""
    )
    return f"ft:{base}:{organization}:{tidy}:{identifiers.base62(f'{job_id}/model', 8)}"


def checkpoint_name(model: str, step: int) -> str:
    """The name of the checkpoint after a step of the job that makes `model`."""
    head = model.rpartition(":")[0]
    return f"{head}:{identifiers.base62(f'{model}/{step}', 8)}:ckpt-step-{step}"


def file_failure(
    request: JobRequest, base: BaseModel, training: Inspection, validation: Inspection | None
) -> dict[str, str] | None:
    """The code, message and param of what is wrong with the files for this request."""
    problem = _file_problem(request, base, request.training_file, training, "Training")
    if problem is not None:
        code, message = problem
        return {"code": code, "message": message, "param": "training_file"}
    if validation is None or request.validation_file is None:
        return None
    problem = _file_problem(request, base, request.validation_file, validation, "Validation")
    if problem is None and validation.format != training.format:
        problem = ("", "Its format is not that of the training file.")
    if problem is None:
        return None
    return {
        "code": "invalid_validation_file",
        "message": f"The job failed due to an invalid validation file. {problem[1]}",
        "param": "validation_file",
    }


def _file_problem(
    request: JobRequest, base: BaseModel, file_id: str, found: Inspection, role: str
) -> tuple[str, str] | None:
    """The code and message of what is wrong with a file for this request."""
    if found.message is not None and found.code is not None:
        return found.code, found.message
    if found.format is not None and found.format not in _FORMATS[request.method]:
        suitable = "dpo" if found.format == "preference" else "supervised"
        return "invalid_training_file", (
            f"Invalid file format. Input file {file_id} is in the fine-tune-{found.format} format, "
            f"but the specified fine-tuning job is not using '{suitable}' as the training method "
            f"(provided method={request.method})."
        )
    if found.format == "completions" and "completion" not in base.formats:
        return "invalid_training_file", (
            f"Invalid file format. Input file {file_id} is in the fine-tune-completions format, "
            f"but the model {base.id} is trained with {' or '.join(base.formats)} examples."
        )
    if found.examples < 10:
        return "invalid_n_examples", (
            f"{role} file has {found.examples} example(s), but must have at least 10 examples"
        )
    if request.method == "reinforcement":
        return _reinforcement_problem(request, found, role)
    return None


def _reinforcement_problem(
    request: JobRequest, found: Inspection, role: str
) -> tuple[str, str] | None:
    most = 50_000 if role == "Training" else 1_000
    if found.examples > most:
        return "invalid_n_examples", (
            f"{role} file has {found.examples} example(s), but must have at most {most} examples"
        )
    absent = unknown_item_keys(str(request.grader), found.keys)
    if absent:
        return "invalid_file_format", (
            f"Invalid file format. The grader uses item.{absent[0]}, but not every example has "
            f"the key '{absent[0]}'"
        )
    return None


_FORMATS: dict[Method, tuple[str, ...]] = {
    "supervised": ("chat", "completions"),
    "dpo": ("preference",),
    "reinforcement": ("reinforcement",),
}
