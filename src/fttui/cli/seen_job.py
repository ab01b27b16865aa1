"""Everything that can be read of one job, for `fttui show`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from fttui.services.job_moderation import moderation_of
from fttui.terminal.language import _

if TYPE_CHECKING:
    from fttui.services.advice import Advice
    from fttui.services.endpoint.events import Metrics
    from fttui.services.endpoint.fine_tuning_handle import FineTuningHandle
    from fttui.services.endpoint.models import Checkpoint, Job, JobEvent, Page
    from fttui.services.endpoint.moderation import Moderation

T = TypeVar("T")

_LAST_EVENTS = 5
_SHARE_OF_TIME = 0.8  # of the bound of a part: what came until then is shown


@dataclass(frozen=True, slots=True)
class Seen:
    """A job with its progress, its last events, oldest first, and what could not be read of it.

    `steps` is None where not all events could be read that tell of them.
    """

    job: Job
    events: list[JobEvent]
    checkpoints: tuple[Checkpoint, ...]
    steps: Sequence[Metrics] | None
    troubles: list[str]
    moderation: Moderation | None = None

    def advice(self, lacks: Callable[[str], bool]) -> tuple[Advice, ...] | None:
        """What its curves say, None where not all events were read.

        `lacks` is True of a model that was deleted, which is not said to be the best.
        """
        from fttui.services.advice import advise

        if self.steps is None:
            return None
        return advise(self.job, self.steps, self.checkpoints, lacks=lacks)


async def look_at(handle: FineTuningHandle, job_id: str) -> Seen:
    """The parts of a job, each alone: what fails or lasts hides nothing of the others."""
    from fttui.services.curves import steps_of
    from fttui.services.endpoint.errors import NotFoundError, ServiceError, UnsupportedError
    from fttui.services.endpoint.offered import CHECKPOINTS, EVENTS
    from fttui.services.endpoint.pages import Page
    from fttui.services.endpoint.transport import within

    troubles: list[str] = []

    async def part(what: str, call: Awaitable[Page[T]]) -> Page[T]:
        try:
            async with within(handle.timeouts.part, what):
                return await call
        except (NotFoundError, UnsupportedError):  # an endpoint without it still has jobs
            return Page(())
        except ServiceError as error:
            troubles.append(
                _("{what} could not be read. {sentence}", what=what, sentence=error.sentence)
            )
            return Page((), is_cut=True)

    found: dict[object, JobEvent] = {}
    parts = asyncio.gather(
        part(EVENTS, _read_events(handle, job_id, found)),
        part(CHECKPOINTS, handle.list_checkpoints(job_id)),
    )
    try:
        job = await handle.find_job(job_id)
    except ServiceError:
        parts.cancel()
        raise
    told, kept = await parts
    events = list(found.values())
    job = job.with_progress(events)
    last = list(reversed(events[:_LAST_EVENTS]))
    texts = [f"{text[:1].upper()}{text[1:]}" for text in troubles]
    steps = None if told.goes_on else steps_of(events)
    if steps is None and not troubles:
        texts.append(
            _("Not all events were read: `fttui metrics {id} --advice` does that.", id=job_id)
        )
    return Seen(job, last, kept.items, steps, texts, moderation_of(events))


async def _read_events(
    handle: FineTuningHandle, job_id: str, found: dict[object, JobEvent]
) -> Page[JobEvent]:
    """All events of a job into `found`, newest first, as far as there is time for."""
    from fttui.services.endpoint.pages import Page
    from fttui.services.job_history import MOST_EVENTS

    loop = asyncio.get_running_loop()
    until = loop.time() + handle.timeouts.part * _SHARE_OF_TIME
    goes_on = False
    async for page in handle.event_pages(job_id):
        goes_on = page.goes_on
        for event in page.items:
            found.setdefault(event.key, event)
        if len(found) >= MOST_EVENTS or loop.time() > until:
            break
    return Page((), is_cut=goes_on)
