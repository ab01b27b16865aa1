"""Events newest first, as OpenAI tells them, of endpoints that tell the oldest first."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from fttui.services.endpoint.events import JobEvent
from fttui.services.endpoint.pages import Page

MOST_PAGES = 50
_MOST_EVENTS = 60_000
_MOST_JOBS = 8

Ask = Callable[[str | None], Awaitable[Page[JobEvent]]]


def is_oldest_first(events: Sequence[JobEvent]) -> bool:
    """Whether events rise: by their times, else their steps; what has no ids either is a log."""
    times = [event.created_at for event in events if event.created_at is not None]
    if times and times[0] != times[-1]:
        return times[0] < times[-1]
    steps = [event.metrics.step or 0 for event in events if event.metrics is not None]
    if steps and steps[0] != steps[-1]:
        return steps[0] < steps[-1]
    return not times and not any(event.raw_id for event in events)


class EventOrder:
    """Reads the events of jobs so that the first page has the newest.

    Where the oldest come first, that is all pages as one. What came of them is kept, and only what
    is after it is asked for the next time.
    """

    def __init__(self) -> None:
        self._known: dict[str, tuple[dict[object, JobEvent], str]] = {}

    async def read(self, job_id: str, after: str | None, ask: Ask) -> Page[JobEvent]:
        """A page of a job's events, of which `ask` gets one as the endpoint tells it."""
        events, cursor = ({}, "") if after else self._known.get(job_id, ({}, ""))
        page = await ask(after or cursor or None)
        rises = bool(events) or is_oldest_first(page.items)
        if not rises or after or not (events or page.has_more):
            return replace(page, items=page.items[::-1] if rises else page.items)
        events = dict(events)
        for _unused in range(MOST_PAGES):
            events |= {event.key: event for event in page.items}
            if not page.has_more or page.cursor in (None, cursor):
                break
            cursor = page.cursor or ""
            page = await ask(cursor)
        self._keep(job_id, events, page.cursor or cursor)
        return Page(tuple(reversed(events.values())), is_cut=page.has_more)

    def _keep(self, job_id: str, events: dict[object, JobEvent], cursor: str) -> None:
        if type(cursor) is not str or len(events) > _MOST_EVENTS:  # of a number or a link: no place
            self._known.pop(job_id, None)
            return
        if len(self._known) >= _MOST_JOBS:
            self._known.clear()
        self._known[job_id] = events, cursor
