"""Asking for the list of models, with what earlier runs knew of it, and keeping what it tells."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from fttui.storage.seen_models import SeenModels, keep_seen, read_seen

if TYPE_CHECKING:
    from fttui.services.endpoint.errors import ServiceError
    from fttui.services.endpoint.models import Model, Page
    from fttui.services.session import Session
    from fttui.storage.last_lists import ListOwner

_LONGEST_CALL = 5.0
_FORBIDDEN = 403


async def ask_models(session: Session, *, tries: int | None = None) -> Page[Model]:
    """The list of models, of which the session's clock knows then; on the service thread.

    Raises ServiceError.
    """
    page = await session.handle.list_models(tries)
    await asyncio.to_thread(take_models, session, page)
    return page


async def ask_models_briefly(session: Session) -> None:
    """As `ask_models`; without an answer in 5 seconds nothing changes."""
    from fttui.services.endpoint.errors import ServiceError

    try:
        async with asyncio.timeout(_LONGEST_CALL):
            await ask_models(session, tries=1)
    except (ServiceError, TimeoutError):
        return


def has_no_list(error: ServiceError) -> bool:
    """Whether there is no list of models for this key, so that jobs alone tell of models."""
    from fttui.services.endpoint.errors import UnsupportedError

    return isinstance(error, UnsupportedError) or error.status == _FORBIDDEN


def take_models(session: Session, page: Page[Model]) -> None:
    """Learn what a list tells, beside what is kept of earlier ones; waits for the disk."""
    clock, owner = session.retirement, session.list_owner
    presence = clock.presence
    kept = read_seen(owner) if owner else SeenModels()
    presence.listed_before |= kept.listed
    presence.deleted |= kept.deleted
    clock.take(page)
    keep_presence(session, owner, kept)


def note_deleted(session: Session, model: str) -> None:
    """A model was deleted here: know it, in the next runs too; waits for the disk."""
    presence, owner = session.retirement.presence, session.list_owner
    presence.note_deleted(model)
    if owner is not None:  # another run may have deleted others meanwhile
        kept = read_seen(owner)
        presence.listed_before |= kept.listed
        presence.deleted |= kept.deleted
    keep_presence(session, owner)


def keep_presence(
    session: Session, owner: ListOwner | None, kept: SeenModels | None = None
) -> None:
    """Keep what is known of the models that were listed, unless that is what is `kept`."""
    presence = session.retirement.presence
    seen = SeenModels(frozenset(presence.listed_before), frozenset(presence.deleted))
    if owner is not None and seen != kept:
        keep_seen(owner, seen)
