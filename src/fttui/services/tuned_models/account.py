"""All models of an account at once: the fine-tuned ones, the bases, and what closes there."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fttui.services.tuned_models.bases import BaseModel, base_models
from fttui.services.tuned_models.closing import banner
from fttui.services.tuned_models.inventory import TunedModel, other_model, tuned_models

if TYPE_CHECKING:
    from fttui.services.endpoint.model_calls import ModelLimit
    from fttui.services.endpoint.models import Job, Model, Page
    from fttui.services.session import Session


@dataclass(frozen=True, slots=True)
class AccountModels:
    """What `arrange` makes of the list of models and of the jobs.

    `others` are served too, and no job is known to have made them. `closing` is what closes, ""
    for nothing. `is_whole` is False where the list of models has no end that can be read.
    """

    tuned: tuple[TunedModel, ...] = ()
    bases: tuple[BaseModel, ...] = ()
    others: tuple[TunedModel, ...] = ()
    closing: str = ""
    dropped: int = 0
    is_whole: bool = True


def arrange(
    session: Session,
    page: Page[Model],
    jobs: Sequence[Job],
    limits: Sequence[ModelLimit] = (),
) -> AccountModels:
    """The models of an account, by its list of models and its jobs; waits for the disk.

    The session's clock has learned the list.
    """
    from fttui.storage.archive.known import archived_jobs

    clock = session.retirement
    clock.presence.meet(jobs)
    archive = session.archive
    archived = archived_jobs(archive.folder) if archive else None
    tuned = tuned_models(page.items, jobs, clock, archived)
    names = {one.id for one in tuned}
    others = [other_model(one, clock) for one in page.items if one.id and one.id not in names]
    return AccountModels(
        tuple(tuned),
        tuple(base_models(page.items, limits, jobs, session)),
        tuple(others),
        banner(session, tuned),
        page.dropped,
        not page.goes_on,
    )


async def read_account(session: Session) -> tuple[AccountModels, str]:
    """All of it from the endpoint, and why its jobs could not be read, a sentence or "".

    Raises ServiceError where there is no list of models.
    """
    from fttui.services.endpoint.errors import ServiceError
    from fttui.services.tuned_models.asking import ask_models

    page = await ask_models(session)
    limits = await session.handle.model_limits()
    jobs: dict[str, Job] = {}
    trouble = ""
    try:
        async for told in session.handle.job_pages():
            jobs |= {job.raw_id: job for job in told.items}
    except ServiceError as error:
        trouble = error.sentence
    return await asyncio.to_thread(arrange, session, page, [*jobs.values()], limits), trouble
