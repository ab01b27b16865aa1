"""A job as `--json` prints it: what the endpoint tells, and what this machine knows beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fttui.services.job_cost import actual_cost
from fttui.services.kept_jobs import kept_beside

if TYPE_CHECKING:
    from fttui.services.endpoint.models import Job
    from fttui.services.session import Session
    from fttui.storage.annotations import Annotation


def job_json(job: Job, session: Session, kept: Annotation | None = None) -> dict[str, object]:
    """The stable shape, without a call: the endpoint's dates count as far as they are known.

    `kept` is what is kept beside the job, which is read where it is not given. An archive has no
    base URL that would be there tomorrow.
    """
    clock, endpoint = session.retirement, session.endpoint
    cost = actual_cost(job, session)
    return {
        **job.to_json(clock.told, is_openais=clock.knows_openai),
        "fine_tuned_model_exists": clock.presence.of(job),
        "actual_cost": cost and cost.to_json(),
        "endpoint": endpoint.host,
        "base_url": None if endpoint.archive else endpoint.base_url,
        **(kept_beside(job, session) if kept is None else kept).to_json(),
    }
