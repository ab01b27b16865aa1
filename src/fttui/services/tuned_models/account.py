"""All models of an account at once: the fine-tuned ones, the bases, and what closes there."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fttui.services.endpoint.models import Model, Page
from fttui.services.tuned_models.bases import BaseModel, base_models
from fttui.services.tuned_models.closing import banner
from fttui.services.tuned_models.inventory import TunedModel, other_model, tuned_models
from fttui.terminal.language import _

if TYPE_CHECKING:
    from fttui.services.endpoint.model_calls import ModelLimit
    from fttui.services.endpoint.models import Job
    from fttui.services.session import Session


NO_LIST: Page[Model] = Page((), is_cut=True)
"""What stands for the list of models where none is offered."""


@dataclass(frozen=True, slots=True)
class AccountModels:
    """What `arrange` makes of the list of models and of the jobs.

    `others` are served too, and no job is known to have made them. `closing` is what closes, ""
    for nothing. `is_whole` is False where the list of models has no end that can be read, and
    `is_listed` where there is none.
    """

    tuned: tuple[TunedModel, ...] = ()
    bases: tuple[BaseModel, ...] = ()
    others: tuple[TunedModel, ...] = ()
    closing: str = ""
    dropped: int = 0
    is_whole: bool = True
    is_listed: bool = True
    knows_jobs: bool = True
    """False where not all jobs could be read, so that one may need a model and is not told."""


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
    others_listed = [one for one in page.items if one.id and one.id not in names]
    others = [other_model(one, clock) for one in others_listed]
    return AccountModels(
        tuple(tuned),
        tuple(base_models(others_listed, limits, jobs, session)),
        tuple(others),
        banner(session, tuned),
        page.dropped,
        not page.goes_on,
        page is not NO_LIST,
    )


async def read_account(session: Session) -> tuple[AccountModels, str]:
    """All of it from the endpoint, and what of it could not be read, a sentence or "".

    Where no list of models is offered there are those that jobs have made. Raises ServiceError
    where there is neither.
    """
    from fttui.services.endpoint.errors import ServiceError
    from fttui.services.tuned_models.asking import ask_models, has_no_list

    no_list: ServiceError | None = None
    try:
        page = await ask_models(session)
    except ServiceError as error:
        if not has_no_list(error):
            raise
        page, no_list = NO_LIST, error
    limits = await session.handle.model_limits()
    jobs: dict[str, Job] = {}
    knows_jobs = True
    trouble = no_list.sentence if no_list else ""
    try:
        async for told in session.handle.job_pages():
            jobs |= {job.raw_id: job for job in told.items}
    except ServiceError as error:
        knows_jobs = False
        trouble = _(
            "The jobs could not be listed, so no model has its job: {why}", why=error.sentence
        )
    if no_list and not any(job.fine_tuned_model for job in jobs.values()):
        raise no_list
    account = await asyncio.to_thread(arrange, session, page, [*jobs.values()], limits)
    return replace(account, knows_jobs=knows_jobs), trouble
