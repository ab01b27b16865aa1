"""Who may ask: the name that a request was sent to, the page that it comes from, and its key."""

from __future__ import annotations

import hmac
import ipaddress
import os
import re
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from . import errors
from .config import StartError, reason, shown
from .data_folder import write_new
from .errors import ApiError

if TYPE_CHECKING:
    from starlette.types import Scope


_HOST = re.compile(r"(\[[0-9a-f:.%]+\]|[0-9a-z._-]+)(:[0-9]{1,5})?", re.ASCII)


class Gate:
    """Lets a request pass or refuses it.

    A page on the web can point a name of its own at 127.0.0.1 and have the browser send requests
    here. They name that page's host, so only loopback names and `host` are answered; with
    `any_host` every name is, and the key alone guards what is there. `key_place` says where its
    owner finds the key.
    """

    def __init__(
        self, *, api_key: str, admin_api_key: str, host: str, any_host: bool, key_place: str
    ) -> None:
        self._key_place = key_place
        self._api_key = api_key
        self._admin_api_key = admin_api_key
        self._host = _tidy(host.strip("[]"))
        self._any_host = any_host

    def check(self, scope: Scope) -> None:
        """Raises ApiError for a request that must not pass; sets `is_admin` in its scope."""
        host = self._check_host(scope)
        for origin in _values(scope, b"origin"):
            self._check_origin(origin, host)
        if scope["path"].startswith("/v1/"):
            self._check_key(scope)

    def _check_host(self, scope: Scope) -> str:
        """The name that the request was sent to, without its port."""
        given = _values(scope, b"host")
        if len(given) != 1:
            raise ApiError(400, f"A request must have one Host header, not {len(given)}.")
        target: bytes = scope["raw_path"]
        if not target.startswith(b"/"):
            # As to a proxy: `GET http://HOST/...`. That host counts, not the header's.
            given = [_authority(target.decode("latin-1"))]
        match = _HOST.fullmatch(given[0].strip().lower())
        if match is None:
            raise ApiError(400, f"'{shown(given[0][:100])}' is no name of a host.")
        host = _tidy(match[1].strip("[]"))
        if not self._any_host and not self._is_known(host):
            raise ApiError(
                403, "The server answers as localhost, 127.0.0.1 and [::1], not as "
                f"'{shown(host[:100])}'. Use the base URL that it told when it started, or start "
                "it with --host.", code="foreign_host",
            )  # fmt: skip
        return host

    def _check_origin(self, origin: str, host: str) -> None:
        """Refuses what a page of another site has sent."""
        try:
            site = _tidy(urlsplit(origin).hostname or "")
        except ValueError:
            site = ""
        if site != host and not self._is_known(site):
            raise ApiError(
                403, f"The server does not answer pages of '{shown(origin[:100])}'.",
                code="foreign_origin",
            )  # fmt: skip

    def _is_known(self, host: str) -> bool:
        if host in ("localhost", self._host):
            return True
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return False

    def _check_key(self, scope: Scope) -> None:
        key = _key_in(scope)
        if not key:
            raise errors.no_api_key()
        scope["is_admin"] = _same(key, self._admin_api_key)
        if not scope["is_admin"] and not _same(key, self._api_key):
            raise errors.unknown_api_key(key, self._key_place)


def _key_in(scope: Scope) -> str:
    """The bearer token, else the `api-key` header as Azure takes it; "" if there is neither."""
    given = _values(scope, b"authorization")
    if given:
        scheme, _, key = given[-1].partition(" ")
        return key.strip() if scheme.lower() == "bearer" else ""
    return (_values(scope, b"api-key") or [""])[-1].strip()


def _values(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]


def _authority(target: str) -> str:
    try:
        return urlsplit(target).netloc or target
    except ValueError:
        return target


def _tidy(host: str) -> str:
    """A name or address as it is compared: small letters, no dot of the root, one form of each."""
    host = host.lower().removesuffix(".")
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return host


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())


VARIABLE = "FTTUI_SANDBOX_KEY"
KEY_FILE = "key"
_KEY = re.compile(r"[!-~]{1,256}")


def new_key() -> str:
    """A key that nobody can guess."""
    return "sk-" + secrets.token_hex(16)


def key_from(environ: Mapping[str, str]) -> str | None:
    """The key that FTTUI_SANDBOX_KEY fixes; None when it is not set. Raises StartError."""
    text = environ.get(VARIABLE, "").strip()
    return _checked(text, f"The value of {VARIABLE}") if text else None


def kept_key(folder: Path) -> str:
    """The key in a data folder, made the first time; raises StartError if it is not private."""
    path = folder / KEY_FILE
    try:
        if not path.is_symlink() and not path.exists():
            _make(path)
        return _checked(
            _read_private(path), shown(path), "Delete the file: the server then makes a new key."
        )
    except OSError as error:
        raise StartError(f"The key in {shown(path)} cannot be read: {reason(error)}.") from None


def _make(path: Path) -> None:
    # Written aside first: a key of which half is on the disk would be one for good.
    draft = path.with_name(f"{KEY_FILE}.{secrets.token_hex(8)}")
    try:
        write_new(draft, f"{new_key()}\n".encode())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _read_private(path: Path) -> str:
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
    descriptor = os.open(path, flags | os.O_CLOEXEC)
    with open(descriptor, "rb") as source:  # noqa: PTH123 - a descriptor
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise StartError(f"{shown(path)} is no ordinary file.")
        if found.st_mode & 0o077 or found.st_uid != os.geteuid():
            raise StartError(
                f"Others can read or change the key in {shown(path)}.",
                "Delete the file: the server then makes a new key.",
            )
        return source.read(4096).decode("ascii", "replace").strip()


def _checked(text: str, where: str, hint: str = "") -> str:
    if not _KEY.fullmatch(text):
        raise StartError(
            f"{where} is no key: it must be one word of at most 256 letters, digits and signs.",
            hint,
        )
    return text
