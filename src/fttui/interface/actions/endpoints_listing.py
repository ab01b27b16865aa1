"""Which profiles there are, where their keys come from, and what their endpoints offer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from fttui.interface.tab_messages.endpoints import (
    ProfileChecked,
    ProfileKeySeen,
    ProfilesFailed,
    ProfilesListed,
)
from fttui.services.endpoint.errors import ServiceError
from fttui.services.profiles.keys import key_in_use, key_of, key_seen
from fttui.services.profiles.known import is_as_opened, profiles_beside
from fttui.services.profiles.sessions import require_key
from fttui.services.verification import Verification, verify_offers
from fttui.storage.settings import SettingsError

if TYPE_CHECKING:
    from textual.worker import Worker

    from fttui.interface.host import Host
    from fttui.services.profiles.known import KnownProfile

_AT_ONCE = 4
"""Keys that are looked for, and endpoints that are asked, at the same time."""


class EndpointListing:
    """Reads the settings anew whenever it is asked: another program may have changed them."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._checks: dict[tuple[str, str], Worker[None]] = {}
        self._turn = asyncio.Semaphore(_AT_ONCE)

    def load(self, select: str | None = None) -> None:
        """List the profiles anew, with the cursor on `select` if there is such a one."""
        self._host.start_worker(
            partial(self._load, select), group="profiles", exclusive=True, waits_for=""
        )

    def check(self, profiles: Sequence[KnownProfile], *, anew: bool = False) -> None:
        """Ask the endpoints of these what they offer, side by side; it costs nothing.

        One that is being asked goes on, unless it is to be asked `anew`, by another key say.
        """
        for one in profiles:
            place = one.name, one.base_url
            running = self._checks.get(place)
            if running is not None and not running.is_finished:
                if not anew:
                    continue
                running.cancel()
            self._host.post(ProfileChecked(*place, asking=True))
            self._checks[place] = self._host.start_worker(
                partial(self._check, one), group="check-profile", waits_for=""
            )

    def stop_checks(self) -> bool:
        """Give up what is being asked; True when something was."""
        running = [place for place, one in self._checks.items() if not one.is_finished]
        for place in running:
            self._checks.pop(place).cancel()
            self._host.post(ProfileChecked(*place))
        return bool(running)

    async def _load(self, select: str | None) -> None:
        host = self._host
        try:
            found = await asyncio.to_thread(profiles_beside, host.session, host.profiles)
        except SettingsError as problem:
            host.post(ProfilesFailed(str(problem)))
            return
        host.post(ProfilesListed(found, select))
        await asyncio.gather(*map(self._see_key, found))

    async def _see_key(self, one: KnownProfile) -> None:
        profiles = self._host.profiles
        given = profiles.given_to(one.endpoint)
        if given is not None:
            key = key_seen(given)
        elif is_as_opened(one, self._host.session):
            key = key_in_use(self._host.session)
        else:
            async with self._turn:
                key = await asyncio.to_thread(key_of, one, profiles.environ)
        self._host.post(ProfileKeySeen(one.name, key))

    async def _check(self, one: KnownProfile) -> None:
        async with self._turn:
            result = await self._result(one)
        self._host.post(ProfileChecked(one.name, one.base_url, result))

    async def _result(self, one: KnownProfile) -> Verification:
        host = self._host
        if one.problem:
            return Verification(None, one.problem)
        is_here = is_as_opened(one, host.session) and host.profiles.has_its_key(host.session)
        if is_here and host.session.credential is not None:
            return await host.session.thread.read(verify_offers(host.session.handle))
        opening = asyncio.create_task(asyncio.to_thread(host.profiles.open, one.name))
        try:
            session = await asyncio.shield(opening)
        except SettingsError as problem:
            return Verification(None, str(problem))
        except asyncio.CancelledError:
            opening.add_done_callback(host.profiles.leave_opened)
            raise
        try:
            require_key(session)
            return await session.thread.read(verify_offers(session.handle))
        except SettingsError as problem:
            return Verification(None, str(problem))
        except ServiceError as problem:
            return Verification(None, problem.full_text)
        finally:
            host.profiles.leave(session)
