"""Where the key of each profile comes from, found out without sending it anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fttui.services.key_search import search_key
from fttui.terminal.format import NOTHING
from fttui.terminal.language import _
from fttui.terminal.text import safe

if TYPE_CHECKING:
    from fttui.services.profiles.known import KnownProfile
    from fttui.services.session import Session
    from fttui.storage.credentials import Credential


@dataclass(frozen=True, slots=True)
class KeySeen:
    """A key as it may be shown: the place in a word, as a sentence, and its last characters.

    `problem` tells why there is none, or what else was found. `is_kept` where fttui itself keeps
    it, in a keyring or in a private file.
    """

    name: str
    source: str = ""
    ending: str = ""
    problem: str = ""
    is_kept: bool = False

    @property
    def text(self) -> str:
        """The key in a few words: `LAB_KEY …abcd`."""
        return f"{self.name} {self.ending}".strip()


def key_of(known: KnownProfile, environ: Mapping[str, str]) -> KeySeen:
    """The key that a session of this profile would find; it may wait seconds for a keyring."""
    endpoint = known.endpoint
    if endpoint is None:
        return KeySeen(NOTHING)
    if endpoint.archive:
        return KeySeen(NOTHING, _("an archive needs none"))
    found = search_key(endpoint, environ)
    said = " ".join((*found.problems, *found.notes))
    if found.credential is None:
        return KeySeen(_("no key"), problem=said or f"{endpoint.key_advice}.")
    return key_seen(found.credential, said, sends=endpoint.extras.sends_key)


def key_in_use(session: Session) -> KeySeen:
    """The key that a session has."""
    if session.endpoint.archive:
        return KeySeen(NOTHING, _("an archive needs none"))
    if session.credential is None:
        return KeySeen(_("no key"), problem=session.key_problem)
    said = " ".join(session.key_notes)
    return key_seen(session.credential, said, sends=session.endpoint.extras.sends_key)


def key_seen(credential: Credential, said: str = "", *, sends: bool = True) -> KeySeen:
    """A key as it may be shown, with what is `said` of it; of one that nobody `sends` no end."""
    ending = credential.secret.ending if sends else ""
    kept = credential.name in ("keyring", _("key file"))
    return KeySeen(safe(credential.name), safe(credential.source), ending, said, kept)
