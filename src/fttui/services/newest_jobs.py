"""The newest jobs, asked for again just before what they may need is deleted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fttui.services.endpoint.errors import ServiceError

if TYPE_CHECKING:
    from fttui.services.endpoint.fine_tuning_handle import FineTuningHandle
    from fttui.services.endpoint.models import Job

_NEWEST = 20


async def newest_jobs(handle: FineTuningHandle) -> Sequence[Job]:
    """The newest jobs as they are now; none where they cannot be read."""
    try:
        return (await handle.list_jobs(limit=_NEWEST)).items
    except ServiceError:
        return ()
