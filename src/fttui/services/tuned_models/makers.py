"""Which job has made a model: told by the job, or seen by the names that checkpoints have."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from fttui.training_data.models import base_model
from fttui.training_data.retirement import without_checkpoint

if TYPE_CHECKING:
    from fttui.services.endpoint.models import Job, Model


class Makers:
    """The jobs by all of their model's name but its id, which a checkpoint has of its own."""

    def __init__(self, jobs: Iterable[Job]) -> None:
        self._jobs: dict[str, dict[int, Job]] = {}
        for job in jobs:
            name = job.fine_tuned_model or f"ft:{base_model(job.model or '')}::{job.suffix or ''}:"
            self._jobs.setdefault(_without_id(name), {})[id(job)] = job

    def jobs_of(self, checkpoint: Model) -> list[Job]:
        """The jobs of which one has made a checkpoint, as far as its name and its time tell."""
        name = without_checkpoint(checkpoint.id)
        if name == checkpoint.id:
            return []
        jobs = list(self._jobs.get(_without_id(name), {}).values())
        if len(jobs) > 1:
            jobs = [job for job in jobs if _is_in_time(job, checkpoint)]
        return jobs


def is_archived(jobs: Collection[Job], archived: Collection[str] | None) -> bool | None:
    """Whether the job of a model is archived, whichever of `jobs` it is; None where that differs.

    `archived` are the raw ids of archived jobs, None without an archive.
    """
    told = {archived is not None and job.raw_id in archived for job in jobs}
    return told.pop() if len(told) == 1 else None


def _without_id(model: str) -> str:
    """`ft:BASE:ORG:SUFFIX:ID` without its organization, which a job does not tell, and its id."""
    kind, _, rest = model.partition(":")
    base, _, rest = rest.partition(":")
    return f"{kind}:{base}:{rest.partition(':')[2].rpartition(':')[0]}"


def _is_in_time(job: Job, model: Model) -> bool:
    """Whether a model was made while a job ran."""
    if model.created_at is None or job.created_at is None or model.created_at < job.created_at:
        return False
    return job.finished_at is None or model.created_at <= job.finished_at
