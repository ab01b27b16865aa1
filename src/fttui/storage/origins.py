"""The origin of a URL: the scheme, host and port that decide who gets a key."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from fttui.storage.settings import OPENAI_BASE_URL

_PORTS = {"http": 80, "https": 443}
_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")


def origin_of(url: str) -> str:
    """`https://HOST` of any spelling of a base URL, with the port unless it is the scheme's own.

    The case, a dot behind the host, a user name and the path make no difference. Names in other
    scripts than ASCII have no origin: two that look alike may be two servers.

    Raises:
        ValueError: not http(s), or no host that can be told for certain.
    """
    parts = urlsplit(url.strip())
    scheme, host, port = parts.scheme, (parts.hostname or "").removesuffix("."), parts.port
    if scheme not in _PORTS:
        raise ValueError("not http or https")
    if ":" in host:
        host = f"[{ipaddress.IPv6Address(host).compressed}]"
    elif not _NAME.fullmatch(host):
        raise ValueError("not a host's name in ASCII")
    return f"{scheme}://{host}" + (f":{port}" if port not in {None, _PORTS[scheme]} else "")


OPENAI_ORIGIN = origin_of(OPENAI_BASE_URL)
