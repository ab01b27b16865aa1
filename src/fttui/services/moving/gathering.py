"""What a move begins with: the jobs of the old endpoint, and what the new one says of itself."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from fttui.services.endpoint.errors import NotFoundError, ServiceError
from fttui.services.endpoint.models import Job
from fttui.services.job_words import status_text
from fttui.services.moving.plan import NEW, SKIPPED, MoveRow
from fttui.services.tuned_models.asking import recall_models, take_models
from fttui.services.tuned_models.words import state_of_job
from fttui.terminal.language import _
from fttui.terminal.text import safe

if TYPE_CHECKING:
    from fttui.services.moving.earlier import Earlier
    from fttui.services.session import Session

_LONG_AGO = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class Gathered:
    """The rows to plan, oldest first, and all jobs that were listed.

    `is_whole` is False where all jobs were wanted, and the list has no end that can be read.
    """

    rows: list[MoveRow]
    jobs: Sequence[Job] = field(default_factory=tuple)
    is_whole: bool = True


class NoJobsThereError(ServiceError):
    """No job can be asked for at the endpoint that jobs are to move to."""

    def __init__(self, host: str) -> None:
        super().__init__(
            _("{host} offers no fine-tuning jobs, so nothing can move there.", host=host),
            _("`fttui profiles verify` tells what it offers."),
        )


async def gather(source: Session, ids: Sequence[str] = ()) -> Gathered:
    """The jobs with these ids, in any state; without ids all, of which the succeeded are to move.

    Raises:
        ServiceError: the jobs could not be listed.
    """
    jobs: dict[str, Job] = {}
    dropped, is_whole = 0, True
    try:
        async for page in source.handle.job_pages():
            jobs |= {job.raw_id: job for job in page.items if job.can_be_acted_on}
            dropped += page.dropped + sum(not job.can_be_acted_on for job in page.items)
            is_whole = not page.goes_on
    except ServiceError:
        if not ids:
            raise
    if ids:
        rows = [await _row_of(source, job_id, jobs) for job_id in dict.fromkeys(ids)]
    else:
        # Not all lists begin with the newest.
        oldest_first = [*jobs.values()][::-1]
        oldest_first.sort(key=lambda job: job.created_at or _LONG_AGO)
        rows = [_row_of_listed(job) for job in oldest_first]
    for row in rows:
        if row.state == NEW and not (row.job.training_file and row.job.model):
            with suppress(ServiceError):  # some lists tell less of a job than it does itself
                row.job = await source.handle.find_job(row.job.raw_id)
    await asyncio.to_thread(recall_models, source)
    clock = source.retirement
    clock.presence.meet(row.job for row in rows)
    for row in rows:
        row.model_state = state_of_job(row.job, clock)
    return Gathered(rows, tuple(jobs.values()), bool(ids) or (is_whole and not dropped))


async def _row_of(source: Session, job_id: str, jobs: dict[str, Job]) -> MoveRow:
    try:
        return MoveRow(jobs.get(job_id) or await source.handle.find_job(job_id))
    except NotFoundError as error:
        row = MoveRow(Job(id=safe(job_id), raw_id=job_id))
        row.refuse(error.sentence, error.hint)
        return row


def _row_of_listed(job: Job) -> MoveRow:
    has_model = job.status.is_final and job.fine_tuned_model and not job.status.is_known
    if job.status.is_success or has_model:
        return MoveRow(job)
    reason = _("It has not succeeded: {status}.", status=status_text(job.status))
    return MoveRow(job, SKIPPED, [reason])


def rows_begun(earlier: Earlier, ids: Collection[str] = ()) -> list[MoveRow]:
    """What earlier runs have begun, of these jobs or of all, for when nobody can ask for them."""
    rows = []
    for one in earlier.open_rows(ids):
        assert one.sweep is not None and one.sweep.moved is not None
        moved = one.sweep.moved
        rows.append(MoveRow(Job(id=safe(moved.job), raw_id=moved.job)))
        rows[-1].take(one)
    return rows


async def has_one_of(target: Session, jobs: Sequence[Job]) -> bool:
    """Whether the new endpoint lists one of these jobs among its newest: it is the old one then.

    An id alone is no proof, for some servers just count. Where nothing is listed it is False.
    """
    try:
        there = {job.raw_id: job for job in (await target.handle.list_jobs()).items}
    except ServiceError:
        return False
    return any(
        job.created_at is not None and _proof_of(job) == _proof_of(there[job.raw_id])
        for job in jobs
        if job.raw_id in there
    )


def _proof_of(job: Job) -> tuple[object, ...]:
    return job.created_at, job.training_file, job.model, job.fine_tuned_model


async def ask_target(target: Session) -> tuple[str, ...]:
    """The models that the new endpoint lists, in its order; none where it lists nothing.

    It costs nothing, and proves that the key works.

    Raises:
        NoJobsThereError: it has no jobs.
        ServiceError: it cannot be asked.
    """
    offered = await target.handle.offered()
    if offered.calls["jobs"] is False:
        raise NoJobsThereError(target.endpoint.host)
    if offered.calls["models"] is False:
        return ()
    try:
        page = await target.handle.list_models()
    except ServiceError:  # then nobody says what there is, and models are chosen without
        return ()
    await asyncio.to_thread(take_models, target, page)
    bases = (model for model in page.items if model.id and not model.is_fine_tuned)
    return tuple(model.id for model in bases if model.id == model.raw_id)  # as it can be asked for
