"""Which other profile a job is of, as far as this machine knows; no endpoint is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fttui.terminal.language import _
from fttui.terminal.text import safe

if TYPE_CHECKING:
    from fttui.services.session import Session

_LEAST = 4


def where_else(session: Session, word: str) -> str:
    """A sentence that names the first other profile with a job whose id is `word`, or ends so.

    "" where none is known.
    """
    end = word.removeprefix("…")
    if len(end) < _LEAST or session.endpoint.archive:
        return ""
    own = session.endpoint.base_url
    for name, profile in session.settings.profiles.items():
        is_other = not profile.archive and profile.base_url.rstrip("/") != own.rstrip("/")
        if is_other and any(one.endswith(end) for one in _known_ids(profile.base_url)):
            return _("Profile {name} knows it: `--profile {name}` goes there.", name=safe(name))
    return ""


def _known_ids(base_url: str) -> list[str]:
    """The jobs of the last list of an endpoint that was kept, and those that were made there."""
    from fttui.storage.credentials import place_of
    from fttui.storage.journal_glance import glance
    from fttui.storage.last_lists import newest_jobs

    try:
        made = glance(place_of(base_url)).jobs
    except ValueError:
        made = ()
    return [f"{one.get('id', '')}" for one in newest_jobs(base_url)] + [*made]
