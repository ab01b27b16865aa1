"""The feeds of all endpoints whose jobs are listed: of the one in use, or of several."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from fttui.interface.actions.feed_host import FeedHostAt
from fttui.interface.actions.job_feed import JobFeed
from fttui.interface.messages import EndpointsKnown, JobsFailed
from fttui.storage.settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from fttui.interface.host import Host
    from fttui.services.endpoint.models import Job
    from fttui.services.job_history import JobHistory
    from fttui.services.profiles.several import Place


class JobFeeds:
    """Each endpoint is asked by a feed of its own, on a thread of its own: none waits for another.

    `own` is that of the endpoint in use. `opened` is called when the others are known.
    """

    def __init__(self, host: Host, opened: Callable[[], None]) -> None:
        self._host = host
        self._opened = opened
        sessions = host.sessions
        self.own = JobFeed(FeedHostAt(host, host.session) if sessions.is_several else host)
        self._others: dict[str, JobFeed] = {}
        self._focused = True

    @property
    def all(self) -> list[JobFeed]:
        """The endpoint in use first."""
        return [self.own, *self._others.values()]

    def of(self, job: Job) -> JobFeed:
        """The feed of the endpoint that a job is at; ServiceError where there is none."""
        at = self._host.sessions.of(job)
        return self.own if at is self._host.session else self._others[at.endpoint.mark]

    def open_others(self) -> None:
        """Look for the keys of the other profiles, then load the jobs of each."""
        if self._host.sessions.is_several:
            if self._host.session.credential is None:
                self.own.load_jobs()  # which tells that there is no key
            self._host.start_worker(self._open_others, group="profiles", waits_for="")

    async def _open_others(self) -> None:
        host = self._host
        try:
            places = await asyncio.to_thread(host.sessions.open_others)
        except SettingsError as problem:
            host.notice(str(problem), severity="error")
            return
        host.post(EndpointsKnown(places))
        for place in places:
            self._begin(place)
        self._opened()

    def _begin(self, place: Place) -> None:
        if place.error is not None:
            failed = JobsFailed(place.error)
            failed.profile = place.mark
            self._host.post(failed)
        elif place.session is not None:
            feed = self._others[place.mark] = JobFeed(FeedHostAt(self._host, place.session))
            feed.poller.set_focused(self._focused)
            feed.last_known.show()
            feed.load_jobs()
            feed.load_models()

    def load_jobs(self) -> None:
        """Load all lists anew; a load under way is not doubled."""
        for feed in self.all:
            feed.load_jobs()

    def stop_loading(self) -> None:
        """Give up the loads that are under way."""
        for feed in self.all:
            feed.stop_loading()

    def load_history(
        self,
        job: Job,
        known: JobHistory | None = None,
        *,
        everything: bool = False,
        only_events: bool = False,
    ) -> None:
        """Load what is not `known` of `job`, which alone is in view now."""
        at = self.of(job)
        for feed in self.all:
            if feed is not at:
                feed.leave_history()
        at.load_history(job, known, everything=everything, only_events=only_events)

    def leave_history(self) -> None:
        """No job is in view."""
        for feed in self.all:
            feed.leave_history()

    def show_rows(self, jobs: Iterable[Job]) -> None:
        """These jobs are on screen."""
        rows: dict[JobFeed, list[Job]] = {feed: [] for feed in self.all}
        for job in jobs:
            rows[self.of(job)].append(job)
        for feed, shown in rows.items():
            feed.poller.show_rows(shown)

    def set_focused(self, focused: bool) -> None:
        """Ask rarely while the terminal is not looked at."""
        self._focused = focused
        for feed in self.all:
            feed.poller.set_focused(focused)
