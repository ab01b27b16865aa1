"""Asking for the list of models, with what earlier runs knew of it, and keeping what it tells."""

from __future__ import annotations

import asyncio
from dataclasses import replace
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

    What earlier runs knew is known also where the list cannot be read. Raises ServiceError.
    """
    await asyncio.to_thread(recall_models, session)
    page = await session.handle.list_models(tries)
    if session.endpoint.archive:  # its list has those, too, that only earlier lists had
        gone = (await asyncio.to_thread(_kept, session, None)).listed
        page = replace(page, items=tuple(one for one in page.items if one.id not in gone))
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


def recall_models(session: Session) -> ListOwner | None:
    """Know what earlier runs, or an archive that is read, knew of models; waits for the disk.

    It asks the endpoint for nothing. Returns whose models these are, None of an archive and where
    there is no key.
    """
    from fttui.services.session import NoKeyError

    try:
        owner = session.list_owner
    except NoKeyError:
        return None
    kept = _kept(session, owner)
    presence = session.retirement.presence
    presence.listed_before |= kept.listed
    presence.deleted |= kept.deleted
    return owner


def _kept(session: Session, owner: ListOwner | None) -> SeenModels:
    if session.endpoint.archive and session.archive:
        from fttui.storage.archive.gone_models import read_gone

        return read_gone(session.archive.folder)
    return read_seen(owner) if owner else SeenModels()


def take_models(session: Session, page: Page[Model]) -> None:
    """Learn what a list tells, beside what is kept of earlier ones; waits for the disk.

    What it shows to be deleted counts as that in later runs, until a list has it again.
    """
    clock = session.retirement
    owner = recall_models(session)
    clock.take(page)
    clock.presence.deleted |= {name for name in clock.presence.gone if clock.lacks(name)}
    keep_presence(session, owner)


def note_deleted(session: Session, model: str) -> None:
    """A model was deleted here: know it, in the next runs too; waits for the disk."""
    session.retirement.presence.note_deleted(model)
    keep_presence(session, recall_models(session))  # another run may have deleted others meanwhile


def keep_presence(session: Session, owner: ListOwner | None) -> None:
    """Keep what is known of the models that were listed, unless that is kept already."""
    if owner is None:
        return
    presence = session.retirement.presence
    seen = SeenModels(frozenset(presence.listed_before), frozenset(presence.deleted))
    if seen != read_seen(owner):
        keep_seen(owner, seen)
