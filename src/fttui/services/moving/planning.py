"""Planning a move between two sessions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from fttui.services.kept_jobs import annotations_of
from fttui.services.moving.fetching import Fetcher
from fttui.services.moving.models import ModelMap, bases_of
from fttui.services.moving.origin import Origin, origin_of
from fttui.services.moving.planner import Planner, Planning
from fttui.services.submission.asking import all_asked
from fttui.storage.journal import JournalError
from fttui.training_data.endpoints import limits_of

if TYPE_CHECKING:
    from fttui.services.endpoint.asked import Asked
    from fttui.services.moving.earlier import Earlier
    from fttui.services.moving.gathering import Gathered
    from fttui.services.moving.plan import MovePlan
    from fttui.services.session import Session
    from fttui.storage.annotations import Annotation
    from fttui.storage.moved_files import MovedFiles


async def plan_move(
    source: Session,
    target: Session,
    gathered: Gathered,
    earlier: Earlier,
    files: MovedFiles,
    offered: Sequence[str],
    given: Mapping[str, str],
    on_row: Callable[[int, int], None],
) -> MovePlan:
    """What becomes of each job that was gathered; its files are here then. On source's thread.

    `offered` are the models of the new endpoint, `given` the user's choices by the old names.
    `on_row` is told how many jobs are planned, and of how many.
    """
    origin = origin_of(source)
    asked = await asyncio.to_thread(_asked, source, origin)
    planning = Planning(
        target,
        ModelMap(target, offered, given),
        Fetcher(source, files, limits_of(target.endpoint.base_url).max_bytes),
        earlier,
        origin.base_url,
        bases_of(gathered.jobs),
        asked,
        await asyncio.to_thread(_kept, source),
    )
    rows = gathered.rows
    return await Planner(planning, lambda done: on_row(done, len(rows))).plan(rows)


def _asked(source: Session, origin: Origin) -> Mapping[str, Asked]:
    return all_asked(source.journal, origin.account) if origin.account else {}


def _kept(source: Session) -> Mapping[str, Annotation]:
    try:
        kept = annotations_of(source)
        return kept.all() if kept else {}
    except JournalError:
        return {}
