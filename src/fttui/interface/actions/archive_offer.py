"""The offer of an archive, made once for an account whose models are soon to go."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from fttui.interface.messages import ArchiveOffered
from fttui.storage.offers import is_first_offer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fttui.interface.host import Host
    from fttui.services.endpoint.models import Job
    from fttui.services.session import Session


class ArchiveOffer:
    """Looks at the jobs as they are listed, and makes the offer when all are there."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._is_wanted = False

    def look(self, jobs: Iterable[Job]) -> None:
        """Notice a model that goes within 60 days; from any thread."""
        clock = self._host.session.retirement
        ends = map(clock.of_job, jobs)
        self._is_wanted = self._is_wanted or any(goes is not None and goes.is_soon for goes in ends)

    async def make(self) -> None:
        """Offer an archive where one is wanted, none is there, and none was offered before."""
        if self._is_wanted and await asyncio.to_thread(_is_new, self._host.session):
            self._host.post(ArchiveOffered())


def _is_new(session: Session) -> bool:
    if session.credential is None or session.archive is not None:
        return False
    endpoint, secret = session.endpoint, session.credential.secret
    return is_first_offer(endpoint.server, secret.fingerprint, endpoint.place)
