"""Which endpoint fttui talks to, and whether it may be trusted with the key."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from fttui.storage.secrets import redact
from fttui.storage.settings import Profile, Settings, SettingsError
from fttui.terminal.text import safe


class EndpointRefusedError(SettingsError):
    """The base URL is none that fttui sends a key to; the text says why and what to change."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A checked base URL with the profile it came from; `source` says where the URL was set."""

    profile: Profile
    base_url: str
    source: str
    organization: str = ""
    project: str = ""

    @property
    def host(self) -> str:
        """Host and port, as people know the endpoint; safe to show."""
        return safe(urlsplit(self.base_url).netloc)

    @property
    def is_loopback(self) -> bool:
        """True when the endpoint runs on this machine, so that no proxy may see the key."""
        return is_loopback_host(urlsplit(self.base_url).hostname or "")

    @property
    def is_insecure(self) -> bool:
        """True when the key travels unencrypted over a network, by explicit permission."""
        return self.base_url.startswith("http://") and not self.is_loopback

    def connection_parts(self, environ: Mapping[str, str]) -> list[str]:
        """What decides where the key and the data go: host, org, project, proxy, CA, key log."""
        parts = [self.host]
        if self.organization:
            parts.append(f"org {safe(self.organization, maxlen=60)}")
        if self.project:
            parts.append(f"project {safe(self.project, maxlen=60)}")
        proxy = self.proxy()
        if proxy:
            parts.append(f"via proxy {proxy}")
        encrypted = self.base_url.startswith("https://")
        if encrypted and environ.get("SSL_CERT_FILE"):
            parts.append(f"CA from {safe(environ['SSL_CERT_FILE'], maxlen=80)}")
        if encrypted and environ.get("SSLKEYLOGFILE"):
            parts.append("TLS keys are written to SSLKEYLOGFILE")
        if self.is_insecure:
            parts.append("NOT ENCRYPTED")
        return parts

    def proxy(self) -> str:
        """Host and port of the proxy that requests go through, or ""."""
        host = urlsplit(self.base_url).hostname or ""
        if self.is_loopback or proxy_bypass(host):
            return ""
        proxies = getproxies()
        url = proxies.get(urlsplit(self.base_url).scheme) or proxies.get("all") or ""
        if not url:
            return ""
        parts = urlsplit(url if "//" in url else f"//{url}")
        return safe(redact(parts.netloc.rpartition("@")[2]))


def resolve_endpoint(
    settings: Settings, environ: Mapping[str, str], profile_name: str = ""
) -> Endpoint:
    """The endpoint to use: `--profile`, `FTTUI_PROFILE`, the settings, or OpenAI.

    `OPENAI_BASE_URL`, `OPENAI_ORG_ID` and `OPENAI_PROJECT_ID` replace what the default profile
    says; a profile that is asked for by name keeps its own.

    Raises:
        SettingsError: no such profile.
        EndpointRefusedError: a base URL that fttui does not send a key to.
    """
    asked = profile_name or environ.get("FTTUI_PROFILE", "")
    name = asked or settings.profile or "openai"
    profile = settings.profiles.get(name)
    if profile is None:
        known = ", ".join(safe(known) for known in settings.profiles)
        raise SettingsError(f"There is no profile {safe(name)!r}; there are: {known}.")
    use_environment = not asked
    url, source = profile.base_url, f"profile {profile.name}"
    from_environment = environ.get("OPENAI_BASE_URL", "").strip() if use_environment else ""
    if from_environment:
        url, source = from_environment, "OPENAI_BASE_URL"
    endpoint = Endpoint(
        profile=profile,
        base_url=check_base_url(url, source, allow_http=profile.allow_insecure_http),
        source=source,
        organization=profile.organization,
        project=profile.project,
    )
    if not use_environment:
        return endpoint
    return replace(
        endpoint,
        organization=environ.get("OPENAI_ORG_ID", "").strip() or profile.organization,
        project=environ.get("OPENAI_PROJECT_ID", "").strip() or profile.project,
    )


def check_base_url(url: str, source: str, *, allow_http: bool = False) -> str:
    """`url` without a trailing slash, when a key may be sent there.

    Raises:
        EndpointRefusedError: not http(s), no host, user name or password, query or fragment
            inside, or plain http to another machine without `allow_http`.
    """
    shown = safe(redact(url), maxlen=200)
    start = f"The base URL {shown!r} (from {source}) cannot be used: "
    try:
        parts = urlsplit(url.strip())
        host, _port = parts.hostname, parts.port
    except ValueError as error:
        raise EndpointRefusedError(f"{start}it is not a URL.") from error
    if parts.scheme not in {"http", "https"} or not host:
        raise EndpointRefusedError(f"{start}write it as https://HOST/v1.")
    if parts.username is not None or parts.password is not None:
        raise EndpointRefusedError(f"{start}it holds a user name or password; take them out.")
    if parts.query or parts.fragment:
        raise EndpointRefusedError(f"{start}take out what follows '?' or '#'.")
    if any(ord(letter) <= 32 or ord(letter) == 127 for letter in url.strip()):
        raise EndpointRefusedError(f"{start}it holds a space or a control character.")
    if parts.scheme == "http" and not is_loopback_host(host) and not allow_http:
        raise EndpointRefusedError(
            f"{start}over http your key would travel unencrypted. Use https, or set"
            " allow_insecure_http = true in the profile if you accept that."
        )
    return url.strip().rstrip("/")


def is_loopback_host(host: str) -> bool:
    """True for localhost and the loopback addresses."""
    if host.lower() == "localhost" or host.lower().endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
