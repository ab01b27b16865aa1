"""The fine-tuned models of an account: those that are there, and those that its jobs have made."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from fttui.services.endpoint.models import Model, to_rfc3339
from fttui.services.tuned_models.makers import Makers, is_archived
from fttui.services.tuned_models.presence import in_any_case
from fttui.training_data.models import base_model
from fttui.training_data.retirement import without_checkpoint

if TYPE_CHECKING:
    from fttui.services.endpoint.models import Job
    from fttui.services.retirement_clock import RetirementClock
    from fttui.training_data.retirement import Retirement

_STEP = re.compile(r":ckpt-step-(\d{1,12})$")


@dataclass(frozen=True, slots=True)
class TunedModel:
    """A fine-tuned model; `raw_id` is its id as the endpoint told it, "" where no call can name it.

    `job` has made it, `of_model` is the name of that which it is a checkpoint of, at `step`.
    `exists` and `archived` (whether an archive holds the job) are None where they are not known;
    `goes` tells its last day.
    """

    id: str
    raw_id: str
    base: str = ""
    job: Job | None = None
    of_model: str = ""
    step: int | None = None
    created_at: datetime | None = None
    owned_by: str | None = None
    goes: Retirement | None = None
    exists: bool | None = None
    archived: bool | None = None
    is_deleted: bool = False
    """True of one that was deleted, and did not merely come to its last day."""
    is_tuned: bool = True
    """False of one that is served, and that nothing tells to be fine-tuned."""
    needed_by: tuple[Job, ...] = ()
    """Jobs that train on from it, and have not ended."""

    @property
    def is_there(self) -> bool:
        """False of one that is known to be gone."""
        return self.exists is not False

    @property
    def days_left(self) -> int | None:
        """Days to its last one; None where they are not known, or nothing is left to go."""
        return self.goes.days_left if self.goes and not self.is_deleted else None

    def to_json(self) -> dict[str, object]:
        """The stable shape that `--json` prints; times are RFC 3339 in UTC."""
        return {
            "id": self.id,
            "owned_by": self.owned_by,
            "created_at": to_rfc3339(self.created_at),
            "shutdown_date": self.goes and f"{self.goes.day}",
            "days_left": self.days_left,
            "fine_tuned": self.is_tuned,
            "exists": self.exists,
            "base": self.base or None,
            "job": self.job.id if self.job else None,
            "checkpoint_of": self.of_model or None,
            "step": self.step,
            "archived": self.archived,
        }


def tuned_models(
    models: Iterable[Model],
    jobs: Sequence[Job],
    clock: RetirementClock,
    archived: Collection[str] | None,
) -> list[TunedModel]:
    """The fine-tuned models that are or were listed or that jobs have made, the newest first.

    `clock` has learned the list of models, and met the jobs; `archived` are the raw ids of archived
    jobs, None without an archive. A job's checkpoints are there as far as the list or the job tells
    them.
    """
    made = {
        in_any_case(job.fine_tuned_model): job for job in reversed(jobs) if job.fine_tuned_model
    }
    told = _told_checkpoints(jobs)
    makers = Makers(jobs)
    found: dict[str, TunedModel] = {}

    def jobs_of(model: Model) -> list[Job]:
        name = in_any_case(model.id)
        job = made.get(name) or told.get(name) or made.get(without_checkpoint(name))
        return [job] if job else makers.jobs_of(model)

    for model in models:
        name = in_any_case(model.id)
        if not name or not (model.is_fine_tuned or name in made or name in told):
            continue
        found[model.id] = _listed(model, jobs_of(model), clock, archived)
    listed = {in_any_case(name) for name in found}
    for name, job in made.items():
        if name not in listed and job.fine_tuned_model:
            made_one = _made(job.fine_tuned_model, job, clock, archived)
            found[made_one.id] = made_one
    known = {in_any_case(name) for name in found}
    for gone in clock.presence.gone:
        if in_any_case(gone) not in known:
            found[gone] = _gone(gone, jobs_of(Model(gone)), clock, archived)
    training = training_on(jobs)
    for name in [one for one in found if in_any_case(one) in training]:
        found[name] = replace(found[name], needed_by=tuple(training[in_any_case(name)]))
    return sorted(found.values(), key=_age)


def training_on(jobs: Iterable[Job]) -> dict[str, list[Job]]:
    """By the model that they train on from, `in_any_case`, the jobs that have not ended."""
    training: dict[str, list[Job]] = {}
    for job in jobs:
        if job.model and not job.status.is_final:
            training.setdefault(in_any_case(job.model), []).append(job)
    return training


def _told_checkpoints(jobs: Iterable[Job]) -> dict[str, Job]:
    """By name, `in_any_case`, the job of each checkpoint that is told within a job."""
    return {
        in_any_case(checkpoint.model): job
        for job in jobs
        for checkpoint in job.own_checkpoints or ()
        if checkpoint.model
    }


def _listed(
    model: Model, jobs: list[Job], clock: RetirementClock, archived: Collection[str] | None
) -> TunedModel:
    """A model that is in the list; `jobs` are those of which one has made it."""
    job = jobs[0] if len(jobs) == 1 else None
    base = _base_of(model.id, job)
    name = without_checkpoint(model.id)
    step = _STEP.search(model.id)
    made = (job.fine_tuned_model or "") if job else ""
    of_job = made if in_any_case(made) != in_any_case(model.id) else ""
    return TunedModel(
        model.id,
        model.raw_id,
        base,
        job,
        of_job or (name if name != model.id else ""),
        int(step[1]) if step else None,
        model.created_at or (job.finished_at if job else None),
        model.owned_by,
        clock.of(model.id, base),
        True,
        is_archived(jobs, archived),
    )


def other_model(model: Model, clock: RetirementClock) -> TunedModel:
    """A model that is served, and that no job is known to have made."""
    return TunedModel(
        model.id,
        model.raw_id,
        created_at=model.created_at,
        owned_by=model.owned_by,
        goes=clock.of(model.id),
        exists=True,
        is_tuned=False,
    )


def _made(
    name: str, job: Job, clock: RetirementClock, archived: Collection[str] | None
) -> TunedModel:
    """A model that is not in the list: gone, or nobody knows."""
    base = _base_of(name, job)
    return TunedModel(
        name,
        _callable(name),
        base,
        job,
        created_at=job.finished_at or job.created_at,
        goes=clock.of(name, base),
        exists=clock.presence.of(job),
        archived=is_archived([job], archived),
        is_deleted=clock.is_deleted(job),
    )


def _gone(
    name: str, jobs: list[Job], clock: RetirementClock, archived: Collection[str] | None
) -> TunedModel:
    """A checkpoint, or a model of no known job, that was there and is no more."""
    before = _listed(Model(name, _callable(name)), jobs, clock, archived)
    return replace(before, exists=False, is_deleted=clock.lacks(name))


def _callable(name: str) -> str:
    """A name by which calls can name a model; "" where none can."""
    return name if name.isprintable() and " " not in name else ""


def _base_of(name: str, job: Job | None) -> str:
    """The model that it was trained from; of one that goes on from another, that one's base."""
    told = base_model(job.model) if job and job.model else ""
    named = base_model(name)
    return told or (named if named != name else "")


def _age(model: TunedModel) -> tuple[float, str, int]:
    """The newest first, and after a model its checkpoints, the last first."""
    created = -model.created_at.timestamp() if model.created_at else 0.0
    is_checkpoint = bool(model.of_model)
    return created, model.of_model or model.id, -(model.step or 0) if is_checkpoint else -(2**60)
