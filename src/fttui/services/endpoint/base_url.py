"""Which base URLs a key may be sent to."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from fttui.storage.credentials import origin_of
from fttui.storage.secrets import redact
from fttui.storage.settings import SettingsError
from fttui.terminal.language import _
from fttui.terminal.text import safe


class EndpointRefusedError(SettingsError):
    """The base URL is none that fttui sends a key to; the text says why and what to change."""


def check_base_url(url: str, source: str, *, allow_http: bool = False) -> str:
    """`url`, its scheme in small letters, without a trailing slash, when a key may be sent there.

    Raises:
        EndpointRefusedError: not http(s), no host or one that is not in ASCII, user name or
            password, query or fragment inside, or plain http to another machine without
            `allow_http`.
    """
    shown = safe(redact(url), maxlen=200)
    start = _("The base URL {shown!r} (from {source}) cannot be used: ", shown=shown, source=source)
    try:
        parts = urlsplit(url.strip())
        host, _port = parts.hostname, parts.port
    except ValueError as error:
        raise EndpointRefusedError(_("{start}it is not a URL.", start=start)) from error
    if parts.scheme not in {"http", "https"} or not host:
        raise EndpointRefusedError(_("{start}write it as https://HOST/v1.", start=start))
    if parts.username is not None or parts.password is not None:
        raise EndpointRefusedError(
            _("{start}it holds a user name or password; take them out.", start=start)
        )
    if "?" in url or "#" in url:  # also one that nothing follows: the path would come behind it
        raise EndpointRefusedError(_("{start}take out '?' or '#' and what follows.", start=start))
    if any(ord(letter) <= 32 or ord(letter) == 127 for letter in url.strip()):
        raise EndpointRefusedError(
            _("{start}it holds a space or a control character.", start=start)
        )
    try:
        origin_of(url)
    except ValueError as error:
        raise EndpointRefusedError(
            _(
                "{start}its host has letters that are not ASCII, or is none. Write a name in "
                "another"
                " script in its xn-- form.",
                start=start,
            )
        ) from error
    if parts.scheme == "http" and not is_loopback_host(host) and not allow_http:
        raise EndpointRefusedError(
            _(
                "{start}over http your key would travel unencrypted. Use https, or set"
                " allow_insecure_http = true in the profile of this base URL if you accept that.",
                start=start,
            )
        )
    return f"{parts.scheme}{url.strip().rstrip('/')[len(parts.scheme) :]}"


def is_loopback_host(host: str) -> bool:
    """True for `localhost` and the loopback addresses, which no name server is asked about."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host.lower() == "localhost"
    if isinstance(address, ipaddress.IPv6Address):
        return address == ipaddress.IPv6Address("::1")
    return address.is_loopback
