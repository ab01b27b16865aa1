"""The models that can be chosen: fine-tuned ones, checkpoints of jobs, bases."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from fttui.interface.screens.menu import MenuItem
from fttui.services.job_words import shorten_model
from fttui.services.tuned_models.words import DELETED, DELETED_SIGN, SHUT_DOWN_SIGN
from fttui.terminal.language import _
from fttui.training_data.models import base_model

if TYPE_CHECKING:
    from fttui.services.endpoint.models import Checkpoint, Job, Model
    from fttui.services.retirement_clock import RetirementClock

_MOST_LISTED = 500
_MOST_LOOKED_AT = 50
_WIDTH = 40
"""Cells of a name in the menu of models."""


class KnownModels:
    """What is known of models, by their names: the user's own first, then what else is served.

    A base is offered where it is served, or where a job was made from it. `jobs` tells the jobs of
    the list; after a change of them, or of anything else, it is gone through once more.
    """

    def __init__(self, jobs: Callable[[], Sequence[Job]], retirement: RetirementClock) -> None:
        self._jobs = jobs
        self._retirement = retirement
        self.served: Sequence[Model] = ()
        self.checkpoints: dict[str, tuple[Checkpoint, ...]] = {}
        self._notes: dict[str, str] | None = None

    def changed(self) -> None:
        """Look anew when they are asked for next."""
        self._notes = None

    @property
    def names(self) -> list[str]:
        """All of them."""
        return [*self._known()]

    def items(self, typed: str, beside: str = "") -> list[MenuItem]:
        """Those that hold the typed text, all when none does or one is complete.

        Of those to stand beside another model, its base and its checkpoints come first. Those that
        answer no more come last.
        """
        known = self._known()
        fitting = [name for name in known if typed.lower() in name.lower()]
        shown = [*known] if typed in known or not fitting else fitting
        if beside:
            kin = {self.base_of(beside), *self._kin_of(beside)}
            others = [name for name in shown if name != beside]
            shown = sorted(others, key=lambda name: name not in kin)
        shown = sorted(shown, key=self._is_gone)
        return [
            MenuItem(name, shorten_model(name, _WIDTH), self._with_last_day(name, known[name]))
            for name in shown[:_MOST_LISTED]
        ]

    @property
    def newest(self) -> str:
        """The model of the newest job that made one which is still there, "" without any."""
        made = (job.fine_tuned_model for job in self._jobs() if job.fine_tuned_model)
        newest = islice(made, _MOST_LOOKED_AT)
        return next((name for name in newest if not self._is_gone(name)), "")

    def base_of(self, model: str) -> str:
        """What a fine-tuned model or a checkpoint was made from, "" where that is not known."""
        job = next((job for job in self._jobs() if job.fine_tuned_model == model), None)
        base = job.model if job is not None and job.model else base_model(model)
        return base if base != model else ""

    def _kin_of(self, model: str) -> list[str]:
        """The checkpoints of the job that has made `model`."""
        job = next((job for job in self._jobs() if job.fine_tuned_model == model), None)
        some = self.checkpoints.get(job.raw_id, ()) if job is not None else ()
        return [one.model for one in some if one.model]

    def _is_gone(self, name: str) -> bool:
        if self._retirement.lacks(name):
            return True
        goes = self._retirement.of(name)
        return goes is not None and goes.is_gone

    def _known(self) -> dict[str, str]:
        if self._notes is None:
            self._notes = _notes(self._jobs(), self.served, self.checkpoints)
        return self._notes

    def _with_last_day(self, name: str, note: str) -> str:
        """What is said beside a name: first its last day, which a narrow window has room for."""
        goes = self._retirement.of(name)
        until = goes.until if goes else ""
        if self._retirement.lacks(name):
            until = f"{DELETED_SIGN} {DELETED}"
        elif goes is not None and goes.is_gone:
            until = f"{SHUT_DOWN_SIGN} {until}"
        return " · ".join(part for part in (until, note) if part)


def _notes(
    jobs: Sequence[Job],
    served: Sequence[Model],
    checkpoints: dict[str, tuple[Checkpoint, ...]],
) -> dict[str, str]:
    """What is said of each model beside its name."""
    notes: dict[str, str] = {}
    for job in jobs:
        if job.fine_tuned_model:
            of = job.model or base_model(job.fine_tuned_model)
            notes.setdefault(job.fine_tuned_model, _("fine-tuned from {base}", base=of))
    for model in served:
        if model.is_fine_tuned:
            base = base_model(model.id)
            notes.setdefault(model.id, _("fine-tuned from {base}", base=base))
    for one in (one for some in checkpoints.values() for one in some):
        if one.model:
            step = "?" if one.step is None else one.step
            notes.setdefault(one.model, _("checkpoint of step {step}", step=step))
    for job in jobs:
        if job.model:
            notes.setdefault(job.model, _("base of a job"))
    for name in sorted(model.id for model in served if not model.is_fine_tuned):
        notes.setdefault(name, "")
    notes.pop("", None)
    return notes
