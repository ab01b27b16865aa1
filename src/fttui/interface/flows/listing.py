"""Loading jobs, their stories and the endpoint's models, and keeping the list fresh."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from fttui.interface.flows.freshness import Freshness
from fttui.interface.messages import (
    JobsFailed,
    JobsLoading,
    JobsPage,
    JobStory,
    JobStoryFailed,
    ModelsLoaded,
)
from fttui.services.errors import ServiceError

if TYPE_CHECKING:
    from textual.worker import Worker

    from fttui.interface.interface_utils import OpenAiInterfaceUtils
    from fttui.services.fine_tuning_handle import FineTuningHandle
    from fttui.services.models import Job, JobEvent

EVENTS_SHOWN = 100
MOST_EVENTS = 20_000


class Listing:
    """Reads of the endpoint; a read whose screen has moved on is cancelled."""

    def __init__(self, utils: OpenAiInterfaceUtils) -> None:
        self._utils = utils
        self._loading = False
        self._load: Worker[None] | None = None
        self.freshness = Freshness(utils)

    def keep_fresh(self) -> None:
        """From now on show changes as they happen."""
        self.freshness.begin()

    def load_jobs(self) -> None:
        """Load all pages; while that is under way, asking again changes nothing."""
        if self._loading:
            return
        self._loading = True
        self._load = self._utils.run(self._load_jobs, group="jobs")

    def stop_loading(self) -> bool:
        """Give up the load of the list, its pauses between two tries included, if one runs."""
        if not self._loading or self._load is None:
            return False
        self._load.cancel()
        return True

    def load_story(self, job: Job, *, everything: bool = False) -> None:
        """Load checkpoints and events of `job`: the newest page of events, or all pages."""
        if job.can_be_acted_on:
            work = partial(self._load_story, job, everything)
            self._utils.run(work, group="story", exclusive=True)

    def load_models(self) -> None:
        """Load the list of models; endpoints without one simply suggest nothing."""
        self._utils.run(self._load_models, group="models", exclusive=True)

    async def _load_jobs(self) -> None:
        session = self._utils.app.session
        self._utils.tell(JobsLoading())
        first = True
        try:
            handle = session.handle
            pages = handle.job_pages()
            while True:
                page = await session.thread.read(anext(pages, None))
                if page is None:
                    break
                self._utils.tell(
                    JobsPage(page.items, first=first, last=False, dropped=page.dropped)
                )
                self.freshness.remember(page.items)
                first = False
            self._utils.tell(JobsPage((), first=first, last=True))
            self._utils.show_trouble("")
        except ServiceError as error:
            self._utils.tell(JobsFailed(error))
            self._utils.show_trouble(error.sentence)
        except asyncio.CancelledError:
            stopped = ServiceError("Loading the jobs was stopped.", "Press r to load them again.")
            self._utils.tell(JobsFailed(stopped))
            self._utils.show_trouble("")
            raise
        finally:
            self._loading = False

    async def _load_story(self, job: Job, everything: bool) -> None:
        session = self._utils.app.session
        try:
            story = await session.thread.read(_read_story(session.handle, job, everything))
        except ServiceError as error:
            self._utils.tell(JobStoryFailed(job.id, error))
        else:
            self.freshness.follow(story)
            self._utils.tell(story)

    async def _load_models(self) -> None:
        session = self._utils.app.session
        try:
            page = await session.thread.read(session.handle.list_models())
        except ServiceError:
            return
        self._utils.tell(ModelsLoaded(page.items))


async def _read_story(handle: FineTuningHandle, job: Job, everything: bool) -> JobStory:
    events: list[JobEvent] = []
    async for page in handle.event_pages(job.raw_id, limit=EVENTS_SHOWN):
        events += page.items
        if not everything or len(events) >= MOST_EVENTS:
            break
    checkpoints = None
    try:
        checkpoints = (await handle.list_checkpoints(job.raw_id)).items
    except ServiceError:
        # Compatible endpoints often have no checkpoints; the events are still worth showing.
        checkpoints = None
    return JobStory(job.with_progress(events), tuple(events), checkpoints)
