"""Which endpoint fttui talks to, and whether it may be trusted with the key."""

from __future__ import annotations

import os
import ssl
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from fttui.services.endpoint.base_url import (
    EndpointRefusedError,
    check_base_url,
    is_loopback_host,
)
from fttui.services.endpoint.extras import NO_EXTRAS, Extras, extras_of
from fttui.storage.credentials import DEFAULT_VARIABLE, origin_of, place_of
from fttui.storage.secrets import Secret, redact
from fttui.storage.settings import OPENAI_BASE_URL, Profile, Settings, SettingsError
from fttui.terminal.language import _
from fttui.terminal.text import safe, safe_path

__all__ = [
    "READ_ONLY",
    "Endpoint",
    "EndpointRefusedError",
    "ServedArchive",
    "archive_endpoint",
    "check_base_url",
    "chosen_profile",
    "is_loopback_host",
    "resolve_endpoint",
]

URL_VARIABLE = "OPENAI_BASE_URL"


READ_ONLY = _("This is an archive: it can be read, not changed.")
"""Why nothing can be changed in an archive."""


@dataclass(frozen=True, slots=True)
class ServedArchive:
    """An archive that a server of our own serves at `base_url` for as long as this run lasts.

    `label` is what people know it as, `archive of HOST, saved DATE`; `notes` are sentences about
    what of it is not sound; `is_openais` where HOST is OpenAI's.
    """

    label: str
    base_url: str
    key: Secret
    path: str
    notes: tuple[str, ...] = ()
    is_openais: bool = False


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A checked base URL with the profile it came from; `source` says where the URL was set.

    `is_profiles` is True when this is the server that the profile names: only then may it have the
    profile's key and organisation. `is_environments` is True when `OPENAI_BASE_URL`, or OpenAI
    without one, is this server: only then may it have `OPENAI_API_KEY` and what is set beside it.
    `archive` is the label of an archive that stands in the place of an endpoint, else "". `extras`
    is what the profile has sent to its own server. `mark` is what its jobs say that they are at,
    where those of several endpoints stand in one list; else "".
    """

    profile: Profile
    base_url: str
    source: str
    is_profiles: bool
    is_environments: bool
    organization: str = ""
    project: str = ""
    archive: str = ""
    extras: Extras = NO_EXTRAS
    is_openais_archive: bool = False
    mark: str = ""

    @property
    def origin(self) -> str:
        """Scheme, host and port in the one spelling by which endpoints are compared."""
        return origin_of(self.base_url)

    @property
    def host(self) -> str:
        """Host and port, as people know the endpoint, or what the archive is; safe to show."""
        return self.archive or safe(urlsplit(self.base_url).netloc)

    @property
    def server(self) -> str:
        """`host` in the one spelling that the journal keeps what is open at this server under."""
        return urlsplit(self.origin).netloc

    @property
    def place(self) -> str:
        """The whole base URL in one spelling: behind one host there may be several accounts."""
        return place_of(self.base_url)

    @property
    def is_openais(self) -> bool:
        """True of OpenAI's own server, whose dates are known, and of an archive of it."""
        return self.is_openais_archive or self.origin == origin_of(OPENAI_BASE_URL)

    @property
    def key_variable(self) -> str:
        """The environment variable that may hold this endpoint's key; "" when none may."""
        if self.is_profiles and self.profile.api_key_env:
            return self.profile.api_key_env
        return DEFAULT_VARIABLE if self.is_environments else ""

    @property
    def key_file(self) -> str:
        """The key file that the profile names, where the key is this endpoint's; else ""."""
        return self.profile.api_key_file if self.is_profiles else ""

    @property
    def key_advice(self) -> str:
        """How to give this endpoint a key, as a sentence without its full stop."""
        name = safe(self.profile.name)
        login = "fttui login" if self.source == URL_VARIABLE else f"fttui login --profile {name}"
        if self.key_variable:
            return _(
                "Set {key_variable}, or run `{login}`",
                key_variable=safe(self.key_variable, maxlen=100),
                login=login,
            )
        return _(
            "Name a variable as api_key_env in profile {name}, or run `{login}`",
            name=name,
            login=login,
        )

    @property
    def keyless_advice(self) -> str:
        """What to do where this endpoint needs no key, as a sentence; "" at OpenAI's."""
        if self.is_openais:
            return ""
        if self.is_profiles and self.source != URL_VARIABLE:
            name = safe(self.profile.name)
            how = _('write api_key = "none" in profile {name}', name=name)
        else:
            how = _("set {variable} to any word", variable=self.key_variable or DEFAULT_VARIABLE)
        return _("If {host} needs no key, {how}.", host=self.host, how=how)

    def withheld_keys(self, environ: Mapping[str, str]) -> list[str]:
        """A sentence for each key that is set, but for another server than this."""
        withheld = []
        name, variable = safe(self.profile.name), self.profile.api_key_env
        if not self.key_variable and environ.get(DEFAULT_VARIABLE, "").strip():
            withheld.append(
                _(
                    "{default_variable} is not sent to {host}: it is for the endpoint of"
                    " {url_variable}, or OpenAI's, and profile {name} names no key of its own.",
                    default_variable=DEFAULT_VARIABLE,
                    host=self.host,
                    url_variable=URL_VARIABLE,
                    name=name,
                )
            )
        if not self.is_profiles:
            own = [variable] if environ.get(variable, "").strip() else []
            withheld += [
                _(
                    "{key} is the key of profile {name} and is not sent to"
                    " {host}, which {url_variable} names.",
                    key=safe(key, maxlen=100),
                    name=name,
                    host=self.host,
                    url_variable=URL_VARIABLE,
                )
                for key in [*own, self.profile.api_key_file]
                if key and key != self.key_variable
            ]
        return withheld

    @property
    def is_loopback(self) -> bool:
        """True when the endpoint runs on this machine, so that no proxy may see the key."""
        return is_loopback_host(urlsplit(self.base_url).hostname or "")

    def trusted(self) -> ssl.SSLContext | bool:
        """Whose certificates count, as httpx2 takes it: the usual ones; nobody's for plain HTTP.

        Nothing is encrypted there, and reading this machine's certificates takes 20 to 80 ms.
        SSL_CERT_FILE counts for this machine too, where nothing else of the environment does: a
        tunnel may end here.
        """
        if self.base_url.startswith("http://"):
            return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if self.is_loopback:
            from httpx2 import create_ssl_context

            return create_ssl_context(trust_env=True)
        return True

    @property
    def is_insecure(self) -> bool:
        """True when the key travels unencrypted over a network, by explicit permission."""
        return self.base_url.startswith("http://") and not self.is_loopback

    def connection_parts(self, environ: Mapping[str, str], *, brief: bool = False) -> list[str]:
        """What decides where the key and the data go: host, org, project, proxy, CA, key log.

        With `brief` the account is told by the ends of its names.
        """
        parts = [self.host]
        shown = (safe(name, maxlen=60) for name in (self.organization, self.project))
        organization, project = (f"…{name[-4:]}" if brief and name else name for name in shown)
        if self.extras.headers or self.extras.query:
            names = ", ".join([*self.extras.headers, *self.extras.query])
            parts.append(_("with {names}", names=safe(names, maxlen=100)))
        if self.is_environments and environ.get("OPENAI_CUSTOM_HEADERS", "").strip():
            parts.append(_("with OPENAI_CUSTOM_HEADERS"))
        if organization:
            parts.append(_("org {organization}", organization=organization))
        if project:
            parts.append(_("project {project}", project=project))
        proxy = self.proxy()
        if proxy:
            parts.append(_("via proxy {proxy}", proxy=proxy))
        encrypted = self.base_url.startswith("https://")
        if encrypted and environ.get("SSL_CERT_FILE"):
            parts.append(_("CA from {environ}", environ=safe(environ["SSL_CERT_FILE"], maxlen=80)))
        if encrypted and environ.get("SSLKEYLOGFILE"):
            parts.append(_("TLS keys are written to SSLKEYLOGFILE"))
        if self.is_insecure:
            parts.append(_("NOT ENCRYPTED"))
        return parts

    @property
    def place_name(self) -> str:
        """The profile, or the variable that names the place in its stead; "" of an archive."""
        if self.archive:
            return ""
        return URL_VARIABLE if self.source == URL_VARIABLE else safe(self.profile.name)

    def proxy(self) -> str:
        """Host and port of the proxy that requests go through, or ""."""
        url = self._proxy_setting()[1]
        try:
            place = urlsplit(url if "//" in url else f"//{url}").netloc
        except ValueError:  # no URL at all; the client refuses it, too
            place = url
        return safe(redact(place.rpartition("@")[2]))

    def named_proxy(self) -> str:
        """The proxy with the variable that names it, `proxy:3128 (from HTTPS_PROXY)`, or ""."""
        scheme = self._proxy_setting()[0]
        names = (f"{scheme}_proxy", f"{scheme}_proxy".upper())
        named = next((name for name in names if os.environ.get(name)), _("the system's settings"))
        return _("{proxy} (from {named})", proxy=self.proxy(), named=named) if scheme else ""

    def _proxy_setting(self) -> tuple[str, str]:
        """Under which scheme a proxy is set ("all" for every one) and its URL; both may be ""."""
        if self.is_loopback or not _may_have_proxies():
            return "", ""
        from urllib.request import getproxies, proxy_bypass

        parts, proxies = urlsplit(self.base_url), getproxies()
        if proxy_bypass(parts.hostname or ""):
            return "", ""
        scheme = next((name for name in (parts.scheme, "all") if proxies.get(name)), "")
        return scheme, proxies.get(scheme, "")


def archive_endpoint(archive: ServedArchive, profile: Profile) -> Endpoint:
    """The archive in the place of an endpoint; nothing that is set for an endpoint goes to it."""
    source = _("the folder {path}", path=safe_path(archive.path))
    return Endpoint(
        profile=replace(profile, archive=archive.path),
        base_url=archive.base_url,
        source=source,
        is_profiles=False,
        is_environments=False,
        archive=archive.label,
        is_openais_archive=archive.is_openais,
    )


def chosen_profile(
    settings: Settings, environ: Mapping[str, str], profile_name: str = ""
) -> Profile:
    """The profile to use: `--profile`, `FTTUI_PROFILE`, the settings, or OpenAI's.

    Raises:
        SettingsError: no such profile.
    """
    name = profile_name or environ.get("FTTUI_PROFILE", "") or settings.profile or "openai"
    profile = settings.profiles.get(name)
    if profile is None:
        known = ", ".join(safe(known) for known in settings.profiles)
        from fttui.terminal.near_words import did_you_mean

        sentence = _(
            "There is no profile {name!r}; there are: {known}.", name=safe(name), known=known
        )
        question = did_you_mean(name, map(safe, settings.profiles)) or _how_to_add(name)
        raise SettingsError(f"{sentence} {question}".rstrip())
    return profile


def _how_to_add(name: str) -> str:
    """The command that makes the profile, where its name is that of a known endpoint."""
    from fttui.storage.templates import templates

    template = templates().get(name)
    if template is None:
        return ""
    needed = " --base-url URL" if template.placeholder else ""
    command = f"fttui profiles add {name} --template {name}{needed}"
    return _("`{command}` makes it.", command=command)


def resolve_endpoint(
    settings: Settings, environ: Mapping[str, str], profile_name: str = ""
) -> Endpoint:
    """The endpoint to use: `--profile`, `FTTUI_PROFILE`, the settings, or OpenAI.

    `OPENAI_BASE_URL` replaces what the default profile says; a profile that is asked for by name
    keeps its own. `OPENAI_ORG_ID` and `OPENAI_PROJECT_ID` do so where they are sent at all: to
    the server of `OPENAI_BASE_URL`, or to OpenAI's without one.

    Raises:
        SettingsError: no such profile.
        EndpointRefusedError: a base URL that fttui does not send a key to, or an archive.
    """
    asked = profile_name or environ.get("FTTUI_PROFILE", "")
    profile = chosen_profile(settings, environ, profile_name)
    if profile.archive:
        raise EndpointRefusedError(
            _("Profile {name} is an archive, which takes no key.", name=profile.name)
        )
    set_url = environ.get(URL_VARIABLE, "").strip()
    url, source = (set_url, URL_VARIABLE) if set_url and not asked else (profile.base_url, "")
    is_profiles = _is_same_server(url, profile.base_url)
    base_url = check_base_url(
        url,
        source or _("profile {name}", name=profile.name),
        allow_http=profile.allow_insecure_http and is_profiles,
    )
    is_environments = _is_same_server(base_url, set_url or OPENAI_BASE_URL)
    takes = environ if is_environments and not asked else {}
    return Endpoint(
        profile=profile if is_profiles else _without_extras(profile),
        base_url=base_url,
        source=source or _("profile {name}", name=profile.name),
        is_profiles=is_profiles,
        is_environments=is_environments,
        organization=takes.get("OPENAI_ORG_ID", "").strip()
        or (profile.organization if is_profiles else ""),
        project=takes.get("OPENAI_PROJECT_ID", "").strip()
        or (profile.project if is_profiles else ""),
        extras=extras_of(profile, environ) if is_profiles else NO_EXTRAS,
    )


def _without_extras(profile: Profile) -> Profile:
    """The profile without what is meant for its own server."""
    usual = Profile()
    names = ["key_header", "api_key", "suffix", "hyperparameters", "extra_body"]
    names += ["extra_headers", "extra_query"]
    return replace(profile, **{name: getattr(usual, name) for name in names})


def _may_have_proxies() -> bool:
    """False where no proxy can be set: to look costs the first paint some milliseconds.

    Beside the environment, Windows and macOS have settings of their own.
    """
    is_set = any(name.lower().endswith("_proxy") for name in os.environ)
    return is_set or sys.platform in ("darwin", "win32")


def _is_same_server(url: str, other: str) -> bool:
    try:
        return origin_of(url) == origin_of(other)
    except ValueError:
        return False
