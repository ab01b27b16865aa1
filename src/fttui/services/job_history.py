"""What a job has told beside its own record: read once, and from then on only growing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fttui.services.endpoint.errors import Outcome, ServiceError
from fttui.services.endpoint.events import Checkpoint, JobEvent
from fttui.services.endpoint.offered import CHECKPOINTS, EVENTS, JOB
from fttui.services.endpoint.transport import within

if TYPE_CHECKING:
    from fttui.services.endpoint.fine_tuning_handle import FineTuningHandle
    from fttui.services.endpoint.models import Job
    from fttui.services.endpoint.pages import Page

EVENTS_A_PAGE = 100
MOST_EVENTS = 60_000
MOST_PAGES_BETWEEN = 50
_MARGIN = 100
"""Events that may stand a little out of their order."""


@dataclass(frozen=True, slots=True)
class JobHistory:
    """Events and checkpoints, newest first; `checkpoints` None where none were told.

    `is_whole` is True when the events go back to the first one; until then `older` is the place
    from which those before them can be asked for, "" where the endpoint has none. `error_text`
    says why none came.
    """

    events: tuple[JobEvent, ...] = ()
    checkpoints: tuple[Checkpoint, ...] | None = None
    error_text: str = ""
    is_whole: bool = False
    older: str = ""

    def grown_by(self, news: JobHistory) -> JobHistory:
        """The history with what `news` have beyond it: nothing that was told goes away."""
        is_whole = self.is_whole or news.is_whole
        return JobHistory(
            merge_events(self.events, news.events),
            _merge_checkpoints(self.checkpoints, news.checkpoints),
            news.error_text,
            is_whole,
            "" if is_whole else news.older,
        )

    def with_events(self, events: Sequence[JobEvent]) -> JobHistory:
        """The history with events, newest first, that the endpoint has just told."""
        return replace(self, events=merge_events(self.events, events), error_text="")


@dataclass(frozen=True, slots=True)
class HistoryNews:
    """An answer about one job; `job` is None where single jobs cannot be read.

    `joins` is False when the events between the known ones and these could not be reached.
    """

    job: Job | None
    history: JobHistory
    joins: bool = True


def merge_events(known: Sequence[JobEvent], news: Sequence[JobEvent]) -> tuple[JobEvent, ...]:
    """Both, each event once, newest first, the newest 60,000; either may have the newer ones.

    Of many that are known only those are looked at which may be as new as the news.
    """
    if not news:
        return tuple(known)
    near = _place_before(known, news)
    merged = (*_merged(known[:near], news), *known[near:])
    if isinstance(known, tuple) and len(merged) == len(known):
        return known  # the same, so that nothing is worked out anew
    return merged[:MOST_EVENTS]


def _place_before(known: Sequence[JobEvent], news: Sequence[JobEvent]) -> int:
    """How many of the known events, from the newest on, may be as new as one of the news."""
    times = [event.created_at for event in news]
    if None in times:
        return len(known)
    oldest = min(time for time in times if time is not None)
    for place, event in enumerate(known):
        if event.created_at is not None and event.created_at < oldest:
            return place + _MARGIN
    return len(known)


def _merged(known: Sequence[JobEvent], news: Sequence[JobEvent]) -> list[JobEvent]:
    places = {event.key: place for place, event in enumerate(known)}
    merged: dict[object, JobEvent] = {}
    at = 0
    for event in news:
        place = places.get(event.key)
        while at < len(known) and (
            place >= at if place is not None else _is_newer(known[at], event)
        ):
            merged.setdefault(known[at].key, known[at])
            at += 1
        merged.setdefault(event.key, event)
    for event in known[at:]:
        merged.setdefault(event.key, event)
    return list(merged.values())


async def read_history(
    handle: FineTuningHandle,
    job_id: str,
    known: JobHistory,
    *,
    everything: bool = False,
    only_events: bool = False,
) -> HistoryNews:
    """Read what is not `known` of the job with this `raw_id`: the events, the job, checkpoints.

    Of a job without known events it is the newest page, with `everything` all pages; where some
    are known, those that are newer, and with `everything` those before them that are missing. The
    job is read after its events, so that its status is never behind them. Each part comes or fails
    alone, within its own time. What the endpoint does not offer is asked for once.

    Raises:
        ServiceError: the endpoint does not know the job, or of it nothing at all could be read.
    """
    refusal = handle.offers.refusal_of(EVENTS)
    found = _Events()
    if refusal is None:
        try:
            found = await _events_in_time(handle, job_id, known, everything)
        except ServiceError as error:
            refusal = error
    if only_events and refusal is None:
        news = replace(
            known,
            events=found.events,
            error_text="",
            is_whole=found.is_whole,
            older=found.older,
        )
        return HistoryNews(None, news, found.joins)
    job = await _read_job(handle, job_id, exists=refusal is None)
    if refusal is not None and job is None:
        raise refusal
    checkpoints = await _read_checkpoints(handle, job_id)
    error_text = refusal.full_text if refusal else ""
    older = known.older if refusal else found.older
    history = JobHistory(found.events, checkpoints, error_text, found.is_whole, older)
    return HistoryNews(job and job.with_progress(found.events), history, found.joins)


@dataclass(frozen=True, slots=True)
class _Events:
    events: tuple[JobEvent, ...] = ()
    is_whole: bool = False
    joins: bool = True
    older: str = ""


async def _events_in_time(
    handle: FineTuningHandle, job_id: str, known: JobHistory, everything: bool
) -> _Events:
    """The events, of which all pages may take as long as they do: each has its own time."""
    if everything:
        return await _read_events(handle, job_id, known, everything)
    async with within(handle.timeouts.part, EVENTS):
        return await _read_events(handle, job_id, known, everything)


async def _read_events(
    handle: FineTuningHandle, job_id: str, known: JobHistory, everything: bool
) -> _Events:
    keys = {event.key for event in known.events}
    goes_on = everything and bool(known.older)
    found: list[JobEvent] = []
    pages = 0
    joins = not (keys or known.is_whole)
    async for page in handle.event_pages(job_id, limit=EVENTS_A_PAGE):
        pages += 1
        found += page.items
        joins = joins or any(event.key in keys for event in page.items)
        if not page.has_more or len(found) >= MOST_EVENTS:
            break
        if joins and keys and goes_on:
            return await _with_older(handle, job_id, found, known)
        if joins and (known.is_whole or not everything):
            older = known.older or ("" if keys else _place(page))
            return _Events(tuple(found), older=older)
        if pages >= MOST_PAGES_BETWEEN and not everything:
            return _Events(tuple(found), joins=joins)
    return _Events(tuple(found), is_whole=True)


async def _with_older(
    handle: FineTuningHandle, job_id: str, found: list[JobEvent], known: JobHistory
) -> _Events:
    """What is new, known, and before that, in this order; all anew, where that place is gone."""
    events = [
        *found,
        *known.events,
    ]  # their times alone do not tell their order
    try:
        async for page in handle.event_pages(job_id, EVENTS_A_PAGE, after=known.older):
            events += page.items
            if not page.has_more or len(events) >= MOST_EVENTS:
                break
    except ServiceError as error:
        if error.outcome is not Outcome.REFUSED:
            raise
        return await _read_events(handle, job_id, JobHistory(), everything=True)
    return _Events(tuple(events), is_whole=True)


def _place(page: Page[JobEvent]) -> str:
    """The place behind a page, where it is the id of an event: others do not last."""
    return page.cursor if page.cursor and type(page.cursor) is str else ""


async def _read_job(handle: FineTuningHandle, job_id: str, *, exists: bool) -> Job | None:
    """The job as it is now, None where it cannot be had; `exists` when that is certain.

    An answer that is of another job tells nothing of this one.
    """
    if handle.offers.refusal_of(JOB):
        return None
    try:
        async with within(handle.timeouts.part, JOB):
            job = await handle.find_job(job_id)
    except ServiceError as error:
        if exists:
            handle.offers.note_refusal(JOB, error)
        return None
    return job if job.raw_id == job_id else None


async def _read_checkpoints(handle: FineTuningHandle, job_id: str) -> tuple[Checkpoint, ...] | None:
    """The checkpoints of a job that exists, None where they cannot be had."""
    if handle.offers.refusal_of(CHECKPOINTS):
        return None
    try:
        async with within(handle.timeouts.part, CHECKPOINTS):
            return (await handle.list_checkpoints(job_id)).items
    except ServiceError:  # without checkpoints the events are still worth showing
        return None


def _merge_checkpoints(
    known: tuple[Checkpoint, ...] | None, news: tuple[Checkpoint, ...] | None
) -> tuple[Checkpoint, ...] | None:
    if not known or not news:
        return known or news
    keys = {checkpoint.key for checkpoint in news}
    return (*news, *(checkpoint for checkpoint in known if checkpoint.key not in keys))


def _is_newer(one: JobEvent, other: JobEvent) -> bool:
    if one.created_at is None or other.created_at is None:
        return False
    return one.created_at > other.created_at
