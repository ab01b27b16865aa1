"""Forgetting a profile that fttui has made, and a key that it keeps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fttui.storage.credentials import delete_key
from fttui.storage.last_lists import forget_lists
from fttui.storage.made_profiles import remove_profile
from fttui.terminal.language import _
from fttui.terminal.text import safe, safe_path

if TYPE_CHECKING:
    from fttui.services.profiles.known import KnownProfile


def forget_profile(config: Path, name: str) -> str:
    """Take a profile out of the file; what was done, as a sentence. Raises SettingsError."""
    path = remove_profile(config, name)
    return _(
        "Profile {name} is removed from {path}.", name=safe(name, maxlen=60), path=safe_path(path)
    )


def forget_key(known: KnownProfile) -> str:
    """Forget the kept key of a profile, and the lists of jobs of its host; what was done.

    It may wait some seconds for a keyring. Never raises.
    """
    try:
        places, error_text = delete_key(known.profile.name)
    except OSError as problem:
        return _("Its key could not be removed: {reason}.", reason=problem.strerror or problem)
    said = []
    if places:
        said.append(_("Its key is removed from {where}.", where=_(" and ").join(places)))
    if error_text:
        said.append(
            _(
                "The keyring cannot be used: {error_text}. A key may still be in it.",
                error_text=error_text,
            )
        )
    if known.endpoint is not None:
        left = forget_lists(known.endpoint.server)
        said += [
            _("{path}, a list of jobs, could not be removed. Delete it.", path=safe_path(path))
            for path in left
        ]
    return " ".join(said)
