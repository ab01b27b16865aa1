"""One polling loop for the jobs of an endpoint, shared by the app and the command line.

It sleeps after each answer, so that slow answers never pile up, and makes a bounded number of
calls each time: one list call however many jobs there are, and a few for what that does not tell.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import UTC, datetime

from fttui.services.endpoint.errors import (
    NotFoundError,
    ServiceError,
    UnreadableAnswerError,
    UnsupportedError,
)
from fttui.services.endpoint.events import JobEvent
from fttui.services.endpoint.fine_tuning_handle import FineTuningHandle
from fttui.services.endpoint.models import Job, Page
from fttui.services.endpoint.offered import EVENTS, LIST
from fttui.services.endpoint.retries import is_worth_retrying
from fttui.services.endpoint.transport import within
from fttui.services.following import LOOKS_A_POLL, Followed, RowsInTurn, Turns
from fttui.services.news import (
    Change,
    EventsFailed,
    EventsMissed,
    JobNotFound,
    JobUpdate,
    NewEvents,
    PollFailed,
    Recovered,
    is_only_steps,
)
from fttui.services.polling_schedule import PollingSchedule, Rest, rest

__all__ = [
    "LOOKS_A_POLL",
    "Change",
    "EventsFailed",
    "EventsMissed",
    "JobNotFound",
    "JobUpdate",
    "NewEvents",
    "PollFailed",
    "Recovered",
    "Watcher",
]

EVENT_CALLS_A_POLL = 4
MOST_EVENT_PAGES = 50
_STRANGE = 3
_EVENTS_OF_A_ROW = 20


class Watcher:
    """Follows some jobs until all have ended, or all jobs of the endpoint for ever.

    `job_ids` None means all: the newest page is read each time, and every active job that is
    known but not on it is looked at in turn. `events_of` names the jobs whose events are told,
    those before the first look included only with `past_events`. Without `catches_up` a look reads
    one page of them, and tells EventsMissed when that does not reach what was told before. Jobs are
    named by `raw_id`. `rest` is how it pauses.

    Its coroutines run on the service thread; `look_now`, `set_focused`, `follow_events_of`,
    `show_rows`, `expect_recovery` and `remember` may be called from any thread.
    """

    def __init__(
        self,
        handle: FineTuningHandle,
        job_ids: Iterable[str] | None = None,
        *,
        events_of: Iterable[str] = (),
        past_events: bool = True,
        catches_up: bool = True,
        schedule: PollingSchedule | None = None,
        rest: Rest = rest,
    ) -> None:
        self._handle = handle
        self._wanted = None if job_ids is None else dict.fromkeys(job_ids)
        self._jobs: dict[str, Job] = {}
        self._followed = {job_id: Followed() for job_id in events_of}
        self._rows = RowsInTurn()
        self._past_events = past_events
        self._most_pages = MOST_EVENT_PAGES if catches_up else 1
        self._catches_up = catches_up
        self._turns = Turns()
        self._news: list[Change] = []
        self._schedule = schedule or PollingSchedule()
        self._quiet_polls = 0
        self._failures = 0
        self._answered_at: datetime | None = None
        self._owes_recovery = False
        self._focused = True
        self._rest = rest
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake = asyncio.Event()

    @property
    def jobs(self) -> dict[str, Job]:
        """The jobs as last seen, by the id that the endpoint gave them."""
        return dict(self._jobs)

    def remember(self, jobs: Iterable[Job]) -> None:
        """Take jobs that were read elsewhere as known, so that they are not told as new."""
        known = [job for job in jobs if job.can_be_acted_on]

        def learn() -> None:
            for job in known:
                self._jobs[job.raw_id] = self._jobs.get(job.raw_id, job).updated(job)

        self._on_loop(learn)

    def follow_events_of(
        self, job_ids: Iterable[str], reported: Iterable[JobEvent] = (), *, at_once: bool = True
    ) -> None:
        """From now on tell the events of these jobs and of no others.

        `reported` are events, oldest first, that are known already. With `at_once` a look at jobs
        that were not followed before does not wait for the end of the pause.
        """
        wanted = list(job_ids)
        keys = [event.key for event in reported]

        def follow() -> None:
            old = self._followed
            self._followed = {job_id: old.get(job_id) or Followed() for job_id in wanted}
            for state in self._followed.values():
                state.remember(keys)
            if at_once and set(wanted) - set(old):
                self._wake.set()

        self._on_loop(follow)

    def show_rows(self, job_ids: Iterable[str]) -> None:
        """Ask these in turn how far they are while they run, at a look without other events."""
        wanted = list(job_ids)
        self._on_loop(lambda: self._rows.show(wanted))

    def expect_recovery(self) -> None:
        """Look now, and tell Recovered after the next look that works."""

        def expect() -> None:
            self._owes_recovery = True
            self._wake.set()

        self._on_loop(expect)

    def set_focused(self, focused: bool) -> None:
        """Poll rarely while nobody looks; coming back looks at once."""
        self._focused = focused
        if focused:
            self.look_now()

    def look_now(self) -> None:
        """End the present pause, and expect changes: the next ones are short again."""

        def look() -> None:
            self._quiet_polls = 0
            self._wake.set()

        self._on_loop(look)

    async def run(self, on_change: Callable[[Change], None]) -> None:
        """Tell every change to `on_change`, on the service thread, until the watch ends."""
        async for change in self.changes():
            on_change(change)

    async def changes(self) -> AsyncIterator[Change]:
        """Every change as it is seen; ends when all wanted jobs have ended and told all.

        Network failures and busy servers are told as Trouble and tried again for ever.

        Raises:
            ServiceError: the endpoint refuses (a bad key, for example); trying again is no use.
        """
        self._loop = asyncio.get_running_loop()
        while True:
            self._wake.clear()
            error_text = await self._poll()
            news = self._taken_news()
            for change in news:
                yield change
            if error_text is not None:
                yield error_text
                await self._sleep(error_text.pause)
                continue
            # Whatever becomes of the events, the jobs are told of already.
            has_asked = await self._look_at_events()
            news += self._news
            if not has_asked:
                await self._look_at_a_row()  # a step is news to show, but none to hurry for
            for change in self._taken_news():
                yield change
            if self._is_over():
                return
            self._quiet_polls = 0 if news else self._quiet_polls + 1
            await self._sleep(self._pause(news))

    def _taken_news(self) -> list[Change]:
        news, self._news = self._news, []
        return news

    async def _poll(self) -> PollFailed | None:
        """One look at the jobs; what is seen is news, also when the look ends in trouble."""
        try:
            await self._look_at_jobs()
        except ServiceError as error:
            if not is_worth_retrying(error, also_unknown=True):
                raise
            self._failures += 1
            if self._never_was_the_api(error):
                raise
            pause = max(self._schedule.failed(self._failures), error.retry_after or 0.0)
            return PollFailed(error, pause, self._answered_at)
        self._answered_at = datetime.now(UTC)
        if self._failures or self._owes_recovery:
            self._failures, self._owes_recovery = 0, False
            self._news.append(Recovered())
        return None

    def _never_was_the_api(self, error: ServiceError) -> bool:
        """Whether what answers here has shown no job yet, and again something else: a web page."""
        is_new = self._wanted is not None and not self._jobs
        return is_new and isinstance(error, UnreadableAnswerError) and self._failures >= _STRANGE

    def _note(self, job: Job) -> None:
        """Record a job as it is now; its progress is known from events, so it stays."""
        previous = self._jobs.get(job.raw_id)
        job = previous.updated(job) if previous is not None else job
        self._jobs[job.raw_id] = job
        if job != previous:
            self._news.append(JobUpdate(job, previous))

    async def _look_at_jobs(self) -> None:
        open_ids = self._open_ids()
        is_few = self._wanted is not None and len(open_ids) <= 1
        page = None if is_few else await self._listed()
        if page is None:
            for job_id in self._turns.next(open_ids):
                await self._look_at(job_id)
            return
        listed = {job.raw_id for job in page.items}
        for job in page.items:
            if job.can_be_acted_on and (self._wanted is None or job.raw_id in self._wanted):
                self._note(job)
        for job_id in self._turns.next([one for one in open_ids if one not in listed]):
            await self._look_at(job_id)

    async def _listed(self) -> Page[Job] | None:
        """The newest jobs; None where jobs are named and there is no list to find them in."""
        if self._wanted is not None and self._handle.offers.refusal_of(LIST):
            return None
        try:
            return await self._handle.list_jobs(limit=100)
        except UnsupportedError as error:
            if self._wanted is None:
                raise
            self._handle.offers.note_refusal(LIST, error)
            return None

    async def _look_at(self, job_id: str) -> None:
        try:
            self._note(await self._handle.find_job(job_id))
        except NotFoundError as error:
            self._jobs.pop(job_id, None)
            if self._wanted is not None:
                self._wanted.pop(job_id, None)
            self._followed.pop(job_id, None)
            self._news.append(JobNotFound(job_id, error))

    def _open_ids(self) -> list[str]:
        if self._wanted is None:
            return [job_id for job_id, job in self._jobs.items() if job.status.is_moving]
        return [
            job_id
            for job_id in self._wanted
            if job_id not in self._jobs or not self._jobs[job_id].status.is_final
        ]

    async def _look_at_events(self) -> bool:
        """Read the events that are due; True where any were asked for."""
        followed = self._followed
        if self._handle.offers.refusal_of(EVENTS):
            for state in followed.values():
                state.polls_left = 0
        due = [job_id for job_id, state in followed.items() if self._events_may_come(job_id, state)]
        for job_id in due[: EVENT_CALLS_A_POLL if self._catches_up else 1]:
            state = followed[job_id]
            try:
                async with within(self._handle.timeouts.part, EVENTS):
                    events = await self._new_events(job_id, state)
            except (UnsupportedError, NotFoundError):
                state.polls_left = 0
                continue
            except ServiceError as error:
                self._note_failure(job_id, state, error)
                events = []
            else:
                state.failures = 0
            if events:
                self._news.append(NewEvents(job_id, tuple(events)))
            if job_id in followed:
                followed[job_id] = followed.pop(job_id)  # to the end of the queue
        return bool(due)

    async def _look_at_a_row(self) -> None:
        """Read how far one running job on screen is, by its newest events; these are not told."""
        is_offered = not self._handle.offers.refusal_of(EVENTS)
        job_id = self._rows.next(self._jobs, but=self._followed) if is_offered else None
        if job_id is None:
            return
        try:
            async with within(self._handle.timeouts.part, EVENTS):
                page = await self._handle.list_events(job_id, limit=_EVENTS_OF_A_ROW, tries=1)
        except ServiceError:
            self._rows.note(job_id, failed=True)
            return
        self._rows.note(job_id, failed=False)
        self._note(self._jobs[job_id].with_progress(page.items))

    def _note_failure(self, job_id: str, state: Followed, error: ServiceError) -> None:
        """The events of a job failed: ask less often, and of an ended job a few times only."""
        state.note_failure()
        job = self._jobs.get(job_id)
        if job is not None and job.status.is_final:
            state.count_down(job, self._schedule.settle_polls)
        is_last = state.polls_left == 0
        if is_last or state.failures == 1:
            self._news.append(EventsFailed(job_id, error, is_last))

    def _events_may_come(self, job_id: str, state: Followed) -> bool:
        if state.polls_left == 0 or (job_id not in self._jobs and self._wanted is not None):
            return False
        job = self._jobs.get(job_id)
        if state.rests > 0 and not (job is not None and job.status.is_final):
            state.rests -= 1
            return False
        return True

    async def _new_events(self, job_id: str, state: Followed) -> list[JobEvent]:
        """Events not seen before, oldest first; older pages are read while they bring such.

        A page with a gap before it is not taken as seen: that is told until the gap is filled.
        """
        job = self._jobs.get(job_id)
        only_mark = not (state.was_looked_at or self._past_events)
        found: dict[object, JobEvent] = {}
        pages = 0
        has_gap = False
        async for page in self._handle.event_pages(job_id, tries=1):
            pages += 1
            new = {event.key: event for event in page.items if event.key not in state.seen}
            found |= new
            if len(new) < len(page.items) or only_mark:
                break
            if pages >= self._most_pages:
                has_gap = page.has_more and not self._catches_up
                break
        events = list(reversed(found.values()))
        state.was_looked_at = True
        if has_gap:
            self._news.append(EventsMissed(job_id))
        else:
            state.remember(reversed(found))
        if job is not None:
            self._note(job.with_progress(events))
            if job.status.is_final:
                # Of a job that had ended before the first look, nothing would be told anyway.
                state.count_down(job, 0 if only_mark else self._schedule.settle_polls)
        return [] if only_mark or has_gap else events

    def _is_over(self) -> bool:
        if self._wanted is None or self._open_ids():
            return False
        return all(state.polls_left == 0 for state in self._followed.values())

    def _pause(self, news: list[Change]) -> float:
        if not self._open_ids():
            settling = any(state.polls_left for state in self._followed.values())
            seconds = self._schedule.settling if settling else self._schedule.idle
        else:
            seconds = self._schedule.quiet(self._quiet_polls, only_steps=is_only_steps(news))
        return seconds if self._focused else max(seconds, self._schedule.unfocused)

    def _on_loop(self, action: Callable[[], object]) -> None:
        """Do `action` between two steps of the loop, or at once while there is no loop."""
        if self._loop is None or self._loop.is_closed():
            action()
        else:
            self._loop.call_soon_threadsafe(action)

    async def _sleep(self, seconds: float) -> None:
        await self._rest(self._wake, self._schedule.jittered(seconds))
