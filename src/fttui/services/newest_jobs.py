"""The newest jobs: which end of a list they stand at, and how they are just before a deletion."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fttui.services.endpoint.fine_tuning_handle import FineTuningHandle
    from fttui.services.endpoint.models import Job

_NEWEST = 20


async def newest_jobs(handle: FineTuningHandle) -> Sequence[Job]:
    """The newest jobs as they are now; raises ServiceError.

    Where the oldest come first these are all jobs: the newest are at the end.
    """
    page = await handle.list_jobs(limit=_NEWEST)
    if not (page.has_more and are_oldest_first(page.items)):
        return page.items
    return [job async for told in handle.job_pages() for job in told.items]


def are_oldest_first(jobs: Sequence[Job]) -> bool:
    """True for a list in the order in which the jobs were made, which is not OpenAI's."""
    times = [job.created_at for job in jobs if job.created_at is not None]
    return bool(times) and times[0] < times[-1]
