"""Where API keys come from and where they are kept: environment, keyring, private file."""

from __future__ import annotations

import contextlib
import hashlib
import ipaddress
import os
import re
import stat
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit

from fttui.disk.reading import why
from fttui.storage.folders import private_folder, state_folder, write_private
from fttui.storage.secrets import LONGEST_KEY, KeyRefused, Secret, parse_key, register
from fttui.storage.settings import OPENAI_BASE_URL
from fttui.terminal.language import _
from fttui.terminal.text import safe, safe_path

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
        raise ValueError(_("not http or https"))
    if ":" in host:
        host = f"[{ipaddress.IPv6Address(host).compressed}]"
    elif not _NAME.fullmatch(host):
        raise ValueError(_("not a host's name in ASCII"))
    return f"{scheme}://{host}" + (f":{port}" if port not in {None, _PORTS[scheme]} else "")


def place_of(base_url: str) -> str:
    """A whole base URL in one spelling: behind one origin there may be several accounts.

    Raises ValueError as `origin_of`.
    """
    return origin_of(base_url) + urlsplit(base_url.strip()).path.rstrip("/")


OPENAI_ORIGIN = origin_of(OPENAI_BASE_URL)


KEYRING_SERVICE = "fttui"
KEYRING_SECONDS = 3.0
DEFAULT_VARIABLE = "OPENAI_API_KEY"

_LONGEST_KEY_FILE = LONGEST_KEY + 1024  # and whose key it is
_OPENAI_MARK = "T3BlbkFJ"
_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_T = TypeVar("_T")


class KeyringUnavailable(Exception):  # noqa: N818 - reads as what happened
    """A keyring that is there did not answer; the message is the reason, as half a sentence."""


class NoKeyring(KeyringUnavailable):
    """No keyring is there to be asked."""


@dataclass(frozen=True, slots=True)
class Credential:
    """A key and where it was found, for example "the environment variable OPENAI_API_KEY".

    `name` is that place in a word or two, as it stands before `-> api.openai.com`.
    """

    secret: Secret
    source: str
    name: str


@dataclass(frozen=True, slots=True)
class KeySearch:
    """What was found, and sentences about the places that were looked at.

    `problems` are keys that are there, or may be, but cannot be used; `notes` are all the rest.
    """

    credential: Credential | None
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class _Look:
    """One search: whose key for which origin, and what was met on the way."""

    profile: str
    origin: str
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def take(self, kept: str, source: str, name: str) -> Credential | None:
        """The key in `kept`, if it was kept for this origin; KeyRefused if it cannot be one."""
        text, origin = _unpacked(kept)
        secret = parse_key(text, source=_("the key in {source}", source=source))
        if origin == self.origin or (not origin and self._is_surely_openai(secret)):
            return Credential(secret, source, name)
        whose = _("was kept for {origin}", origin=safe(origin, maxlen=200))
        if not origin:
            whose = _("was kept by an older fttui, which did not write down for which endpoint")
        self.problems.append(
            _(
                "The key in {source} {whose}, so it is not sent to {origin}.",
                source=source,
                whose=whose,
                origin=self.origin,
            )
        )
        return None

    def _is_surely_openai(self, secret: Secret) -> bool:
        """Keys that OpenAI has made hold a mark of it, and 0.1.0 kept keys without an origin."""
        return self.origin == OPENAI_ORIGIN and _OPENAI_MARK in secret.reveal()


def find_key(
    profile: str,
    origin: str,
    *,
    variable: str = DEFAULT_VARIABLE,
    environ: Mapping[str, str] | None = None,
) -> KeySearch:
    """Look for a profile's key: environment variable, keyring, key file.

    A kept key belongs to the origin that it was kept for, and is not used for another one.
    `variable` is "" where no variable's key may go to `origin`. Blocks for up to three seconds
    when a keyring does not answer. Raises KeyRefused, naming the place, when the key in the
    variable or the keyring cannot be one: another key is not tried, because it may belong to
    another account.
    """
    environ = os.environ if environ is None else environ
    if environ.get(variable, "").strip():
        source = _("the environment variable {variable}", variable=variable)
        secret = parse_key(environ[variable], source=source)
        return KeySearch(Credential(secret, source, safe(variable, maxlen=100)))
    look = _Look(profile, origin)
    if variable == DEFAULT_VARIABLE and environ.get("OPENAI_ADMIN_KEY"):
        look.notes.append(
            _(
                "OPENAI_ADMIN_KEY is set, but an admin key cannot run fine-tuning jobs. "
                "Set OPENAI_API_KEY to a project key."
            )
        )
    credential = _look_in_keyring(look) or _look_in_file(look)
    return KeySearch(credential, tuple(look.problems), tuple(look.notes))


def _look_in_keyring(look: _Look) -> Credential | None:
    """The key in the system's keyring, if there is a real one."""
    try:
        text = _ask_keyring(lambda ring: ring.get_password(KEYRING_SERVICE, look.profile))
    except NoKeyring as problem:
        if not isinstance(problem.__cause__, ImportError):
            look.notes.append(_("The keyring was not used: {problem}.", problem=problem))
        return None
    except KeyringUnavailable as problem:
        look.problems.append(
            _("The keyring cannot be read: {problem}; unlock it and start again.", problem=problem)
        )
        return None
    return look.take(str(text), _("the system keyring"), "keyring") if text else None


def _look_in_file(look: _Look) -> Credential | None:
    """The key in the profile's private file; a file that others may read is refused."""
    path = key_file(look.profile)
    if not os.path.lexists(path):
        return None
    try:
        return look.take(
            _read_private(path), _("the file {path}", path=safe_path(path)), _("key file")
        )
    except KeyRefused as problem:
        look.problems.append(str(problem))
        return None


def hide_keys(environ: Mapping[str, str], variables: Iterable[str]) -> None:
    """Make the redactor know keys that are set, whether or not they are used."""
    for name in variables:
        register(Secret(environ.get(name, "").strip()))


def _packed(secret: Secret, origin: str) -> str:
    return f"{secret.reveal()}\nfor {origin}\n"


def _unpacked(kept: str) -> tuple[str, str]:
    """A kept text as the key and the origin that it is for, "" where none is told."""
    key, _, rest = kept.strip().partition("\n")
    mark, _, origin = rest.strip().partition(" ")
    return (key, origin) if mark == "for" and origin else (kept, "")


def key_file(profile: str) -> Path:
    """The file that holds a profile's key when it is kept in a file."""
    name = profile
    if _PLAIN_NAME.fullmatch(profile) is None:
        name = "profile-" + hashlib.sha256(profile.encode("utf-8", "replace")).hexdigest()[:16]
    return state_folder() / "keys" / f"{name}.key"


def read_key_file(path: Path) -> Secret:
    """Read a key from a file that only its owner can read.

    Raises KeyRefused with the remedy for a symlink, another owner, a file or folder that
    others can use, or a content that cannot be a key.
    """
    return parse_key(_read_private(path), source=_("the key in {path}", path=safe_path(path)))


def _read_private(path: Path) -> str:
    """The text of a key file; KeyRefused as `read_key_file` says."""
    shown = safe_path(path)
    flags = os.O_RDONLY | os.O_CLOEXEC
    flags |= os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        descriptor = os.open(path, flags)
    except (OSError, ValueError) as problem:
        reason = why(problem)
        if path.is_symlink():
            reason = _("it is a symlink; name the file itself")
        raise KeyRefused(
            _("The key file {shown} cannot be read: {reason}.", shown=shown, reason=reason)
        ) from None
    try:
        _check_key_file(os.fstat(descriptor), path.absolute().parent, shown)
        content = os.read(descriptor, _LONGEST_KEY_FILE)
    except OSError as problem:
        raise KeyRefused(
            _("The key file {shown} cannot be read: {why}.", shown=shown, why=why(problem))
        ) from None
    finally:
        os.close(descriptor)
    return content.decode("utf-8", "replace")


def _check_key_file(found: os.stat_result, folder: Path, shown: str) -> None:
    """Raise KeyRefused unless this is an ordinary file that its owner alone can read or replace."""
    if not stat.S_ISREG(found.st_mode):
        raise KeyRefused(
            _("The key file {shown} is not an ordinary file. Name a file.", shown=shown)
        )
    if found.st_size > _LONGEST_KEY_FILE:
        raise KeyRefused(
            _("The key file {shown} is too large for a key. Name the key's own file.", shown=shown)
        )
    if found.st_uid != os.geteuid():
        raise KeyRefused(
            _("The key file {shown} belongs to another user. Use a file of your own.", shown=shown)
        )
    if stat.S_IMODE(found.st_mode) & 0o077:
        raise KeyRefused(
            _("The key file {shown} can be read by others. Run: chmod 600 {shown}", shown=shown)
        )
    mode = folder.stat().st_mode
    if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
        raise KeyRefused(
            _(
                "The key file {shown} is in a folder that everybody can write to. "
                "Run: chmod o-w {folder}",
                shown=shown,
                folder=safe_path(folder),
            )
        )


def store_key(
    profile: str,
    origin: str,
    secret: Secret,
    *,
    where: Literal["auto", "keyring", "file"] = "auto",
) -> tuple[str, str]:
    """Keep a key of `origin` for later runs.

    Returns the place, for example "the system keyring", and why it is not a keyring that is
    there, or "". `auto` takes the keyring where a real one answers, else a file of mode 0600.
    Raises KeyringUnavailable (only for "keyring"), OSError or FolderRefused.
    """
    kept, error_text = _packed(secret, origin), ""
    if where != "file":
        try:
            _ask_keyring(lambda ring: ring.set_password(KEYRING_SERVICE, profile, kept))
        except KeyringUnavailable as problem:
            if where == "keyring":
                raise
            error_text = "" if isinstance(problem, NoKeyring) else str(problem)
        else:
            _forget_file_of(profile, origin)
            return _("the system keyring"), ""
    path = key_file(profile)
    private_folder(path.parent.parent)
    private_folder(path.parent)
    write_private(path, kept)
    with contextlib.suppress(KeyringUnavailable):  # an older key there would go before this one
        older = _ask_keyring(lambda ring: ring.get_password(KEYRING_SERVICE, profile))
        if older and _is_for(older, origin):
            _ask_keyring(lambda ring: ring.delete_password(KEYRING_SERVICE, profile))
    return _("the file {path}", path=safe_path(path)), error_text


def _is_for(kept: str, origin: str) -> bool:
    """True of a kept text that would be used for `origin`, as `find_key` has it."""
    key, kept_for = _unpacked(kept)
    return kept_for == origin or (not kept_for and origin == OPENAI_ORIGIN and _OPENAI_MARK in key)


def _forget_file_of(profile: str, origin: str) -> None:
    with contextlib.suppress(OSError, KeyRefused):
        if _is_for(_read_private(key_file(profile)), origin):
            key_file(profile).unlink()


def delete_key(profile: str) -> tuple[tuple[str, ...], str]:
    """Forget a profile's key wherever it is kept.

    Returns those places, and why a keyring that is there could not be asked, or "". Raises OSError.
    """
    places: list[str] = []
    error_text = ""
    try:
        if _ask_keyring(lambda ring: ring.get_password(KEYRING_SERVICE, profile)):
            _ask_keyring(lambda ring: ring.delete_password(KEYRING_SERVICE, profile))
            places.append(_("the system keyring"))
    except KeyringUnavailable as problem:
        error_text = "" if isinstance(problem, NoKeyring) else str(problem)
    path = key_file(profile)
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
        places.append(_("the file {path}", path=safe_path(path)))
    return tuple(places), error_text


def _ask_keyring(question: Callable[[Any], _T]) -> _T:
    """Run `question` on the keyring in a thread that is left behind after three seconds.

    A keyring may wait for a locked desktop or a silent D-Bus for ever.
    """
    answers: list[_T] = []
    problems: list[BaseException] = []

    def ask() -> None:
        try:
            answers.append(question(_real_keyring()))
        except BaseException as problem:  # noqa: BLE001 - back ends raise anything; see below
            problems.append(problem)

    thread = threading.Thread(target=ask, name="keyring", daemon=True)
    thread.start()
    thread.join(KEYRING_SECONDS)
    if answers:
        return answers[0]
    if not problems:
        raise KeyringUnavailable(
            _(
                "it did not answer within {keyring_seconds:.0f} seconds",
                keyring_seconds=KEYRING_SECONDS,
            )
        )
    problem = problems[0]
    if isinstance(problem, KeyringUnavailable):
        raise problem
    if isinstance(problem, ImportError):
        raise NoKeyring(_("the package keyring is not installed")) from problem
    raise KeyringUnavailable(_("it answered {name}", name=type(problem).__name__)) from None


def _real_keyring() -> Any:
    """The back end in use; the ones that fail always or store in clear text do not count."""
    import keyring

    ring = keyring.get_keyring()
    module = type(ring).__module__
    if module.startswith(("keyring.backends.fail", "keyring.backends.null")) or (
        float(getattr(ring, "priority", 0)) < 1
    ):
        raise NoKeyring(_("this system has none"))
    return ring
