"""Loading jobs, their histories and the endpoint's models, and keeping the list fresh."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fttui.interface.actions.archive_offer import ArchiveOffer
from fttui.interface.actions.job_notices import JobNotices
from fttui.interface.actions.job_poller import JobPoller
from fttui.interface.actions.last_known import LastKnownList
from fttui.interface.messages import (
    JobChanged,
    JobHistoryFailed,
    JobHistoryRead,
    JobsFailed,
    JobsLoading,
    JobsPage,
    ModelsLoaded,
)
from fttui.services import watching
from fttui.services.endpoint.errors import Outcome, ServiceError, UnexpectedError
from fttui.services.job_history import HistoryNews, JobHistory, read_history
from fttui.services.tuned_models.asking import ask_models
from fttui.terminal.language import _

if TYPE_CHECKING:
    from textual.worker import Worker

    from fttui.interface.host import FeedHost
    from fttui.services.endpoint.fine_tuning_handle import FineTuningHandle
    from fttui.services.endpoint.models import Job, Page


@dataclass(frozen=True, slots=True)
class _DetailRequest:
    """What is wanted of a job's history."""

    job: Job
    known: JobHistory
    everything: bool
    only_events: bool

    def covers(self, other: _DetailRequest) -> bool:
        """True when what this one brings is all that `other` wants."""
        if self.job.raw_id != other.job.raw_id or other.everything > self.everything:
            return False
        if other.only_events:
            return True
        return not self.only_events and self.job.status == other.job.status


class JobFeed:
    """Reads of the endpoint; a read whose screen has moved on is cancelled.

    `seen_jobs` are those that the last load of the list brought, `failure` is why it failed, as a
    sentence.
    """

    def __init__(self, host: FeedHost) -> None:
        self._host = host
        self._load: Worker[None] | None = None
        self._is_loaded = False
        self._knows_models = False
        self._tries_again = False
        self._reading: Worker[None] | None = None
        self._request: _DetailRequest | None = None
        self._offer = ArchiveOffer(host)
        self._is_first_page = True
        self.seen_jobs: dict[str, Job] = {}
        self.failure = ""
        self._lacks_jobs = False
        self.last_known = LastKnownList(host)
        self.notices = JobNotices(host)
        self.poller = JobPoller(host, self.load_what_is_missing, self._see)

    def job_changed(self, job: Job, *, select: bool = False) -> None:
        """An action made `job` what it is now: tell all panes, and watch it from now on.

        `select` moves the list's cursor to it. From any thread.
        """
        self._host.post(JobChanged(job, select=select))
        self.poller.learn(job)
        self._host.session.retirement.presence.meet([job])
        self.last_known.note(job)
        self.notices.note(job)

    @property
    def knows_all_jobs(self) -> bool:
        """True when the list was loaded to its end, without an entry that could not be read."""
        return self._is_loaded and not self._lacks_jobs and not self.failure

    def _see(self, change: watching.Change) -> None:
        """The watch saw a change; on the service thread."""
        self.last_known.see(change)
        self.notices.see(change)

    def load_jobs(self) -> None:
        """Load all pages; while that is under way, asking again changes nothing."""
        self._tries_again = True
        self._begin_load()

    def load_what_is_missing(self) -> None:
        """Load what could not be loaded while the endpoint did not answer."""
        if not self._is_loaded:
            self._begin_load()
        if not self._knows_models:
            self.load_models()

    def stop_loading(self) -> bool:
        """Give up the load of the list, its pauses between two tries included, if one runs."""
        if self._load is None or not _is_under_way(self._load):
            return False
        self._load.cancel()
        return True

    def load_history(
        self,
        job: Job,
        known: JobHistory | None = None,
        *,
        everything: bool = False,
        only_events: bool = False,
    ) -> None:
        """Load what is not `known` of `job`, which is in view now; see `read_history`."""
        if not job.can_be_acted_on:
            return
        self.poller.look_at(job)
        self.notices.look_at(job.raw_id)
        request = _DetailRequest(job, known or JobHistory(), everything, only_events)
        under_way = self._request_under_way()
        if under_way is not None and under_way.job.raw_id == job.raw_id:
            if under_way.covers(request):
                return
            request = replace(request, everything=everything or under_way.everything)
        self._request = request
        self._reading = self._host.start_worker(
            lambda: self._load_history(request), group="history", exclusive=True
        )

    def leave_history(self) -> None:
        """No job is in view: give up what is being read of one."""
        self.poller.look_away()
        self.notices.look_at("")
        if self._reading is not None:
            self._reading.cancel()

    def load_models(self) -> None:
        """Load the list of models; endpoints without one simply suggest nothing."""
        self._host.start_worker(self._load_models, group="models", exclusive=True)

    def _begin_load(self) -> None:
        if not _is_under_way(self._load):
            self._load = self._host.start_worker(self._load_jobs, group="jobs", waits_for="")

    def _request_under_way(self) -> _DetailRequest | None:
        return self._request if _is_under_way(self._reading) else None

    async def _load_jobs(self) -> None:
        session = self._host.session
        self._host.post(JobsLoading())
        try:
            handle = session.handle
            handle.offers.forget()
            await session.thread.read(self._read_all(handle))
            self.failure = ""
            self._is_loaded = True
            self._host.post(JobsPage((), last=True))
            self._host.show_error("")
            self.poller.begin()
            await self._offer.make()
        except ServiceError as error:
            self.failure = error.sentence
            self._host.post(JobsFailed(error))
            self._host.show_error(error.sentence)
            self.poller.begin()
            self._try_again_later()
        except Exception:
            self._host.post(JobsFailed(UnexpectedError()))
            self.poller.begin()
            raise
        except asyncio.CancelledError:
            stopped = ServiceError(
                _("Loading the jobs was stopped."), _("Press r to load them again.")
            )
            self._host.post(JobsFailed(stopped))
            self._host.show_error("")
            raise

    async def _read_all(self, handle: FineTuningHandle) -> None:
        """Read all pages, on the service thread."""
        self.last_known.begin()
        self.seen_jobs, self._lacks_jobs = {}, False
        goes_on = False

        def take(page: Page[Job]) -> None:
            nonlocal goes_on
            goes_on = page.goes_on
            self._lacks_jobs = self._lacks_jobs or page.dropped > 0
            self._take_page(page)

        await handle.get_all_job_ids(take)
        self._lacks_jobs = self._lacks_jobs or goes_on
        self.last_known.end()

    def _take_page(self, page: Page[Job]) -> None:
        """Show a page of jobs as soon as it is there; called on the service thread."""
        self._host.post(JobsPage(page.items, dropped=page.dropped, goes_on=page.goes_on))
        self.seen_jobs |= {job.raw_id or job.id: job for job in page.items}
        self.poller.remember(page.items)
        self._offer.look(page.items)
        self._host.session.retirement.presence.meet(page.items)
        self.last_known.take(page.items)
        self.notices.take(page.items)
        if self._is_first_page:
            self._is_first_page = False
            self._host.call_later(self._go_on)

    def _go_on(self) -> None:
        """There are rows: what nobody waits for may begin now, a watch that knows them too."""
        self.poller.begin()
        self._host.session.warm_up()

    def _try_again_later(self) -> None:
        """Load a list that was never whole at the endpoint's next good answer.

        Once for each time that it was asked for: a list that cannot be loaded although the endpoint
        answers would be asked for for ever.
        """
        if self._tries_again and not self._is_loaded:
            self._tries_again = False
            self.poller.expect_recovery()

    async def _load_history(self, request: _DetailRequest) -> None:
        job, session = request.job, self._host.session
        try:
            news = await session.thread.read(
                read_history(
                    session.handle,
                    job.raw_id,
                    request.known,
                    everything=request.everything,
                    only_events=request.only_events,
                )
            )
        except ServiceError as error:
            self._host.post(JobHistoryFailed(job.key, error))
        else:
            self._post_history(request, news)

    def _post_history(self, request: _DetailRequest, news: HistoryNews) -> None:
        job, history = news.job or request.job, news.history
        self._host.post(JobHistoryRead.of(job, history))
        if news.joins:  # else its events have no lasting ids, and each look would read them all
            self.poller.follow(job, request.known.grown_by(history).events)

    async def _load_models(self) -> None:
        session = self._host.session
        try:
            page = await session.thread.read(ask_models(session))
        except ServiceError as error:
            self._knows_models = error.outcome is Outcome.REFUSED
            return
        self._knows_models = True
        self._host.post(ModelsLoaded(page.items))
        if self._is_loaded:
            await self._offer.make()


def _is_under_way(worker: Worker[None] | None) -> bool:
    # A worker that is cancelled before its first step never gets to be finished.
    return worker is not None and not (worker.is_finished or worker.is_cancelled)
