"""Going to another profile: the list to choose from, and the way there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any

from fttui.interface.actions.leaving import SWITCH
from fttui.interface.carried import Carried, Switch
from fttui.services.profiles.known import is_as_opened, profiles_beside
from fttui.services.profiles.sessions import require_key
from fttui.storage.secrets import KeyRefused
from fttui.storage.settings import SettingsError
from fttui.terminal.language import _
from fttui.terminal.text import safe

if TYPE_CHECKING:
    from textual.worker import Worker

    from fttui.interface.actions.leaving import Leaving
    from fttui.interface.host import Host
    from fttui.interface.screens.menu import MenuItem
    from fttui.services.job_again import Again
    from fttui.services.profiles.known import KnownProfile
    from fttui.services.session import Session


class ProfileSwitching:
    """Opens the profile first, and leaves the present one when that is there.

    Keys that are typed meanwhile wait, and act in the new place. Esc stays.
    """

    def __init__(self, host: Host, leaving: Leaving) -> None:
        self._host = host
        self._leaving = leaving
        self._working: Worker[None] | None = None
        self._is_leaving = False

    @property
    def under_way(self) -> bool:
        """True while keys wait for the list of profiles, or for another profile."""
        return self._working is not None and not self._is_leaving

    def choose(self) -> None:
        """Show the profiles, and go to the one that is chosen."""
        self._begin(self._offer, waits_for=_("the settings"))

    def begin(self, name: str, form: Again | None = None, word: str = "") -> None:
        """Go to a profile, with the form filled if `form` is given; `word` is said there."""
        go = partial(self._go, name, form, word)
        shown = safe(name, maxlen=60) or _("the endpoint that this run began with")
        what = _("the key of {name}", name=shown)
        self._leaving.begin(SWITCH, lambda: self._begin(go, waits_for=what))

    def stop(self) -> None:
        """Stay here, if it is not too late; what was typed before the wish is gone already."""
        if self._working is not None and self.under_way:
            self._working.cancel()
            self._end(keep=True)

    def _begin(self, work: Callable[[], Coroutine[Any, Any, None]], *, waits_for: str) -> None:
        if self._working is None:
            self._host.hold_keys()
            self._working = self._host.start_worker(work, group="switch", waits_for=waits_for)

    def _end(self, *, keep: bool) -> None:
        self._working = None
        self._host.release_keys(keep=keep)

    async def _offer(self) -> None:
        host = self._host
        try:
            found = await asyncio.to_thread(profiles_beside, host.session, host.profiles)
            self._show(found)
        except SettingsError as problem:
            self._end(keep=False)
            host.notice(str(problem), severity="error")
        except Exception:
            self._end(keep=False)
            raise
        else:
            self._end(keep=True)

    def _show(self, found: list[KnownProfile]) -> None:
        from fttui.interface.screens.menu import Menu

        names = {str(place): one.name for place, one in enumerate(found)}

        def chosen(place: str | None) -> None:
            if place is not None:
                self._host.switch_profile(names[place])

        items = [self._item(place, one) for place, one in enumerate(found)]
        menu = Menu(_("Profiles"), items, _("Enter goes to it; what you have typed goes along."))
        self._host.push_screen(menu, chosen)

    def _item(self, place: int, one: KnownProfile) -> MenuItem:
        from fttui.interface.screens.menu import MenuItem

        session, profiles = self._host.session, self._host.profiles
        is_here = is_as_opened(one, session) and profiles.has_its_key(session)
        why_not = _("It is in use: {host}.", host=one.host) if is_here else ""
        hint = _("✗ it cannot be used as it is") if one.problem else one.host
        return MenuItem(str(place), one.title, hint, why_not)

    async def _go(self, name: str, form: Again | None, word: str) -> None:
        host = self._host
        opening = asyncio.create_task(asyncio.to_thread(self._open, name))
        try:
            session = await asyncio.shield(opening)
            tab, texts = host.open_tab, host.typed_texts
        except asyncio.CancelledError:
            opening.add_done_callback(host.profiles.leave_opened)
            raise
        except (SettingsError, KeyRefused) as problem:
            self._end(keep=False)
            host.notice(str(problem), title=_("Still here"), severity="error")
            return
        except Exception:
            self._end(keep=False)
            raise
        if self._leaving.has_more_to_ask:  # a click needs no key
            host.profiles.leave(session)
            self._end(keep=False)
            self.begin(name, form, word)
            return
        self._is_leaving = True  # nobody reads keys here from now on, so there is no way back
        keys = await host.hand_over()
        carried = Carried(texts, form, keys, word, host.chosen_folder)
        host.exit(Switch(session, tab, carried))

    def _open(self, name: str) -> Session:
        session = self._host.profiles.open(name)
        try:
            require_key(session)
        except SettingsError:
            session.close()
            raise
        return session
