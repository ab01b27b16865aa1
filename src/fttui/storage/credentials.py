"""Where API keys come from and where they are kept: environment, keyring, private file."""

import contextlib
import hashlib
import os
import re
import stat
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

from fttui.storage.atomic import write_private
from fttui.storage.folders import private_folder, state_folder
from fttui.storage.secrets import KeyRefused, Secret, parse_key
from fttui.terminal.text import safe, safe_path

KEYRING_SERVICE = "fttui"
KEYRING_SECONDS = 3.0
DEFAULT_VARIABLE = "OPENAI_API_KEY"

_LONGEST_KEY_FILE = 8192
_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_T = TypeVar("_T")


class KeyringUnavailable(Exception):  # noqa: N818 - reads as what happened
    """No keyring can be used here; the message is the reason, as half a sentence."""


@dataclass(frozen=True, slots=True)
class Credential:
    """A key and where it was found, for example "the environment variable OPENAI_API_KEY"."""

    secret: Secret
    source: str


@dataclass(frozen=True, slots=True)
class KeySearch:
    """What was found, and a sentence for every place that could not be asked."""

    credential: Credential | None
    notes: tuple[str, ...] = ()


def find_key(
    profile: str,
    *,
    variable: str = DEFAULT_VARIABLE,
    environ: Mapping[str, str] | None = None,
    session: Secret | None = None,
) -> KeySearch:
    """Look for a profile's key: environment, keyring, key file, then the one typed in this run.

    Blocks for up to three seconds when a keyring does not answer. Raises KeyRefused, naming
    the place, when the first key that is found cannot be one: another key is not tried,
    because it may belong to another account.
    """
    environ = os.environ if environ is None else environ
    if environ.get(variable, "").strip():
        source = f"the environment variable {variable}"
        return KeySearch(Credential(parse_key(environ[variable], source=source), source))
    notes: list[str] = []
    if variable == DEFAULT_VARIABLE and environ.get("OPENAI_ADMIN_KEY"):
        notes.append(
            "OPENAI_ADMIN_KEY is set, but an admin key cannot run fine-tuning jobs. "
            "Set OPENAI_API_KEY to a project key."
        )
    for look in (_look_in_keyring, _look_in_file):
        credential = look(profile, notes)
        if credential is not None:
            return KeySearch(credential, tuple(notes))
    found = Credential(session, "typed for this session") if session is not None else None
    return KeySearch(found, tuple(notes))


def _look_in_keyring(profile: str, notes: list[str]) -> Credential | None:
    """The key in the system's keyring, if there is a real one."""
    try:
        text = _ask_keyring(lambda ring: ring.get_password(KEYRING_SERVICE, profile))
    except KeyringUnavailable as problem:
        if not isinstance(problem.__cause__, ImportError):
            notes.append(f"The keyring was not used: {problem}.")
        return None
    if not text:
        return None
    source = "the system keyring"
    return Credential(parse_key(str(text), source=f"the key in {source}"), source)


def _look_in_file(profile: str, notes: list[str]) -> Credential | None:
    """The key in the profile's private file; a file that others may read is refused."""
    path = key_file(profile)
    if not os.path.lexists(path):
        return None
    try:
        return Credential(read_key_file(path), f"the file {safe_path(path)}")
    except KeyRefused as problem:
        notes.append(str(problem))
        return None


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
    shown = safe_path(path)
    flags = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0)
    flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(path, flags)
    except (OSError, ValueError) as problem:
        reason = safe(getattr(problem, "strerror", "") or problem)
        if path.is_symlink():
            reason = "it is a symlink; name the file itself"
        raise KeyRefused(f"The key file {shown} cannot be read: {reason}.") from None
    try:
        _check_key_file(os.fstat(descriptor), path.absolute().parent, shown)
        content = os.read(descriptor, _LONGEST_KEY_FILE)
    except OSError as problem:
        raise KeyRefused(f"The key file {shown} cannot be read: {problem.strerror}.") from None
    finally:
        os.close(descriptor)
    return parse_key(content.decode("utf-8", "replace"), source=f"the key in {shown}")


def _check_key_file(found: os.stat_result, folder: Path, shown: str) -> None:
    """Raise KeyRefused unless this is an ordinary file that its owner alone can read or replace."""
    if not stat.S_ISREG(found.st_mode):
        raise KeyRefused(f"The key file {shown} is not an ordinary file. Name a file.")
    if os.name != "posix":
        return
    if found.st_uid != os.geteuid():
        raise KeyRefused(f"The key file {shown} belongs to another user. Use a file of your own.")
    if stat.S_IMODE(found.st_mode) & 0o077:
        raise KeyRefused(f"The key file {shown} can be read by others. Run: chmod 600 {shown}")
    mode = folder.stat().st_mode
    if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
        raise KeyRefused(
            f"The key file {shown} is in a folder that everybody can write to. "
            f"Run: chmod o-w {safe_path(folder)}"
        )


def store_key(
    profile: str, secret: Secret, *, where: Literal["auto", "keyring", "file"] = "auto"
) -> str:
    """Keep a key for later runs and return the place, for example "the system keyring".

    `auto` takes the keyring where a real one answers, else a file of mode 0600. Raises
    KeyringUnavailable (only for "keyring"), OSError or FolderRefused.
    """
    if where != "file":
        try:
            _ask_keyring(lambda ring: ring.set_password(KEYRING_SERVICE, profile, secret.reveal()))
        except KeyringUnavailable:
            if where == "keyring":
                raise
        else:
            return "the system keyring"
    path = key_file(profile)
    private_folder(path.parent.parent)
    private_folder(path.parent)
    write_private(path, secret.reveal() + "\n")
    return f"the file {safe_path(path)}"


def delete_key(profile: str) -> tuple[str, ...]:
    """Forget a profile's key wherever it is kept, and return those places; OSError."""
    places: list[str] = []
    with contextlib.suppress(KeyringUnavailable):
        if _ask_keyring(lambda ring: ring.get_password(KEYRING_SERVICE, profile)):
            _ask_keyring(lambda ring: ring.delete_password(KEYRING_SERVICE, profile))
            places.append("the system keyring")
    path = key_file(profile)
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
        places.append(f"the file {safe_path(path)}")
    return tuple(places)


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
        raise KeyringUnavailable(f"it did not answer within {KEYRING_SECONDS:.0f} seconds")
    problem = problems[0]
    if isinstance(problem, KeyringUnavailable):
        raise problem
    if isinstance(problem, ImportError):
        raise KeyringUnavailable("the package keyring is not installed") from problem
    raise KeyringUnavailable(f"it answered {type(problem).__name__}") from None


def _real_keyring() -> Any:
    """The back end in use; the ones that fail always or store in clear text do not count."""
    import keyring

    ring = keyring.get_keyring()
    module = type(ring).__module__
    if module.startswith(("keyring.backends.fail", "keyring.backends.null")) or (
        float(getattr(ring, "priority", 0)) < 1
    ):
        raise KeyringUnavailable("this system has none")
    return ring
