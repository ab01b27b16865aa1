"""Telling that a job is not what it was asked to be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fttui.services.endpoint.asked import difference_texts
from fttui.terminal.language import _

if TYPE_CHECKING:
    from fttui.interface.host import FeedHost
    from fttui.services.endpoint.models import Job


def tell_differences(host: FeedHost, job: Job, previous: Job | None = None) -> None:
    """Warn of what is not as it was asked, as far as `previous` has not told it already."""
    known = difference_texts(previous) if previous is not None else []
    new = [text for text in difference_texts(job) if text not in known]
    if new:
        title = _("Not as asked · {name}", name=job.name or job.id)
        host.notice("\n".join(new), title=title, severity="warning")
