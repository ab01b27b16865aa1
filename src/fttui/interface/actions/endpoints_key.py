"""Another key for a profile, given in the app: typed unseen, or from a variable."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

from fttui.interface.screens.give_key import GiveKey
from fttui.interface.screens.menu import Menu, MenuItem
from fttui.services.profiles.drafts import VARIABLE
from fttui.services.profiles.known import is_as_opened
from fttui.services.verification import try_key
from fttui.storage.credentials import Credential, KeyringUnavailable, store_key
from fttui.storage.folders import FolderRefused
from fttui.storage.made_profiles import change_profile, made_values
from fttui.storage.secrets import KeyRefused, looks_like_key, parse_key, redact
from fttui.storage.settings import SettingsError
from fttui.terminal.language import _
from fttui.terminal.text import safe

if TYPE_CHECKING:
    from fttui.interface.actions.endpoints_listing import EndpointListing
    from fttui.interface.host import Host
    from fttui.services.profiles.known import KnownProfile
    from fttui.services.session import Session
    from fttui.storage.secrets import Secret

Place = Literal["session", "keyring", "file"]


@dataclass(frozen=True, slots=True)
class _Kept:
    """A key with where it is now, what to say of that, and what failed on the way."""

    credential: Credential
    said: str
    problem: str = ""


class KeyGiving:
    """Tries a key at once; one that is not accepted is not kept, and nothing changes."""

    def __init__(self, host: Host, listing: EndpointListing) -> None:
        self._host = host
        self._listing = listing
        self._trying: set[object] = set()

    @property
    def under_way(self) -> bool:
        """True while a key is tried, and not kept yet."""
        return bool(self._trying)

    def begin(self, one: KnownProfile) -> None:
        """Choose where the key of this profile comes from, then ask for it."""
        endpoint = one.endpoint
        if endpoint is None or endpoint.archive:
            text = one.problem or _("An archive needs no key.")
            self._host.notice(text, severity="warning")
            return
        if not endpoint.extras.sends_key:
            text = _("Profile {name} sends no key, so none is wanted.", name=one.title)
            self._host.notice(text, severity="warning")
            return
        items = [
            MenuItem("session", _("Type one"), _("for this run alone"), "", "s"),
            MenuItem("keyring", _("Type one, keep it"), _("in the system's keyring"), "", "r"),
            MenuItem("file", _("Type one, keep it"), _("in a file that is yours alone"), "", "f"),
            MenuItem("variable", _("From a variable"), _("of the environment"), "", "v"),
        ]
        asks: dict[str, Callable[[], None]] = {
            "session": lambda: self._ask_key(one, "session"),
            "keyring": lambda: self._ask_key(one, "keyring"),
            "file": lambda: self._ask_key(one, "file"),
            "variable": lambda: self._ask_variable(one),
        }

        def chosen(where: str | None) -> None:
            if where is not None:
                asks[where]()

        lead = _("For {host} alone: it is sent nowhere else.", host=endpoint.host)
        title = _("Another key: {name}", name=one.title)
        self._host.push_screen(Menu(title, items, lead), chosen)

    def _ask_key(self, one: KnownProfile, place: Place) -> None:
        def given(secret: Secret | None) -> None:
            if secret is not None:
                self._try(one, secret, place, "")

        self._host.push_screen(GiveKey(one.title, one.host), given)

    def _ask_variable(self, one: KnownProfile) -> None:
        from fttui.interface.screens.prompt import Prompt

        environ = self._host.profiles.environ

        def problem(name: str) -> str:
            if looks_like_key(name):
                return _("That is a key. Write the name of the variable that holds it.")
            if not VARIABLE.fullmatch(name):
                return _("Write the name of a variable, such as LAB_API_KEY.")
            if not environ.get(name, "").strip():
                return _("{name} is not set: set it before you start fttui.", name=name)
            return ""

        def named(name: str | None) -> None:
            if name is None:
                return
            source = _("the environment variable {variable}", variable=name)
            try:
                secret = parse_key(environ[name], source=source)
            except KeyRefused as refused:
                self._host.notice(str(refused), severity="error")
                return
            self._try(one, secret, "session", name)

        title, label = _("Key from a variable"), _("The variable that holds the key")
        hint = _("Its name, not what it holds.")
        self._host.push_screen(
            Prompt(title, label, hint=hint, check=problem, yes=_("Try it")), named
        )

    def _try(self, one: KnownProfile, secret: Secret, place: Place, variable: str) -> None:
        work = partial(self._tried, one, secret, place, variable)
        group = f"give-key {one.name}"
        self._host.start_worker(work, group=group, exclusive=True, waits_for=one.host)

    async def _tried(self, one: KnownProfile, secret: Secret, place: Place, variable: str) -> None:
        keys, trial = self._host.keys_taken, object()
        self._trying.add(trial)
        try:
            word = await self._taken(one, secret, place, variable)
        finally:
            self._trying.discard(trial)
        if word and one.in_use:
            self._go_on_with_it(one, word, keys)

    def _go_on_with_it(self, one: KnownProfile, word: str, keys: int) -> None:
        """Use the key at once, unless the user has gone on typing: that must not be cut short."""
        if self._host.keys_taken == keys and self._host.in_front:
            self._host.switch_profile(one.name, word=word)
        else:
            anew = _("Go to {name} anew to use it.", name=one.title)
            self._host.notice(f"{word}\n{anew}", title=one.title)

    async def _taken(self, one: KnownProfile, secret: Secret, place: Place, variable: str) -> str:
        """What there is to say of a key that is taken, "" where it is not."""
        host = self._host
        try:
            session = await self._session(one)
        except SettingsError as problem:
            host.notice(str(problem), severity="error")
            return ""
        try:
            verdict = await session.thread.read(try_key(session, secret))
            endpoint = session.endpoint
        finally:
            if session is not host.session:
                host.profiles.leave(session)
        if verdict.works is False:
            text = _("The key was not taken.")
            host.notice(f"{verdict.text}\n{text}", severity="error")
            return ""
        kept = await self._kept(one, secret, place, variable)
        host.profiles.give_key(endpoint, kept.credential)
        word = "\n".join(filter(None, (verdict.text, kept.said, kept.problem)))
        if not one.in_use:
            doubtful = kept.problem or verdict.works is None
            severity = "warning" if doubtful else "information"
            host.notice(word, title=one.title, severity=severity)
            self._listing.load()
            self._listing.check([one], anew=True)
        return word

    async def _session(self, one: KnownProfile) -> Session:
        """The session of a profile, which must lead where it led when the key was asked for.

        Raises SettingsError.
        """
        if is_as_opened(one, self._host.session):
            return self._host.session
        session = await asyncio.to_thread(self._host.profiles.open, one.name)
        if one.endpoint is None or session.endpoint.place != one.endpoint.place:
            host = session.endpoint.host
            self._host.profiles.leave(session)
            raise SettingsError(_leads_elsewhere(one, host))
        return session

    async def _kept(self, one: KnownProfile, secret: Secret, place: Place, variable: str) -> _Kept:
        """Keep the key where it is wanted, or the name of its variable."""
        alone = _("It is used in this run alone.")
        here = Credential(secret, _("typed for this session"), _("typed key"))
        if variable:
            source = _("the environment variable {variable}", variable=variable)
            here = Credential(secret, source, safe(variable, maxlen=100))
        try:
            if variable and one.is_made:
                await asyncio.to_thread(self._name_variable, one, variable)
                said = _("Profile {name} names {variable} now.", name=one.title, variable=variable)
                return _Kept(here, said)
            if place == "session":
                return _Kept(here, alone)
            return await asyncio.to_thread(self._stored, one, secret, place)
        except KeyringUnavailable as problem:
            failed = _("The keyring cannot be used: {problem}.", problem=problem)
        except (SettingsError, FolderRefused) as problem:
            failed = str(problem)
        except OSError as problem:
            failed = _("It could not be kept: {reason}.", reason=problem.strerror or problem)
        return _Kept(here, alone, failed)

    def _stored(self, one: KnownProfile, secret: Secret, place: Place) -> _Kept:
        endpoint = one.endpoint
        assert endpoint is not None
        assert place != "session"
        kept, error_text = store_key(one.profile.name, endpoint.origin, secret, where=place)
        origin, variable = endpoint.origin, endpoint.key_variable
        said = _("It is kept in {place}, for {origin} alone.", place=kept, origin=origin)
        if self._host.profiles.environ.get(variable, "").strip():
            said += " " + _(
                "{variable} is set, and goes before it at the next start.", variable=variable
            )
        name = "keyring" if place == "keyring" else _("key file")
        return _Kept(Credential(secret, kept, name), said, error_text)

    def _name_variable(self, one: KnownProfile, variable: str) -> None:
        config = self._host.profiles.config
        before = made_values(config, one.name)
        if before.get("base_url", one.profile.base_url) != one.profile.base_url:
            raise SettingsError(_leads_elsewhere(one, str(before["base_url"])))
        values = {key: value for key, value in before.items() if key != "api_key_file"}
        change_profile(config, one.name, before, values | {"api_key_env": variable})


def _leads_elsewhere(one: KnownProfile, host: str) -> str:
    return _(
        "Profile {name} leads to {host} by now, and no more to {before}: the key was not given"
        " to it. Press r, look at it and try again.",
        name=one.title,
        host=safe(redact(host), maxlen=200),
        before=one.host,
    )
