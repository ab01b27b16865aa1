"""The page of a job that a browser can show, where the endpoint has such pages."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from fttui.services.endpoint.address import Endpoint
    from fttui.services.endpoint.models import Job

_OF_OPENAI = "https://platform.openai.com/finetune/{id}"


def job_page(job: Job, endpoint: Endpoint) -> str:
    """The address of the job's page in plain ASCII; "" where none is known."""
    pattern = endpoint.profile.job_page if endpoint.is_profiles else ""
    pattern = pattern or (_OF_OPENAI if endpoint.is_openais else "")
    if not pattern or not job.can_be_acted_on:
        return ""
    named = quote(job.raw_id.encode("utf-8", "replace"), safe="")
    return pattern.replace("{id}", named)
