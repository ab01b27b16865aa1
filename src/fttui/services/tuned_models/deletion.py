"""Deleting a fine-tuned model, once, and knowing of it afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from fttui.services.endpoint.errors import ServiceError
from fttui.services.newest_jobs import newest_jobs
from fttui.services.tuned_models.asking import note_deleted
from fttui.services.tuned_models.inventory import training_on
from fttui.services.tuned_models.presence import in_any_case

if TYPE_CHECKING:
    from fttui.services.endpoint.fine_tuning_handle import FineTuningHandle
    from fttui.services.endpoint.models import Job
    from fttui.services.session import Session
    from fttui.services.tuned_models.inventory import TunedModel


async def delete_one(session: Session, model: TunedModel) -> bool:
    """Delete a model by one call, and look once whether it is gone; on the service thread.

    False where the endpoint has said yes and has it all the same: then it counts as there until a
    list lacks it. Raises ServiceError.
    """
    was_listed = session.retirement.presence.is_listed(model.id)
    await session.handle.delete_model(model.raw_id, was_listed=was_listed)
    if await session.handle.still_has_model(model.raw_id):
        return False
    await asyncio.to_thread(note_deleted, session, model.id)
    return True


async def needing_since(
    handle: FineTuningHandle, models: Sequence[TunedModel], *, knows_jobs: bool
) -> list[Job]:
    """The jobs that need one of these models now, and that were not known when they were read.

    None where the jobs cannot be read and it was told before, by not `knows_jobs`, that one may
    need them; else ServiceError is raised.
    """
    try:
        training = training_on(await newest_jobs(handle))
    except ServiceError:
        if knows_jobs:
            raise
        return []
    told = {job.id for model in models for job in model.needed_by}
    needing = [job for model in models for job in training.get(in_any_case(model.id), ())]
    return [job for job in needing if job.id not in told]
