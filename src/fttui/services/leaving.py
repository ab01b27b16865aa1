"""What of an account goes when: its fine-tuned models and the bases that its jobs used."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from fttui.services.endpoint.models import Job, Model
from fttui.services.retirement_clock import RetirementClock
from fttui.services.tuned_models.makers import Makers, is_archived
from fttui.training_data.models import base_model, find_model
from fttui.training_data.retirement import SOON, Retirement, without_checkpoint


@dataclass(frozen=True, slots=True)
class Leaving:
    """A model that goes; `jobs` have made it or, of a base, were begun with it.

    `archived` tells how many of these jobs an archive has. `replacement` is what to fine-tune
    instead, "" when nothing is named, or nothing that itself stays longer than 60 days.
    """

    model: str
    goes: Retirement
    jobs: tuple[Job, ...]
    checkpoints: tuple[str, ...]
    archived: int
    is_base: bool = False
    replacement: str = ""
    exists: bool | None = None
    """Whether a fine-tuned model is still there; None where that is not known."""
    makers_archived: bool | None = None
    """Without a known job: whether all that may have made it are archived, or none is."""

    @property
    def training_files(self) -> tuple[str, ...]:
        """The files that its jobs were trained with, each once."""
        return tuple(dict.fromkeys(job.training_file for job in self.jobs if job.training_file))

    @property
    def is_archived(self) -> bool | None:
        """True when all its jobs are archived; None where that is not known."""
        return self.archived == len(self.jobs) if self.jobs else self.makers_archived


@dataclass(slots=True)
class _Found:
    base: str = ""
    is_base: bool = False
    jobs: list[Job] = field(default_factory=list)
    checkpoints: list[str] = field(default_factory=list)
    makers: list[Job] = field(default_factory=list)

    def made_by(self, jobs: list[Job]) -> None:
        """Take the job of a model whose job nobody has told, if `jobs` is only one."""
        if not self.jobs:
            self.jobs, self.makers = (jobs, []) if len(jobs) == 1 else ([], jobs)


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
            found.setdefault(base_model(job.model), _Found(is_base=True)).jobs.append(job)
    models = list(models)
    made_by = Makers(job for of in found.values() for job in of.jobs)
    there = {*found, *(model.id for model in models)}
    for model in models:
        name = without_checkpoint(model.id)
        name = name if name in there else model.id  # a checkpoint may have a name of its own
        if model.is_fine_tuned and name:
            of = found.setdefault(name, _Found())
            of.checkpoints += [model.id] if model.id != name else []
            of.made_by(made_by.jobs_of(model))
    leaving = []
    for name, of in found.items():
        goes = clock.of(name, of.base)
        if goes is not None and (within is None or goes.days_left <= within):
            count = sum(job.raw_id in archived for job in of.jobs)
            jobs_of, checkpoints = tuple(of.jobs), tuple(of.checkpoints)
            leaving.append(
                Leaving(
                    name,
                    goes,
                    jobs_of,
                    checkpoints,
                    count,
                    of.is_base,
                    _replacement(name, clock),
                    None if of.is_base else _exists(name, of.jobs, clock),
                    is_archived(of.makers, archived),
                )
            )
    return sorted(leaving, key=lambda one: (one.goes.day, one.model))


def _exists(model: str, jobs: Iterable[Job], clock: RetirementClock) -> bool | None:
    if clock.presence.is_listed(model):
        return True
    made = next((job for job in jobs if job.fine_tuned_model == model), None)
    return clock.presence.of(made) if made else None


def _replacement(model: str, clock: RetirementClock) -> str:
    known = find_model(model)
    name = known.replacement if known else ""
    goes = clock.of(name) if name else None
    return "" if goes is not None and goes.days_left <= SOON else name
