"""What of an account goes when: its fine-tuned models and the bases that its jobs used."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from fttui.services.endpoint.models import Job, Model
from fttui.services.retirement_clock import RetirementClock
from fttui.training_data.models import base_model, find_model
from fttui.training_data.retirement import Retirement, without_checkpoint


@dataclass(frozen=True, slots=True)
class Leaving:
    """A model that goes; `jobs` have made it or, of a base, were begun with it.

    `archived` tells how many of these jobs an archive has.
    """

    model: str
    goes: Retirement
    jobs: tuple[Job, ...]
    checkpoints: tuple[str, ...]
    archived: int

    @property
    def training_files(self) -> tuple[str, ...]:
        """The files that its jobs were trained with, each once."""
        return tuple(dict.fromkeys(job.training_file for job in self.jobs if job.training_file))

    @property
    def is_archived(self) -> bool | None:
        """True when all its jobs are archived; None where no job of it is known."""
        return self.archived == len(self.jobs) if self.jobs else None

    @property
    def replacement(self) -> str:
        """What to fine-tune instead, "" when nothing is named."""
        known = find_model(self.model)
        return known.replacement if known else ""


@dataclass(slots=True)
class _Found:
    base: str = ""
    jobs: list[Job] = field(default_factory=list)
    checkpoints: list[str] = field(default_factory=list)


def models_that_leave(
    jobs: Iterable[Job],
    models: Iterable[Model],
    clock: RetirementClock,
    archived: Collection[str],
    within: int | None = None,
) -> list[Leaving]:
    """The account's models that have a date, soonest first.

    `archived` are the raw ids of archived jobs. `within` leaves out what goes later than in so
    many days.
    """
    found: dict[str, _Found] = {}
    for job in jobs:
        if job.fine_tuned_model:
            made = found.setdefault(job.fine_tuned_model, _Found(job.model or ""))
            made.jobs.append(job)
        if job.model:
            found.setdefault(base_model(job.model), _Found()).jobs.append(job)
    models = list(models)
    there = {*found, *(model.id for model in models)}
    for model in models:
        name = without_checkpoint(model.id)
        name = name if name in there else model.id  # a checkpoint may have a name of its own
        if model.is_fine_tuned and name:
            of = found.setdefault(name, _Found())
            of.checkpoints += [model.id] if model.id != name else []
    leaving = []
    for name, of in found.items():
        goes = clock.of(name, of.base)
        if goes is not None and (within is None or goes.days_left <= within):
            count = sum(job.raw_id in archived for job in of.jobs)
            leaving.append(Leaving(name, goes, tuple(of.jobs), tuple(of.checkpoints), count))
    return sorted(leaving, key=lambda one: (one.goes.day, one.model))
