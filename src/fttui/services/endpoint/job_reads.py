"""What an endpoint tells of its jobs: the list, single ones, and their parts.

What it does not offer is told from what is not there, and where the one way fails another is tried:
the list for a job that cannot be read alone, the job itself for its events and checkpoints.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import urlsplit

from fttui.services.endpoint.address import Endpoint
from fttui.services.endpoint.errors import (
    ConnectionLostError,
    NotFoundError,
    ServerFailedError,
    ServiceError,
    UnreadableAnswerError,
    UnsupportedError,
    cause_of,
)
from fttui.services.endpoint.event_order import EventOrder
from fttui.services.endpoint.lists import CHECKPOINT_LIST, EVENT_LIST, JOB_LIST, JOB_NAMES, single
from fttui.services.endpoint.models import Checkpoint, Job, JobEvent, Page
from fttui.services.endpoint.offered import CHECKPOINTS, EVENTS, JOB, LIST, Offers
from fttui.services.endpoint.records import JOBS, job_path
from fttui.services.endpoint.refusals import said_in
from fttui.services.endpoint.transport import EMPTY_ANSWER, Transport, all_pages
from fttui.terminal.language import _
from fttui.terminal.text import safe

T = TypeVar("T")

_MOST_LIST_PAGES = 10


class JobReads:
    """Reads of the jobs of one endpoint; all raise `ServiceError` and nothing else."""

    def __init__(self, endpoint: Endpoint, wire: Transport) -> None:
        self.endpoint = endpoint
        self.offers = Offers(endpoint.host)
        self._wire = wire
        self._event_order = EventOrder()

    def _read_job(self, value: object) -> Job | None:
        """A job, marked with where it is if others are read beside this endpoint."""
        return Job.read(value, profile=self.endpoint.mark)

    async def list_jobs(
        self,
        after: str | None = None,
        limit: int = 100,
        metadata: Mapping[str, str] | None = None,
    ) -> Page[Job]:
        """One page of jobs, newest first, optionally only those with these metadata."""
        query: dict[str, Any] = {"limit": limit}
        if after:
            query["after"] = after
        query |= {f"metadata[{name}]": value for name, value in (metadata or {}).items()}
        try:
            return await self._wire.read_page(JOBS, query, JOB_LIST, self._read_job)
        except (NotFoundError, UnsupportedError) as error:
            if after:  # it is the job to go on from that is not known
                raise
            raise self.offers.not_offered(LIST, error, self.path_hint()) from error

    def job_pages(self, limit: int = 100) -> AsyncIterator[Page[Job]]:
        """All pages of jobs, newest first; ends when an endpoint repeats itself."""
        return all_pages(lambda after: self.list_jobs(after, limit))

    async def retrieve_job(self, job_id: str) -> Job:
        """The job as it is now; by the list where the endpoint tells of no single jobs."""
        listed = await self._listed(job_id) if self.offers.refusal_of(JOB) else None
        if listed is not None:
            return listed
        try:
            answer = await self._wire.read(job_path(job_id))
        except (NotFoundError, UnsupportedError) as error:
            if self.endpoint.archive or names(error, job_id):
                raise
            return await self._listed_instead(job_id, error)
        self.offers.note_answer(JOB)
        return self._named(self._read_job(single(answer, *JOB_NAMES)), _("a job"), answer)

    async def find_job(self, job_id: str) -> Job:
        """The job as it is now, by the list too where it cannot be read alone."""
        try:
            return await self.retrieve_job(job_id)
        except (NotFoundError, UnsupportedError) as error:
            if self.endpoint.archive or not names(error, job_id):
                raise
            return await self._listed_instead(job_id, error)
        except (UnreadableAnswerError, ServerFailedError, ConnectionLostError) as error:
            # Where all of an endpoint is down, it is not asked for more.
            is_its_own = error.status == 500 or isinstance(error, UnreadableAnswerError)
            listed = None
            if is_its_own or error.code == "timeout":
                listed = await self._listed(job_id)
            if listed is None:
                raise
            return listed

    async def _listed_instead(self, job_id: str, error: ServiceError) -> Job:
        """The job that the list has although it cannot be read alone; else `error` is raised."""
        job = await self._listed(job_id)
        if job is None:
            raise error
        self.offers.note_refusal(JOB, error)
        return job

    async def _listed(self, job_id: str) -> Job | None:
        """The job among the newest 1,000; None where it is not, or nothing is listed."""
        pages = 0
        try:
            async for page in self.job_pages():
                pages += 1
                found = next((job for job in page.items if job.raw_id == job_id), None)
                if found is not None or pages >= _MOST_LIST_PAGES:
                    return found
        except ServiceError:
            return None
        return None

    async def list_events(
        self, job_id: str, after: str | None = None, limit: int = 100, tries: int | None = None
    ) -> Page[JobEvent]:
        """One page of a job's events, newest first; `tries` as in `list_models`."""

        async def page(at: str | None) -> Page[JobEvent]:
            query: dict[str, Any] = {"limit": limit, **({"after": at} if at else {})}
            path = job_path(job_id, "events")
            return await self._wire.read_page(path, query, EVENT_LIST, JobEvent.read, tries)

        async def ask() -> Page[JobEvent]:
            return await self._event_order.read(job_id, after, page)

        return await self._part(EVENTS, job_id, ask, lambda job: job.own_events)

    def event_pages(
        self, job_id: str, limit: int = 100, tries: int | None = None, after: str | None = None
    ) -> AsyncIterator[Page[JobEvent]]:
        """All pages of a job's events, newest first, or those that come `after` one of them."""
        return all_pages(lambda at: self.list_events(job_id, at or after, limit, tries))

    async def list_checkpoints(self, job_id: str, after: str | None = None) -> Page[Checkpoint]:
        """One page of a job's checkpoints, newest first."""
        query: dict[str, Any] = {"limit": 100, **({"after": after} if after else {})}

        async def ask() -> Page[Checkpoint]:
            path = job_path(job_id, "checkpoints")
            return await self._wire.read_page(path, query, CHECKPOINT_LIST, Checkpoint.read)

        return await self._part(CHECKPOINTS, job_id, ask, lambda job: job.own_checkpoints)

    async def _part(
        self,
        call: str,
        job_id: str,
        ask: Callable[[], Awaitable[Page[T]]],
        own: Callable[[Job], tuple[T, ...] | None],
    ) -> Page[T]:
        """A part of a job by a call of its own, or by what the job tells within itself.

        A part that is refused of a job that is there is not offered, which is remembered.
        """
        if call in self.offers.within_jobs:
            return Page(own(await self.find_job(job_id)) or ())
        try:
            page = await ask()
        except (NotFoundError, UnsupportedError) as error:
            if self.offers.has_worked(call) or self.endpoint.archive:
                raise
            job = await self._job_behind(job_id, error)
            if job is not None and (found := own(job)) is not None:
                self.offers.within_jobs.add(call)
                return Page(found)
            told = self._explained(call, job, job_id, error)
            raise told from cause_of(told, error)
        self.offers.note_answer(call)
        return page

    async def _job_behind(self, job_id: str, error: ServiceError) -> Job | None:
        """The job that a part was refused of; None where that is not known.

        Raises NotFoundError, which is `error`'s own where that says so: there is no such job.
        """
        try:
            return await self.find_job(job_id)
        except NotFoundError as missing:
            raise (error if isinstance(error, NotFoundError) else missing) from None
        except ServiceError:
            return None

    def _explained(
        self, call: str, job: Job | None, job_id: str, error: ServiceError
    ) -> ServiceError:
        if job is not None:
            self.offers.note_refusal(call, error)
            return self.offers.refusal_of(call) or error
        is_about_job = names(error, job_id) and isinstance(error, NotFoundError)
        return error if is_about_job else self.offers.not_offered(call, error)

    def path_hint(self) -> str:
        """What may be wrong with the base URL of an endpoint that lacks a call; "" for nothing."""
        base = self.endpoint.base_url
        if "/v1" in urlsplit(base).path:
            return ""
        return _(
            "The base URL {base} has no /v1, which most APIs stand under: try {base}/v1.",
            base=safe(base),
        )

    def _named(self, item: T | None, kind: str, answer: object) -> T:
        if item is None or not is_usable_id(getattr(item, "raw_id", "")):
            raise UnreadableAnswerError(
                _(
                    "{host} answered without naming {kind}{said}.",
                    host=self.endpoint.host,
                    kind=kind,
                    said=said_in(answer),
                ),
                _("Check that the base URL is an OpenAI-compatible API."),
                code="no_id" if answer else EMPTY_ANSWER,
            )
        return item


def names(error: ServiceError, raw_id: str) -> bool:
    """True when a refusal speaks of this very thing, as only one who has looked for it can."""
    return bool(raw_id) and raw_id in error.detail


def is_usable_id(raw_id: str) -> bool:
    """True for an id that can be sent back: visible characters without spaces, and no folder."""
    is_text = bool(raw_id) and raw_id.isprintable() and " " not in raw_id
    return is_text and raw_id not in (".", "..")
