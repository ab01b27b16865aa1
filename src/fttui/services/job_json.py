"""A job as `--json` prints it: what the endpoint tells, and what this machine knows beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fttui.services.job_cost import actual_cost

if TYPE_CHECKING:
    from fttui.services.endpoint.models import Job
    from fttui.services.session import Session


def job_json(job: Job, session: Session) -> dict[str, object]:
    """The stable shape, without a call: the endpoint's dates count as far as they are known.

    An archive has no base URL that would be there tomorrow.
    """
    clock, endpoint = session.retirement, session.endpoint
    cost = actual_cost(job, session)
    return {
        **job.to_json(clock.told, is_openais=clock.knows_openai),
        "actual_cost": cost and cost.to_json(),
        "endpoint": endpoint.host,
        "base_url": None if endpoint.archive else endpoint.base_url,
    }
