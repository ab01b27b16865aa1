"""The offer of an archive, made once for an account whose models are soon to go."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from fttui.interface.messages import ArchiveOffered
from fttui.storage.offers import is_first_offer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fttui.interface.host import FeedHost
    from fttui.services.endpoint.models import Job
    from fttui.services.session import Session


class ArchiveOffer:
    """Looks at the jobs as they are listed, and makes the offer when all are there.

    When their models go may be known only later.
    """

    def __init__(self, host: FeedHost) -> None:
        self._host = host
        self._models: dict[tuple[str, str], Job] = {}

    def look(self, jobs: Iterable[Job]) -> None:
        """Notice the models; from any thread."""
        self._models |= {(job.fine_tuned_model or "", job.model or ""): job for job in jobs}

    async def make(self) -> None:
        """Offer an archive where a model goes soon, none is there, and none was offered before."""
        ends = map(self._host.session.retirement.of_job, [*self._models.values()])
        is_wanted = any(goes is not None and goes.is_soon for goes in ends)
        if is_wanted and await asyncio.to_thread(_is_new, self._host.session):
            self._host.post(ArchiveOffered())


def _is_new(session: Session) -> bool:
    if session.credential is None or session.archive is not None:
        return False
    account = session.account
    return is_first_offer(account.host, account.name, account.base_url)
