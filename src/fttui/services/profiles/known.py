"""The profiles that there are: where each leads, and what is wrong with one that cannot be used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fttui.services.endpoint.address import Endpoint, resolve_endpoint
from fttui.storage.made_profiles import made_names
from fttui.storage.secrets import redact
from fttui.storage.settings import Profile, Settings, SettingsError, load_settings, made_path
from fttui.terminal.language import _
from fttui.terminal.text import safe, safe_path

if TYPE_CHECKING:
    from fttui.services.profiles.sessions import ProfileSessions
    from fttui.services.session import Session

BUILT_IN = _("built in")


@dataclass(frozen=True, slots=True)
class KnownProfile:
    """A profile by the `name` that it is opened by; "" is what the run began with, and no profile.

    `endpoint` is None where `problem`, a sentence, says why it cannot be used, and for an archive.
    `path` is the file that it stands in, "" for none, `is_made` where fttui has written it.
    """

    name: str
    profile: Profile
    endpoint: Endpoint | None = None
    problem: str = ""
    path: str = ""
    is_made: bool = False
    in_use: bool = False

    @property
    def title(self) -> str:
        """What it is called; safe to show."""
        return safe(self.name, maxlen=60) or _("as started")

    @property
    def source(self) -> str:
        """Where it is said: a file, "built in", or what the run began with; safe to show."""
        return self.path or (safe(self.endpoint.source) if self.endpoint else "")

    @property
    def host(self) -> str:
        """Where it leads, in short; safe to show."""
        if self.endpoint is not None:
            return self.endpoint.host
        if self.profile.archive:
            return _("archive {path}", path=safe_path(self.profile.archive))
        try:
            return safe(redact(urlsplit(self.profile.base_url).netloc.rpartition("@")[2]))
        except ValueError:  # no URL at all
            return ""

    @property
    def base_url(self) -> str:
        """The base URL, or the folder of an archive; safe to show."""
        if self.profile.archive:
            return safe_path(self.profile.archive)
        url = self.endpoint.base_url if self.endpoint else self.profile.base_url
        return safe(redact(url), maxlen=300)

    @property
    def account(self) -> str:
        """The organisation and the project that are named, "" for none; safe to show."""
        place = self.endpoint or self.profile
        named = (place.organization, place.project)
        return ", ".join(safe(each, maxlen=60) for each in named if each)


def read_profiles(config: Path, environ: Mapping[str, str]) -> list[KnownProfile]:
    """All profiles of the settings and beside them, in their order; it waits for the disk.

    Raises SettingsError where the settings cannot be read.
    """
    settings = load_settings(config)
    made = made_names(config)
    written = made_path(config), config
    return [
        _known(settings, name, environ, made=name in made, path=written[name not in made])
        for name in settings.profiles
    ]


def profiles_beside(session: Session, sessions: ProfileSessions) -> list[KnownProfile]:
    """As `read_profiles`, with what the run began with where no profile says that; one is in use.

    Raises SettingsError where the settings cannot be read.
    """
    found = read_profiles(sessions.config, sessions.environ)
    sessions.read = {one.profile.name: one.profile for one in found}
    used = session.endpoint.profile.name
    first_endpoint = sessions.first_endpoint
    is_first = sessions.is_first_apart and sessions.is_at_first(session)
    listed = [replace(one, in_use=one.profile.name == used and not is_first) for one in found]
    if not sessions.is_first_apart:
        return listed
    first = KnownProfile("", first_endpoint.profile, first_endpoint, in_use=is_first)
    return [first, *listed]


def is_as_opened(one: KnownProfile, session: Session) -> bool:
    """True where `session` is at what a profile says now: it may say something else by then."""
    if not one.in_use:
        return False
    if one.endpoint is None:
        return bool(one.profile.archive) and bool(session.endpoint.archive)
    return one.endpoint == replace(session.endpoint, mark="")


def profile_in_use(session: Session, sessions: ProfileSessions) -> KnownProfile:
    """The profile of a session, as it was read when that was opened."""
    endpoint = replace(session.endpoint, mark="")
    is_first = sessions.is_first_apart and sessions.is_at_first(session)
    name = "" if is_first else endpoint.profile.name
    return KnownProfile(name, endpoint.profile, endpoint, in_use=True)


def _known(
    settings: Settings, name: str, environ: Mapping[str, str], *, made: bool, path: Path
) -> KnownProfile:
    profile = settings.profiles[name]
    endpoint, problem = None, ""
    if not profile.archive:
        try:
            endpoint = resolve_endpoint(settings, environ, name)
        except SettingsError as error:
            problem = str(error)
    is_built_in = profile == Profile()
    where = BUILT_IN if is_built_in else safe_path(path)
    return KnownProfile(name, profile, endpoint, problem, where, is_made=made)
