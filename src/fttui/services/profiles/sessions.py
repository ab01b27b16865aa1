"""The sessions of the profiles that one run of the app goes to, one after another."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakSet

from fttui.services.endpoint.address import URL_VARIABLE
from fttui.services.session import CLOSE_GRACE, Session, SessionOptions
from fttui.storage.credentials import Credential
from fttui.storage.settings import SettingsError, settings_path
from fttui.terminal.language import _

if TYPE_CHECKING:
    from fttui.services.endpoint.address import Endpoint
    from fttui.storage.settings import Profile


class ProfileSessions:
    """Opens the session of each profile that is gone to, and closes those that were left.

    `first` is the one that the run began with; it is opened anew by "" and, where its endpoint is
    what its profile says, by the profile's name. A key that was given for this run alone is used
    for its profile whenever that is gone to. `config` is the settings file, `asked` the profile
    that the run was begun with, "" where none was named.
    """

    def __init__(
        self,
        first: Session,
        config: Path | None = None,
        environ: Mapping[str, str] | None = None,
        *,
        asked: str = "",
        options: SessionOptions | None = None,
    ) -> None:
        self.config = config or settings_path()
        self.environ = os.environ if environ is None else environ
        self._asked, self._options = asked, options
        endpoint = first.endpoint
        self.first_endpoint = endpoint
        self.is_first_apart = bool(endpoint.archive) or endpoint.source == URL_VARIABLE
        """True where the run began with what no profile says: a variable's URL, an archive."""
        self.lists_all = False
        """True where the jobs of all profiles are to stand in one list."""
        self.read: Mapping[str, Profile] = first.settings.profiles
        """The profiles by their names, as the settings were read last."""
        self._at_first = WeakSet((first,))
        self._given: dict[tuple[str, str], Credential] = {}
        self._closing: list[threading.Thread] = []

    def is_first(self, name: str) -> bool:
        """True of the name by which the run's first endpoint is gone to."""
        return not name or (name == self.first_endpoint.profile.name and not self.is_first_apart)

    def is_at_first(self, session: Session) -> bool:
        """True where `session` is at the endpoint that the run began with."""
        return session in self._at_first

    def open(self, name: str) -> Session:
        """The session of a profile, of the first endpoint for ""; blocks for some seconds at most.

        Raises SettingsError where there is none, or where it cannot be used.
        """
        is_first = self.is_first(name)
        session = self._open_first() if is_first else self._open_named(name)
        if is_first:
            self._at_first.add(session)
        given = self.given_to(session.endpoint)
        if given is not None:
            session.with_key(given.secret, given.source, given.name)
        return session

    def give_key(self, endpoint: Endpoint, credential: Credential) -> None:
        """Use this key for the profile of `endpoint` until the run ends, whenever it is opened."""
        self._given[_whose(endpoint)] = credential

    def given_to(self, endpoint: Endpoint | None) -> Credential | None:
        """The key that was given for the profile of `endpoint` in this run, if one was."""
        return self._given.get(_whose(endpoint)) if endpoint is not None else None

    def forget_key(self, endpoint: Endpoint | None) -> None:
        """Use the key no more that was given for the profile of `endpoint`."""
        if endpoint is not None:
            self._given.pop(_whose(endpoint), None)

    def has_its_key(self, session: Session) -> bool:
        """False where another key was given for its profile since a session was opened."""
        given, used = self.given_to(session.endpoint), session.credential
        return given is None or (used is not None and used.secret == given.secret)

    def leave_opened(self, opening: asyncio.Future[Session]) -> None:
        """Close a session that nobody wants any more, as soon as it is there."""
        if not opening.cancelled() and opening.exception() is None:
            self.leave(opening.result())

    def leave(self, session: Session, first: Callable[[], object] = lambda: None) -> None:
        """Close a session behind the scenes: a create call that is out has its time to be heard.

        `first` waits for whatever else still needs it.
        """
        work = (session, first)
        closing = threading.Thread(target=self._leave, args=work, name="leave", daemon=True)
        closing.start()
        self._closing.append(closing)

    def end(self) -> None:
        """Wait for the sessions that were left, some seconds at most."""
        last = time.monotonic() + CLOSE_GRACE + 1
        for closing in self._closing:
            closing.join(max(0.0, last - time.monotonic()))

    def _open_first(self) -> Session:
        session = self._open_as_begun()
        name = self.first_endpoint.profile.name
        if self.is_first_apart or session.endpoint.profile.name == name:
            return session
        self._close(session)  # the settings name another one by now
        return self._open_named(name)

    def _open_as_begun(self) -> Session:
        """The session that is asked for by what the run was begun with."""
        return self._open_named(self._asked)

    def _open_named(self, name: str) -> Session:
        return Session.open(
            config=self.config, profile=name, environ=self.environ, options=self._options
        )

    def _leave(self, session: Session, first: Callable[[], object]) -> None:
        first()
        self._close(session)

    def _close(self, session: Session) -> None:
        session.close()


def require_key(session: Session) -> None:
    """Raise SettingsError, with all that was found, where `session` has no key."""
    if session.credential is not None:
        return
    endpoint = session.endpoint
    problem = session.key_problem or _("There is no API key for {host}.", host=endpoint.host)
    raise SettingsError(
        " ".join(filter(None, (problem, f"{endpoint.key_advice}.", endpoint.keyless_advice)))
    )


def _whose(endpoint: Endpoint) -> tuple[str, str]:
    return endpoint.profile.name, endpoint.origin
