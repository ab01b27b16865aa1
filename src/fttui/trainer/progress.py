"""Tells the facts of a training as it goes, makes its checkpoints, and hears when to stop."""

from __future__ import annotations

import math
import shutil
from typing import Any

from transformers import TrainerCallback

from . import ranks
from .evaluating import Validation, train_metrics
from .facts import Facts
from .failure import FailureError
from .hyperparameters import Schedule
from .spec import Spec, step_of


class Progress(TrainerCallback):
    """Listens to the trainer; `paused` is set when a checkpoint was made on demand."""

    def __init__(
        self, spec: Spec, schedule: Schedule, facts: Facts, validation: Validation | None
    ) -> None:
        self._spec = spec
        self._facts = facts
        self._schedule = schedule
        self._validation = validation
        self._stop = spec.folder / "stop"
        self.trainer: Any = None
        self.paused = False

    def _epoch_ends(self, step: int) -> bool:
        return step % self._schedule.steps_per_epoch == 0

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> Any:
        """Decides whether a checkpoint is made now, and whether the training ends with it."""
        # Some may see the file a step before the others, so the first one looks for all.
        if state.global_step < state.max_steps and ranks.agreed(self._stop.exists()):
            self.paused = True
            control.should_training_stop = True
        control.should_save = self.paused or self._epoch_ends(state.global_step)
        return control

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
        """Tells the step, with what the validation file says of it.

        Raises FailureError, which ends the training, for a loss that is no number.
        """
        if not logs or "loss" not in logs:
            return
        step = state.global_step
        if not math.isfinite(logs["loss"]):
            raise FailureError(
                "server_error",
                f"The training loss is no number any more at step {step}: the weights ran away. "
                "Start again with a smaller learning_rate_multiplier.",
                "hyperparameters",
            )
        told = train_metrics(logs)
        ends = self._epoch_ends(step)
        if self._validation is not None and self._validation.due(step, epoch_ends=ends):
            told.update(self._validation.measure(self.trainer, step, full=ends))
        numbers = {
            name: round(value, 6) if math.isfinite(value) else None for name, value in told.items()
        }
        self._facts.write("step", step=step, **numbers)

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Tells the checkpoint that now stands whole, and removes what is no longer kept."""
        step = state.global_step
        ranks.wait()
        if not ranks.first():
            return
        # The trainer's own settings are a pickle, and nobody needs them to go on from here.
        (self._spec.folder / f"checkpoint-{step}" / "training_args.bin").unlink(missing_ok=True)
        self._facts.write("checkpoint", step=step, folder=f"checkpoint-{step}")
        if self._epoch_ends(step):
            self._rotate()

    def _rotate(self) -> None:
        paused = {fact["step"] for fact in self._facts.read() if fact["fact"] == "paused"}
        steps = sorted(
            step
            for folder in self._spec.folder.iterdir()
            if (step := step_of(folder)) is not None
            and self._epoch_ends(step)
            and step not in paused
        )
        for step in steps[: -self._spec.kept_checkpoints]:
            shutil.rmtree(self._spec.folder / f"checkpoint-{step}", ignore_errors=True)
